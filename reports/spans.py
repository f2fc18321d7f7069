"""The span of time that a screen asks for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

from django.utils.translation import gettext as _

from reports.models import ReportingPeriod, Window

TO_DATE = "den-nay"
# The first month that the calendar of a screen offers: the present map of Cà Mau.
FIRST_MONTH = dt.date(2025, 7, 1)


class UnknownSpan(ValueError):
    """The text names no month, quarter or year."""


@dataclasses.dataclass(frozen=True)
class Span:
    """A month, quarter, year, or everything to date; half-open.

    `windows` are the first reaches that are distinct people of this span.
    """

    code: str
    starts_on: dt.date | None
    ends_on: dt.date | None
    windows: frozenset[str]

    @classmethod
    def parse(cls, code: str) -> Span:
        """Read `2026-11`, `2026-q4`, `2026` or `den-nay`; raises UnknownSpan."""
        if code == TO_DATE:
            return cls(code, None, None, frozenset({Window.EVER}))
        found = re.fullmatch(r"(20\d\d)(?:-(?:(0[1-9]|1[0-2])|q([1-4])))?", code)
        if found is None:
            raise UnknownSpan(code)
        year, month, quarter = (int(part) if part else None for part in found.groups())
        if month:
            starts = dt.date(year, month, 1)
            return cls(code, starts, months_after(starts, 1), frozenset(Window.values))
        if quarter:
            starts = dt.date(year, 3 * quarter - 2, 1)
            windows = frozenset({Window.QUARTER, Window.YEAR, Window.EVER})
            return cls(code, starts, months_after(starts, 3), windows)
        starts = dt.date(year, 1, 1)
        windows = frozenset({Window.YEAR, Window.EVER})
        return cls(code, starts, dt.date(year + 1, 1, 1), windows)

    @classmethod
    def month_of(cls, day: dt.date) -> Span:
        return cls.parse(f"{day:%Y-%m}")

    @classmethod
    def of_period(cls, period: ReportingPeriod) -> Span:
        """The span of a reporting period."""
        starts = period.starts_on
        if period.kind == ReportingPeriod.Kind.MONTH:
            return cls.month_of(starts)
        if period.kind == ReportingPeriod.Kind.QUARTER:
            return cls.parse(f"{starts.year}-q{(starts.month + 2) // 3}")
        return cls.parse(str(starts.year))

    @property
    def is_month(self) -> bool:
        return (
            len(self.code) == 7 and self.starts_on is not None and "q" not in self.code
        )

    @property
    def months(self) -> list[dt.date]:
        """First days of the months inside."""
        found = []
        month = self.starts_on
        while month is not None and month < self.ends_on:
            found.append(month)
            month = months_after(month, 1)
        return found

    @property
    def label(self) -> str:
        if self.starts_on is None:
            return _("to date")
        year = self.starts_on.year
        if "q" in self.code:
            return _("quarter %(quarter)s/%(year)s") % {
                "quarter": self.code[-1],
                "year": year,
            }
        if self.is_month:
            return _("month %(month)s/%(year)s") % {
                "month": self.starts_on.month,
                "year": year,
            }
        return _("year %(year)s") % {"year": year}

    def before(self) -> Span | None:
        """The span of the same length just before; None for "to date"."""
        if self.starts_on is None:
            return None
        day = self.starts_on - dt.timedelta(days=1)
        if self.is_month:
            return Span.month_of(day)
        if "q" in self.code:
            return Span.parse(f"{day.year}-q{(day.month + 2) // 3}")
        return Span.parse(str(day.year))

    def last_day(self, today: dt.date) -> dt.date:
        """The last day that has been: the state of things is told for it."""
        if self.ends_on is None:
            return today
        return min(today, self.ends_on - dt.timedelta(days=1))


def months_after(day: dt.date, count: int) -> dt.date:
    """The first day of the month `count` months after that of `day`."""
    index = day.year * 12 + day.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)


def choices(today: dt.date) -> list[Span]:
    """What the select of a screen offers: to date, years, quarters, and twelve months."""
    months = [months_after(today, -n) for n in range(12)]
    months = [m for m in months if m >= FIRST_MONTH]
    quarters = dict.fromkeys(f"{m.year}-q{(m.month + 2) // 3}" for m in months)
    years = dict.fromkeys(str(m.year) for m in months)
    codes = [f"{m:%Y-%m}" for m in months]
    return [Span.parse(code) for code in (*codes, *quarters, *years, TO_DATE)]
