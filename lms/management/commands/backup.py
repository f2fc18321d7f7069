"""`make backup`: one archive of database and files, made while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, storages
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.backups import BackupFailed, forget_old, make_backup
from common.encryption import CannotOpen, make_key_file


class Command(BaseCommand):
    help = "Write a backup of database and files; old ones are forgotten."

    # One of them asks for the key that `--new-key` makes.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, help="where to (BACKUP_DIR)")
        parser.add_argument("--key-file", type=Path, help="seal it (BACKUP_KEY_FILE)")
        parser.add_argument(
            "--new-key", type=Path, metavar="FILE", help="only make a key file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            try:
                make_key_file(options["new_key"])
            except FileExistsError as error:
                raise CommandError(f"{options['new_key']} exists already.") from error
            self.stdout.write(
                f"Key written to {options['new_key']}. Set BACKUP_KEY_FILE to it and keep "
                "a copy away from this machine: without it no backup can be read."
            )
            return
        try:
            archive = make_backup(options["folder"], key_file=options["key_file"])
        except (BackupFailed, CannotOpen) as error:
            raise CommandError(str(error)) from error
        forgotten = forget_old(options["folder"])
        self.stdout.write(f"{archive.path} ({archive.size:,} bytes)")
        if forgotten:
            self.stdout.write(f"{forgotten} old backups removed.")
        if not isinstance(storages["default"], FileSystemStorage):
            self.stdout.write(
                "The files lie in the object store and are not in the backup: switch on "
                "versioning there."
            )
