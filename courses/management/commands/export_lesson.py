"""`manage.py export_lesson 12`: one lesson with its pictures as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses.exchange import packed, parcel_of
from courses.models import LessonPage


class Command(BaseCommand):
    help = "Write the latest draft of a lesson, with its pictures, as one zip file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help="the number of the lesson")
        parser.add_argument("--output", type=Path, help="where to write it")

    def handle(self, *args: Any, **options: Any) -> None:
        lesson = LessonPage.objects.filter(number=options["number"]).first()
        if lesson is None:
            raise CommandError(f"There is no lesson {options['number']}.")
        path = options["output"] or Path(f"bai-{lesson.number}-{lesson.slug}.zip")
        path.write_bytes(packed(parcel_of(lesson)))
        self.stdout.write(str(path))
