"""What residents say is wrong in a lesson, without saying who they are."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.pages import LessonPage


class ComplaintQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ComplaintQuerySet:
        """Complaints are for those who can mend the lesson."""
        if getattr(user, "is_authenticated", False) and user.has_perm("courses.edit"):
            return self
        return self.none()

    def waiting(self) -> ComplaintQuerySet:
        """Those that nobody has dealt with, the newest first."""
        return self.filter(handled_at=None).order_by("-told_on", "-pk")


class Complaint(models.Model):
    """Somebody told us that a lesson is wrong; no name, no number, no address is kept."""

    class What(models.TextChoices):
        DIFFERENT = "different", _("My screen looks different from the lesson")
        FAILED = "failed", _("I did as it says and it did not work")
        RULES = "rules", _("The rules have changed")
        UNCLEAR = "unclear", _("I do not understand the words or the picture")
        OTHER = "other", _("Something else")

    lesson = models.ForeignKey(
        LessonPage,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="complaints",
        verbose_name=_("lesson"),
    )
    # The text that was complained about; 0 when no lesson was named.
    revision = models.BigIntegerField(default=0, editable=False)
    step = models.PositiveSmallIntegerField(_("step"), null=True, blank=True)
    what = models.CharField(_("which complaint"), max_length=10, choices=What)
    words = models.CharField(_("in their words"), max_length=500, blank=True)
    # A day, not a minute: nobody needs to know when who was where.
    told_on = models.DateField(_("told on"), default=timezone.localdate)
    handled_at = models.DateTimeField(null=True, blank=True, editable=False)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    answer = models.CharField(
        _("what was done"),
        max_length=240,
        blank=True,
        help_text=_("As soon as something stands here, the complaint counts as done."),
    )

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("wrong lesson")
        verbose_name_plural = _("wrong lessons")
        ordering = ["-told_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(what="other") | ~Q(words=""),
                name="something_else_is_said_in_words",
            ),
        ]
        indexes = [
            models.Index(fields=["handled_at", "-told_on"], name="complaints_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.told_on:%Y-%m-%d} {self.pk}"

    @property
    def is_waiting(self) -> bool:
        return self.handled_at is None
