"""Being asked: what a higher room has that a phone can keep.

`shelves` is filled in the `AppConfig.ready()` of the room that knows lessons. A shelf
finds a group of pages by the two words of their address and says which pages below each
belong to it; how heavy they are is measured here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from common.registries import Registry


@dataclasses.dataclass(frozen=True)
class Keepable:
    """One lesson: its number, title and address, and the names of its pages below."""

    number: int
    title: str
    url: str


@dataclasses.dataclass(frozen=True)
class Group:
    """Lessons that are kept together, in their order."""

    title: str
    url: str
    lessons: tuple[Keepable, ...]


@dataclasses.dataclass(frozen=True)
class Shelf:
    """Who finds a group by its word, or one lesson of it by two; None when unknown.

    `parts` are the first words of the addresses below a lesson that belong to it.
    """

    code: str
    parts: tuple[str, ...]
    find: Callable[[str, str], Group | None]


shelves: Registry[Shelf] = Registry("shelves", key=lambda shelf: shelf.code)
