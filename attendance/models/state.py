"""What the fold computed: rebuilt from the log at any time, never typed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance.models.sessions import TrainingSession
from people.models import Household, Person
from people.models.persons import AgeBand, Sex
from pilot_communes.models import Unit


class Outcome(models.TextChoices):
    ALONE = "alone", _("did it alone")
    HELPED = "helped", _("did it with help")
    NOT_YET = "not_yet", _("could not do it yet")
    REFERRED = "referred", _("referred to police, bank or operator")
    UNRECORDED = "", _("not recorded")


class Home(models.TextChoices):
    HAMLET = "hamlet", _("a hamlet")
    UNKNOWN = "unknown", _("not known")
    OUTSIDE = "outside", _("outside the province")


class Attendance(models.Model):
    """A person was, or was not, at a session, and what they could do afterwards."""

    session = models.ForeignKey(
        TrainingSession, on_delete=models.CASCADE, related_name="attendances"
    )
    # Always the canonical person; the log keeps the id it was made with.
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="attendances"
    )
    present = models.BooleanField()
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    blocker = models.CharField(max_length=40, blank=True)
    # Observed skills as {code: outcome}; empty when none was observed.
    skills = models.JSONField(default=dict, blank=True)
    # Stamped when folded, from the person and the session's date, and kept after erasing.
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    age_band = models.CharField(max_length=3, choices=AgeBand, blank=True)
    home = models.CharField(max_length=8, choices=Home, default=Home.UNKNOWN)
    home_hamlet = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+"
    )
    household = models.ForeignKey(
        Household, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("attendance")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"],
                name="one_attendance_for_each_person_and_session",
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.person_id}"


class HouseholdReach(models.Model):
    """A household was reached at a session without a named person: a child learnt for it."""

    session = models.ForeignKey(
        TrainingSession, on_delete=models.CASCADE, related_name="household_reaches"
    )
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, default="child")
    home_hamlet = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("household reached")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "household"],
                name="a_household_is_reached_once_in_a_session",
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.household_id}"
