"""Training sessions: planned, open, closed, or cancelled."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.querysets import TrainingSessionQuerySet
from common.ids import new_uuid
from courses.models import LessonPage
from people.models import Person
from pilot_communes.models import Team, Unit


class TrainingSession(models.Model):
    """One meeting in one hamlet on one day, and what the fold made of its log."""

    class Kind(models.TextChoices):
        CLASS = "class", _("class")
        HOUSE_VISITS = "house_visits", _("house visits")
        SUPPORT_POINT = "support_point", _("hours at a support point")
        ONLINE = "online", _("online meeting")
        # Counts nowhere.
        REHEARSAL = "rehearsal", _("rehearsal")

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    HELD = (Status.OPEN, Status.CLOSED)

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    host = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        related_name="sessions",
        verbose_name=_("hamlet"),
    )
    venue = models.CharField(_("place"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind, default=Kind.CLASS)
    date = models.DateField(_("date"))
    starts_at = models.TimeField(_("begins at"), null=True, blank=True)
    ends_at = models.TimeField(_("ends at"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.PLANNED
    )
    is_public = models.BooleanField(_("shown to residents"), default=True)
    cancel_reason = models.CharField(_("reason"), max_length=240, blank=True)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # What the fold made of the log; see attendance/fold.py for its shape. Codes and
    # numbers only: no name is ever in it.
    state = models.JSONField(default=dict, blank=True)
    fold_version = models.PositiveSmallIntegerField(default=0)
    state_version = models.PositiveIntegerField(default=0)
    state_at = models.DateTimeField(null=True, blank=True)

    objects = TrainingSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("training session")
        verbose_name_plural = _("training sessions")
        ordering = ["-date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancel_reason=""),
                name="a_cancelled_session_has_a_reason",
            )
        ]
        indexes = [
            models.Index(fields=["host", "-date"], name="session_of_a_hamlet_by_date"),
            models.Index(fields=["-date", "status"], name="session_by_date_and_status"),
            models.Index(fields=["state_at"], name="session_state_since"),
            # Registers that have not come, hamlet by hamlet: the coverage page asks.
            models.Index(
                fields=["status", "host", "date"], name="session_by_status_and_hamlet"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {str(self.uuid)[-8:]}"

    @property
    def counts(self) -> bool:
        """Does this session enter any figure?"""
        return self.kind != self.Kind.REHEARSAL and self.status in self.HELD


class SessionLesson(models.Model):
    """A lesson of a session, with the revision that was taught."""

    session = models.ForeignKey(
        TrainingSession, on_delete=models.CASCADE, related_name="session_lessons"
    )
    lesson = models.ForeignKey(LessonPage, on_delete=models.PROTECT, related_name="+")
    revision_id = models.BigIntegerField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("lesson of a session")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "lesson"], name="a_lesson_is_once_in_a_session"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.lesson_id}"


class SessionFacilitator(models.Model):
    """Who leads or helps in a session."""

    session = models.ForeignKey(
        TrainingSession, on_delete=models.CASCADE, related_name="facilitators"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    leads = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("facilitator")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"], name="a_person_helps_once_in_a_session"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.person_id}"
