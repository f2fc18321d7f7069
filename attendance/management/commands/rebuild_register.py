from django.core.management.base import BaseCommand

from attendance.refold import refold
from attendance.verify import sessions_to_rebuild
from common.retries import retrying


class Command(BaseCommand):
    help = (
        "Fold sessions again from their log and write what differs, a few in each "
        "transaction. Headers and bodies are never touched."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("session", nargs="*", help="public ids; all without any")

    def handle(self, *args, **options) -> None:
        again = retrying(refold)
        looked, mended = 0, 0
        for uuids in sessions_to_rebuild(options["session"]):
            looked += len(uuids)
            mended += len(again(uuids, thoroughly=True).sessions)
        self.stdout.write(f"{looked} sessions folded, {mended} mended.")
