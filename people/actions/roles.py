"""Appointing officers: nobody gives more than he has, and only inside his reach."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
)

from people.actions.accounts import IssuedCode, invite, may_give
from people.checks import cleaned_name, cleaned_phone
from people.models import Person, RoleAssignment, User
from people.roles import Role
from pilot_communes.models import Unit
from pilot_communes.querysets import today

# Page permissions live in Wagtail's groups; these roles open them.
CMS_GROUPS: dict[str, tuple[str, ...]] = {
    Role.EDITOR: ("Editors",),
    Role.REVIEWER: ("Moderators",),
    Role.ADMINISTRATOR: ("Editors", "Moderators"),
}
MANAGED_GROUPS = ("Editors", "Moderators")
PAGE_VERBS = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")
COLLECTION_VERBS = ("add", "change", "choose")


def ensure_cms_groups() -> dict[str, Group]:
    """Make the CMS's groups and what they may do there; safe to repeat.

    They may open the CMS, write and publish pages, manage pictures, documents and
    redirects, and the facts that lessons cite.
    """

    models_of_lessons = Permission.objects.filter(
        Q(content_type__app_label__in=("courses", "wagtailredirects"))
        | Q(codename="access_admin", content_type__app_label="wagtailadmin")
    )
    page_verbs = Permission.objects.filter(
        content_type__app_label="wagtailcore", codename__in=PAGE_VERBS
    )
    file_verbs = Permission.objects.filter(
        content_type__app_label__in=("home", "wagtailimages", "wagtaildocs"),
        content_type__model__in=("customimage", "image", "document"),
        codename__regex=rf"^({'|'.join(COLLECTION_VERBS)})_",
    )
    root = Page.objects.filter(depth=1).first()
    folder = Collection.objects.filter(depth=1).first()
    groups = {}
    for name in MANAGED_GROUPS:
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.add(*models_of_lessons)
        if root is not None:
            for verb in page_verbs:
                GroupPagePermission.objects.get_or_create(
                    group=group, page=root, permission=verb
                )
        if folder is not None:
            for verb in file_verbs:
                GroupCollectionPermission.objects.get_or_create(
                    group=group, collection=folder, permission=verb
                )
        groups[name] = group
    return groups


def sync_cms_groups(login: User) -> None:
    """Put a login into the groups that its roles of today open, and out of the others."""
    roles = RoleAssignment.objects.valid_on().filter(user=login, role__in=CMS_GROUPS)
    wanted = {
        name
        for role in set(roles.values_list("role", flat=True))
        for name in CMS_GROUPS[role]
    }
    held = set(
        login.groups.filter(name__in=MANAGED_GROUPS).values_list("name", flat=True)
    )
    if wanted - held:
        groups = ensure_cms_groups()
        login.groups.add(*(groups[name] for name in wanted - held))
    if held - wanted:
        login.groups.remove(*Group.objects.filter(name__in=held - wanted))


def sync_all_cms_groups() -> int:
    """The daily look: roles that began or ended today; returns how many logins were seen."""
    logins = User.objects.filter(
        pk__in=RoleAssignment.objects.filter(role__in=CMS_GROUPS).values("user_id")
    ) | User.objects.filter(groups__name__in=MANAGED_GROUPS)
    count = 0
    for login in logins.distinct().order_by("pk"):
        if not login.is_superuser:
            with transaction.atomic():
                sync_cms_groups(login)
            count += 1
    return count


def _check_place(role: str, unit: Unit) -> None:
    level = (
        Unit.Level.COMMUNE if role == Role.COMMUNE_COORDINATOR else Unit.Level.PROVINCE
    )
    if unit.level != level:
        raise ValidationError(
            _(
                "A commune coordinator is held in a commune, every other role in the province."
            ),
            code="level",
        )


@transaction.atomic
def appoint(
    login: User,
    *,
    user: User | None,
    role: str,
    unit: Unit,
    since: dt.date | None = None,
) -> RoleAssignment:
    """Give a login a role in a unit from a day on (today by default).

    Raises PermissionDenied when the giver may not give that role there, or gives it to
    himself; ValidationError when the role does not belong to that level, the login is
    closed, or the day has passed. A role that is held already stays as it is.
    """
    role = Role(role)
    if not may_give(user, role, unit) or (user is not None and login.pk == user.pk):
        raise PermissionDenied("people.appoint")
    # Rights over a register are judged on its session's day: a role dated back would
    # let through what was rightly held. Only loading (no user) writes what was.
    if user is not None and since is not None and since < today():
        raise ValidationError(
            _("A role begins today or later. What was before stays as it was."),
            code="past",
        )
    _check_place(role, unit)
    if not login.is_active:
        raise ValidationError(
            _("This login is closed. Open it again first."), code="closed"
        )
    assignment, created = RoleAssignment.objects.get_or_create(
        user=login,
        role=role,
        unit=unit,
        within=None,
        valid_to=None,
        defaults={"valid_from": since or today(), "given_by": user},
    )
    if created:
        # Who answers for the whole needs no part of it any more.
        for part in RoleAssignment.objects.filter(
            user=login, role=role, unit=unit, within__isnull=False, valid_to=None
        ):
            part.valid_to = max(assignment.valid_from, part.valid_from)
            part.save(update_fields=["valid_to"])
        log(login, "people.appoint", user=user, data={"role": role, "unit": unit.pk})
        sync_cms_groups(login)
        login.forget_reach()
    return assignment


@transaction.atomic
def end_role(assignment: RoleAssignment, *, user: User | None) -> None:
    """End a role today.

    Raises PermissionDenied for who could not have given it, ValidationError for the last
    administrator of the unit.
    """
    assignment = (
        RoleAssignment.objects.select_for_update(of=("self",))
        .select_related("user", "unit")
        .get(pk=assignment.pk)
    )
    if not may_give(user, assignment.role, assignment.unit):
        raise PermissionDenied("people.appoint")
    if assignment.valid_to is not None:
        return
    others = RoleAssignment.objects.valid_on().filter(
        role=Role.ADMINISTRATOR, user__is_active=True
    )
    if (
        assignment.role == Role.ADMINISTRATOR
        and not others.exclude(pk=assignment.pk).exists()
    ):
        raise ValidationError(
            _("One administrator must stay. Appoint another one first."), code="last"
        )
    assignment.valid_to = max(today(), assignment.valid_from)
    assignment.save(update_fields=["valid_to"])
    login = assignment.user
    log(
        login,
        "people.end_role",
        user=user,
        data={"role": assignment.role, "unit": assignment.unit_id},
    )
    sync_cms_groups(login)
    login.forget_reach()


@transaction.atomic
def invite_officer(
    *, user: User | None, name: str, role: str, unit: Unit, phone: str = ""
) -> IssuedCode:
    """Add an officer whom we do not know yet: person, login, role and code in one step.

    Raises PermissionDenied or ValidationError.
    """
    if not may_give(user, Role(role), unit):
        raise PermissionDenied("people.appoint")
    person = Person.objects.create(
        name=cleaned_name(name), phone=cleaned_phone(phone), created_by=user
    )
    log(person, "people.add", user=user)
    issued = invite(person, user=user)
    appoint(issued.login, user=user, role=role, unit=unit)
    return issued
