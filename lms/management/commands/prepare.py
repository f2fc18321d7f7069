"""`manage.py prepare`: everything between a checkout and a running server, once.

Each step looks first whether it is needed, so that the second start takes seconds.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils.translation.reloader import translation_file_changed

from common.health import unapplied_migrations
from lms.translations import catalogue_folder, is_stale


class Command(BaseCommand):
    help = "Tables, words, static files, programme data, first administrator."
    # What they would say is missing is made here first; they run at the end.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if is_stale():
            self._say("Words …")
            call_command("messages", verbosity=0, stdout=self.stdout)
            # This process has read the old words already.
            translation_file_changed(None, catalogue_folder() / "django.mo")
        if unapplied_migrations():
            self._say("Tables … (the first time takes about a minute)")
            call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        if not self._has_cache_table():
            call_command("createcachetable", verbosity=0)
        self._collect_static()
        # One line for each page that is published would hide the password below.
        logging.getLogger("wagtail").setLevel(logging.WARNING)
        call_command("load_programme", stdout=self.stdout)
        if settings.DEMO:
            call_command("load_demo", stdout=self.stdout)
        call_command("first_admin", stdout=self.stdout)
        self.check()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _has_cache_table(self) -> bool:
        cache = settings.CACHES["default"]
        if not cache["BACKEND"].endswith("DatabaseCache"):
            return True
        return cache["LOCATION"] in connection.introspection.table_names()

    def _collect_static(self) -> None:
        """Collect when a source file was added, removed or changed."""
        digest = hashlib.sha256()
        for finder in get_finders():
            for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
                stat = Path(storage.path(name)).stat()
                digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        mark = Path(settings.STATIC_ROOT) / ".collected"
        if mark.exists() and mark.read_text() == digest.hexdigest():
            return
        self._say("Static files …")
        call_command(
            "collectstatic", interactive=False, verbosity=0, stdout=self.stdout
        )
        mark.write_text(digest.hexdigest())
