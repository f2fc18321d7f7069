"""What this room does with the data it holds about people, and how many people that is."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import registry as log_registry
from wagtail.models import Revision

from people.actions.accounts import forget_login
from people.models import (
    Consent,
    Encounter,
    Household,
    OneTimeCode,
    Person,
    PersonPointer,
    RoleAssignment,
    TeamMembership,
    User,
)
from people.registry import PersonalData, personal_data
from pilot_communes.querysets import today

# Proof of an agreement is kept so long after it ended, without a name (▲ in
# docs/data-protection.md: the owner decides).
CONSENT_YEARS = 5
# Codes that were used or ran out are deleted after so many days.
CODE_DAYS = 30


def export(persons: Sequence[Person]) -> list[dict[str, Any]]:
    """Everything this room holds about these records, as plain data."""
    return [_exported(person) for person in persons]


def _exported(person: Person) -> dict[str, Any]:
    def dates(row: Any) -> dict[str, Any]:
        return {"from": row.valid_from, "to": row.valid_to}

    homes = person.residences.select_related("hamlet", "household").order_by("pk")
    teams = person.team_memberships.select_related("team").order_by("pk")
    return {
        "id": str(person.uuid),
        "name": person.name,
        "usual_name": person.usual_name,
        "birth_year": person.birth_year,
        "sex": person.sex,
        "phone": person.phone,
        "card_code": person.card_code,
        "since": person.created_at,
        "homes": [
            dates(row)
            | {
                "hamlet": row.hamlet.full_name if row.hamlet else "",
                "outside": row.outside,
                "household": row.household.head_name if row.household else "",
            }
            for row in homes
        ],
        "met": [
            {"hamlet": row.hamlet.full_name, "first": row.first_on, "last": row.last_on}
            for row in person.encounters.select_related("hamlet").order_by("pk")
        ],
        "consents": list(
            person.consents.order_by("pk").values(
                "purpose",
                "text_version",
                "language",
                "mode",
                "taken_at",
                "withdrawn_at",
            )
        ),
        "teams": [
            dates(row) | {"team": row.team.name, "position": row.position}
            for row in teams
        ],
        "login": User.objects.filter(person=person)
        .values("username", "date_joined", "last_login")
        .first(),
    }


def merge_preview(first: Person, second: Person) -> list[str]:
    """Sentences on what the two records hold in this room."""
    notes = []
    if User.objects.filter(person__in=[first, second]).count() == 2:
        notes.append(_("Both records have a login. Both keep it."))
    if TeamMembership.objects.valid_on().filter(person=first).exists():
        notes.append(_("The record that is merged is in a team; its membership stays."))
    return notes


def erase_households(households: Sequence[Household]) -> None:
    """Take the head's name off: the place on the route, and who lives there, stay."""
    Household.objects.filter(pk__in=[household.pk for household in households]).update(
        head=None, head_name="", usual_name="", search="", erased_at=timezone.now()
    )


def _erase_logs(persons: Sequence[Person], logins: Sequence[User]) -> None:
    """Labels of the audit log: ours are short codes, the CMS's may hold a name."""
    names = [p.name for p in persons if len(p.name.split()) > 1]
    names += [login.username for login in logins]
    own = ContentType.objects.get_for_model(Person, for_concrete_model=False)
    for model in log_registry.get_log_entry_models():
        for name in names:
            for row in model._default_manager.filter(label__icontains=name):
                row.label = row.label.replace(name, "…")
                if name.lower() in row.label.lower():
                    row.label = "…"
                row.save(update_fields=["label"])
    by_code = {str(p.pk): str(p.uuid)[-8:] for p in persons if p.card_code}
    if by_code:
        entries = log_registry.get_log_model_for_model(Person)._default_manager
        for row in entries.filter(content_type=own, object_id__in=list(by_code)):
            row.label = by_code[row.object_id]
            row.save(update_fields=["label"])
    Revision.objects.filter(
        base_content_type=own, object_id__in=[str(p.pk) for p in persons]
    ).delete()


def erase(persons: Sequence[Person]) -> None:
    """Leave empty tombstones: no name, telephone, birth year, card code, login, consent.

    Homes stay as places without a name, because figures are recomputed from them.
    """
    now = timezone.now()
    keys = [person.pk for person in persons]
    logins = list(User.objects.filter(person__in=keys))
    _erase_logs(persons, logins)
    for login in logins:
        RoleAssignment.objects.filter(user=login, valid_to=None).update(
            valid_to=today()
        )
        forget_login(login)
    TeamMembership.objects.filter(person__in=keys).update(phone_public=False)
    for membership in TeamMembership.objects.filter(person__in=keys, valid_to=None):
        membership.valid_to = max(today(), membership.valid_from)
        membership.save(update_fields=["valid_to"])
    Encounter.objects.filter(person__in=keys).delete()
    Consent.objects.filter(person__in=keys, withdrawn_at=None).update(withdrawn_at=now)
    Consent.objects.filter(person__in=keys).update(witness=None, entry_id=None)
    Consent.objects.filter(witness__in=keys).update(witness=None)
    Person.objects.filter(pk__in=keys).update(
        name="",
        usual_name="",
        search="",
        sort_name="",
        birth_year=None,
        sex="",
        phone="",
        card_code=None,
        created_by=None,
        erased_at=now,
    )


def retain(date: dt.date) -> int:
    """Delete used and expired codes, ended sessions and old proof of agreements."""
    old_codes = OneTimeCode.objects.filter(
        expires_at__date__lt=date - dt.timedelta(days=CODE_DAYS)
    ).delete()[0]
    ended = Session.objects.filter(expire_date__date__lt=date).delete()[0]
    consents = Consent.objects.filter(
        withdrawn_at__date__lt=date - dt.timedelta(days=365 * CONSENT_YEARS)
    ).delete()[0]
    return old_codes + ended + consents


PEOPLE = PersonalData(
    name="people",
    export=export,
    erase=erase,
    erase_households=erase_households,
    merge_preview=merge_preview,
    retain=retain,
)


@dataclasses.dataclass(frozen=True)
class DataSubjects:
    """How many people we hold data of, against the limits of security level 2.

    Basic: people with a name or a telephone number, each canonical person once,
    tombstones not. Sensitive: what the rooms count for themselves (Decree 331/2026,
    Art. 13.2.c). The definition stands in docs/data-protection.md.
    """

    basic: int
    sensitive: int
    basic_limit: int
    sensitive_limit: int

    @property
    def is_near(self) -> bool:
        """From four fifths of a limit on the owner must prepare for level 3."""
        return (
            self.basic * 5 >= self.basic_limit * 4
            or self.sensitive * 5 >= self.sensitive_limit * 4
        )

    @property
    def is_over(self) -> bool:
        return self.basic >= self.basic_limit or self.sensitive >= self.sensitive_limit


def data_subjects() -> DataSubjects:
    """Count them now (one query, and what the rooms need for sensitive data)."""
    alias = PersonPointer.objects.filter(undone_at=None, to_person=OuterRef("pk"))
    named_alias = alias.exclude(from_person__name="", from_person__phone="")
    basic = (
        Person.objects.known()
        .filter(~Q(name="", usual_name="", phone="") | Exists(named_alias))
        .count()
    )
    return DataSubjects(
        basic=basic,
        sensitive=sum(entry.sensitive() for entry in personal_data),
        basic_limit=settings.BASIC_SUBJECTS_LIMIT,
        sensitive_limit=settings.SENSITIVE_SUBJECTS_LIMIT,
    )


def retire_old_data(date: dt.date | None = None) -> int:
    """Ask every room to delete what is past its time; returns how many rows went."""
    return sum(entry.retain(date or today()) for entry in personal_data)
