"""What the phone app needs to work for days without a network, cut into parts.

Each part has a key and a tag, the digest of its contents. The phone names the tags it
has and is sent only what differs, so a fetch that broke off goes on where it stopped.
Parts whose key begins with "hamlet:" hold names; the phone keeps those sealed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from django.db.models import Q

from attendance.models import (
    Attendance,
    HouseholdReach,
    PaperRow,
    SessionLesson,
    TrainingSession,
)
from courses.changes import SHOWN_FOR, recent_of
from courses.models import Blocker, CoursePage, LessonPage
from people.consents import REGISTER_TEXT, REGISTER_VERSION
from people.models import Encounter, Household, Person, Residence, User
from pilot_communes.models import Team, TeamHamlet, Unit
from pilot_communes.querysets import today

TAKE_REGISTER = "attendance.take_register"
# A team serves a few hamlets; an officer without a team may take the register of many.
MOST_HAMLETS = 40
MOST_PEOPLE = 600
MOST_HOUSEHOLDS = 600
# Names in one answer: about 60 KB on the wire.
NAMES_AT_ONCE = 1200
MOST_SESSIONS = 200
MOST_ROWS = 6000
MOST_LESSONS = 100
MOST_TO_ASK = 300
AHEAD = dt.timedelta(days=30)
BEHIND = dt.timedelta(days=7)
# How far back somebody is looked for who should be asked again.
LOOK_BACK = dt.timedelta(days=180)
ASK_AGAIN_AFTER = dt.timedelta(days=30)
_TAG = 12
_encode = msgspec.json.Encoder(order="deterministic").encode


class Part(NamedTuple):
    """A piece of the app's data. `names` is how many people and homes it names."""

    key: str
    data: Any
    names: int = 0

    @property
    def tag(self) -> str:
        return hashlib.sha256(_encode([self.key, self.data])).hexdigest()[:_TAG]


class Ground(NamedTuple):
    """A team, or None for an officer's own ground, with its hamlets of today."""

    team: Team | None
    uuid: str
    name: str
    hamlets: list[Unit]


def grounds_of(user: User) -> list[Ground]:
    """Where this login takes registers: its teams, then what its roles reach beside.

    Five queries at most, whatever the number of teams and hamlets.
    """
    reach = user.reach()
    teams = list(
        Team.objects.visible_to(user)
        .valid_on()
        .filter(pk__in=reach.team_ids)
        .order_by("name", "pk")
    )
    served: dict[int, list[Unit]] = {}
    rows = (
        TeamHamlet.objects.valid_on()
        .filter(team__in=teams)
        .select_related("hamlet")
        .order_by("hamlet__sort_name", "hamlet_id")
    )
    for row in rows[:MOST_HAMLETS]:
        served.setdefault(row.team_id, []).append(row.hamlet)
    grounds = [
        Ground(team, str(team.uuid), team.name, served.get(team.pk, []))
        for team in teams
    ]
    taken = {unit.pk for units in served.values() for unit in units}
    beside = [
        grant
        for grant in reach.grants
        if grant.team_id is None and TAKE_REGISTER in grant.permissions
    ]
    units = frozenset().union(*(grant.unit_ids for grant in beside)) - taken
    if units:
        home = Unit.objects.get(pk=beside[0].unit_id)
        hamlets = Unit.objects.hamlets().valid_on().named().filter(pk__in=units)
        left = MOST_HAMLETS - len(taken)
        found = list(hamlets.by_name()[:left])
        if found:
            grounds.append(Ground(None, str(home.uuid), home.full_name, found))
    return grounds


def told(
    user: User, known: Collection[str]
) -> tuple[list[Ground], list[dict[str, Any]], bool]:
    """The grounds of a login, its parts, and whether more must be asked for.

    A part whose tag is in `known` comes without data. When the names that are new are
    too many for one answer, the rest is left out and the third value is true.
    """
    grounds = grounds_of(user)
    listed: list[dict[str, Any]] = []
    names, more = 0, False
    for part in _parts(user, grounds):
        tag = part.tag
        row: dict[str, Any] = {"key": part.key, "tag": tag}
        if tag not in known:
            if names and names + part.names > NAMES_AT_ONCE:
                more = True
                continue
            names += part.names
            row["data"] = part.data
        listed.append(row)
    return grounds, listed, more


def _parts(user: User, grounds: list[Ground]) -> Iterator[Part]:
    hamlets = [hamlet for ground in grounds for hamlet in ground.hamlets]
    sessions = list(
        TrainingSession.objects.visible_to(user)
        .filter(date__gte=today() - BEHIND, date__lte=today() + AHEAD)
        .filter(host__in=hamlets)
        .select_related("host", "team")
        .order_by("date", "starts_at", "pk")[:MOST_SESSIONS]
    )
    yield Part("lessons", _lessons())
    yield Part("blockers", _blockers())
    yield Part(
        "consent",
        {"version": REGISTER_VERSION, "language": "vi", "text": REGISTER_TEXT},
    )
    yield Part("plan", _plan(sessions))
    yield Part("rows", _rows(sessions))
    yield Part("follow_ups", _follow_ups(user, hamlets))
    people, homes = _people(user, hamlets), _households(user, hamlets)
    for hamlet in hamlets:
        data = {
            "people": people.get(hamlet.pk, []),
            "households": homes.get(hamlet.pk, []),
        }
        size = len(data["people"]) + len(data["households"])
        yield Part(f"hamlet:{hamlet.uuid}", data, size)


def _lessons() -> list[dict[str, Any]]:
    lessons = list(
        LessonPage.objects.visible_to(None)
        .to_follow()
        .order_by("number")
        .defer_streamfields()[:MOST_LESSONS]
    )
    groups = dict(CoursePage.objects.values_list("path", "slug"))
    since = today() - SHOWN_FOR
    # Only a lesson that was changed lately needs its steps read.
    touched = list(LessonPage.objects.filter(changes__on__gt=since).distinct()[:40])
    changes = recent_of(touched, today())
    return [
        {
            "number": lesson.number,
            "title": lesson.title,
            "url": f"/bai/{groups.get(lesson.path[: -LessonPage.steplen], '')}/{lesson.slug}/",
            "changed": [
                {"on": change.date.isoformat(), "steps": list(change.steps)}
                for change in changes.get(lesson.pk, ())
            ],
        }
        for lesson in lessons
    ]


def _blockers() -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "label": one.label,
            "solver": one.solver,
            "referral": one.is_referral,
            "advice": one.advice,
        }
        for one in Blocker.objects.filter(is_active=True)
    ]


def _plan(sessions: list[TrainingSession]) -> list[dict[str, Any]]:
    taught: dict[int, list[int]] = {}
    for pk, number in SessionLesson.objects.filter(session__in=sessions).values_list(
        "session_id", "lesson__number"
    ):
        taught.setdefault(pk, []).append(number)
    return [
        {
            "id": str(one.uuid),
            "host": str(one.host.uuid),
            "team": str(one.team.uuid) if one.team else None,
            "date": one.date.isoformat(),
            "start": one.starts_at.strftime("%H:%M") if one.starts_at else "",
            "kind": one.kind,
            "status": one.status,
            "venue": one.venue,
            "lessons": taught.get(one.pk, []),
        }
        for one in sessions
    ]


def _rows(sessions: list[TrainingSession]) -> dict[str, dict[str, int]]:
    """Row numbers of the paper lists, by session and person."""
    numbers: dict[str, dict[str, int]] = {}
    rows = PaperRow.objects.filter(session__in=sessions).order_by("session", "number")
    for session, person, number in rows.values_list(
        "session__uuid", "person__uuid", "number"
    )[:MOST_ROWS]:
        numbers.setdefault(str(session), {})[str(person)] = number
    return numbers


def _people(user: User, hamlets: list[Unit]) -> dict[int, list[dict[str, Any]]]:
    """By hamlet, whoever lives there today or was met there; only those with a name."""
    places: dict[int, tuple[int, int | None]] = {}
    met = Encounter.objects.filter(hamlet__in=hamlets).order_by("last_on", "pk")
    for person, hamlet in met.values_list("person_id", "hamlet_id"):
        places[person] = (hamlet, None)
    living = Residence.objects.valid_on(today()).filter(
        hamlet__in=hamlets, person__isnull=False
    )
    for person, hamlet, household in living.order_by("pk").values_list(
        "person_id", "hamlet_id", "household_id"
    ):
        places[person] = (hamlet, household)
    lives = living.values("person_id")
    found = (
        Person.objects.visible_to(user)
        .known()
        .named()
        .filter(Q(pk__in=lives) | Q(pk__in=met.order_by().values("person_id")))
        .by_name()
    )
    homes = {household for _hamlet, household in places.values() if household}
    public = dict(Household.objects.filter(pk__in=homes).values_list("pk", "uuid"))
    listed: dict[int, list[dict[str, Any]]] = {}
    for one in found[: MOST_PEOPLE * MOST_HAMLETS]:
        hamlet, household = places[one.pk]
        here = listed.setdefault(hamlet, [])
        if len(here) >= MOST_PEOPLE:
            continue
        here.append(
            {
                "uuid": str(one.uuid),
                "name": one.name,
                "usual": one.usual_name,
                "year": one.birth_year,
                "sex": one.sex,
                "household": str(public[household]) if household in public else None,
                "card": one.card_code,
            }
        )
    return listed


def _households(user: User, hamlets: list[Unit]) -> dict[int, list[dict[str, Any]]]:
    """By hamlet, the homes along the road or canal."""
    rows = Residence.objects.valid_on(today()).filter(hamlet__in=hamlets, person=None)
    places = dict(rows.values_list("household_id", "hamlet_id"))
    found = (
        Household.objects.visible_to(user)
        .standing_in([hamlet.pk for hamlet in hamlets])
        .to_name()
        .along_the_route()
    )
    listed: dict[int, list[dict[str, Any]]] = {}
    for one in found[: MOST_HOUSEHOLDS * MOST_HAMLETS]:
        here = listed.setdefault(places[one.pk], [])
        if len(here) < MOST_HOUSEHOLDS:
            here.append(
                {
                    "uuid": str(one.uuid),
                    "head": one.head_name,
                    "usual": one.usual_name,
                    "route": one.route,
                    "order": one.order,
                }
            )
    return listed


def _follow_ups(user: User, hamlets: list[Unit]) -> list[dict[str, Any]]:
    """Whom to ask again, the newest first: who could not, who could a month ago, and
    homes for which a child learnt. Codes only; the names are in the hamlets' parts."""
    since = today() - LOOK_BACK
    held = (
        TrainingSession.objects.visible_to(user)
        .counting()
        .filter(date__gte=since, host__in=hamlets)
    )
    last: dict[str, Mapping[str, Any]] = {}
    rows = Attendance.objects.filter(session__in=held, present=True).order_by(
        "-session__date", "-session_id", "person_id"
    )
    for row in rows.values(
        "person__uuid",
        "session__uuid",
        "session__date",
        "session__host__uuid",
        "outcome",
        "blocker",
    )[:MOST_ROWS]:
        last.setdefault(str(row["person__uuid"]), row)
    listed = [
        _waiting(row, why, person=person)
        for person, row in last.items()
        if (why := _why(row))
    ]
    homes = HouseholdReach.objects.filter(session__in=held).order_by(
        "-session__date", "-session_id", "household_id"
    )
    told_of: set[Any] = set()
    for row in homes.values(
        "household__uuid", "session__uuid", "session__date", "session__host__uuid"
    )[:MOST_TO_ASK]:
        home = row["household__uuid"]
        if home not in told_of:
            told_of.add(home)
            listed.append(_waiting(row, "child", household=str(home)))
    listed.sort(key=lambda one: one["date"], reverse=True)
    return listed[:MOST_TO_ASK]


def _why(row: Mapping[str, Any]) -> str:
    if row["outcome"] in ("not_yet", "referred"):
        return "blocked" if row["blocker"] else "not_yet"
    old_enough = row["session__date"] <= today() - ASK_AGAIN_AFTER
    return "again" if row["outcome"] in ("alone", "helped") and old_enough else ""


def _waiting(
    row: Mapping[str, Any],
    why: str,
    *,
    person: str | None = None,
    household: str | None = None,
) -> dict[str, Any]:
    return {
        "person": person,
        "household": household,
        "session": str(row["session__uuid"]),
        "date": row["session__date"].isoformat(),
        "hamlet": str(row["session__host__uuid"]),
        "outcome": row.get("outcome", ""),
        "blocker": row.get("blocker", ""),
        "why": why,
    }
