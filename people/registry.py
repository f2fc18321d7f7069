"""Personal data: each room that holds some says how to give, show, erase and retire it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common.registries import Registry
from people.models import Household, Person


class Made(enum.IntEnum):
    """How a room's records tie a household to somebody of the same name; more is surer."""

    BY_REGISTER = 1
    BY_PERSON = 2


def _nothing_to_show(first: Person, second: Person) -> list[str]:
    return []


def _nothing_to_retire(date: dt.date) -> int:
    return 0


def _nobody() -> int:
    return 0


def _made_none(
    persons: Sequence[Person], households: Sequence[Household]
) -> Mapping[int, Made]:
    return {}


def _nothing_to_erase(households: Sequence[Household]) -> None:
    return None


@dataclasses.dataclass(frozen=True)
class PersonalData:
    """What a room does with the data it holds about people.

    - `export(persons)`: everything held, as plain data for one file.
    - `merge_preview(first, second)`: sentences on what the two records hold here.
    - `erase(persons)`: delete it, inside the caller's transaction. The persons still bear
      their names, so that free text can be searched; files go in `transaction.on_commit`.
    - `erase_households(households)`: delete the names of their heads, likewise; the
      households still bear them.
    - `made(persons, households)`: which of these households, all of the persons' name,
      the room's records tie to them (keys of households, and how).
    - `retain(date)`: delete what is past its time on that day; returns how many rows.
    - `sensitive()`: how many people sensitive data is held of (Decree 356/2025, Art. 4).
    """

    name: str
    export: Callable[[Sequence[Person]], Any]
    erase: Callable[[Sequence[Person]], None]
    merge_preview: Callable[[Person, Person], list[str]] = _nothing_to_show
    retain: Callable[[dt.date], int] = _nothing_to_retire
    sensitive: Callable[[], int] = _nobody
    erase_households: Callable[[Sequence[Household]], None] = _nothing_to_erase
    made: Callable[[Sequence[Person], Sequence[Household]], Mapping[int, Made]] = (
        _made_none
    )


personal_data: Registry[PersonalData] = Registry(
    "personal data", key=lambda entry: entry.name
)


def register(entry: PersonalData) -> PersonalData:
    """Add a room's entry; called in `AppConfig.ready()`."""
    return personal_data.register(entry)
