"""`manage.py first_admin`: one administrator for an empty system, with a one-time password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from people.models import RoleAssignment, User
from people.roles import Role
from pilot_communes.models import Unit
from pilot_communes.querysets import today

# Without letters and digits that look alike when read aloud or copied from paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def one_time_password() -> str:
    """Twelve characters in three groups, about 59 bits."""
    return "-".join(get_random_string(4, ALPHABET) for _group in range(3))


class Command(BaseCommand):
    help = "Make the first administrator, once, and print a one-time password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", default="quantri")
        parser.add_argument(
            "--again",
            action="store_true",
            help="a new one-time password for an administrator who never signed in",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"]
        held = RoleAssignment.objects.valid_on(today()).filter(role=Role.ADMINISTRATOR)
        if options["again"]:
            user = User.objects.filter(username=username, last_login=None).first()
            if user is None:
                raise CommandError(
                    f"{username!r} does not exist or has signed in: another "
                    "administrator resets the password on the screen."
                )
        elif held.exists():
            return
        else:
            user, _made = User.objects.get_or_create(username=username)
            province = Unit.objects.provinces().valid_on(today()).order_by("pk").first()
            if province is None:
                raise CommandError(
                    "There is no province yet: run `manage.py load_programme` first."
                )
            RoleAssignment.objects.create(
                user=user,
                role=Role.ADMINISTRATOR,
                unit=province,
                valid_from=today(),
            )
        password = one_time_password()
        user.set_password(password)
        user.must_set_password = True
        user.is_active = True
        user.save()
        self.stdout.write("")
        self.stdout.write(_("First administrator (shown once, write it down):"))
        self.stdout.write(
            _("Address: %(address)s") % {"address": f"{settings.SITE_URL}/vao/"}
        )
        self.stdout.write(_("Sign-in name: %(name)s") % {"name": username})
        self.stdout.write(_("One-time password: %(password)s") % {"password": password})
        self.stdout.write(
            _("The first sign-in asks for a new password and a second factor.")
        )
        self.stdout.write("")
