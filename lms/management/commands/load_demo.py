"""`manage.py load_demo`: an invented pilot in a database of its own."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from lms.demo.build import build, has_real_data, is_broken_off, is_told
from lms.demo.people import LOGINS, PASSWORD
from pilot_communes.models import Phase, Unit
from pilot_communes.querysets import today


class Command(BaseCommand):
    help = "Invented teams, people and three months of sessions. Only with DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                _("Demonstration data is loaded only with DEMO=1, as `make demo` does.")
            )
        if not is_told():
            self._load()
        self.stdout.write(
            _("Sign in at %(url)s with:") % {"url": f"{settings.SITE_URL}/vao/"}
        )
        for login in LOGINS:
            self.stdout.write(f"  {login.username:<10} {login.words}")
        self.stdout.write(_("Password for all: %(password)s") % {"password": PASSWORD})

    def _load(self) -> None:
        if is_broken_off():
            raise CommandError(
                _(
                    "An earlier loading was broken off. Delete the folder %(folder)s and "
                    "start again."
                )
                % {"folder": settings.DATA_DIR}
            )
        if has_real_data():
            raise CommandError(
                _(
                    "This database holds people or sessions already. Demonstration data "
                    "never stands beside them: use a database of its own."
                )
            )
        if not Unit.objects.communes().exists() or not Phase.objects.exists():
            raise CommandError(_("Run load_programme first."))
        began = time.monotonic()
        self.stdout.write(_("Inventing a pilot. This takes one to three minutes."))
        story = build(today(), say=self._say)
        self.stdout.write(
            _("%(sessions)s sessions in %(communes)s communes, in %(seconds)s seconds.")
            % {
                "sessions": len(story.sessions),
                "communes": len(story.communes),
                "seconds": round(time.monotonic() - began),
            }
        )

    def _say(self, text: str) -> None:
        self.stdout.write(f"  {text}")
        self.stdout.flush()
