"""A migrated database is made once for each state of the migrations, then copied.

Wagtail alone brings hundreds of migrations; running them for every process costs most
of a minute. The copy is a file (SQLite) or `CREATE DATABASE … TEMPLATE` (PostgreSQL).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


def migrations_digest() -> str:
    """Changes whenever a migration of ours or a version of a library changes."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in ("Django", "wagtail", "django-allauth", "django-tasks-db"):
        digest.update(version(name).encode())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def worker() -> str:
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _make_cache_table() -> None:
    """By name: the tests may cache in Redis, the servers that they start do not."""
    call_command("createcachetable", "cache_table", verbosity=0)


class SQLiteCopies:
    def __init__(self) -> None:
        folder = settings.TEMPLATE_DATABASES
        folder.mkdir(parents=True, exist_ok=True)
        self.template = folder / f"{migrations_digest()}.sqlite3"
        shm = Path("/dev/shm")  # noqa: S108 -- memory, when the machine has it
        place = shm if os.access(shm, os.W_OK) else folder
        self.copy = place / f"toso_test_{worker()}.sqlite3"

    def create(self) -> None:
        if not self.template.exists():
            making = self.template.with_suffix(f".{os.getpid()}.making")
            _use(str(making))
            call_command("migrate", verbosity=0, interactive=False)
            _make_cache_table()
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            making.rename(self.template)
        shutil.copyfile(self.template, self.copy)
        _use(str(self.copy))

    def restore(self) -> None:
        """The copy as it was made, in a new file: whoever holds the old one writes nowhere."""
        self.destroy()
        shutil.copyfile(self.template, self.copy)

    def destroy(self) -> None:
        connection.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{self.copy}{suffix}").unlink(missing_ok=True)


class PostgresCopies:
    def __init__(self) -> None:
        self.template = f"toso_template_{migrations_digest()}"
        self.copy = f"toso_test_{worker()}"
        self.home = settings.DATABASES["default"]["NAME"]

    def _run(self, sql: str) -> list[tuple]:
        import psycopg

        own = connection.settings_dict
        with psycopg.connect(
            dbname="postgres",
            user=own["USER"] or None,
            password=own["PASSWORD"] or None,
            host=own["HOST"] or None,
            port=own["PORT"] or None,
            autocommit=True,
        ) as db:
            # One process at a time makes or copies the template.
            db.execute("SELECT pg_advisory_lock(20261123)")
            cursor = db.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def create(self) -> None:
        exists = f"SELECT 1 FROM pg_database WHERE datname = '{self.template}'"
        if not self._run(exists):
            making = f"{self.template}_{os.getpid()}"
            self._run(f'CREATE DATABASE "{making}"')
            _use(making)
            call_command("migrate", verbosity=0, interactive=False)
            _make_cache_table()
            connection.close()
            if self._run(exists):
                self._run(f'DROP DATABASE "{making}"')
            else:
                self._run(f'ALTER DATABASE "{making}" RENAME TO "{self.template}"')
        self._run(f'CREATE DATABASE "{self.copy}" TEMPLATE "{self.template}"')
        _use(self.copy)

    def restore(self) -> None:
        """The copy as it was made."""
        connection.close()
        self._run(f'DROP DATABASE IF EXISTS "{self.copy}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{self.copy}" TEMPLATE "{self.template}"')

    def destroy(self) -> None:
        connection.close()
        self._run(f'DROP DATABASE IF EXISTS "{self.copy}" WITH (FORCE)')
        _use(self.home)


def copies() -> SQLiteCopies | PostgresCopies:
    """The way of copying that fits the configured database."""
    return SQLiteCopies() if connection.vendor == "sqlite" else PostgresCopies()
