"""Personal data: each room that holds some says how to give, show, erase and retire it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from common.registries import Registry
from people.models import Person


def _nothing_to_show(first: Person, second: Person) -> list[str]:
    return []


def _nothing_to_retire(date: dt.date) -> int:
    return 0


def _nobody() -> int:
    return 0


@dataclasses.dataclass(frozen=True)
class PersonalData:
    """What a room does with the data it holds about people.

    - `export(persons)`: everything held, as plain data for one file.
    - `merge_preview(first, second)`: sentences on what the two records hold here.
    - `erase(persons)`: delete it, inside the caller's transaction. The persons still bear
      their names, so that free text can be searched; files go in `transaction.on_commit`.
    - `retain(date)`: delete what is past its time on that day; returns how many rows.
    - `sensitive()`: how many people sensitive data is held of (Decree 356/2025, Art. 4).
    """

    name: str
    export: Callable[[Sequence[Person]], Any]
    erase: Callable[[Sequence[Person]], None]
    merge_preview: Callable[[Person, Person], list[str]] = _nothing_to_show
    retain: Callable[[dt.date], int] = _nothing_to_retire
    sensitive: Callable[[], int] = _nobody


personal_data: Registry[PersonalData] = Registry(
    "personal data", key=lambda entry: entry.name
)


def register(entry: PersonalData) -> PersonalData:
    """Add a room's entry; called in `AppConfig.ready()`."""
    return personal_data.register(entry)
