"""Compare every stored figure with a recount from the register."""

from __future__ import annotations

from itertools import islice

from django.core.management.base import BaseCommand, CommandError

from reports.verify import differences


class Command(BaseCommand):
    help = "Recount every sum from the register and fail on any difference."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--show", type=int, default=50, help="how many differences to print"
        )

    def handle(self, *, show: int, **options) -> None:
        found = differences()
        first = list(islice(found, show))
        for difference in first:
            self.stdout.write(str(difference))
        count = len(first) + sum(1 for _ in found)
        if count:
            raise CommandError(
                f"{count} figures differ from the register. "
                "`manage.py rebuild_figures` counts them again."
            )
        self.stdout.write("Every figure is what the register says.")
