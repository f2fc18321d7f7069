"""Where residents find help, commune by commune."""

from __future__ import annotations

import dataclasses
import datetime as dt

from pilot_communes.models import SupportPoint
from pilot_communes.querysets import today


@dataclasses.dataclass(frozen=True)
class CommuneWithHelp:
    """A commune with its support points that are open on the day."""

    name: str
    points: tuple[SupportPoint, ...]


def communes_with_help(on: dt.date | None = None) -> list[CommuneWithHelp]:
    """Communes that have a support point on that day, by name, in one query."""
    points = (
        SupportPoint.objects.valid_on(on or today())
        .select_related("commune")
        .order_by("commune__sort_name", "commune_id", "name", "pk")
    )
    communes: dict[int, list[SupportPoint]] = {}
    for point in points:
        communes.setdefault(point.commune_id, []).append(point)
    return [
        CommuneWithHelp(str(rows[0].commune), tuple(rows)) for rows in communes.values()
    ]
