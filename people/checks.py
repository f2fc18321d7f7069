"""What actions ask before they write."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from common.names import clean_name
from pilot_communes.querysets import today

_PHONE = re.compile(r"\+?\d{8,12}")


def require(user: Any, permission: str, *objects: Any) -> None:
    """Raise PermissionDenied unless the user may do that to every object.

    `user=None` is the system itself: loading, jobs and commands.
    """
    if user is None:
        return
    if not objects:
        allowed = user.has_perm(permission)
    else:
        allowed = all(user.has_perm(permission, thing) for thing in objects)
    if not allowed:
        raise PermissionDenied(permission)


def cleaned_name(text: str, *, limit: int = 120) -> str:
    """A name as it is stored; raises ValidationError when nothing is left of it."""
    name = clean_name(text)[:limit].strip()
    if not name:
        raise ValidationError(_("Please write a name."), code="no_name")
    return name


def cleaned_phone(text: str) -> str:
    """Digits only, or empty; raises ValidationError for what is no telephone number."""
    number = re.sub(r"[\s.\-()]", "", text or "")
    if number and not _PHONE.fullmatch(number):
        raise ValidationError(
            _(
                "A telephone number has 8 to 12 digits. Leave it empty if there is none."
            ),
            code="phone",
        )
    return number


def cleaned_birth_year(year: int | None) -> int | None:
    """A year from 1890 to this one, or None; raises ValidationError otherwise."""
    if year is None:
        return None
    if not 1890 <= year <= today().year:
        raise ValidationError(
            _("The year of birth lies between 1890 and %(year)s."),
            code="birth_year",
            params={"year": str(today().year)},
        )
    return year
