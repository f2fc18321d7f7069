"""A unit with its amounts, the state it is in, and the base of its percentage."""

from __future__ import annotations

import dataclasses
import datetime as dt
from fractions import Fraction

from django.db import models
from django.utils.translation import gettext_lazy as _

from pilot_communes.models import PopulationFigure
from reports.atlas import Place
from reports.measures import Measure

# Without a session for longer than this a place has slowed down.
STALLED_AFTER = 30
# Exact: whole numbers, or fractions where the map was divided.
Amounts = dict[str, int | Fraction]
NOTHING = 0


class State(models.TextChoices):
    """How far the programme has come in a place."""

    NOT_STARTED = "not_started", _("Not started")
    ACTIVE = "active", _("Going on")
    STALLED = "stalled", _("Slowed down")
    UNKNOWN = "unknown", _("Not known")

    @classmethod
    def of(cls, last_held: dt.date | None, missing: int, day: dt.date) -> State:
        """The state on that day, from the last session and the registers not in."""
        if last_held is not None and (day - last_held).days <= STALLED_AFTER:
            return cls.ACTIVE
        if missing:
            return cls.UNKNOWN
        return cls.NOT_STARTED if last_held is None else cls.STALLED


@dataclasses.dataclass(frozen=True)
class Base:
    """What a percentage is taken of, who says so, and when."""

    value: int
    source: str
    date: dt.date
    quality: str

    @property
    def estimated(self) -> bool:
        return self.quality == PopulationFigure.Quality.ESTIMATED


@dataclasses.dataclass
class Row:
    """A unit with its amounts in the chosen span and frame."""

    place: Place
    state: State
    last_held: dt.date | None
    missing: int
    amounts: Amounts
    estimated: bool
    hamlets: int
    hamlets_held: int
    base: Base | None = None
    # The number divided by the base; None without one.
    part: Fraction | None = None
    # Whole numbers for the screen, filled in for all rows of a list together.
    shown: dict[str, int] = dataclasses.field(default_factory=dict)

    def amount(self, measure: Measure) -> int | Fraction:
        if measure.counts_hamlets:
            return self.hamlets_held
        return sum((self.amounts.get(n, NOTHING) for n in measure.numerator), NOTHING)

    def number(self, measure: Measure) -> int:
        """The number as it is shown."""
        if measure.counts_hamlets:
            return self.hamlets_held
        return sum(self.shown.get(name, 0) for name in measure.numerator)

    def has_data(self, measure: Measure) -> bool:
        """Was anything recorded here? Missing is not zero."""
        return self.amounts.get("sessions", NOTHING) > 0 or self.amount(measure) > 0

    def percent(self) -> Fraction | None:
        """The share of the base in percent; None without a base."""
        return None if self.part is None else self.part * 100
