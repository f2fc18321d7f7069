"""System checks: what is wrong with the configuration, and what to do about it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.files.storage import FileSystemStorage, storages
from django.urls import NoReverseMatch, reverse

from common.registries import navigation


def _writable(folder: Path) -> bool:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)


@register(Tags.files)
def folders_are_writable(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """The data folder and the file stores can be written."""
    folders = {"DATA_DIR": Path(settings.DATA_DIR)}
    for name, variable in (("default", "MEDIA_DIR"), ("evidence", "MEDIA_DIR")):
        storage = storages[name]
        if isinstance(storage, FileSystemStorage):
            folders[variable] = Path(storage.location)
    return [
        Error(
            f"{variable} ({folder}) cannot be written.",
            hint=f"Give the folder to the user that runs the server, or set {variable}.",
            id="toso.E001",
        )
        for variable, folder in folders.items()
        if not _writable(folder)
    ]


@register(Tags.security)
def secrets_differ(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """The key of codes is not the key of sessions."""
    if settings.SECRET_KEY == settings.PEPPER:
        return [
            Error(
                "SECRET_KEY and PEPPER are the same.",
                hint="Unset PEPPER and one is made in the data folder.",
                id="toso.E002",
            )
        ]
    return []


@register(Tags.security)
def evidence_is_not_public(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """No folder of the evidence store is served, and the stores lie apart."""
    storage = storages["evidence"]
    if not isinstance(storage, FileSystemStorage):
        return []
    evidence = Path(storage.location).resolve()
    public = (Path(settings.MEDIA_ROOT), Path(settings.STATIC_ROOT))
    if any(evidence.is_relative_to(folder.resolve()) for folder in public):
        return [
            Error(
                "The evidence store lies in a folder that everybody may read.",
                hint="Set MEDIA_DIR to a folder of its own.",
                id="toso.E003",
            )
        ]
    return []


@register(Tags.urls)
def navigation_leads_somewhere(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Every entry of the staff navigation has a page."""
    problems: list[CheckMessage] = []
    for item in navigation:
        try:
            reverse(item.url_name)
        except NoReverseMatch:
            problems.append(
                Error(
                    f"The navigation entry {item.url_name!r} has no address.",
                    hint="Mount the room's urls in lms/urls.py, or mend url_name.",
                    id="toso.E004",
                )
            )
    return problems


@register(Tags.files)
def the_key_of_backups_is_there(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """A key that cannot be read is told at the start, not at 01:30 when a backup fails."""
    file = settings.BACKUP_KEY_FILE
    if file and not os.access(file, os.R_OK):
        return [
            Error(
                f"BACKUP_KEY_FILE={file} cannot be read: no backup would be made.",
                hint="Make one by `manage.py backup --new-key FILE`, or unset it.",
                id="toso.E005",
            )
        ]
    return []


@register(Tags.caches)
def the_cache_is_shared(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Sign-in limits count in a cache that all processes share."""
    backend = settings.CACHES["default"]["BACKEND"]
    if backend.endswith("LocMemCache") and settings.WORKERS > 1:
        return [
            Warning(
                "CACHE_URL=memory:// is not shared: with several workers the sign-in "
                "limits count too little.",
                hint="Unset CACHE_URL (the database is used), or set redis://….",
                id="toso.W001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def the_site_is_ready_for_the_public(
    app_configs: Any, **options: Any
) -> list[CheckMessage]:
    """What a public address needs beyond Django's own deploy checks."""
    problems: list[CheckMessage] = []
    if not settings.HTTPS:
        problems.append(
            Warning(
                f"SITE_URL is {settings.SITE_URL}: without https passwords travel open "
                "and phones do not keep lessons.",
                hint="Set SITE_URL=https://… and TRUSTED_PROXY_COUNT.",
                id="toso.W010",
            )
        )
    if not settings.SECURITY_CONTACT:
        problems.append(
            Warning(
                "SECURITY_CONTACT is not set: nobody knows where to report a weakness.",
                hint="Set SECURITY_CONTACT=mailto:… or https://….",
                id="toso.W011",
            )
        )
    if settings.DEMO:
        problems.append(
            Warning(
                "DEMO is on: this is the demonstration with invented people.",
                hint="Unset DEMO where real people are recorded.",
                id="toso.W012",
            )
        )
    if settings.STORAGES["staticfiles"]["BACKEND"] == "common.storage.StaticStorage":
        manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
        if not manifest.exists():
            problems.append(
                Warning(
                    "Static files are not collected.",
                    hint="Run `make run`, or `manage.py collectstatic --noinput`.",
                    id="toso.W013",
                )
            )
    return problems


@register(Tags.translation)
def the_words_are_compiled(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Without the compiled catalogue every screen is English."""
    for folder in settings.LOCALE_PATHS:
        catalogue = Path(folder) / "vi" / "LC_MESSAGES" / "django.mo"
        parts = list((catalogue.parent / "parts").glob("*.po"))
        if parts and not catalogue.exists():
            return [
                Warning(
                    "The Vietnamese words are not compiled: screens are English.",
                    hint="Run `make messages`.",
                    id="toso.W020",
                )
            ]
    return []
