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
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from courses.querysets import REVIEWERS
from people.models import RoleAssignment
from people.roles import Role

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
    ("courses", "complaint"),
    ("courses", "lessonrecording"),
    ("courses", "plainword"),
)
# What Wagtail puts on an empty tree; anything else there is somebody's choice.
FIRST_WORKFLOW = "Moderators approval"
REVIEW = "Đọc lại rồi đăng"
REVIEW_TASK = "Người duyệt đọc lại"
REVIEWING_ROLES = (Role.REVIEWER, Role.ADMINISTRATOR)


@transaction.atomic
def ensure_editors() -> Group:
    """The group of everybody who edits lessons, with what it may do; and the review."""
    group = _group_that_edits(EDITORS)
    ensure_review()
    return group


@transaction.atomic
def ensure_review() -> Workflow:
    """Who reads a lesson before residents do: one step, for the group of reviewers.

    Safe to repeat. A workflow that an administrator put on the tree stays.
    """
    reviewers = _group_that_edits(REVIEWERS)
    task = GroupApprovalTask.objects.filter(name=REVIEW_TASK).first()
    if task is None:
        task = GroupApprovalTask.objects.create(name=REVIEW_TASK)
    task.groups.add(reviewers)
    workflow, made = Workflow.objects.get_or_create(name=REVIEW)
    if made:
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    root = Page.get_first_root_node()
    on_tree = WorkflowPage.objects.filter(page=root).select_related("workflow").first()
    if on_tree is None:
        WorkflowPage.objects.create(page=root, workflow=workflow)
    elif on_tree.workflow.name == FIRST_WORKFLOW:
        on_tree.workflow = workflow
        on_tree.save()
    return workflow


def _group_that_edits(name: str) -> Group:
    group, _made = Group.objects.get_or_create(name=name)
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
        content_type__app_label__in=("home", "courses"),
        codename__in=("change_contactsettings", "change_editingsettings"),
    )
    for app, model in FACT_PERMISSIONS:
        wanted |= Permission.objects.filter(
            content_type__app_label=app,
            codename__in=[f"add_{model}", f"change_{model}", f"view_{model}"],
        )
    group.permissions.set(wanted)
    return group


def follow_roles(user: User) -> None:
    """Put the user into the editors' groups, or take him out, by his roles of today."""
    user.forget_reach()
    edits = user.is_active and user.reach().may(EDIT) and not user.is_superuser
    reviews = (
        edits
        and RoleAssignment.objects.valid_on()
        .filter(user=user, role__in=REVIEWING_ROLES)
        .exists()
    )
    wanted = {EDITORS} if edits else set()
    if reviews:
        wanted.add(REVIEWERS)
    held = set(
        user.groups.filter(name__in=(EDITORS, REVIEWERS)).values_list("name", flat=True)
    )
    if wanted - held:
        ensure_editors()
        user.groups.add(*Group.objects.filter(name__in=wanted - held))
    if held - wanted:
        user.groups.remove(*Group.objects.filter(name__in=held - wanted))
