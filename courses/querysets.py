"""Questions about many lessons."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from wagtail.query import PageQuerySet

from pilot_communes.querysets import today

# The group of those who read a lesson before residents do.
REVIEWERS = "Duyệt bài"
# How long before its date a lesson stands in the editors' report.
SOON = dt.timedelta(days=30)


class LessonQuerySet(PageQuerySet):
    def visible_to(self, user: Any) -> LessonQuerySet:
        """Lessons that may be opened: published ones; nothing depends on who asks."""
        return self.live().public().exclude(expire_at__lte=timezone.now())

    def once_visible_to(self, user: Any) -> LessonQuerySet:
        """Lessons that were ever public, for who teaches them; nobody else."""
        if getattr(user, "is_authenticated", False) and user.has_perm(
            "courses.view_guide"
        ):
            return self.filter(first_published_at__isnull=False)
        return self.none()

    def withdrawn(self, on: dt.date | None = None) -> LessonQuerySet:
        """Lessons that keep their address but may not be followed on that day."""
        on = on or today()
        return self.filter(Q(withdrawn_at__isnull=False) | Q(withdraw_on__lte=on))

    def to_follow(self, on: dt.date | None = None) -> LessonQuerySet:
        """Lessons that a resident may follow on that day."""
        on = on or today()
        return self.filter(withdrawn_at=None).filter(
            Q(withdraw_on=None) | Q(withdraw_on__gt=on)
        )

    def leaning_on_lapsed(self, on: dt.date | None = None) -> LessonQuerySet:
        """Lessons that cite a document replaced, or no longer in force on that day."""
        on = on or today()
        cited = self.model._meta.get_field("lesson_legal").related_model
        lapsed = cited._default_manager.filter(
            Q(document__in_force_to__lt=on) | Q(document__replaced_by__isnull=False),
            lesson=OuterRef("pk"),
        )
        return self.filter(Exists(lapsed))

    def published_unreviewed(self) -> LessonQuerySet:
        """Live lessons whose text a person published and no reviewer has read."""
        return (
            self.live()
            .filter(live_revision__user__isnull=False)
            .exclude(live_revision__task_states__status="approved")
            .exclude(live_revision__user__groups__name=REVIEWERS)
        )

    def needing_attention(
        self, on: dt.date | None = None, *, marked: bool = True
    ) -> LessonQuerySet:
        """Published lessons that an editor should look at, now or within 30 days.

        Without `marked`, those that only carry a step to be checked are left out.
        """
        on = on or today()
        soon = on + SOON
        lapsed = self.model.objects.leaning_on_lapsed(on).values("pk")
        unread = self.model.objects.published_unreviewed().values("pk")
        to_check = Q(steps_to_check__gt=0) if marked else Q(pk__in=[])
        return self.live().filter(
            Q(review_by=None)
            | Q(review_by__lte=soon)
            | Q(withdraw_on__lte=soon)
            | Q(withdrawn_at__isnull=False)
            | to_check
            | Q(pk__in=lapsed)
            | Q(pk__in=unread)
        )
