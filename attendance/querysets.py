"""Questions about many sessions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from pilot_communes.querysets import today


class TrainingSessionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> TrainingSessionQuerySet:
        """Sessions held on the ground in reach, today's map, with its whole history."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        return self.filter(host_id__in=reach.units_with("attendance.view_session"))

    def counting(self) -> TrainingSessionQuerySet:
        """Sessions that enter figures: held, and not a rehearsal."""
        return self.filter(status__in=self.model.HELD).exclude(kind="rehearsal")

    def on(self, date: dt.date) -> TrainingSessionQuerySet:
        return self.filter(date=date)

    def coming(self, date: dt.date | None = None) -> TrainingSessionQuerySet:
        """Planned or open, on that day (today by default) or later, soonest first."""
        return self.filter(
            date__gte=date or today(), status__in=["planned", "open"]
        ).order_by("date", "starts_at", "pk")

    def for_residents(self, date: dt.date | None = None) -> TrainingSessionQuerySet:
        """Public sessions of the two weeks from that day, planned or open, soonest first."""
        date = date or today()
        return (
            self.coming(date)
            .filter(is_public=True, date__lte=date + dt.timedelta(days=14))
            .exclude(kind="rehearsal")
        )

    def register_missing(self, date: dt.date | None = None) -> TrainingSessionQuerySet:
        """Planned sessions whose day has passed and whose register has not come."""
        return self.filter(date__lt=date or today(), status="planned")


class HeldEntryQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> HeldEntryQuerySet:
        """Waiting entries that the user decides about.

        They stand where their session is held; of a session that is not known, where
        the team of their author stands.
        """
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        units = reach.units_with("attendance.confirm_entry")
        sessions = apps.get_model("attendance", "TrainingSession").objects
        tickets = apps.get_model("people", "AuthorTicket").objects
        return self.filter(
            Q(session__in=sessions.filter(host_id__in=units).values("uuid"))
            | (
                ~Exists(sessions.filter(uuid=OuterRef("session")))
                & Q(
                    entry__ticket__in=tickets.filter(team__commune_id__in=units).values(
                        "uuid"
                    )
                )
            )
        )

    def waiting(self) -> HeldEntryQuerySet:
        """Entries about which nobody has decided, session by session."""
        return self.filter(decision="").order_by("session", "entry_id")
