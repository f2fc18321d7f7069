"""Practising on drawn screens: what one page of it shows.

Without JavaScript every tap is a link to the next page, so that nothing is typed, kept or
posted. The page of the first screen carries all others in a template, from which
`courses/tap.js` does the same in place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from courses.targets import (
    FEWEST_SCREENS,
    MOST_SCREENS,
    MOST_TARGETS,
    is_one_right,
    place_faults,
)

if TYPE_CHECKING:
    from courses.models import LessonPage

# After so many wrong taps on one screen the ring shows the right place.
MISSES_BEFORE_RING = 2
# What the addresses of a practice say: screen, misses on it, target that was tapped.
SCREEN, MISSES, TAPPED = "buoc", "sai", "chon"


@dataclasses.dataclass(frozen=True)
class Target:
    """A place to tap with the address behind it."""

    number: int
    label: str
    why: str
    right: bool
    x: int
    y: int
    w: int
    h: int
    url: str


@dataclasses.dataclass(frozen=True)
class Screen:
    """One drawn screen; `missed` is how often it was tapped wrongly so far."""

    number: int
    say: str
    picture: Any
    description: str
    targets: tuple[Target, ...]
    missed: int = 0
    next_url: str = ""

    @property
    def right(self) -> Target | None:
        return next((target for target in self.targets if target.right), None)

    @property
    def is_drawn(self) -> bool:
        """Can it be tapped? One that cannot is passed over with its sentence."""
        return self.picture is not None and self.right is not None

    @property
    def shows_ring(self) -> bool:
        return self.missed >= MISSES_BEFORE_RING


@dataclasses.dataclass(frozen=True)
class Practice:
    """A practice of a lesson at the point that an address names."""

    lesson: LessonPage
    number: int
    value: Mapping[str, Any]
    at: int
    missed: int
    tapped: int

    @cached_property
    def url(self) -> str:
        return self.lesson.practice_url(self.number)

    @property
    def task(self) -> str:
        return self.value["task"]

    @property
    def done(self) -> str:
        return self.value["done"]

    @property
    def total(self) -> int:
        return len(self.value["screens"])

    @property
    def is_done(self) -> bool:
        return self.at > self.total

    @property
    def is_at_the_beginning(self) -> bool:
        """The one page that is stored, with everything in it."""
        return self.at == 1 and not self.missed and not self.tapped

    @cached_property
    def screen(self) -> Screen | None:
        """The screen of this page, None past the last one."""
        return None if self.is_done else self._screen(self.at, self.missed)

    @property
    def screens(self) -> list[Screen]:
        """All of them, as they are before the first tap."""
        return [self._screen(number) for number in range(1, self.total + 1)]

    @cached_property
    def answer(self) -> Target | None:
        """The target whose tap led to this page."""
        if not self.tapped:
            return None
        # A wrong tap stays on its screen, a right one goes on to the next.
        of_screen = self.at if self.missed else self.at - 1
        if not 1 <= of_screen <= self.total:
            return None
        targets = self._screen(of_screen).targets
        if self.tapped > len(targets):
            return None
        target = targets[self.tapped - 1]
        return target if target.right is (not self.missed) else None

    def _screen(self, number: int, missed: int = 0) -> Screen:
        value = self.value["screens"][number - 1]
        onward = self._address(number + 1)
        targets = tuple(
            Target(
                number=index,
                label=target["label"],
                why=target["why"],
                right=bool(target["right"]),
                x=target["x"],
                y=target["y"],
                w=target["w"],
                h=target["h"],
                url=(
                    self._address(number + 1, tapped=index)
                    if target["right"]
                    else self._address(
                        number,
                        missed=min(missed + 1, MISSES_BEFORE_RING),
                        tapped=index,
                    )
                ),
            )
            for index, target in enumerate(value["targets"], 1)
        )
        return Screen(
            number=number,
            say=value["say"],
            picture=value["picture"],
            description=value.get("alt") or value["say"],
            targets=targets,
            missed=missed,
            next_url=onward,
        )

    def _address(self, screen: int, *, missed: int = 0, tapped: int = 0) -> str:
        query = {SCREEN: screen, MISSES: missed, TAPPED: tapped}
        said = urlencode({name: number for name, number in query.items() if number})
        # The drawing stands at the top of a small screen, not below the title again.
        return f"{self.url}?{said}#tap"


def practice_of(
    lesson: LessonPage, number: int, query: Mapping[str, str]
) -> Practice | None:
    """The practice of that number at the point of these query words; None if not there."""
    blocks: Sequence[Any] = lesson.practices
    if not 1 <= number <= len(blocks):
        return None
    value = blocks[number - 1].value
    return Practice(
        lesson=lesson,
        number=number,
        value=value,
        at=_whole(query.get(SCREEN), least=1, most=len(value["screens"]) + 1),
        missed=_whole(query.get(MISSES), most=MISSES_BEFORE_RING),
        tapped=_whole(query.get(TAPPED), most=9),
    )


def _whole(text: str | None, *, most: int, least: int = 0) -> int:
    """A small number from an address; anything else is the least."""
    number = int(text) if text and text.isascii() and text.isdigit() else least
    return max(least, min(most, number))


# --- what is missing before residents may practise ---------------------------------------


def practice_faults(practice: Mapping[str, Any]) -> Iterator[str]:
    """What keeps a practice from being published, in sentences."""
    screens = list(practice.get("screens") or ())
    if not practice.get("task") or not practice.get("done"):
        yield _("Say what is practised, and what is said at the end.")
    if not FEWEST_SCREENS <= len(screens) <= MOST_SCREENS:
        yield _("A practice has 3 to 7 screens; there are %(count)s.") % {
            "count": len(screens)
        }
    for number, screen in enumerate(screens, 1):
        for sentence in _screen_faults(screen):
            yield _("Screen %(number)s: %(what)s") % {
                "number": number,
                "what": sentence,
            }


def _screen_faults(screen: Mapping[str, Any]) -> Iterator[str]:
    targets = list(screen.get("targets") or ())
    if not screen.get("say") or screen.get("picture") is None:
        yield _("It needs its sentence and its drawing.")
    if not 1 <= len(targets) <= MOST_TARGETS:
        yield _("It needs one to four places to tap.")
    elif not is_one_right(targets):
        yield _("Exactly one place of the screen must be right.")
    if not all(target.get("label") and target.get("why") for target in targets):
        yield _("Every place to tap has its words and what is said to it.")
    for index, sentence in place_faults(targets):
        yield _("Tap target %(number)s: %(what)s") % {
            "number": index + 1,
            "what": sentence,
        }
