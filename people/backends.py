"""Who may do what: answers `user.has_perm("room.verb", obj)` from the table of roles."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied

from people.roles import MAY
from pilot_communes.models import Unit

# Every verb of the table; all else is asked of Django's groups (the CMS keeps them).
VERBS = frozenset().union(*MAY.values())


class RoleBackend(ModelBackend):
    """The verbs of `people.roles`, and Django's own permissions for the CMS."""

    def authenticate(self, request, **credentials) -> None:
        """Signing in is allauth's business."""
        return None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not user_obj.is_active or user_obj.is_anonymous:
            return False
        if perm in VERBS:
            if may(user_obj, perm, obj):
                return True
            # Nobody else knows these verbs: spare the next backend its two queries.
            raise PermissionDenied
        return super().has_perm(user_obj, perm)


def may(user: Any, perm: str, obj: Any = None) -> bool:
    """May this login do that, to that object (or anywhere, without one)?"""
    reach = user.reach()
    if obj is None:
        return reach.may(perm)
    grounds = grounds_of(obj)
    if not grounds:
        # Somebody who lives elsewhere and was never met stands on nobody's ground.
        return reach.everything
    return any(reach.may(perm, unit_id=unit_id) for unit_id in grounds)


def grounds_of(obj: Any) -> frozenset[int]:
    """The units that an object stands on, by its own word; none when it has no word."""
    if isinstance(obj, Unit):
        return frozenset({obj.pk})
    several = getattr(obj, "ground_ids", None)
    if several is not None:
        return frozenset(several)
    for name in ("ground_id", "host_id", "commune_id", "hamlet_id"):
        value = getattr(obj, name, None)
        if value is not None:
            return frozenset({value})
    return frozenset()
