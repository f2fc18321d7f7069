"""Changes to lessons: they check, write, log, in that order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from courses.models import LessonPage
from courses.publishing import Draft, IncompleteLesson, faults

if TYPE_CHECKING:
    from people.models import User


@transaction.atomic
def withdraw_lesson(lesson: LessonPage, *, user: User, reason: str) -> LessonPage:
    """Take a lesson down at once; it keeps its address and says why and whom to ask.

    Raises PermissionDenied, or ValidationError without a reason or when it is down.
    """
    if not user.has_perm("courses.withdraw"):
        raise PermissionDenied
    reason = " ".join(reason.split()).rstrip(".")
    if not reason:
        raise ValidationError(_("Say why the lesson is withdrawn."))
    lesson = LessonPage.objects.select_for_update().get(pk=lesson.pk)
    if lesson.withdrawn_at is not None:
        raise ValidationError(_("This lesson is already withdrawn."))
    lesson.withdrawn_at = timezone.now()
    lesson.withdrawn_reason = reason
    lesson.save(clean=False, update_fields=["withdrawn_at", "withdrawn_reason"])
    log(lesson, "courses.withdraw", user=user, data={"reason": reason})
    return lesson


@transaction.atomic
def restore_lesson(lesson: LessonPage, *, user: User) -> LessonPage:
    """Let residents follow a lesson again that was taken down by hand.

    Raises PermissionDenied, or ValidationError when it is not down, or when its own
    date of withdrawal has passed: then the date must be changed and published first.
    """
    if not user.has_perm("courses.withdraw"):
        raise PermissionDenied
    lesson = LessonPage.objects.select_for_update().get(pk=lesson.pk)
    if lesson.withdrawn_at is None:
        raise ValidationError(_("This lesson was not withdrawn by hand."))
    reason = lesson.withdrawn_reason
    lesson.withdrawn_at = None
    lesson.withdrawn_reason = ""
    if lesson.is_withdrawn():
        raise ValidationError(
            _("Its date of withdrawal has passed: publish it with a new date first.")
        )
    lesson.save(clean=False, update_fields=["withdrawn_at", "withdrawn_reason"])
    log(lesson, "courses.restore", user=user, data={"reason": reason})
    return lesson


@transaction.atomic
def publish_lesson(lesson: LessonPage, *, user: User | None) -> LessonPage:
    """Publish a lesson as it stands, in a revision of its own.

    Raises PermissionDenied, and IncompleteLesson naming everything that is missing.
    """
    if user is not None and not user.has_perm("courses.publish"):
        raise PermissionDenied
    missing = faults(Draft.of_page(lesson))
    if missing:
        raise IncompleteLesson(missing)
    lesson.save_revision(user=user, log_action=True).publish(
        user=user, skip_permission_checks=True
    )
    lesson.refresh_from_db()
    return lesson
