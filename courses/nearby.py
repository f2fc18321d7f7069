"""Where residents find somebody: commune by commune, what is held, open and called.

Attendance stands above this room and knows the sessions; it fills `meetings`. What is
returned here is shown to everybody: no name of a person is in it, and a leader's number
only while its owner agrees.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from rapidfuzz.fuzz import ratio

from common import public_content
from common.names import fold_name
from common.registries import Registry
from courses.hours import hours_on
from courses.models import LessonPage
from home.models import ContactSettings
from people.models import Consent, TeamMembership
from people.signals import person_changed, person_erased
from pilot_communes.models import Succession, SupportPoint, Team, TeamHamlet, Unit
from pilot_communes.querysets import today
from pilot_communes.signals import map_changed

DAYS_AHEAD = 14
MOST_MEETINGS = 20
MOST_POINTS = 20
MOST_TEAMS = 40
# "dat muy" is still Đất Mũi; of 100.
ALIKE = 75
# A session without an hour of ending is over then.
USUAL_LENGTH = dt.timedelta(hours=2)
_KIND = re.compile(r"^(xa|phuong|thi tran|p|x)\.?\s+")


# --- communes and their addresses ----------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Place:
    """A commune of today's map as residents choose it."""

    pk: int
    name: str
    # "xã" or "phường".
    kind: str
    slug: str
    letter: str
    # Communes that went into it: people still say their names.
    former: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse("nearby_commune", args=[self.slug])


@dataclasses.dataclass(frozen=True)
class Places:
    """Every commune of a day, and where the names of former ones lead."""

    today: tuple[Place, ...]
    by_slug: Mapping[str, Place]
    former: Mapping[str, tuple[Place, ...]]

    def sought(self, text: str) -> list[Place]:
        """Communes by a name typed in any spelling, old names included; best first."""
        words = _without_kind(text)
        if not words:
            return []
        found = (
            [place for place in self.today if words in _names(place)]
            or [p for p in self.today if any(words in n for n in _names(p))]
            or [
                place
                for place in self.today
                if any(ratio(words, name) >= ALIKE for name in _names(place))
            ]
        )
        # Its own name before one that it took over.
        return sorted(found, key=lambda p: words not in _without_kind(p.name))

    def by_letter(self) -> list[tuple[str, list[Place]]]:
        """The communes under the letters of their names, Đ after D."""
        letters: dict[str, list[Place]] = {}
        for place in self.today:
            letters.setdefault(place.letter, []).append(place)
        return sorted(letters.items(), key=lambda pair: (fold_name(pair[0]), pair[0]))


def places_on(date: dt.date | None = None) -> Places:
    """The communes of that day (today by default) and the former names, in two queries."""
    date = date or today()
    units = Unit.objects.communes().not_ended(date).filter(valid_from__lte=date)
    rows = list(
        units.order_by("sort_name", "pk").only(
            "pk", "name", "kind", "code", "valid_from"
        )
    )
    before: dict[int, list[tuple[str, str]]] = {}
    for successor, kind, name in (
        Succession.objects.filter(
            successor__in=[row.pk for row in rows], effective_on__lte=date
        )
        .order_by("predecessor__sort_name", "pk")
        .values_list("successor_id", "predecessor__kind", "predecessor__name")
    ):
        before.setdefault(successor, []).append((kind, name))
    slugs = _slugs(rows)
    today_ = tuple(
        Place(
            row.pk,
            row.full_name,
            Unit.KIND_WORDS[row.kind],
            slugs[row.pk],
            row.name[:1].upper(),
            tuple(f"{Unit.KIND_WORDS[k]} {n}" for k, n in before.get(row.pk, ())),
        )
        for row in rows
    )
    by_slug = {place.slug: place for place in today_}
    former: dict[str, list[Place]] = {}
    for place in today_:
        for _kind, name in before.get(place.pk, ()):
            slug = slugify(fold_name(name))
            if not slug.isdigit() and slug not in by_slug:
                former.setdefault(slug, []).append(place)
    return Places(today_, by_slug, {s: tuple(found) for s, found in former.items()})


def _slugs(units: Iterable[Unit]) -> dict[int, str]:
    """An address for each commune; of two with one name the older keeps the plain one."""
    taken: dict[str, int] = {}
    for unit in sorted(units, key=lambda u: (u.valid_from, u.code, u.pk)):
        plain = slugify(fold_name(unit.name))
        kind = Unit.KIND_WORDS[unit.kind].replace(" ", "-")
        for slug in (
            plain,
            f"{slugify(fold_name(kind))}-{plain}",
            f"{plain}-{unit.code}",
        ):
            if slug not in taken:
                taken[slug] = unit.pk
                break
    return {pk: slug for slug, pk in taken.items()}


def _names(place: Place) -> list[str]:
    return [_without_kind(name) for name in (place.name, *place.former)]


def _without_kind(name: str) -> str:
    return _KIND.sub("", fold_name(name))


# --- what is held, open and called ---------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Meeting:
    """A public session as residents read it."""

    date: dt.date
    starts_at: dt.time | None
    ends_at: dt.time | None
    venue: str
    hamlet: str
    kind: str
    lessons: tuple[LessonPage, ...] = ()
    bring: tuple[str, ...] = ()
    team_id: int | None = None
    commune: str = ""

    def ends(self) -> dt.datetime:
        """The moment after which nobody needs to go any more."""
        if self.ends_at is None and self.starts_at is None:
            return _moment(self.date + dt.timedelta(days=1), dt.time())
        if self.ends_at is not None:
            return _moment(self.date, self.ends_at)
        return _moment(self.date, self.starts_at) + USUAL_LENGTH


def _moment(date: dt.date, time: dt.time) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(date, time))


@dataclasses.dataclass(frozen=True)
class MeetingSource:
    """Who knows the public sessions of a commune (its key) at a moment, soonest first."""

    code: str
    coming: Callable[[int, dt.datetime], Sequence[Meeting]]


meetings: Registry[MeetingSource] = Registry("meetings", key=lambda source: source.code)


@dataclasses.dataclass(frozen=True)
class Caller:
    """Whom to call: a duty or an office, never a person's name."""

    who: str
    phone: str
    hamlets: str = ""

    @property
    def tel(self) -> str:
        return re.sub(r"[^0-9+]", "", self.phone)

    @property
    def number(self) -> str:
        """As people read a number aloud, and never broken: 0900 000 099."""
        if len(self.phone) == 10 and self.phone.isdigit():
            return f"{self.phone[:4]}\u00a0{self.phone[4:7]}\u00a0{self.phone[7:]}"
        return self.phone.replace(" ", "\u00a0")


@dataclasses.dataclass(frozen=True)
class Help:
    """Everything that the page of one commune shows."""

    on: dt.date
    meetings: tuple[Meeting, ...]
    points: tuple[SupportPoint, ...]
    teams: tuple[Caller, ...]
    phones: Mapping[int, Caller]
    first: Caller | None
    centre: Caller | None

    def until(self) -> dt.datetime | None:
        """When the first of these sessions is over."""
        return min((meeting.ends() for meeting in self.meetings), default=None)

    def open_points(self) -> list[dict[str, Any]]:
        """The support points, each with its hours of the day where these are clear."""
        return [
            {"point": point, "today": hours_on(point.hours, self.on)}
            for point in self.points
        ]

    def rows(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The sessions, each with its lessons' addresses and the number to ask."""
        return [
            {
                "meeting": meeting,
                "lessons": [
                    {"title": page.title, "url": page.get_url(request)}
                    for page in meeting.lessons
                ],
                "call": self.phones.get(meeting.team_id),
            }
            for meeting in self.meetings
        ]


def help_in(place: Place, now: dt.datetime) -> Help:
    """What residents of a commune can go to or call at that moment."""
    on = timezone.localdate(now)
    coming = [m for source in meetings for m in source.coming(place.pk, now)]
    coming.sort(key=lambda m: (m.date, m.starts_at or dt.time(), m.hamlet))
    points = tuple(
        SupportPoint.objects.valid_on(on)
        .filter(commune=place.pk)
        .order_by("name", "pk")[:MOST_POINTS]
    )
    teams = _teams(place, on)
    phones = {pk: caller for pk, caller in teams.items() if caller.phone}
    centre = _centre(points)
    held = [phones[m.team_id] for m in coming if m.team_id in phones]
    first = next(iter([*held, *phones.values()]), None) or centre
    return Help(
        on=on,
        meetings=tuple(coming[:MOST_MEETINGS]),
        points=points,
        teams=tuple(phones.values()),
        phones=phones,
        first=first,
        centre=centre,
    )


def _teams(place: Place, on: dt.date) -> dict[int, Caller]:
    rows = list(
        Team.objects.valid_on(on)
        .filter(commune=place.pk)
        .order_by("name", "pk")
        .prefetch_related(
            Prefetch(
                "hamlets",
                TeamHamlet.objects.valid_on(on)
                .filter(hamlet__is_unknown=False)
                .select_related("hamlet")
                .order_by("hamlet__sort_name", "pk"),
            )
        )[:MOST_TEAMS]
    )
    phones: dict[int, str] = {}
    for team_id, phone in (
        TeamMembership.objects.called_by_residents(on)
        .filter(team__in=[row.pk for row in rows])
        .values_list("team_id", "person__phone")
    ):
        phones.setdefault(team_id, phone)
    return {
        row.pk: Caller(
            row.name,
            phones.get(row.pk, ""),
            ", ".join(held.hamlet.full_name for held in row.hamlets.all()),
        )
        for row in rows
    }


def _centre(points: Sequence[SupportPoint]) -> Caller | None:
    for point in points:
        if point.phone:
            return Caller(point.name, point.phone)
    office = ContactSettings.current()
    return Caller(office.organisation, office.phone) if office.phone else None


# --- keeping stored pages true -------------------------------------------------------


def keep_fresh() -> None:
    """Whatever the pages of communes show makes them old when it changes."""
    public_content.register(Team, TeamHamlet)
    public_content.register(
        TeamMembership, when=lambda row: row.position != TeamMembership.Position.MEMBER
    )
    public_content.register(
        Consent, when=lambda row: row.purpose == Consent.PUBLIC_PHONE
    )
    map_changed.connect(public_content.bump, dispatch_uid="nearby: the map")
    person_erased.connect(public_content.bump, dispatch_uid="nearby: erased")
    person_changed.connect(_phone_changed, dispatch_uid="nearby: a number")


def _phone_changed(
    *, person_ids: Iterable[int], fields: Iterable[str] = (), **_kwargs: Any
) -> None:
    if "phone" not in fields:
        return
    shown = TeamMembership.objects.leading().filter(
        Q(person__in=list(person_ids)), phone_public=True
    )
    if shown.exists():
        public_content.bump()
