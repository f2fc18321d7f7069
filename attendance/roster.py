"""Who may be on a session's list, in the order of the paper that is signed.

The list of a session is whoever lives in its hamlet, whoever was met there before, and
whoever is already recorded in it. In a hamlet's first session it is empty, and that is
an ordinary state.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, FilteredRelation, Max, Q
from rapidfuzz import fuzz

from attendance.models import PaperRow, TrainingSession
from attendance.reading import Reading
from common.names import fold_name
from people.canonical import canonical
from people.duplicates import LIKELY
from people.models import Encounter, Household, Person, Residence
from people.querysets import PersonQuerySet
from pilot_communes.querysets import today

# A printed list longer than this goes round no room.
MOST_ROWS = 600
MOST_HOUSEHOLDS = 400


def people_of(session: TrainingSession, user: Any) -> PersonQuerySet:
    """Everybody whom this user may mark in the session without asking for a name."""
    living = Residence.objects.valid_on(max(session.date, today())).filter(
        hamlet_id=session.host_id, person__isnull=False
    )
    met = Encounter.objects.filter(hamlet_id=session.host_id)
    near = Q(pk__in=living.values("person_id")) | Q(pk__in=met.values("person_id"))
    # Who leads or helps tonight is no learner, unless somebody recorded it so.
    teaching = Q(pk__in=session.facilitators.values("person_id"))
    recorded = Q(uuid__in=Reading.of(session).persons())
    return Person.objects.visible_to(user).known().filter(near & ~teaching | recorded)


def in_paper_order(people: PersonQuerySet, session: TrainingSession) -> PersonQuerySet:
    """By row number (annotated as `number`), then those without one by name."""
    return people.annotate(
        row=FilteredRelation("paper_rows", condition=Q(paper_rows__session=session)),
        number=F("row__number"),
    ).order_by(F("number").asc(nulls_last=True), "sort_name", "birth_year", "pk")


def number_rows(session: TrainingSession, user: Any) -> None:
    """Give row numbers: to the whole list once, afterwards to whoever is present.

    Does nothing, and writes nothing, when every number is given.
    """
    have = set(session.paper_rows.values_list("person_id", flat=True))
    reading = Reading.of(session)
    if not have:
        wanted = people_of(session, user).by_name().values_list("pk", flat=True)
        missing = list(wanted[:MOST_ROWS])
    else:
        present = reading.present()
        rows = Person.objects.filter(uuid__in=present).values_list("uuid", "pk")
        keys = {str(uuid): pk for uuid, pk in rows} if present else {}
        # State lists persons by uuid, and a UUIDv7 sorts by the time it was made: new
        # names follow in the order in which they came.
        missing = [keys[p] for p in present if p in keys and keys[p] not in have]
    if missing:
        _append(session, missing)


@transaction.atomic
def _append(session: TrainingSession, persons: Iterable[int]) -> None:
    # The lock keeps two helpers from giving one number twice.
    TrainingSession.objects.select_for_update().get(pk=session.pk)
    have = set(session.paper_rows.values_list("person_id", flat=True))
    last = session.paper_rows.aggregate(last=Max("number"))["last"] or 0
    fresh = [pk for pk in dict.fromkeys(persons) if pk not in have]
    PaperRow.objects.bulk_create(
        [
            PaperRow(session=session, person_id=pk, number=number)
            for number, pk in enumerate(fresh, last + 1)
        ]
    )


def people_by_number(
    session: TrainingSession, numbers: Iterable[int]
) -> dict[int, int]:
    """Keys of the persons who stand today behind these row numbers."""
    rows = dict(
        session.paper_rows.filter(number__in=list(numbers)).values_list(
            "number", "person_id"
        )
    )
    standing = canonical(rows.values())
    return {number: standing[person] for number, person in rows.items()}


def households_of(people: Iterable[Person]) -> dict[int, Any]:
    """The household of each of these people today, by the person's key."""
    rows = (
        Residence.objects.valid_on(today())
        .filter(person__in=[person.pk for person in people], household__isnull=False)
        .select_related("household")
    )
    return {row.person_id: row.household for row in rows}


def similar(name: str, people: Iterable[Person]) -> list[Person]:
    """People whom this typed name may mean, the likeliest first.

    Names are compared without diacritics and in any order of words; the usual name
    counts as a name ("Bảy Lành").
    """
    wanted = fold_name(name)
    words = set(wanted.split())
    scored = []
    for person in people:
        known = fold_name(person.name)
        if wanted in (known, fold_name(person.usual_name)):
            score = 200.0
        elif len(words) > 1 and words <= set(person.search.split()):
            score = 150.0
        else:
            score = fuzz.token_sort_ratio(wanted, known, score_cutoff=LIKELY)
        if score:
            scored.append((-score, person.sort_name, person.pk, person))
    return [person for *_order, person in sorted(scored, key=lambda row: row[:3])]


def households_in(session: TrainingSession, user: Any) -> list[Household]:
    """The households of the session's hamlet, in the order of the road or canal."""
    found = Household.objects.visible_to(user).standing_in([session.host_id])
    return list(found.to_name().along_the_route()[:MOST_HOUSEHOLDS])


def household_named(name: str, households: Iterable[Household]) -> Household | None:
    """The one household that bears this name, of its head or the usual one."""
    wanted = fold_name(name)
    found = [
        household
        for household in households
        if wanted in (fold_name(household.head_name), fold_name(household.usual_name))
    ]
    return found[0] if len(found) == 1 else None
