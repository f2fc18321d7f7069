"""Who may do what in the CMS: its groups follow the roles, never the other way round.

Wagtail asks groups; this house asks dated roles. The way into the CMS is the permission
`wagtailadmin.access_admin`, which the roles answer at each request. Membership of the
group is written when a role changes and at each sign-in; without the role it opens
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
)

if TYPE_CHECKING:
    from people.models import User

EDITORS = "Biên tập bài"
EDIT = "courses.edit"

PAGE_PERMISSIONS = (
    "add_page",
    "change_page",
    "publish_page",
    "lock_page",
    "unlock_page",
)
IMAGE_PERMISSIONS = ("add_image", "change_image", "choose_image")
# No deleting: registers and lessons hold on to the codes.
FACT_PERMISSIONS = (
    ("courses", "skill"),
    ("courses", "blocker"),
    ("courses", "hotline"),
    ("courses", "legaldocument"),
)


@transaction.atomic
def ensure_editors() -> Group:
    """The group of everybody who edits lessons, with what it may do."""
    group, _made = Group.objects.get_or_create(name=EDITORS)
    pages = Page.get_first_root_node()
    for permission in Permission.objects.filter(
        content_type__app_label="wagtailcore", codename__in=PAGE_PERMISSIONS
    ):
        GroupPagePermission.objects.get_or_create(
            group=group, page=pages, permission=permission
        )
    root = Collection.get_first_root_node()
    for permission in Permission.objects.filter(
        content_type__app_label="wagtailimages", codename__in=IMAGE_PERMISSIONS
    ):
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=root, permission=permission
        )
    wanted = Permission.objects.filter(
        content_type__app_label="home", codename="change_contactsettings"
    )
    for app, model in FACT_PERMISSIONS:
        wanted |= Permission.objects.filter(
            content_type__app_label=app,
            codename__in=[f"add_{model}", f"change_{model}", f"view_{model}"],
        )
    group.permissions.set(wanted)
    return group


def follow_roles(user: User) -> None:
    """Put the user into the editors' group, or take him out, by his roles of today."""
    user.forget_reach()
    edits = user.is_active and user.reach().may(EDIT) and not user.is_superuser
    is_in = user.groups.filter(name=EDITORS).exists()
    if edits and not is_in:
        user.groups.add(ensure_editors())
    elif is_in and not edits:
        user.groups.remove(*user.groups.filter(name=EDITORS))
