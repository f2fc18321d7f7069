"""Count every figure again from the register."""

from django.core.management.base import BaseCommand

from reports.verify import rebuild


class Command(BaseCommand):
    help = "Throw every sum away and count it again from the register."

    def handle(self, **options) -> None:
        rebuild()
        self.stdout.write("Every figure was counted again from the register.")
