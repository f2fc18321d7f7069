"""The editors' desk: what waits for them when they open the CMS."""

from __future__ import annotations

import datetime as dt

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q
from wagtail.admin.ui.components import Component
from wagtail.models import ModelLogEntry

from courses.models import (
    Complaint,
    LegalDocument,
    LessonPage,
    LessonRecording,
    StepReport,
)
from pilot_communes.querysets import today

# A panel is a glance; the whole stands in its report.
MOST = 5
# How long a changed document and what people told count as news.
RECENT = dt.timedelta(days=30)
AHEAD = dt.timedelta(days=90)


class ChangedLawPanel(Component):
    """Documents that were changed of late, ended, or end soon, with lessons on them."""

    name = "changed_law"
    template_name = "courses/reports/changed_law_panel.html"
    order = 20

    def get_context_data(self, parent_context):
        found = list(changed_documents(today())[: MOST + 1])
        return {"documents": found[:MOST], "more": len(found) > MOST}


def changed_documents(on: dt.date):
    """Documents under a live lesson that ended, end within 90 days, or were just edited."""
    edited = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(LegalDocument),
        timestamp__date__gte=on - RECENT,
    ).values_list("object_id", flat=True)
    news = (
        Q(in_force_to__lte=on + AHEAD)
        | Q(replaced_by__isnull=False)
        | Q(pk__in=[int(key) for key in edited])
    )
    return (
        LegalDocument.objects.filter(news)
        .annotate(
            lessons=Count(
                "in_lessons", filter=Q(in_lessons__lesson__live=True), distinct=True
            )
        )
        .filter(lessons__gt=0)
        .select_related("replaced_by")
        .order_by("in_force_to", "number_sign")
    )


class StuckPanel(Component):
    """Where most residents told that they were stuck, in the last thirty days."""

    name = "stuck_most"
    template_name = "courses/reports/stuck_panel.html"
    order = 30

    def get_context_data(self, parent_context):
        since = today() - RECENT
        return {"rows": list(StepReport.objects.stuck_most(since)[:MOST])}


class ToCheckPanel(Component):
    """Facts that carry "to be checked", and recordings older than their text."""

    name = "to_check"
    template_name = "courses/reports/to_check_panel.html"
    order = 40

    def get_context_data(self, parent_context):
        waiting = LessonPage.objects.filter(steps_to_check__gt=0).defer_streamfields()
        first = list(waiting.order_by("-steps_to_check", "number")[: MOST + 1])
        return {
            "lessons": first[:MOST],
            "more": len(first) > MOST,
            "recordings": LessonRecording.objects.to_record_again()[:MOST],
        }


class ComplaintsPanel(Component):
    """What residents say is wrong, as long as nobody has answered it."""

    name = "complaints"
    template_name = "courses/reports/complaints_panel.html"
    order = 50

    def get_context_data(self, parent_context):
        user = parent_context["request"].user
        waiting = Complaint.objects.visible_to(user).waiting().select_related("lesson")
        first = list(waiting[: MOST + 1])
        return {"complaints": first[:MOST], "more": len(first) > MOST}


PANELS = (ChangedLawPanel, StuckPanel, ToCheckPanel, ComplaintsPanel)
