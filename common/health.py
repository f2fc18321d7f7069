"""Is the system well? Checks that rooms register, and what the probes ask."""

from __future__ import annotations

import dataclasses
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.ids import new_uuid
from common.jobs import late_jobs
from common.registries import Registry

log = logging.getLogger(__name__)

# A probe hammering the address asks the disk and the database once in so many seconds.
KEEP_SECONDS = 3.0


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The answer of a check: well or not, in one sentence for staff."""

    ok: bool
    text: str = ""
    # Where something can be done about it, if there is such a page.
    url: str = ""


@dataclasses.dataclass(frozen=True)
class HealthCheck:
    """Something that must be well. `ready` checks decide whether traffic may come."""

    code: str
    label: Any
    check: Callable[[], Verdict]
    ready: bool = False
    order: int = 100


health_checks: Registry[HealthCheck] = Registry(
    "health checks", key=lambda check: check.code, order=lambda check: check.order
)


def register(
    code: str,
    label: Any,
    check: Callable[[], Verdict],
    *,
    ready: bool = False,
    order: int = 100,
) -> HealthCheck:
    """Register a check under a unique code."""
    return health_checks.register(HealthCheck(code, label, check, ready, order))


def ask(check: HealthCheck) -> Verdict:
    """The verdict of a check; one that breaks is not well."""
    try:
        return check.check()
    except Exception:
        log.exception("health check failed", extra={"check": check.code})
        return Verdict(ok=False, text=_("It does not answer."))


_kept: dict[str, Any] = {"until": 0.0, "answer": {}}
_lock = threading.Lock()


def readiness() -> dict[str, bool]:
    """Code to well-or-not of every check that decides about traffic."""
    with _lock:
        if time.monotonic() >= _kept["until"]:
            _kept["answer"] = {c.code: ask(c).ok for c in health_checks if c.ready}
            _kept["until"] = time.monotonic() + KEEP_SECONDS
        return dict(_kept["answer"])


def forget_readiness() -> None:
    """Ask afresh next time."""
    with _lock:
        _kept["until"] = 0.0


def unapplied_migrations() -> list[str]:
    """Names of migrations that the database lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _back in plan]


def _database() -> Verdict:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return Verdict(ok=True, text=_("It answers."))


_migrated = False


def _migrations() -> Verdict:
    # Code does not change under a running process: once complete, always complete.
    global _migrated
    if not _migrated:
        missing = unapplied_migrations()
        if missing:
            return Verdict(
                ok=False,
                text=ngettext(
                    "%(count)d change of the tables is not applied: run `make run`.",
                    "%(count)d changes of the tables are not applied: run `make run`.",
                    len(missing),
                )
                % {"count": len(missing)},
            )
        _migrated = True
    return Verdict(ok=True, text=_("The tables are up to date."))


def _cache() -> Verdict:
    key, value = "health", new_uuid().hex
    cache.set(key, value, 30)
    found = cache.get(key)
    # Another process may have written in between; any answer shows that it works.
    if found is None:
        return Verdict(ok=False, text=_("What was stored could not be read back."))
    return Verdict(ok=True, text=_("It answers."))


def _media() -> Verdict:
    for name in ("default", "evidence"):
        storage = storages[name]
        if isinstance(storage, FileSystemStorage):
            folder = Path(storage.location)
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".health-{os.getpid()}-{threading.get_ident()}"
            probe.write_bytes(b"")
            probe.unlink()
        else:
            storage.exists("health")
    return Verdict(ok=True, text=_("Files can be stored."))


def _disk() -> Verdict:
    least = settings.MIN_FREE_DISK_MB
    free = min(
        shutil.disk_usage(folder).free // (1024 * 1024)
        for folder in (settings.DATA_DIR, settings.MEDIA_DIR)
        if Path(folder).exists()
    )
    return Verdict(
        ok=free >= least,
        text=_("%(free)d MB are free, at least %(least)d MB are needed.")
        % {"free": free, "least": least},
    )


def _late() -> Verdict:
    late = late_jobs()
    if not late:
        return Verdict(ok=True, text=_("All scheduled work is done."))
    return Verdict(
        ok=False,
        text=ngettext("%(count)d job is late.", "%(count)d jobs are late.", len(late))
        % {"count": len(late)},
    )


def register_own_checks() -> None:
    """The checks that need no room above."""
    register("database", gettext_lazy("Database"), _database, ready=True, order=10)
    register("migrations", gettext_lazy("Tables"), _migrations, ready=True, order=20)
    register("cache", gettext_lazy("Shared memory"), _cache, ready=True, order=30)
    register("media", gettext_lazy("Files"), _media, ready=True, order=40)
    register("disk", gettext_lazy("Disk space"), _disk, ready=True, order=50)
    register("jobs", gettext_lazy("Scheduled work"), _late, order=60)
