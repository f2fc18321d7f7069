"""`make restore FILE=…`: put a backup back and begin a new life of the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from attendance.models import ServerEpoch
from common.backups import (
    BackupFailed,
    make_backup,
    opened,
    put_back_media,
    replace_database,
    serving_lock,
)
from common.encryption import CannotOpen
from common.health import unapplied_migrations
from common.models import ContentVersion
from people.actions import forget_sign_ins, repeat_erasures


class Command(BaseCommand):
    help = (
        "Restore a backup. Phones learn by the new epoch that they must send again what "
        "they had sent since; erasures made since are repeated, and everybody signs in again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--key-file", type=Path, help="BACKUP_KEY_FILE")
        parser.add_argument(
            "--without-copy",
            action="store_true",
            help="do not first save the present state (when it cannot be read)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with (
                serving_lock(alone=True),
                opened(options["file"], key_file=options["key_file"]) as (
                    manifest,
                    parts,
                ),
            ):
                if not options["without_copy"] and not unapplied_migrations():
                    present = make_backup()
                    self.stdout.write(f"The present state is kept in {present.path}")
                replace_database(parts)
                if unapplied_migrations():
                    call_command("migrate", interactive=False, verbosity=0)
                # The copy may come from an installation that cached in Redis.
                call_command("createcachetable", verbosity=0)
                # Before anything else can fail, and before a server may start: without
                # a new epoch phones would not send again what this copy lacks.
                epoch = ServerEpoch.objects.create(reason="restore")
                erased = repeat_erasures()
                forget_sign_ins()
                files = put_back_media(manifest, parts)
                cache.clear()
                ContentVersion.bump()
        except (BackupFailed, CannotOpen) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored the backup of {manifest['made_at']}: {files} files, "
            f"{erased} erasures repeated, epoch {epoch}. Start the server: phones send "
            "again what they had sent since."
        )
