"""Import outlines of units from a GeoJSON file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pilot_communes.boundaries import import_boundaries, read_boundaries


class Command(BaseCommand):
    help = (
        "Imports outlines (GeoJSON FeatureCollection, WGS 84) for the units that stand "
        "today, by code. All or nothing; run with --check first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="where the file comes from")
        parser.add_argument(
            "--code", default="code", help="property with the unit's code"
        )
        parser.add_argument("--check", action="store_true", help="read only")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path}: no such file.")
        plan = read_boundaries(path, code_property=options["code"])
        if options["check"]:
            if plan.errors:
                raise CommandError("\n".join(plan.errors))
            self.stdout.write(f"{len(plan.geometries)} outlines can be read.")
            return
        try:
            changed = import_boundaries(plan, source=options["source"])
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(f"{changed} of {len(plan.geometries)} outlines changed.")
