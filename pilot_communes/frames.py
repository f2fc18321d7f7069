"""Which ground stands where, on the map of which day.

A fact is stored against a unit and a day and never moved. `place()` says which units of a
chosen map it belongs to, and with what share:

- *as then*: the map of the fact's own day, as known now (`frame_date=None`);
- *today*: `frame_date=today()`;
- *date X*: any other day.

What the walk over the map obeys:

1. A unit that stands on the day of the frame keeps its facts, whenever they happened: a
   closed unit still takes facts, and they go where its ground went.
2. Later maps are reached over the successions by `share_forward`, earlier ones by
   `share_back`. Shares are exact fractions; those of one answer sum to one.
3. In a gap (the old unit has ended, the new one has not begun) the ground stays with the
   unit that held it last.
4. A hamlet without predecessors or successors in that direction gives its facts to the
   "hamlet not known" leaf of the commune that holds the ground on the day; where there
   is no such leaf it keeps them. No fact falls off the map.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from pilot_communes.ground import Ground, ground_under
from pilot_communes.models import Placement, Succession, Unit

__all__ = [
    "Ground",
    "Link",
    "Map",
    "Share",
    "Spot",
    "Stay",
    "ground_under",
    "largest_remainder",
    "place",
    "the_map",
]

WHOLE = Fraction(1)


@dataclasses.dataclass(frozen=True)
class Share:
    """A part of a fact, in a unit of the chosen map."""

    unit_id: int
    share: Fraction

    @property
    def estimated(self) -> bool:
        """Shown as "ước tính": only a whole fact is known to be where it is."""
        return self.share != 1


@dataclasses.dataclass(frozen=True)
class Spot:
    """A unit as the map knows it."""

    id: int
    level: str
    sort_name: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    is_unknown: bool = False

    def stands_on(self, date: dt.date) -> bool:
        return self.valid_from <= date and (
            self.valid_to is None or date < self.valid_to
        )


@dataclasses.dataclass(frozen=True)
class Stay:
    """A unit's time under one parent."""

    unit_id: int
    parent_id: int
    valid_from: dt.date
    valid_to: dt.date | None = None

    def holds_on(self, date: dt.date) -> bool:
        return self.valid_from <= date and (
            self.valid_to is None or date < self.valid_to
        )


@dataclasses.dataclass(frozen=True)
class Link:
    """A succession: the part of one unit that went on in another."""

    predecessor_id: int
    successor_id: int
    share_forward: Fraction | Decimal
    share_back: Fraction | Decimal


class Map:
    """All units, placements and successions, read once; asks the database nothing more."""

    def __init__(
        self, spots: Iterable[Spot], stays: Iterable[Stay], links: Iterable[Link]
    ) -> None:
        self._spots = {spot.id: spot for spot in spots}
        self._stays: dict[int, list[Stay]] = {}
        for stay in sorted(stays, key=lambda s: (s.unit_id, s.valid_from)):
            self._stays.setdefault(stay.unit_id, []).append(stay)
        after: dict[int, dict[int, Fraction]] = {}
        before: dict[int, dict[int, Fraction]] = {}
        for link in links:
            old = self._spots.get(link.predecessor_id)
            new = self._spots.get(link.successor_id)
            # Only a step forward in time is a succession; anything else could go round
            # in a circle.
            if old is None or new is None or new.valid_from <= old.valid_from:
                continue
            _add(after, old.id, new.id, link.share_forward)
            _add(before, new.id, old.id, link.share_back)
        self._after = {unit: _normal(parts) for unit, parts in after.items()}
        self._before = {unit: _normal(parts) for unit, parts in before.items()}
        self._walked: dict[tuple[int, dt.date], dict[int, Fraction]] = {}
        self._children: dict[dt.date, dict[int, tuple[int, ...]]] = {}

    @classmethod
    def load(cls) -> Map:
        """The whole map, in three queries."""
        return cls(
            (
                Spot(*row)
                for row in Unit.objects.values_list(
                    "pk", "level", "sort_name", "valid_from", "valid_to", "is_unknown"
                )
            ),
            (
                Stay(*row)
                for row in Placement.objects.values_list(
                    "unit_id", "parent_id", "valid_from", "valid_to"
                )
            ),
            (
                Link(*row)
                for row in Succession.objects.values_list(
                    "predecessor_id", "successor_id", "share_forward", "share_back"
                )
            ),
        )

    def __contains__(self, unit_id: int) -> bool:
        return unit_id in self._spots

    def parent_on(self, unit_id: int, date: dt.date) -> int | None:
        """The unit that it stood in on that day; None when it stood in none."""
        for stay in self._stays.get(unit_id, ()):
            if stay.holds_on(date):
                return stay.parent_id
        return None

    def communes_on(self, date: dt.date) -> tuple[int, ...]:
        """The communes that stood on that day, by name."""
        return tuple(
            spot.id
            for spot in self._by_name
            if spot.level == Unit.Level.COMMUNE and spot.stands_on(date)
        )

    def hamlets_of(self, commune_id: int, date: dt.date) -> tuple[int, ...]:
        """The hamlets of a commune on that day by name, its "not known" leaf last."""
        return self._children_on(date).get(commune_id, ())

    def leaf_of(self, commune_id: int, date: dt.date) -> int | None:
        """The commune's "hamlet not known" leaf on that day."""
        for unit_id in reversed(self.hamlets_of(commune_id, date)):
            if self._spots[unit_id].is_unknown:
                return unit_id
        return None

    def place(
        self, unit_id: int, fact_date: dt.date, frame_date: dt.date | None = None
    ) -> list[Share]:
        """Where a fact of that unit and day belongs, on the map of `frame_date`.

        Without a frame: on the map of the fact's own day. Shares are exact and sum to
        one. Raises KeyError for a unit that the map does not hold.
        """
        date = fact_date if frame_date is None else frame_date
        found: dict[int, Fraction] = {}
        for place_id, share in self._walk(unit_id, date).items():
            for leaf_id, part in self._leaves_for(place_id, date).items():
                _pour(found, leaf_id, share * part)
        return _shares(found)

    def place_many(
        self, facts: Iterable[tuple[int, dt.date]], frame_date: dt.date | None = None
    ) -> Iterator[list[Share]]:
        """`place()` for many (unit, day) pairs, in their order."""
        for unit_id, fact_date in facts:
            yield self.place(unit_id, fact_date, frame_date)

    def place_in_communes(
        self, unit_id: int, fact_date: dt.date, frame_date: dt.date | None = None
    ) -> list[Share]:
        """Which communes of that map a fact belongs to; shares sum to one.

        A hamlet of which the map of that day knows nothing is followed through the
        commune that it stood in.
        """
        date = fact_date if frame_date is None else frame_date
        found: dict[int, Fraction] = {}
        for place_id, share in self._walk(unit_id, date).items():
            spot = self._spots[place_id]
            parent_id = place_id
            if spot.level == Unit.Level.HAMLET:
                parent_id = self._nearest_parent(place_id, date)
            if parent_id is None:
                _pour(found, place_id, share)
                continue
            for commune_id, part in self._walk(parent_id, date).items():
                _pour(found, commune_id, share * part)
        return _shares(found)

    @cached_property
    def _by_name(self) -> list[Spot]:
        return sorted(self._spots.values(), key=lambda s: (s.sort_name, s.id))

    def _children_on(self, date: dt.date) -> dict[int, tuple[int, ...]]:
        if date not in self._children:
            children: dict[int, list[Spot]] = {}
            for spot in sorted(self._by_name, key=lambda s: s.is_unknown):
                parent_id = self.parent_on(spot.id, date)
                if parent_id is not None and spot.stands_on(date):
                    children.setdefault(parent_id, []).append(spot)
            self._children[date] = {
                parent_id: tuple(spot.id for spot in spots)
                for parent_id, spots in children.items()
            }
        return self._children[date]

    def _nearest_parent(self, unit_id: int, date: dt.date) -> int | None:
        """The parent on that day, else the last before it, else the first after it."""
        stays = self._stays.get(unit_id, ())
        begun = [stay for stay in stays if stay.valid_from <= date]
        if begun:
            return begun[-1].parent_id
        return stays[0].parent_id if stays else None

    def _walk(self, unit_id: int, date: dt.date) -> dict[int, Fraction]:
        key = (unit_id, date)
        if key not in self._walked:
            self._walked[key] = self._walk_afresh(self._spots[unit_id], date)
        return self._walked[key]

    def _steps(self, spot: Spot, date: dt.date) -> dict[int, Fraction] | None:
        forward = date >= spot.valid_from
        return (self._after if forward else self._before).get(spot.id)

    def _walk_afresh(self, spot: Spot, date: dt.date) -> dict[int, Fraction]:
        steps = self._steps(spot, date)
        if spot.stands_on(date) or steps is None:
            return {spot.id: WHOLE}
        forward = date >= spot.valid_from
        found: dict[int, Fraction] = {}
        for next_id, share in steps.items():
            there = self._spots[next_id]
            if forward and there.valid_from > date:
                _pour(found, spot.id, share)
            elif not forward and there.valid_to is not None and there.valid_to <= date:
                _pour(found, next_id, share)
            else:
                for place_id, part in self._walk(next_id, date).items():
                    _pour(found, place_id, share * part)
        return found

    def _leaves_for(self, unit_id: int, date: dt.date) -> dict[int, Fraction]:
        """Where the ground of a hamlet is on a day on which nothing follows it."""
        spot = self._spots[unit_id]
        parent_id = self._nearest_parent(unit_id, date)
        if (
            spot.level != Unit.Level.HAMLET
            or parent_id is None
            or spot.stands_on(date)
            or self._steps(spot, date) is not None
        ):
            return {unit_id: WHOLE}
        found: dict[int, Fraction] = {}
        for commune_id, share in self._walk(parent_id, date).items():
            leaf_id = self.leaf_of(commune_id, date)
            _pour(found, unit_id if leaf_id is None else leaf_id, share)
        return found


def the_map() -> Map:
    """The whole map as it is known now (three queries); keep it for many questions."""
    return Map.load()


def place(
    hamlet_id: int, fact_date: dt.date, frame_date: dt.date | None = None
) -> list[Share]:
    """Where one fact belongs; for many facts ask `the_map()` once."""
    return the_map().place(hamlet_id, fact_date, frame_date)


def largest_remainder(
    values: Iterable[Fraction | Decimal | int], total: int
) -> list[int]:
    """Whole numbers in proportion to the values that sum to exactly `total`.

    Equal remainders go to the earlier value. Raises ValueError for a negative value, and
    when nothing but zeros should sum to something.
    """
    exact = [Fraction(value) for value in values]
    if total < 0 or any(value < 0 for value in exact):
        raise ValueError("Only numbers from zero upwards can be shared out.")
    whole = sum(exact)
    if not whole:
        if total:
            raise ValueError("Zeros cannot be shared out to a total above zero.")
        return [0] * len(exact)
    quotas = [value * total / whole for value in exact]
    rounded = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda i: (rounded[i] - quotas[i], i))
    for index in by_remainder[: total - sum(rounded)]:
        rounded[index] += 1
    return rounded


def _add(
    table: dict[int, dict[int, Fraction]],
    unit: int,
    other: int,
    share: Fraction | Decimal,
) -> None:
    _pour(table.setdefault(unit, {}), other, Fraction(share))


def _pour(found: dict[int, Fraction], unit: int, share: Fraction) -> None:
    found[unit] = found.get(unit, Fraction(0)) + share


def _normal(parts: dict[int, Fraction]) -> dict[int, Fraction]:
    whole = sum(parts.values())
    return {unit: share / whole for unit, share in sorted(parts.items())}


def _shares(found: dict[int, Fraction]) -> list[Share]:
    return [Share(unit, share) for unit, share in sorted(found.items()) if share]
