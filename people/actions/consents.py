"""What people agreed to, and what they took back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from people.checks import require
from people.consents import REGISTER, REGISTER_VERSION
from people.models import Consent, Person, User


@transaction.atomic
def record_consent(
    person: Person,
    *,
    user: User | None,
    mode: str,
    purpose: str = REGISTER,
    text_version: str = REGISTER_VERSION,
    language: str = "vi",
    witness: Person | None = None,
    entry_id: uuid.UUID | None = None,
    taken_at: dt.datetime | None = None,
) -> Consent:
    """Record that a person agreed to a purpose; an agreement that stands is kept.

    Raises PermissionDenied, or ValidationError for an erased person.
    """
    require(user, "people.change_person", person)
    if person.is_erased:
        raise ValidationError(_("This person's data was erased."), code="erased")
    consent, created = Consent.objects.get_or_create(
        person=person,
        purpose=purpose,
        withdrawn_at=None,
        defaults={
            "text_version": text_version,
            "language": language,
            "mode": Consent.Mode(mode),
            "taken_by": user,
            "witness": witness,
            "entry_id": entry_id,
            "taken_at": taken_at or timezone.now(),
        },
    )
    if created:
        log(
            person,
            "people.consent",
            user=user,
            data={"purpose": purpose, "version": text_version, "mode": consent.mode},
        )
    return consent


@transaction.atomic
def record_room_consents(
    person_ids: Iterable[int],
    *,
    user: User | None,
    entry_id: uuid.UUID,
    text_version: str = REGISTER_VERSION,
    language: str = "vi",
    witness: Person | None = None,
    taken_at: dt.datetime | None = None,
) -> int:
    """Record for many the sentence that was read to the room; returns how many were new.

    Two queries. The register entry is the record, so nothing is logged. Rights are the
    caller's to judge: the register takes people on the ground of a session.
    """
    wanted = set(person_ids)
    have = set(
        Consent.objects.filter(
            person_id__in=wanted, purpose=REGISTER, withdrawn_at=None
        ).values_list("person_id", flat=True)
    )
    rows = [
        Consent(
            person_id=pk,
            purpose=REGISTER,
            text_version=text_version,
            language=language,
            mode=Consent.Mode.ROOM,
            taken_by=user,
            witness=witness,
            entry_id=entry_id,
            taken_at=taken_at or timezone.now(),
        )
        for pk in sorted(wanted - have)
    ]
    Consent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)
    return len(rows)


@transaction.atomic
def withdraw_consent(
    person: Person, *, user: User | None, purpose: str = REGISTER
) -> bool:
    """Record that a person took an agreement back; False when there was none.

    From now on the purpose stops. When the purpose was the name itself, erasing follows
    by `erase_person`; that is the caller's next step because it needs more rights.
    """
    require(user, "people.change_person", person)
    taken_back = Consent.objects.filter(
        person=person, purpose=purpose, withdrawn_at=None
    ).update(withdrawn_at=timezone.now())
    if taken_back:
        log(person, "people.withdraw", user=user, data={"purpose": purpose})
    return bool(taken_back)
