from django.core.management.base import BaseCommand, CommandError

from attendance.verify import verify


class Command(BaseCommand):
    help = (
        "Fold every session again and compare it with what is written down; check every "
        "device's chain and every body. Fails on any difference."
    )

    def handle(self, *args, **options) -> None:
        findings = verify()
        for note in findings.notes:
            self.stdout.write(f"note: {note}")
        for difference in findings.differences:
            self.stderr.write(f"differs: {difference}")
        summary = (
            f"{findings.sessions} sessions, {findings.entries} entries, "
            f"{findings.devices} devices: "
        )
        count = len(findings.differences) + findings.more
        if count:
            raise CommandError(f"{summary}{count} differences. Run rebuild_register.")
        self.stdout.write(f"{summary}no difference.")
