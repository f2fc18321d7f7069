"""The editors' report: which lessons need looking at, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.ui.components import Component
from wagtail.admin.views.reports import PageReportView

from courses.models import LessonPage
from courses.querysets import SOON
from pilot_communes.querysets import today


def reasons(
    lesson: LessonPage, on: dt.date, *, lapsed: bool, unreviewed: bool = False
) -> list[str]:
    """Why an editor should look at this lesson on that day, most urgent first."""
    found = []
    if lesson.withdrawn_at is not None:
        found.append(_("Withdrawn: %(reason)s") % {"reason": lesson.withdrawn_reason})
    elif lesson.is_withdrawn(on):
        found.append(_("Withdrawn by its date"))
    elif lesson.withdraw_on and lesson.withdraw_on <= on + SOON:
        found.append(
            _("Will be withdrawn on %(day)s")
            % {"day": f"{lesson.withdraw_on:%d/%m/%Y}"}
        )
    if unreviewed:
        found.append(_("Published without a review"))
    if lapsed:
        found.append(_("A document of the basis has lapsed or was replaced"))
    if lesson.review_by is None:
        found.append(_("No day of review"))
    elif lesson.review_by < on:
        found.append(
            _("Review overdue since %(day)s") % {"day": f"{lesson.review_by:%d/%m/%Y}"}
        )
    elif lesson.review_by <= on + SOON:
        found.append(
            _("Review due on %(day)s") % {"day": f"{lesson.review_by:%d/%m/%Y}"}
        )
    if lesson.steps_to_check:
        found.append(
            ngettext(
                "%(count)s step to check",
                "%(count)s steps to check",
                lesson.steps_to_check,
            )
            % {"count": lesson.steps_to_check}
        )
    return found


class LessonsToSeePanel(Component):
    """The first thing an editor sees: which lessons are waiting for a look."""

    name = "lessons_to_see"
    template_name = "courses/reports/lessons_to_see_panel.html"
    order = 10
    most = 5

    def get_context_data(self, parent_context):
        on = today()
        # What is only to be checked has a panel of its own.
        waiting = LessonPage.objects.needing_attention(on, marked=False)
        waiting = waiting.defer_streamfields()
        lapsed = set(
            LessonPage.objects.leaning_on_lapsed(on).values_list("pk", flat=True)
        )
        unread = set(
            LessonPage.objects.published_unreviewed().values_list("pk", flat=True)
        )
        first = list(waiting.order_by("review_by", "number")[: self.most + 1])
        return {
            "lessons": [
                (
                    lesson,
                    reasons(
                        lesson,
                        on,
                        lapsed=lesson.pk in lapsed,
                        unreviewed=lesson.pk in unread,
                    ),
                )
                for lesson in first[: self.most]
            ],
            "more": len(first) > self.most,
        }


class LessonsToSeeView(PageReportView):
    """Stale, soon due, withdrawn, leaning on lapsed law, or with steps to check."""

    results_template_name = "courses/reports/lessons_to_see_results.html"
    page_title = gettext_lazy("Lessons to see")
    header_icon = "warning"
    model = LessonPage
    index_url_name = "lessons_to_see"
    index_results_url_name = "lessons_to_see_results"
    any_permission_required = ["add", "change", "publish"]
    export_headings = {
        "number": gettext_lazy("Lesson number"),
        "title": gettext_lazy("Title"),
        "because": gettext_lazy("Because"),
        "review_by": gettext_lazy("Review by"),
        "owner_role": gettext_lazy("Answerable"),
    }
    list_export = ["number", "title", "because", "review_by", "owner_role"]

    @cached_property
    def lapsed(self) -> set[int]:
        return set(
            LessonPage.objects.leaning_on_lapsed(today()).values_list("pk", flat=True)
        )

    @cached_property
    def unread(self) -> set[int]:
        return set(
            LessonPage.objects.published_unreviewed().values_list("pk", flat=True)
        )

    def get_queryset(self):
        return (
            LessonPage.objects.needing_attention(today())
            .defer_streamfields()
            .order_by("review_by", "number")
        )

    def decorate_paginated_queryset(self, object_list):
        on = today()
        for lesson in object_list:
            lesson.because = "; ".join(
                reasons(
                    lesson,
                    on,
                    lapsed=lesson.pk in self.lapsed,
                    unreviewed=lesson.pk in self.unread,
                )
            )
        return object_list


class StepsToCheckView(PageReportView):
    """Every step that carries "to be checked", with what to check and where it was seen."""

    results_template_name = "courses/reports/steps_to_check_results.html"
    page_title = gettext_lazy("To be checked")
    header_icon = "help"
    model = LessonPage
    index_url_name = "steps_to_check"
    index_results_url_name = "steps_to_check_results"
    any_permission_required = ["add", "change", "publish"]
    export_headings = {
        "number": gettext_lazy("Lesson number"),
        "title": gettext_lazy("Title"),
        "to_check": gettext_lazy("What to check"),
        "owner_role": gettext_lazy("Answerable"),
    }
    list_export = ["number", "title", "to_check", "owner_role"]

    def get_queryset(self):
        return LessonPage.objects.filter(steps_to_check__gt=0).order_by("number")

    def decorate_paginated_queryset(self, object_list):
        for lesson in object_list:
            lesson.marked = list(marked_steps(lesson))
            lesson.to_check = "; ".join(
                _("Step %(number)s") % {"number": number} + f": {note}"
                for number, note in lesson.marked
            )
        return object_list


def marked_steps(lesson: LessonPage) -> Iterator[tuple[int, str]]:
    """Number and note of each step of a lesson that is to be checked."""
    for number, step in enumerate(lesson.steps.raw_data, 1):
        if step["value"].get("check"):
            yield number, step["value"].get("check_note") or ""
