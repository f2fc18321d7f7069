"""Writes what a fold would have made of a log, and tells reports as attendance does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from attendance.models import Attendance, HouseholdReach, TrainingSession
from attendance.signals import folded
from people.models import Household, Person
from people.models.persons import AgeBand
from pilot_communes.models import Unit
from tests import factories as make


def hold(
    host: Unit,
    day: dt.date,
    people: Iterable[Person | tuple[Person, str]] = (),
    *,
    heads: int | None = None,
    proxies: Iterable[Household] = (),
    kind: str = "class",
    status: str = "closed",
    cause: str = "",
    **fields: Any,
) -> TrainingSession:
    """A session with these people (and outcomes), folded and counted."""
    if status == "cancelled":
        fields.setdefault("cancel_reason", "mưa lớn")
    session = make.make_session(host, date=day, kind=kind, status=status, **fields)
    return record(session, people, heads=heads, proxies=proxies, cause=cause)


def record(
    session: TrainingSession,
    people: Iterable[Person | tuple],
    *,
    heads: int | None = None,
    proxies: Iterable[Household] = (),
    cause: str = "",
) -> TrainingSession:
    """Let the register of the session say this and nothing else.

    A person may stand alone, or as (person, outcome[, extra fields of Attendance]).
    """
    before = set(session.attendances.values_list("person_id", flat=True))
    homes = set(
        session.attendances.exclude(household=None).values_list("household", flat=True)
    )
    homes |= set(session.household_reaches.values_list("household", flat=True))
    with transaction.atomic():
        session.attendances.all().delete()
        session.household_reaches.all().delete()
        rows = [_attendance(session, *_parts(entry)) for entry in people]
        Attendance.objects.bulk_create(rows)
        HouseholdReach.objects.bulk_create(
            HouseholdReach(
                session=session,
                household=household,
                home_hamlet_id=household.residences.get(person=None).hamlet_id,
            )
            for household in proxies
        )
        present = [row for row in rows if row.present]
        session.state = {
            "totals": {
                "named": len(present),
                "head_count": heads,
                "proxies": len(list(proxies)),
            }
        }
        session.state_version += 1
        session.save()
        homes |= {row.household_id for row in rows if row.household_id}
        homes |= {household.pk for household in proxies}
        tell(session, before | {row.person_id for row in rows}, homes, cause=cause)
    return session


def tell(session, people=(), homes=(), *, cause: str = "") -> None:
    """Send the signal of a fold."""
    more = {"cause": cause} if cause else {}
    folded.send(
        sender=TrainingSession,
        sessions=[session],
        person_ids=sorted(people),
        household_ids=sorted(homes),
        **more,
    )


def _parts(entry) -> tuple[Person, str, dict]:
    if isinstance(entry, Person):
        return entry, "", {}
    person, outcome, *rest = entry
    return person, outcome, rest[0] if rest else {}


def _attendance(
    session: TrainingSession, person: Person, outcome: str, fields: dict
) -> Attendance:
    residence = (
        person.residences.filter(valid_to=None).first()
        if not {"home", "home_hamlet"} & fields.keys()
        else None
    )
    defaults: dict[str, Any] = {
        "present": True,
        "sex": person.sex,
        "age_band": AgeBand.at(person.birth_year, session.date),
    }
    if residence is not None:
        defaults |= {
            "home": "outside" if residence.outside else "hamlet",
            "home_hamlet_id": residence.hamlet_id,
            "household_id": residence.household_id,
        }
        if residence.hamlet_id is None and not residence.outside:
            defaults["home"] = "unknown"
    return Attendance(
        session=session, person=person, outcome=outcome, **defaults | fields
    )
