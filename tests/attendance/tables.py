"""What stands in the tables, so that a test can say "nothing changed"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps

# Audit logs and what is made anew by every look.
PASSING = frozenset({"wagtailcore.modellogentry", "people.device"})


def rows_of(
    *rooms: str, without: Iterable[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of these rooms, by label."""
    left_out = PASSING | set(without)
    return {
        model._meta.label_lower: list(model._base_manager.order_by("pk").values())
        for room in rooms
        for model in apps.get_app_config(room).get_models()
        if model._meta.label_lower not in left_out and not model._meta.proxy
    }
