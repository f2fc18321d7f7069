"""The units, the map and what happened last on it, read in two queries."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable
from fractions import Fraction

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from attendance.models import TrainingSession
from pilot_communes.frames import Link, Map, Spot, Stay
from pilot_communes.models import Placement, Succession, Unit


@dataclasses.dataclass(frozen=True)
class Place:
    """A unit as screens name it, and the last that is known of its sessions."""

    id: int
    uuid: uuid.UUID
    level: str
    kind: str
    code: str
    name: str
    sort_name: str
    valid_from: dt.date
    valid_to: dt.date | None
    is_unknown: bool
    tile_col: int | None
    tile_row: int | None
    last_held: dt.date | None
    missing: int

    @property
    def full_name(self) -> str:
        if self.is_unknown:
            return self.name
        return f"{Unit.KIND_WORDS[self.kind]} {self.name}"


class Atlas:
    """All units by key, and the map over them. Costs the same whatever was recorded."""

    def __init__(self, day: dt.date) -> None:
        """Read the map; `last_held` and `missing` are as of that day."""
        self.day = day
        held = (
            TrainingSession.objects.counting()
            .filter(host=OuterRef("pk"), date__lte=day)
            .order_by("-date")
        )
        missing = (
            TrainingSession.objects.register_missing(day)
            .exclude(kind="rehearsal")
            .filter(host=OuterRef("pk"))
            .order_by()
            .values("host")
            .annotate(n=Count("pk"))
        )
        rows = Unit.objects.annotate(
            last_held=Subquery(held.values("date")[:1]),
            missing=Coalesce(Subquery(missing.values("n")), 0),
        ).values_list(*(field.name for field in dataclasses.fields(Place)))
        self.places = {row[0]: Place(*row) for row in rows}
        stays, links = _stays_and_links()
        self.map = Map(
            (
                Spot(p.id, p.level, p.sort_name, p.valid_from, p.valid_to, p.is_unknown)
                for p in self.places.values()
            ),
            stays,
            links,
        )
        self._turns = {
            day
            for row in (
                *((p.valid_from, p.valid_to) for p in self.places.values()),
                *((stay.valid_from, stay.valid_to) for stay in stays),
            )
            for day in row
            if day is not None
        }

    def __getitem__(self, unit_id: int) -> Place:
        return self.places[unit_id]

    def hamlets(self) -> Iterable[Place]:
        return (p for p in self.places.values() if p.level == Unit.Level.HAMLET)

    def turned_inside(self, month: dt.date) -> bool:
        """Did the map change after the first day of that month and before its end?"""
        return any(
            turn.year == month.year and turn.month == month.month and turn.day > 1
            for turn in self._turns
        )

    def hosts_of(self, unit_id: int, day: dt.date) -> list[int]:
        """Hamlets of any time whose sessions belong, in part or whole, to a unit's ground."""
        unit = self.places[unit_id]
        place = (
            self.map.place_in_communes
            if unit.level == Unit.Level.COMMUNE
            else self.map.place
        )
        return [
            p.id
            for p in self.hamlets()
            if any(share.unit_id == unit_id for share in place(p.id, day, day))
        ]


def _stays_and_links() -> tuple[list[Stay], list[Link]]:
    """Placements and successions in one query: each counts on a page held to twelve."""
    share = models.DecimalField(max_digits=14, decimal_places=12)
    placements = Placement.objects.values_list(
        "unit_id",
        "parent_id",
        "valid_from",
        "valid_to",
        Value(None, share),
        Value(None, share),
    )
    successions = Succession.objects.values_list(
        "predecessor_id",
        "successor_id",
        "effective_on",
        Value(None, models.DateField(null=True)),
        "share_forward",
        "share_back",
    )
    stays, links = [], []
    for row in placements.union(successions, all=True):
        if row[4] is None:
            stays.append(Stay(*row[:4]))
        else:
            links.append(Link(row[0], row[1], Fraction(row[4]), Fraction(row[5])))
    return stays, links


def communes_in_reach(communes: Iterable[int], user) -> list[int]:
    """Those communes whose figures this login may see."""
    reach = user.reach()
    if reach.everything:
        return list(communes)
    units = reach.units_with("reports.view_coverage")
    return [pk for pk in communes if pk in units]


def in_reach(user) -> Q:
    """Units whose figures this login may see, as a condition."""
    reach = user.reach()
    if reach.everything:
        return Q()
    return Q(pk__in=reach.units_with("reports.view_coverage"))
