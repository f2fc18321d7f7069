"""Two records are one person: a pointer that moves nothing and can be undone."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.retries import retrying
from people.canonical import canonical, clusters
from people.checks import require
from people.models import Person, PersonPointer, User
from people.registry import personal_data
from people.signals import person_merged, person_unmerged


@dataclasses.dataclass(frozen=True)
class Conflict:
    """A field in which the two records say different things."""

    label: Any
    ours: str
    theirs: str


@dataclasses.dataclass(frozen=True)
class MergePreview:
    """What a merge would mean: `person` will stand for `into`."""

    person: Person
    into: Person
    conflicts: list[Conflict]
    notes: list[str]


COMPARED = ("name", "usual_name", "birth_year", "sex", "phone", "card_code")


def _shown(person: Person, field: str) -> str:
    if field == "sex":
        return str(person.get_sex_display()) if person.sex else ""
    value = getattr(person, field)
    return "" if value is None else str(value)


def preview_merge(person: Person, *, into: Person, user: User | None) -> MergePreview:
    """List the fields that differ and what the rooms above hold of both.

    The preview is about the records the two stand for, as the merge will be. Raises
    PermissionDenied, or ValidationError when they cannot be merged.
    """
    first, second = _ends(person, into, user=user)
    conflicts = []
    for field in COMPARED:
        ours, theirs = _shown(first, field), _shown(second, field)
        if ours and ours != theirs:
            label = Person._meta.get_field(field).verbose_name
            conflicts.append(Conflict(label, ours, theirs))
    notes = [
        note for entry in personal_data for note in entry.merge_preview(first, second)
    ]
    return MergePreview(first, second, conflicts, notes)


def _ends(person: Person, into: Person, *, user: User | None) -> tuple[Person, Person]:
    """The canonical persons of both, checked."""
    require(user, "people.merge_person", person, into)
    ends = canonical([person.pk, into.pk])
    if ends[person.pk] == ends[into.pk]:
        raise ValidationError(
            _("These two are one person already."), code="one_already"
        )
    found = Person.objects.in_bulk([ends[person.pk], ends[into.pk]])
    first, second = found[ends[person.pk]], found[ends[into.pk]]
    if first.is_erased or second.is_erased:
        raise ValidationError(_("This person's data was erased."), code="erased")
    return first, second


@retrying
@transaction.atomic
def merge_persons(person: Person, *, into: Person, user: User | None) -> PersonPointer:
    """From now on `person` stands for `into`; nothing is moved or changed.

    Raises PermissionDenied, or ValidationError when they are one already (so that no ring
    can come about) or one of them was erased.
    """
    # Lock first, follow afterwards: a merge made meanwhile must be seen.
    pks = sorted({person.pk, into.pk})
    list(Person.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
    first, second = _ends(person, into, user=user)
    ends = sorted({first.pk, second.pk})
    list(Person.objects.select_for_update().filter(pk__in=ends).order_by("pk"))
    if canonical(ends) != {pk: pk for pk in ends}:
        raise ValidationError(
            _("Somebody merged these people at the same moment. Please look again."),
            code="moved",
        )
    pointer = PersonPointer.objects.create(
        from_person=first, to_person=second, made_by=user
    )
    log(first, "people.merge", user=user, data={"into": second.pk})
    person_merged.send(
        sender=Person,
        person_ids=sorted(clusters([second.pk])[second.pk]),
        from_id=first.pk,
        to_id=second.pk,
    )
    return pointer


@retrying
@transaction.atomic
def unmerge(pointer: PersonPointer, *, user: User | None) -> None:
    """Undo a merge: each record stands for itself again, as it was.

    Raises PermissionDenied, or ValidationError when it is undone already or the data
    was erased.
    """
    pointer = (
        PersonPointer.objects.select_for_update(of=("self",))
        .select_related("from_person", "to_person")
        .get(pk=pointer.pk)
    )
    require(user, "people.merge_person", pointer.from_person, pointer.to_person)
    if pointer.undone_at is not None:
        raise ValidationError(_("This merge was undone already."), code="undone")
    if pointer.from_person.is_erased or pointer.to_person.is_erased:
        raise ValidationError(_("This person's data was erased."), code="erased")
    end = canonical([pointer.to_person_id])[pointer.to_person_id]
    members = clusters([end])[end]
    pointer.undone_at = timezone.now()
    pointer.undone_by = user
    pointer.save(update_fields=["undone_at", "undone_by"])
    log(
        pointer.from_person,
        "people.unmerge",
        user=user,
        data={"from": pointer.to_person_id},
    )
    person_unmerged.send(
        sender=Person,
        person_ids=sorted(members),
        from_id=pointer.from_person_id,
        to_id=pointer.to_person_id,
    )
