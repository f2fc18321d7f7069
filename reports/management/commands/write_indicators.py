"""Write docs/indicators.md from the registry."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reports.indicators import as_markdown

PAGE = Path(settings.BASE_DIR) / "docs" / "indicators.md"


class Command(BaseCommand):
    help = "Write docs/indicators.md from the registry of indicators."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing, fail if it is old"
        )

    def handle(self, *, check: bool, **options) -> None:
        text = as_markdown()
        if not check:
            PAGE.write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {PAGE}.")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            raise CommandError(
                "docs/indicators.md is old: run manage.py write_indicators."
            )
