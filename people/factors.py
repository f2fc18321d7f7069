"""Who needs a second factor, and whether this session has shown one."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from people.roles import NEEDS_SECOND_FACTOR

# Set in the session in which the second factor was set up.
SET_UP_HERE = "second_factor_set_up"


def needs_second_factor(user: Any) -> bool:
    """Do this login's roles of today need a second factor? Nobody's in the demonstration."""
    if settings.DEMO:
        return False
    return user.is_superuser or bool(user.reach().roles & NEEDS_SECOND_FACTOR)


def has_second_factor(user: Any) -> bool:
    """Has this login set one up?"""
    return Authenticator.objects.filter(
        user=user, type=Authenticator.Type.TOTP
    ).exists()


def has_shown_second_factor(request: HttpRequest) -> bool:
    """Was it shown, or set up, in this session?"""
    if request.session.get(SET_UP_HERE):
        return True
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def missing_step(request: HttpRequest) -> str:
    """The name of the page that must come before any staff screen; empty if none."""
    if request.user.must_set_password:
        return "people:choose_password"
    if not needs_second_factor(request.user) or has_shown_second_factor(request):
        return ""
    if has_second_factor(request.user):
        return "mfa_reauthenticate"
    return "mfa_activate_totp"
