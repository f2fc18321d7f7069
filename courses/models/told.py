"""What residents told about a lesson, without a name: counts and nothing else."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from courses.models.pages import LessonPage


def monday(day: dt.date) -> dt.date:
    """The first day of its week."""
    return day - dt.timedelta(days=day.weekday())


class StepReportQuerySet(models.QuerySet):
    def since(self, day: dt.date) -> StepReportQuerySet:
        """Counts of the week of that day and of all later ones."""
        return self.filter(week__gte=monday(day))

    def stuck_most(self, since: dt.date) -> StepReportQuerySet:
        """Where most people were stuck since that day, worst first.

        Rows are dictionaries: `lesson`, `lesson__number`, `lesson__title`, `step` (0 when
        the step was not said) and `people`, how often it was told.
        """
        return (
            self.since(since)
            .filter(kind=StepReport.Kind.STUCK)
            .values("lesson", "lesson__number", "lesson__title", "step")
            .annotate(people=Sum("count"))
            .order_by("-people", "lesson__number", "step")
        )


class StepReport(models.Model):
    """How often "done", "not yet" or "stuck at step n" was told of a lesson in a week.

    A private memory of the phone that counts here without a name. It is for the editor
    and enters no figure.
    """

    class Kind(models.TextChoices):
        DONE = "done", _("could do it")
        NOT = "not", _("could not do it yet")
        STUCK = "stuck", _("stuck at a step")

    lesson = models.ForeignKey(
        LessonPage, on_delete=models.CASCADE, related_name="step_reports"
    )
    # The revision that was read; 0 when the page did not say.
    revision = models.BigIntegerField(default=0)
    # Its Monday: a day would say more than an editor needs to know.
    week = models.DateField()
    kind = models.CharField(max_length=5, choices=Kind)
    step = models.PositiveSmallIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)

    objects = StepReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("told about a step")
        ordering = ["-week", "lesson_id", "kind", "step"]
        indexes = [models.Index(fields=["week", "kind"], name="told_by_week")]
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "revision", "week", "kind", "step"],
                name="what_is_told_is_counted_in_one_row",
            ),
            models.CheckConstraint(
                condition=Q(step=0) | Q(kind="stuck"),
                name="only_who_is_stuck_names_a_step",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.week} {self.kind} {self.step}"
