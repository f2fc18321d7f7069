"""The row numbers of the paper list that goes round the room."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance.models.sessions import TrainingSession
from people.models import Person


class PaperRow(models.Model):
    """A person's row number in a session, on paper and on screen alike.

    Numbers are given once, when the list is first shown or printed, and never move:
    whoever types "1 4 7" from a signed sheet must hit the people who signed there.
    """

    session = models.ForeignKey(
        TrainingSession, on_delete=models.CASCADE, related_name="paper_rows"
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="paper_rows"
    )
    number = models.PositiveSmallIntegerField(_("row number"))

    class Meta:
        verbose_name = _("row of the paper list")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"],
                name="a_row_number_stands_once_in_a_session",
            ),
            models.UniqueConstraint(
                fields=["session", "person"],
                name="a_person_has_one_row_in_a_session",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.number}"
