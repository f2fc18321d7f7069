"""Where a finger may tap in a drawn practice screen: the rules, as pure arithmetic.

A screen is 264 wide and 396 high. A target is a rectangle in it, at least as large as a
thumb needs, apart from its neighbours, and exactly one of a screen is the right one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

WIDTH, HEIGHT = 264, 396
SMALLEST = 48
APART = 8
FEWEST_SCREENS, MOST_SCREENS = 3, 7
MOST_TARGETS = 4


@dataclasses.dataclass(frozen=True)
class Rectangle:
    """A target's place, in units of the drawing."""

    x: int
    y: int
    w: int
    h: int

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> Rectangle | None:
        """The place of a target, None while a number is missing."""
        numbers = [target.get(name) for name in ("x", "y", "w", "h")]
        if any(number is None or number == "" for number in numbers):
            return None
        return cls(*(int(number) for number in numbers))

    @property
    def is_large_enough(self) -> bool:
        return self.w >= SMALLEST and self.h >= SMALLEST

    @property
    def is_inside(self) -> bool:
        return (
            self.x >= 0
            and self.y >= 0
            and self.x + self.w <= WIDTH
            and self.y + self.h <= HEIGHT
        )

    def crowds(self, other: Rectangle) -> bool:
        """Do the two overlap, or stand closer than a thumb can tell apart?"""
        across = max(other.x - (self.x + self.w), self.x - (other.x + other.w))
        down = max(other.y - (self.y + self.h), self.y - (other.y + other.h))
        return max(across, down) < APART


def place_faults(targets: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    """What is wrong with places already given: the target's index and a sentence."""
    places = [Rectangle.of(target) for target in targets]
    for index, place in enumerate(places):
        if place is None:
            continue
        if not place.is_large_enough:
            yield index, _("A thumb needs at least 48 by 48.")
        elif not place.is_inside:
            yield (
                index,
                _("It leaves the drawing, which is 264 wide and 396 high."),
            )
        for before, other in enumerate(places[:index], 1):
            if other is not None and place.crowds(other):
                yield (
                    index,
                    _("It is closer than 8 to tap target %(number)s.")
                    % {"number": before},
                )


def is_one_right(targets: Sequence[Mapping[str, Any]]) -> bool:
    """Is exactly one of the targets the right one?"""
    return sum(bool(target.get("right")) for target in targets) == 1
