"""Where a name may stand that erasing does not touch, because it is not the person's own.

A team called "Tổ bác Sáu Lành", a support point "Nhà ông …", a route along somebody's
land: they belong to the team, the office, the road. Erasing must not rename them by
itself; it shows them to the officer, who can.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from common.names import fold_name
from people.models import Household, Person, User
from pilot_communes.models import SupportPoint, Team

_MOST = 500
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


@dataclasses.dataclass(frozen=True)
class Leftover:
    """One place that bears the name: what it is, its words, and where to change it."""

    what: str
    text: str
    url: str


def leftovers(persons: Sequence[Person], user: User) -> list[Leftover]:
    """Teams, support points and routes in reach that bear one of these names or numbers.

    Three queries, at most 500 rows of each.
    """
    found: list[Leftover] = []
    teams = Team.objects.visible_to(user).order_by("pk")
    for team in teams[:_MOST]:
        if bears(persons, team.name, team.decision):
            url = reverse("people:change_team", args=[team.uuid])
            found.append(Leftover(_("team"), team.name, url))
    points = SupportPoint.objects.visible_to(user).select_related("commune")
    for point in points.order_by("pk")[:_MOST]:
        if bears(persons, point.name, point.address, point.hours, point.phone):
            where = [point.commune.code, point.uuid]
            url = reverse("pilot_communes:support-point", args=where)
            found.append(Leftover(_("support point"), point.name, url))
    routes = Household.objects.visible_to(user).exclude(route="").order_by("route")
    for route in routes.values_list("route", flat=True).distinct()[:_MOST]:
        if bears(persons, route):
            url = reverse("people:households")
            found.append(Leftover(_("route of households"), route, url))
    return found


def bears(persons: Sequence[Person], *texts: str) -> bool:
    """Does a whole name (or a usual name of several words, or the number) stand there?"""
    names = {_plain(person.name) for person in persons}
    names |= {n for n in (_plain(p.usual_name) for p in persons) if " " in n}
    names.discard("")
    phones = {_digits(person.phone)[-9:] for person in persons}
    phones.discard("")
    return any(
        any(f" {name} " in f" {_plain(text)} " for name in names)
        or any(phone in _digits(text) for phone in phones)
        for text in texts
    )


def _plain(text: str) -> str:
    return " ".join(_NOT_WORDS.sub(" ", fold_name(text)).split())


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")
