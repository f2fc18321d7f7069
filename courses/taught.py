"""The text of a lesson as it was on a day: what a session really taught."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.models import PageLogEntry, Revision

from courses.changes import Change, difference, steps_of
from courses.models import LessonPage

# What the log of a page calls going public.
PUBLISHED = ("wagtail.publish", "wagtail.publish.scheduled")


def revisions_on(lesson_ids: Iterable[int], moment: dt.datetime) -> dict[int, int]:
    """Which revision of each lesson residents read at that moment, in one query.

    A lesson that was not public then is not in the answer.
    """
    published = (
        PageLogEntry.objects.filter(
            page__in=list(lesson_ids),
            action__in=PUBLISHED,
            revision__isnull=False,
            timestamp__lte=moment,
        )
        .order_by("timestamp", "pk")
        .values_list("page_id", "revision_id")
    )
    return dict(published)


def was_public(lesson: LessonPage, revision: Revision) -> bool:
    """Could residents ever read this revision? Drafts are not for the team."""
    return (
        lesson.live_revision_id == revision.pk
        or PageLogEntry.objects.filter(
            page=lesson.pk, action__in=PUBLISHED, revision=revision.pk
        ).exists()
    )


@require_safe
@never_cache
@login_required
@permission_required("courses.view_guide", raise_exception=True)
def as_taught(request: HttpRequest, number: int, revision: int) -> HttpResponse:
    """One published text of a lesson, also when a newer one stands in its place."""
    lesson = (
        LessonPage.objects.once_visible_to(request.user)
        .filter(given_numbers=number)
        .first()
    )
    if lesson is None:
        raise Http404
    row = get_object_or_404(
        Revision.page_revisions, object_id=str(lesson.pk), pk=revision
    )
    if not was_public(lesson, row):
        raise Http404
    taught = row.as_object()
    is_today = lesson.live and lesson.live_revision_id == row.pk
    since = None
    if not is_today and lesson.live:
        found = difference(steps_of(row), steps_of(lesson.live_revision))
        number_of = {block.id: n for n, block in enumerate(lesson.steps, 1)}
        steps = sorted(number_of[step] for step in found.steps if step in number_of)
        if steps or found.removed:
            since = Change(row.created_at.date(), tuple(steps), found.removed)
    return render(
        request,
        "courses/as_taught.html",
        {
            "lesson": lesson,
            "taught": taught,
            "revision": row,
            "is_today": is_today,
            "since": since,
        },
    )
