"""`manage.py load_programme`: the province as it is, from files; twice changes nothing.

Only what has a source is loaded: units, phases without communes, facts, lessons, texts.
No hamlet, team, support point or person is invented; what is not known stays empty.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from wagtail.models import Site

from attendance.models import ServerEpoch
from courses.loading import load_facts, load_lessons
from home.loading import ensure_home, load_pages
from home.models import ContactSettings
from people.actions import ensure_cms_groups
from people.consents import load_consent_texts
from pilot_communes.imports import load_units

PROGRAMME = Path(settings.BASE_DIR) / "lms" / "programme"
UNCHANGED = ("unchanged", "0 made, 0 renewed")
# The address that Wagtail and we ourselves give a site nobody has named.
UNNAMED = ("", "localhost", "127.0.0.1")


class Command(BaseCommand):
    help = "Load the programme of the province: map, phases, facts, lessons, texts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=PROGRAMME)

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"]
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("Map and phases", lambda: _counted(load_units(folder))),
            ("Skills, blockers, hotlines, documents", lambda: load_facts(folder)),
            ("Front door", self._front_door),
            ("Lessons", load_lessons),
            ("Information pages", load_pages),
            ("Consent texts", lambda: load_consent_texts() or "unchanged"),
            ("Life of the server", self._first_epoch),
        )
        for name, load in steps:
            answer = str(load())
            if options["verbosity"] and not answer.startswith(UNCHANGED):
                self.stdout.write(f"{name}: {answer}")

    def _front_door(self) -> str:
        """The home page, the address of the site, the groups of the CMS."""
        ensure_home()
        ensure_cms_groups()
        changed = []
        address = urlsplit(settings.SITE_URL)
        port = address.port or (443 if settings.HTTPS else 80)
        site = Site.objects.get(is_default_site=True)
        if site.hostname in UNNAMED and (site.hostname, site.port) != (
            address.hostname,
            port,
        ):
            site.hostname, site.port = address.hostname, port
            site.save()
            changed.append("address")
        contact = ContactSettings.current()
        if not contact.site_address and address.hostname not in UNNAMED:
            contact.site_address = address.netloc
            contact.save()
            changed.append("contact")
        return ", ".join(changed) or "unchanged"

    def _first_epoch(self) -> str:
        if ServerEpoch.objects.exists():
            return "unchanged"
        ServerEpoch.objects.create(reason="start")
        return "began"


def _counted(made: dict[str, int]) -> str:
    parts = [f"{count} {name}" for name, count in sorted(made.items())]
    return ", ".join(parts) or "unchanged"
