"""Logins: inviting, recovering, closing, opening again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.users.models import UserProfile

from people import limits
from people.codes import hashed, new_code, normalised
from people.models import (
    AuthorTicket,
    Device,
    OneTimeCode,
    Person,
    RoleAssignment,
    TeamMembership,
    User,
)
from people.roles import MAY_GIVE
from pilot_communes.models import Unit

CODE_DAYS = 7
# Wrong codes for one name within a quarter of an hour; for one address many more,
# because a commune hall is one address.
TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 150
TRY_SECONDS = 15 * 60


@dataclasses.dataclass(frozen=True)
class IssuedCode:
    """A fresh code; its text exists here and on paper, never in the database."""

    login: User
    code: str
    expires_at: dt.datetime
    purpose: str


def may_give(giver: User | None, role: str, unit: Unit) -> bool:
    """May this login give or take that role there? Nobody gives more than he has."""
    if giver is None or giver.reach().everything:
        return True
    return any(
        role in MAY_GIVE.get(grant.role, ()) and unit.pk in grant.unit_ids
        for grant in giver.reach().grants
    )


def may_manage(manager: User | None, login: User) -> bool:
    """May this login invite, reset, close or open that one?

    Only who stands above every hat it wears: a team member who is also an officer of the
    province is out of the commune's hands. Nobody manages himself.
    """
    if manager is None:
        return True
    if login.pk == manager.pk:
        return False
    if manager.reach().everything:
        return True
    if login.is_superuser:
        return False
    # A hat that is put on tomorrow counts today: whoever may reset a login now would wear
    # it then.
    roles = RoleAssignment.objects.not_ended().filter(user=login).select_related("unit")
    teams = TeamMembership.objects.none()
    if login.person_id:
        teams = TeamMembership.objects.not_ended().filter(person_id=login.person_id)
    roles, teams = list(roles), list(teams.select_related("team"))
    if not roles and not teams:
        return (
            manager.has_perm("people.invite")
            and User.objects.visible_to(manager).filter(pk=login.pk).exists()
        )
    return all(may_give(manager, held.role, held.unit) for held in roles) and all(
        manager.has_perm("people.invite", membership) for membership in teams
    )


def require_managing(manager: User | None, login: User) -> None:
    """Raise PermissionDenied unless `may_manage`."""
    if not may_manage(manager, login):
        raise PermissionDenied("people.invite")


def _new_username(prefix: str) -> str:
    """A name that tells nothing of its holder: two letters and five digits."""
    while True:
        name = f"{prefix}{10000 + secrets.randbelow(90000)}"
        if not User.objects.filter(username=name).exists():
            return name


def _issue(login: User, purpose: str, *, user: User | None) -> IssuedCode:
    now = timezone.now()
    OneTimeCode.objects.filter(
        user=login, used_at=None, withdrawn_at=None, purpose=purpose
    ).update(withdrawn_at=now)
    code = new_code()
    row = OneTimeCode.objects.create(
        user=login,
        purpose=purpose,
        code_hash=hashed(code),
        made_by=user,
        made_at=now,
        expires_at=now + dt.timedelta(days=CODE_DAYS),
    )
    return IssuedCode(login, code, row.expires_at, purpose)


@transaction.atomic
def invite(person: Person, *, user: User | None) -> IssuedCode:
    """Give a person a login (if there is none yet) and a code to enter with, shown once.

    Raises PermissionDenied, or ValidationError for somebody who signs in already or was
    erased.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.is_erased:
        raise ValidationError(_("This person's data was erased."), code="erased")
    login = User.objects.filter(person=person).first()
    if login is None:
        teams = list(
            TeamMembership.objects.valid_on()
            .filter(person=person)
            .select_related("team")
        )
        if user is not None:
            allowed = (
                all(user.has_perm("people.invite", team) for team in teams)
                if teams
                else user.has_perm("people.appoint")
            )
            if not allowed:
                raise PermissionDenied("people.invite")
        login = User(username=_new_username("tv" if teams else "cb"), person=person)
        login.set_unusable_password()
        login.must_set_password = True
        login.save()
        log(login, "people.add_login", user=user)
    else:
        require_managing(user, login)
        if login.has_usable_password():
            raise ValidationError(
                _("This person signs in already. Give a recovery code instead."),
                code="has_login",
            )
    issued = _issue(login, OneTimeCode.Purpose.INVITE, user=user)
    log(login, "people.invite", user=user)
    return issued


@transaction.atomic
def reset(
    login: User, *, user: User | None, drop_second_factor: bool = False
) -> IssuedCode:
    """Give a code with which a new password is chosen, read out or printed.

    The old password holds until the code is used. With `drop_second_factor` the second
    factor goes at once (a lost phone) and must be set up anew. Raises PermissionDenied,
    or ValidationError for a closed login.
    """
    require_managing(user, login)
    if not login.is_active:
        raise ValidationError(
            _("This login is closed. Open it again first."), code="closed"
        )
    if drop_second_factor:
        Authenticator.objects.filter(user=login).delete()
        end_sessions(login)
    issued = _issue(login, OneTimeCode.Purpose.RESET, user=user)
    log(login, "people.reset", user=user, data={"second_factor": drop_second_factor})
    return issued


def use_code(
    *,
    username: str,
    code: str,
    address: str = "",
    purposes: tuple[str, ...] | None = None,
) -> OneTimeCode:
    """Use a code once; afterwards its holder must choose a password.

    Raises ValidationError, with the same words for an unknown name and a wrong code.
    """
    purposes = purposes or (OneTimeCode.Purpose.INVITE, OneTimeCode.Purpose.RESET)
    username = username.strip().lower()
    within = limits.spend(
        "code-name", username, amount=TRIES_PER_NAME, seconds=TRY_SECONDS
    ) and limits.spend(
        "code-address", address, amount=TRIES_PER_ADDRESS, seconds=TRY_SECONDS
    )
    if not within:
        raise ValidationError(
            _("Too many wrong tries. Please wait 15 minutes and try again."),
            code="slow",
        )
    row = (
        OneTimeCode.objects.select_related("user")
        .filter(
            code_hash=hashed(code),
            user__username__iexact=username,
            user__is_active=True,
            purpose__in=purposes,
        )
        .first()
    )
    if row is None or not normalised(code) or row.used_at or row.withdrawn_at:
        raise ValidationError(
            _(
                "This sign-in name and code do not fit, or the code was used already. "
                "Ask the officer who gave it to you for a new one."
            ),
            code="wrong",
        )
    now = timezone.now()
    if row.expires_at <= now:
        raise ValidationError(
            _("This code has run out. Ask the officer for a new one."), code="expired"
        )
    with transaction.atomic():
        # The condition is the fence: of two who come at once, one changes the row.
        if not OneTimeCode.objects.filter(
            pk=row.pk, used_at=None, withdrawn_at=None
        ).update(used_at=now):
            raise ValidationError(_("This code was used already."), code="wrong")
        row.used_at = now
        if row.purpose != OneTimeCode.Purpose.ENROL:
            row.user.must_set_password = True
            row.user.save(update_fields=["must_set_password"])
        log(row.user, "people.use_code", user=row.user, data={"purpose": row.purpose})
    limits.forgive("code-name", username)
    return row


@transaction.atomic
def choose_password(login: User, password: str) -> None:
    """Store a password that its holder chose; every other session of his ends."""
    login.set_password(password)
    login.must_set_password = False
    login.save(update_fields=["password", "must_set_password"])
    end_sessions(login)
    log(login, "people.password", user=login)


def end_sessions(login: User) -> None:
    """End every session of a login on every device."""
    keys = list(
        UserSession.objects.filter(user=login).values_list("session_key", flat=True)
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in keys:
        store.delete(key)
    UserSession.objects.filter(user=login).delete()


def forget_sign_ins() -> None:
    """After a restore: no session and no open code of the copy's day comes alive again.

    Since then they may have been ended, used or withdrawn, which nobody remembers.
    """
    Session.objects.all().delete()
    UserSession.objects.all().delete()
    OneTimeCode.objects.filter(used_at=None, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )


def _shut(login: User) -> None:
    now = timezone.now()
    end_sessions(login)
    Device.objects.filter(user=login, revoked_at=None).update(revoked_at=now)
    AuthorTicket.objects.filter(user=login, revoked_at=None).update(revoked_at=now)
    OneTimeCode.objects.filter(user=login, used_at=None, withdrawn_at=None).update(
        withdrawn_at=now
    )


@transaction.atomic
def close_login(login: User, *, user: User | None) -> None:
    """Close a login at once: a lost phone, a shared password, a duty that ended."""
    require_managing(user, login)
    login.is_active = False
    login.save(update_fields=["is_active"])
    _shut(login)
    log(login, "people.close_login", user=user)


@transaction.atomic
def reactivate(login: User, *, user: User | None) -> None:
    """Open a closed or sleeping login again; its days without use begin anew."""
    require_managing(user, login)
    if login.person_id and login.person.is_erased:
        raise ValidationError(_("This person's data was erased."), code="erased")
    login.is_active = True
    login.dormant_at = None
    login.reactivated_at = timezone.now()
    login.save(update_fields=["is_active", "dormant_at", "reactivated_at"])
    log(login, "people.reactivate", user=user)


def disable_dormant(now: dt.datetime | None = None) -> int:
    """Disable logins unused for INACTIVE_DAYS (TCVN 14423:2026 §4); returns how many.

    Use is a sign-in or a contact of an enrolled phone. Superusers stay: somebody must be
    able to open the others.
    """
    now = now or timezone.now()
    since = now - dt.timedelta(days=settings.INACTIVE_DAYS)
    recent = Device.objects.filter(last_seen_at__gte=since, user__isnull=False)
    asleep = (
        User.objects.filter(is_active=True, is_superuser=False, date_joined__lt=since)
        .filter(Q(last_login=None) | Q(last_login__lt=since))
        .filter(Q(reactivated_at=None) | Q(reactivated_at__lt=since))
        .exclude(pk__in=recent.values("user_id"))
        .order_by("pk")
    )
    count = 0
    for login in asleep:
        with transaction.atomic():
            login.is_active = False
            login.dormant_at = now
            login.save(update_fields=["is_active", "dormant_at"])
            end_sessions(login)
            log(login, "people.dormant")
        count += 1
    return count


def forget_login(login: User) -> None:
    """Take everything personal from a login; part of erasing, no rights asked."""
    _shut(login)
    Authenticator.objects.filter(user=login).delete()
    EmailAddress.objects.filter(user=login).delete()
    SocialAccount.objects.filter(user=login).delete()
    OneTimeCode.objects.filter(user=login).delete()
    for profile in UserProfile.objects.filter(user=login):
        if profile.avatar:
            avatar = profile.avatar
            transaction.on_commit(lambda file=avatar: file.delete(save=False))
        profile.delete()
    Device.objects.filter(user=login).update(label="")
    login.username = f"da-xoa-{login.pk}"
    login.email = ""
    login.is_active = False
    login.is_staff = False
    login.is_superuser = False
    login.must_set_password = False
    login.last_login = None
    login.set_unusable_password()
    login.save()
    login.groups.clear()
    login.user_permissions.clear()
    login.forget_reach()
