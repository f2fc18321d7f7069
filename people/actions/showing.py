"""A leader's telephone on public pages: there while its owner agrees, gone when not."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from people.consents import PUBLIC_PHONE, PUBLIC_PHONE_VERSION
from people.models import Consent, TeamMembership, User


@transaction.atomic
def show_my_phone(*, user: User) -> Consent:
    """The user agrees that residents see the number; agreeing twice changes nothing.

    Nobody can agree for somebody else, so no right over a person is asked for. Raises
    ValidationError without a number, or when the user leads no team.
    """
    person = user.person
    duties = list(TeamMembership.objects.leading().filter(person=person))
    if person is None or not duties:
        raise ValidationError(_("Only who leads a team is called by residents."))
    if not person.phone:
        raise ValidationError(
            _("There is no number yet. Ask the commune's officer to enter it.")
        )
    consent, made = Consent.objects.get_or_create(
        person=person,
        purpose=PUBLIC_PHONE,
        withdrawn_at=None,
        defaults={
            "text_version": PUBLIC_PHONE_VERSION,
            "mode": Consent.Mode.SCREEN,
            "taken_by": user,
        },
    )
    for membership in duties:
        membership.phone_public = True
        membership.save(update_fields=["phone_public"])
    if made:
        log(
            person,
            "people.consent",
            user=user,
            data={
                "purpose": PUBLIC_PHONE,
                "version": PUBLIC_PHONE_VERSION,
                "mode": consent.mode,
            },
        )
    return consent


@transaction.atomic
def hide_my_phone(*, user: User) -> bool:
    """The user takes the agreement back; False when there was none."""
    if user.person is None:
        return False
    given = Consent.objects.filter(
        person=user.person, purpose=PUBLIC_PHONE, withdrawn_at=None
    ).first()
    if given is None:
        return False
    given.withdrawn_at = timezone.now()
    given.save(update_fields=["withdrawn_at"])
    for membership in TeamMembership.objects.filter(
        person=user.person, phone_public=True
    ):
        membership.phone_public = False
        membership.save(update_fields=["phone_public"])
    log(user.person, "people.withdraw", user=user, data={"purpose": PUBLIC_PHONE})
    return True
