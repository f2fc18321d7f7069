"""Whom to ask: the block that ends every resident's page.

Higher rooms know somebody (the next session, a hotline); each registers a source in its
`AppConfig.ready()`. What a source returns is shown to everybody: its models belong in
`common.public_content` too, or stored pages would go on showing yesterday's answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterable

from django.http import HttpRequest

from common.registries import Registry
from home.models import ContactSettings


@dataclasses.dataclass(frozen=True)
class SomebodyToAsk:
    """A person's duty, an office, a session or a number; never a private name."""

    name: str
    detail: str = ""
    phone: str = ""
    checked_on: dt.date | None = None
    # A number that takes messages and is not answered when called.
    by_message: bool = False
    # A page of ours that says more, for who has no number of its own.
    page: str = ""

    @property
    def tel(self) -> str:
        """The number as a `tel:` link wants it: digits, with + for abroad."""
        return re.sub(r"[^0-9+]", "", self.phone)

    @property
    def url(self) -> str:
        """What a tap does: call, begin a message, or open the page; nothing without one."""
        if not self.phone:
            return self.page
        return f"{'sms' if self.by_message else 'tel'}:{self.tel}"


@dataclasses.dataclass(frozen=True)
class Source:
    """Who knows whom to ask on a given day, nearest help first."""

    code: str
    order: int
    people: Callable[[dt.date], Iterable[SomebodyToAsk]]


sources: Registry[Source] = Registry(
    "whom to ask", key=lambda source: source.code, order=lambda source: source.order
)

# Whom to call at once after being tricked; on the page for that and nowhere else.
emergency: Registry[Source] = Registry(
    "whom to call at once",
    key=lambda source: source.code,
    order=lambda source: source.order,
)


def somebody_to_ask(on: dt.date) -> list[SomebodyToAsk]:
    """Everybody whom a resident may ask on that day, nearest help first."""
    return [somebody for source in sources for somebody in source.people(on)]


def somebody_at_once(on: dt.date) -> list[SomebodyToAsk]:
    """Whom somebody who was tricked calls, after the bank."""
    return [somebody for source in emergency for somebody in source.people(on)]


@dataclasses.dataclass(frozen=True)
class Door:
    """A page of a higher room that resident pages link to when it is there."""

    code: str
    url: Callable[[HttpRequest], str]


doors: Registry[Door] = Registry("doors", key=lambda door: door.code)


def door(code: str, request: HttpRequest) -> str:
    """The address behind a door, or nothing when no room has opened it."""
    opened = doors.get(code)
    return opened.url(request) if opened else ""


def the_office(on: dt.date) -> Iterable[SomebodyToAsk]:
    """The body that answers for the site, when it has given a telephone."""
    office = ContactSettings.current()
    if office.phone:
        yield SomebodyToAsk(office.organisation, office.address, office.phone)
