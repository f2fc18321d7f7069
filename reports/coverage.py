"""What is covered: one query object behind screen, CSV and XLSX.

Sums are read, attendance never is: what a page costs depends on the number of hamlets
and months, not on who came. Facts stay at their hamlet and day; the frame says to which
units of which map they belong. Shares are exact fractions until they are shown; then
they are rounded by largest remainder, so that the parts still make the whole, and
labelled "ước tính".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property

from django.db import models
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from pilot_communes.frames import WHOLE, Share, largest_remainder
from pilot_communes.models import PopulationFigure, Unit
from pilot_communes.querysets import today
from reports.atlas import Atlas
from reports.communal import HELD, add_up
from reports.measures import DEFAULT, EVERYTHING, GROUPS, PERCENT_STEPS, Measure
from reports.models import ALL, HamletDay, HamletMonth, HamletTotal
from reports.rows import NOTHING, Amounts, Base, Row, State
from reports.spans import Span

TODAY, THEN = "today", "then"

BLOCKER = "blocker/"
Placing = Callable[[int, dt.date, dt.date | None], list[Share]]


class Coverage:
    """The figures of a span of time on the map of a frame.

    `frame` is "today", "then" (each fact on the map of its own day) or a date. With
    `commune` only that commune is read. `names` are the sums to read; those of the measure
    are always among them.
    """

    def __init__(
        self,
        *,
        span: Span,
        frame: str | dt.date = TODAY,
        measure: Measure = DEFAULT,
        commune: int | None = None,
        names: Iterable[str] = EVERYTHING,
        atlas: Atlas | None = None,
        day: dt.date | None = None,
    ) -> None:
        self.span = span
        self.frame = frame
        self.measure = measure
        self.commune = commune
        self._names = {
            *names,
            *measure.numerator,
            *measure.base_sums,
            *(name for name, _label in measure.beside),
        }
        self.as_of = timezone.localtime()
        self.day = span.last_day(day or today())
        self.atlas = atlas or Atlas(self.day)

    @cached_property
    def frame_date(self) -> dt.date | None:
        """The day of the map; None when each fact keeps its own."""
        if self.frame == THEN:
            return None
        return today() if self.frame == TODAY else self.frame

    @cached_property
    def list_date(self) -> dt.date:
        """The day whose units are listed."""
        return self.frame_date or self.day

    # --- facts ---------------------------------------------------------------------------

    def _facts(self) -> Iterator[tuple[int, dt.date, str, int]]:
        """(hamlet, day on which it may be placed, measure, value) from the sums."""
        wanted = models.Q(measure__in=self._name_of) | models.Q(
            measure__startswith=BLOCKER
        )
        if self._hosts is not None:
            wanted &= models.Q(hamlet__in=self._hosts)
        if self.span.starts_on is None and self.frame_date is not None:
            rows = HamletTotal.objects.filter(wanted, kind=ALL, skill="")
            for hamlet, measure, value in rows.values_list(
                "hamlet", "measure", "value"
            ):
                yield hamlet, self.list_date, measure, value
            return
        months = HamletMonth.objects.filter(wanted, kind=ALL, skill="")
        if self.span.starts_on is not None:
            months = months.filter(month__in=self.span.months)
        if self.frame_date is not None:
            yield from months.values_list("hamlet", "month", "measure", "value")
            return
        cut: set[dt.date] = set()
        for row in months.values_list("hamlet", "month", "measure", "value"):
            if self.atlas.turned_inside(row[1]):
                cut.add(row[1])
            else:
                yield row
        for month in sorted(cut):
            days = HamletDay.objects.filter(
                wanted, skill="", day__year=month.year, day__month=month.month
            ).values_list("hamlet", "day", "measure")
            yield from days.annotate(whole=Sum("value")).order_by()

    @cached_property
    def _name_of(self) -> dict[str, str]:
        """The name under which each measure of the sums is shown."""
        return {
            f"{name}/{window}" if window else name: name
            for name in self._names
            for window in (self.span.windows if _is_reach(name) else ("",))
        }

    @cached_property
    def _hosts(self) -> list[int] | None:
        """Only these hamlets can matter to the commune; None for all."""
        if self.commune is None or self.frame_date is None:
            return None
        return self.atlas.hosts_of(self.commune, self.list_date)

    @cached_property
    def _by_hamlet(self) -> dict[tuple[int, dt.date], dict[str, int]]:
        """The facts of each hamlet, and of each day where the days' maps differ."""
        facts: dict[tuple[int, dt.date], dict[str, int]] = {}
        # On the map of one day it does not matter when a fact happened.
        on = self.frame_date
        for hamlet, day, measure, value in self._facts():
            name = self._name_of.get(measure, measure)
            of_hamlet = facts.setdefault((hamlet, on or day), {})
            of_hamlet[name] = of_hamlet.get(name, 0) + value
        return facts

    def _place(self, place: Placing) -> dict[int, tuple[Amounts, set[str]]]:
        """Amounts by unit, with the names of those that shares divided."""
        units: dict[int, tuple[Amounts, set[str]]] = {}
        for (hamlet, day), numbers in self._by_hamlet.items():
            for share in place(hamlet, day, self.frame_date):
                _pour(units.setdefault(share.unit_id, ({}, set())), share, numbers)
        return units

    @cached_property
    def _of_communes(self) -> dict[int, tuple[Amounts, set[str]]]:
        if not self._is_wide:
            return self._place(self.atlas.map.place_in_communes)
        units: dict[int, tuple[Amounts, set[str]]] = {}
        for key, numbers in self._added_up[0].items():
            shares = [Share(key, WHOLE)] if key > 0 else self._homes[-key]
            for share in shares:
                _pour(units.setdefault(share.unit_id, ({}, set())), share, numbers)
        return units

    @property
    def _is_wide(self) -> bool:
        """All communes on the map of one day: the database adds them up."""
        return self.commune is None and self.frame_date is not None

    @cached_property
    def _homes(self) -> dict[int, list[Share]]:
        """The communes that each unit belongs to, on the map of one day."""
        day = self.list_date
        place = self.atlas.map.place_in_communes
        return {unit: place(unit, day, day) for unit in self.atlas.places}

    @cached_property
    def _added_up(self) -> tuple[dict[int, dict[str, int]], list[int]]:
        """Numbers by commune, those of divided hamlets by minus their key; hamlets held."""
        groups = {
            unit: -unit if len(shares) > 1 else shares[0].unit_id
            for unit, shares in self._homes.items()
        }
        months = None if self.span.starts_on is None else self.span.months
        numbers: dict[int, dict[str, int]] = {}
        held = []
        for key, measure, value in add_up(groups, self._name_of, months, BLOCKER):
            if measure == HELD:
                if value > 0:
                    held.append(key)
                continue
            name = self._name_of.get(measure, measure)
            of_key = numbers.setdefault(key, {})
            of_key[name] = of_key.get(name, 0) + value
        return numbers, held

    @cached_property
    def _of_hamlets(self) -> dict[int, tuple[Amounts, set[str]]]:
        return self._place(self.atlas.map.place)

    @cached_property
    def _held(self) -> set[int]:
        """Hamlets of the map in which a session was held in the span."""
        if self._is_wide:
            day, place = self.list_date, self.atlas.map.place
            return {s.unit_id for h in self._added_up[1] for s in place(h, day, day)}
        return {
            share.unit_id
            for (hamlet, day), numbers in self._by_hamlet.items()
            if numbers.get("sessions", 0) > 0
            for share in self.atlas.map.place(hamlet, day, self.frame_date)
        }

    # --- rows ----------------------------------------------------------------------------

    def communes(self) -> list[Row]:
        """Every commune of the map by name, started or not."""
        day = self.list_date
        ids = dict.fromkeys(self.atlas.map.communes_on(day))
        if self.frame == THEN:
            ids |= dict.fromkeys(self._of_communes)
        if self.commune is not None:
            ids = {pk: None for pk in ids if pk == self.commune}
        last, missing = self._last(
            (lambda unit, _day, _frame: self._homes[unit])
            if self._is_wide
            else self.atlas.map.place_in_communes
        )
        rows = []
        for pk in ids:
            hamlets = self.named_hamlets(pk)
            amounts, estimated = self._of_communes.get(pk, ({}, set()))
            rows.append(
                Row(
                    self.atlas[pk],
                    State.of(last.get(pk), missing.get(pk, 0), self.day),
                    last.get(pk),
                    missing.get(pk, 0),
                    amounts,
                    bool(estimated),
                    len(hamlets),
                    sum(h in self._held for h in hamlets),
                )
            )
        return self._finish(rows)

    def hamlets(self, commune: int) -> list[Row]:
        """The hamlets of a commune by name; its "not known" leaf last, if it holds any."""
        ids = dict.fromkeys(self.atlas.map.hamlets_of(commune, self.list_date))
        if self.frame == THEN:
            ids |= {
                pk: None
                for pk in self._of_hamlets
                if self.atlas.map.parent_on(pk, self.atlas[pk].valid_from) == commune
            }
        last, missing = self._last(self.atlas.map.place)
        rows = []
        for pk in ids:
            amounts, estimated = self._of_hamlets.get(pk, ({}, set()))
            if self.atlas[pk].is_unknown and not (
                amounts or pk in last or pk in missing
            ):
                continue
            held = int(pk in self._held)
            rows.append(
                Row(
                    self.atlas[pk],
                    State.of(last.get(pk), missing.get(pk, 0), self.day),
                    last.get(pk),
                    missing.get(pk, 0),
                    amounts,
                    bool(estimated),
                    1,
                    held,
                )
            )
        return self._finish(rows)

    def named_hamlets(self, commune: int) -> list[int]:
        return [
            pk
            for pk in self.atlas.map.hamlets_of(commune, self.list_date)
            if not self.atlas[pk].is_unknown
        ]

    def _last(self, place: Placing) -> tuple[dict[int, dt.date], dict[int, int]]:
        """The last session and the registers not in, by unit of the map."""
        last: dict[int, dt.date] = {}
        missing: dict[int, int] = {}
        for host in self.atlas.hamlets():
            if host.last_held is None and not host.missing:
                continue
            shares = place(host.id, host.last_held or self.day, self.frame_date)
            for share in shares:
                unit = share.unit_id
                if host.last_held is not None:
                    last[unit] = max(last.get(unit, host.last_held), host.last_held)
                if host.missing:
                    missing[unit] = missing.get(unit, 0) + host.missing
        return last, missing

    def _finish(self, rows: list[Row]) -> list[Row]:
        """Round the rows together and give each its base."""
        for name in {name for row in rows for name in row.amounts}:
            values = [row.amounts.get(name, NOTHING) for row in rows]
            whole = [int(value) for value in values]
            if any(value.denominator != 1 for value in values):
                whole = largest_remainder(values, round(sum(values)))
            for row, number in zip(rows, whole, strict=True):
                row.shown[name] = number
        for row in rows:
            row.base = self.base_of(row, self.measure)
            if (
                row.base is not None
                and row.base.value > 0
                and row.has_data(self.measure)
            ):
                row.part = Fraction(row.amount(self.measure)) / row.base.value
        return rows

    @cached_property
    def _bases(self) -> dict[tuple[int, str], Base]:
        """The newest figure of each unit and group up to the day shown, else its first."""
        found: dict[tuple[int, str], Base] = {}
        rows = PopulationFigure.objects.filter(group__in=GROUPS).order_by("date")
        for unit, group, value, source, date, quality in rows.values_list(
            "unit_id", "group", "value", "source", "date", "quality"
        ):
            if (unit, group) not in found or date <= self.day:
                found[unit, group] = Base(value, source, date, quality)
        return found

    def base_of(self, row: Row, measure: Measure) -> Base | None:
        """What the measure is divided by in that place; None when nobody has said."""
        if measure.base_sums:
            known = sum(row.amounts.get(name, NOTHING) for name in measure.base_sums)
            if not known:
                return None
            shown = sum(row.shown.get(name, 0) for name in measure.base_sums)
            return Base(
                shown, _("outcomes recorded in the register"), self.day, "published"
            )
        if measure.base is None:
            return None
        if row.place.level == Unit.Level.HAMLET and measure.counts_hamlets:
            return None
        declared = self._bases.get((row.place.id, measure.base))
        if declared is None and measure.counts_hamlets and row.hamlets:
            return Base(
                row.hamlets, _("hamlets entered here"), self.list_date, "published"
            )
        return declared

    # --- the whole ---------------------------------------------------------------------

    def totals(self, rows: Iterable[Row]) -> dict[str, int]:
        """The sums of the rows as shown, by name."""
        total: dict[str, int] = {}
        for row in rows:
            for name, number in row.shown.items():
                total[name] = total.get(name, 0) + number
        return total

    def step(self, row: Row) -> int:
        """The step of the map's ramp, 1 to 5; 0 when there is nothing to colour."""
        if not row.has_data(self.measure):
            return 0
        percent = row.percent()
        if percent is not None:
            return 1 + sum(percent >= bound for bound in PERCENT_STEPS)
        if self.measure.base_sums:
            return 0
        number = row.number(self.measure)
        return 1 + sum(number >= bound for bound in self.measure.steps)


def _is_reach(name: str) -> bool:
    """Is that a count of distinct people or households, kept by window?"""
    return name.partition("/")[0].split("_")[0] in ("people", "households")


def _pour(
    into: tuple[Amounts, set[str]], share: Share, numbers: Mapping[str, int]
) -> None:
    amounts, estimated = into
    # Whole numbers stay whole: fractions are exact, and fifty times slower.
    factor = share.share if share.estimated else 1
    for name, value in numbers.items():
        if value:
            amounts[name] = amounts.get(name, NOTHING) + value * factor
    if share.estimated:
        estimated.update(numbers)
