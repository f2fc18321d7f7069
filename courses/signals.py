"""What other rooms' changes mean here."""

from __future__ import annotations

from typing import Any

from courses.editors import follow_roles


def role_changed(sender: Any, instance: Any, **kwargs: Any) -> None:
    """A role was given, ended or taken away."""
    if not kwargs.get("raw"):
        follow_roles(instance.user)


def signed_in(sender: Any, user: Any, **kwargs: Any) -> None:
    """Roles begin and end by date: look again at each sign-in."""
    follow_roles(user)
