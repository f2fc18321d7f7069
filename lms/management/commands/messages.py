"""`make messages`: merge the fragments, compile them, name what is missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.translations import (
    ConflictingWords,
    broken_placeholders,
    compile_messages,
    is_stale,
    parts,
    untranslated,
)


class Command(BaseCommand):
    help = "Merge and compile the Vietnamese words (no gettext tools are needed)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-changed", action="store_true", help="do nothing when up to date"
        )
        parser.add_argument(
            "--check", action="store_true", help="fail when a message has no Vietnamese"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_changed"] and not is_stale():
            return
        try:
            compile_messages(strict=options["check"])
        except ConflictingWords as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(parts())} fragments compiled.")
        if options["check"]:
            problems = [f"{m.place}: {m.msgid!r}" for m in untranslated()]
            problems += broken_placeholders()
            if problems:
                raise CommandError("Without Vietnamese:\n" + "\n".join(problems))
