"""What a change would do, in the words of the screen; nothing is written."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a unit of the new map comes from: so much of that unit."""

    name: str
    share: Fraction

    @property
    def percent(self) -> Decimal:
        return Decimal(self.share.numerator) * 100 / Decimal(self.share.denominator)


@dataclasses.dataclass(frozen=True)
class Line:
    """A unit before or after the change."""

    name: str
    households: int | None = None
    sources: tuple[Source, ...] = ()


@dataclasses.dataclass(frozen=True)
class Preview:
    """Units before and after, and what else the change carries with it."""

    before: tuple[Line, ...]
    after: tuple[Line, ...]
    notes: tuple[str, ...] = ()
