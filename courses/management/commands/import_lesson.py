"""`manage.py import_lesson bai-12.zip`: a lesson from a file, as a draft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.exchange import import_lesson, read_parcel


class Command(BaseCommand):
    help = "Bring a lesson in from a file; it becomes a draft and is not published."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="when the lesson is here already, make the file its newest draft",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = options["file"].read_bytes()
            brought = import_lesson(
                read_parcel(data), user=None, replace=options["replace"]
            )
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read.") from error
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        done = "made" if brought.made else "changed" if brought.changed else "unchanged"
        self.stdout.write(f"{brought.page.number} {brought.page.slug}: {done}")
        for note in brought.notes:
            self.stdout.write(str(note))
