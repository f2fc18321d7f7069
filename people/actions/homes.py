"""Where people and households live, from when to when."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.names import clean_name
from common.retries import retrying
from people.checks import cleaned_name, require
from people.models import Household, Person, Residence, User
from people.signals import household_changed, person_changed
from pilot_communes.models import Unit


def _put(
    *,
    person: Person | None,
    household: Household | None,
    hamlet: Unit | None,
    outside: bool,
    since: dt.date | None,
) -> bool:
    """Write one residence. Without `since` it corrects the present one.

    Returns whether anything changed. Raises ValidationError when `since` lies before the
    present residence began.
    """
    rows = Residence.objects.select_for_update().filter(valid_to=None)
    if person is not None:
        now = rows.filter(person=person).first()
    else:
        now = rows.filter(person=None, household=household).first()
    hamlet_id = None if outside or hamlet is None else hamlet.pk
    household_id = household.pk if household else None
    if now is not None:
        if (now.hamlet_id, now.household_id, now.outside) == (
            hamlet_id,
            household_id,
            outside,
        ):
            return False
        if since is not None and now.valid_from is not None and since < now.valid_from:
            raise ValidationError(
                _("The present home began on %(date)s, which is later than this move."),
                code="moved_before",
                params={"date": f"{now.valid_from:%d/%m/%Y}"},
            )
        if since is None or since == now.valid_from:
            now.hamlet_id, now.household_id, now.outside = (
                hamlet_id,
                household_id,
                outside,
            )
            now.save()
            return True
        now.valid_to = since
        now.save(update_fields=["valid_to"])
    Residence.objects.create(
        person=person,
        household_id=household_id,
        hamlet_id=hamlet_id,
        outside=outside,
        valid_from=since,
    )
    return True


def put_person(
    person: Person,
    *,
    hamlet: Unit | None,
    household: Household | None = None,
    outside: bool = False,
    since: dt.date | None = None,
) -> bool:
    """Write a person's residence without asking for rights; returns whether it changed."""
    return _put(
        person=person, household=household, hamlet=hamlet, outside=outside, since=since
    )


@retrying
@transaction.atomic
def move_person(
    person: Person,
    *,
    user: User | None,
    hamlet: Unit | None = None,
    household: Household | None = None,
    outside: bool = False,
    since: dt.date | None = None,
) -> None:
    """Place a person: a move on the day `since`, a correction without one.

    No hamlet and not `outside` means that the home is not known. Raises PermissionDenied
    or ValidationError.
    """
    require(user, "people.change_person", person)
    if hamlet is not None and outside:
        raise ValidationError(
            _("Choose a hamlet, or “lives elsewhere”, not both."), code="outside"
        )
    if person.is_erased:
        raise ValidationError(_("This person's data was erased."), code="erased")
    if put_person(
        person, hamlet=hamlet, household=household, outside=outside, since=since
    ):
        log(person, "people.move", user=user, data={"hamlet": hamlet and hamlet.pk})
        person_changed.send(
            sender=Person, person_ids=[person.pk], fields=frozenset({"home"})
        )


@retrying
@transaction.atomic
def place_household(
    household: Household,
    *,
    user: User | None,
    hamlet: Unit,
    since: dt.date | None = None,
    with_people: bool = True,
) -> int:
    """Place a household, and the people who live in it; returns how many people moved.

    Raises PermissionDenied or ValidationError.
    """
    require(user, "people.change_household", household, hamlet)
    _put(person=None, household=household, hamlet=hamlet, outside=False, since=since)
    moved = []
    if with_people:
        people = Person.objects.filter(
            erased_at=None,
            residences__household=household,
            residences__valid_to=None,
        ).order_by("pk")
        for person in people:
            if put_person(person, hamlet=hamlet, household=household, since=since):
                moved.append(person.pk)
    log(household, "people.place_household", user=user, data={"hamlet": hamlet.pk})
    household_changed.send(sender=Household, household_ids=[household.pk])
    if moved:
        person_changed.send(sender=Person, person_ids=moved, fields=frozenset({"home"}))
    return len(moved)


@transaction.atomic
def add_household(
    *,
    user: User | None,
    hamlet: Unit,
    head_name: str = "",
    usual_name: str = "",
    head: Person | None = None,
    route: str = "",
    order: int | None = None,
    since: dt.date | None = None,
) -> Household:
    """Add a household standing in a hamlet, at the end of its route without an `order`.

    Raises PermissionDenied, or ValidationError when neither a name nor a head is given.
    """
    require(user, "people.change_household", hamlet)
    name = clean_name(head_name) or (head.name if head else "")
    route = clean_name(route)[:80]
    if order is None:
        last = (
            Household.objects.filter(
                route=route,
                residences__person=None,
                residences__hamlet=hamlet,
                residences__valid_to=None,
            )
            .order_by("-order")
            .values_list("order", flat=True)
            .first()
        )
        order = (last or 0) + 1
    household = Household.objects.create(
        head_name=cleaned_name(name),
        usual_name=clean_name(usual_name)[:80],
        head=head,
        route=route,
        order=order,
    )
    _put(person=None, household=household, hamlet=hamlet, outside=False, since=since)
    log(household, "people.add_household", user=user, data={"hamlet": hamlet.pk})
    return household


@transaction.atomic
def change_household(
    household: Household,
    *,
    user: User | None,
    head_name: str | None = None,
    usual_name: str | None = None,
    route: str | None = None,
    order: int | None = None,
) -> Household:
    """Change a household's head's name, usual name, route or place on it."""
    require(user, "people.change_household", household)
    household = Household.objects.select_for_update().get(pk=household.pk)
    given = {
        "head_name": None if head_name is None else cleaned_name(head_name),
        "usual_name": None if usual_name is None else clean_name(usual_name)[:80],
        "route": None if route is None else clean_name(route)[:80],
        "order": order,
    }
    changed = [
        field
        for field, value in given.items()
        if value is not None and getattr(household, field) != value
    ]
    for field in changed:
        setattr(household, field, given[field])
    if changed:
        household.save()
        log(household, "people.change_household", user=user, data={"fields": changed})
    return household
