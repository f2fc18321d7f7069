"""Sums, kept where and when they happened."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models import TrainingSession
from people.models.persons import AgeBand, Sex
from pilot_communes.models import Unit

# In a key of a sum: "all of them, not broken down". Empty text is "not known".
ALL = "*"


class Rung(models.TextChoices):
    """The ladder of evidence. Who stands on a rung stands on those below it too."""

    ATTENDED = "attended", _("attended")
    HELPED = "helped", _("did it, with help or alone")
    ALONE = "alone", _("did it alone")
    # Did it alone again, 30 to 60 days after having done it alone or with help.
    KEPT = "kept", _("still does it 30 to 60 days later")


class Window(models.TextChoices):
    """The widest span of time in which a reach was the first.

    First ever is also first of its year, first of the year first of its quarter, and
    so on down: the people reached in a quarter are the rows with `q`, `y` or `e`.
    """

    MONTH = "m", _("month")
    QUARTER = "q", _("quarter")
    YEAR = "y", _("year")
    EVER = "e", _("to date")


class FirstReach(models.Model):
    """A session at which somebody stood on a rung for the first time in some month.

    One row for each subject, skill and session that was first for at least one rung;
    for each rung the widest window in which it was the first (empty: not a first).
    See docs/decisions/0023.
    """

    class Subject(models.TextChoices):
        PERSON = "p", _("person")
        HOUSEHOLD = "h", _("household")

    subject_kind = models.CharField(max_length=1, choices=Subject)
    subject_id = models.BigIntegerField()
    # Empty text means "any skill".
    skill = models.CharField(max_length=40, blank=True)
    session = models.ForeignKey(
        TrainingSession, on_delete=models.CASCADE, related_name="+"
    )
    day = models.DateField()
    # The home hamlet on that day; the host hamlet when the home is unknown or outside.
    hamlet = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    home = models.CharField(max_length=8)
    kind = models.CharField(max_length=14)
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    age_band = models.CharField(max_length=3, choices=AgeBand, blank=True)
    attended = models.CharField(max_length=1, choices=Window, blank=True)
    helped = models.CharField(max_length=1, choices=Window, blank=True)
    alone = models.CharField(max_length=1, choices=Window, blank=True)
    kept = models.CharField(max_length=1, choices=Window, blank=True)

    class Meta:
        verbose_name = _("first reach")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "skill", "session"],
                name="a_session_is_a_first_reach_once",
            ),
            models.CheckConstraint(
                condition=~Q(attended="", helped="", alone="", kept=""),
                name="a_first_reach_is_first_for_some_rung",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}{self.subject_id} {self.skill} {self.day}"


class _HamletSum(models.Model):
    """A measure in a hamlet, broken down so that it stays additive.

    A row broken down by sex and age has no skill; a row of a skill is not broken down
    by sex and age (they hold `ALL`).
    """

    hamlet = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    measure = models.CharField(max_length=60)
    sex = models.CharField(max_length=1, blank=True)
    age_band = models.CharField(max_length=3, blank=True)
    skill = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=14, blank=True)
    value = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class HamletDay(_HamletSum):
    """A measure in a hamlet on a day."""

    day = models.DateField()

    class Meta:
        verbose_name = _("day sum")
        constraints = [
            models.UniqueConstraint(
                fields=["hamlet", "day", "measure", "sex", "age_band", "skill", "kind"],
                name="one_day_sum_for_each_key",
            )
        ]
        indexes = [models.Index(fields=["day", "measure"], name="day_sum_by_day")]

    def __str__(self) -> str:
        return f"{self.hamlet_id} {self.day} {self.measure}"


class HamletMonth(_HamletSum):
    """A measure in a hamlet in a month (its first day).

    Beside the rows broken down like the days', one row for each measure with `ALL` in
    sex, age band and kind: what a screen of 64 communes reads.
    """

    month = models.DateField()

    class Meta:
        verbose_name = _("month sum")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "hamlet",
                    "month",
                    "measure",
                    "sex",
                    "age_band",
                    "skill",
                    "kind",
                ],
                name="one_month_sum_for_each_key",
            )
        ]
        indexes = [
            models.Index(fields=["month", "kind", "measure"], name="month_sum_by_month")
        ]

    def __str__(self) -> str:
        return f"{self.hamlet_id} {self.month} {self.measure}"


class HamletTotal(_HamletSum):
    """A measure in a hamlet to date, with the rows of `ALL` like the months'."""

    class Meta:
        verbose_name = _("total to date")
        constraints = [
            models.UniqueConstraint(
                fields=["hamlet", "measure", "sex", "age_band", "skill", "kind"],
                name="one_total_for_each_key",
            )
        ]
        indexes = [models.Index(fields=["kind", "measure"], name="total_by_measure")]

    def __str__(self) -> str:
        return f"{self.hamlet_id} {self.measure}"


class SessionFigures(models.Model):
    """What one session has put into the sums, so that it can be taken out again.

    Host, day, kind and the skills of its lessons are those that it was counted with.
    The skills stay as they were when the lessons were taught, also when an editor
    changes what a lesson teaches.
    """

    session = models.OneToOneField(
        TrainingSession,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="figures",
    )
    host = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    kind = models.CharField(max_length=14)
    counts = models.BooleanField()
    lessons = models.JSONField(default=list)
    skills = models.JSONField(default=list)
    # [[measure, sex, age band, skill, value], …], sorted.
    contribution = models.JSONField(default=list)
    state_version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("figures of a session")

    def __str__(self) -> str:
        return str(self.session_id)
