"""The CMS around a lesson: its editor, its checks, its review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from wagtail.admin.ui.side_panels import BaseSidePanel
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.views.pages.unpublish import UnpublishView
from wagtail.admin.views.pages.workflow import WorkflowActionView
from wagtail.admin.viewsets.pages import PageViewSet

from courses.models import LessonPage
from courses.publishing import IncompleteLesson, in_words
from courses.quality import look_at


class QualitySidePanel(BaseSidePanel):
    """Weight, plain words and what is missing, filled after the editor is there.

    The look renders the whole lesson, so it comes in a request of its own and the editor
    opens as fast as without it.
    """

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = gettext_lazy("Toggle weight and plain words")
        icon_name = "clipboard-list"
        counter_classname = "w-bg-critical-200"

    name = "quality"
    title = gettext_lazy("Weight and plain words")
    template_name = "courses/editing/quality_panel.html"
    order = 250

    class Media:
        js = ["courses/editing.js"]
        css = {"all": ["courses/editing.css"]}


class LessonEditView(EditView):
    """The editor of a lesson, with its checks beside it."""

    def get_template_names(self):
        names = super().get_template_names()
        if names == ["wagtailadmin/pages/edit.html"]:
            return ["courses/editing/lesson_edit.html"]
        return names

    def get_object(self):
        page = super().get_object()
        # Read a moment ago; the templates ask for both again.
        if self.latest_revision and page.latest_revision_id == self.latest_revision.pk:
            page.latest_revision = self.latest_revision
            if page.live_revision_id == page.latest_revision_id:
                page.live_revision = self.latest_revision
        return page

    def get_side_panels(self):
        panels = super().get_side_panels()
        if not self.expects_json_response:
            panels.append(QualitySidePanel(self.page, self.request))
        return panels

    def perform_workflow_action(self):
        """Approve from the editor; what is missing is said and nothing is published."""
        try:
            with transaction.atomic():
                return super().perform_workflow_action()
        except IncompleteLesson as refusal:
            say_what_is_missing(self.request, self.page, refusal)
            return redirect("wagtailadmin_pages:edit", self.page.pk)


class LessonWorkflowActionView(WorkflowActionView):
    """Approve or send back from the list of what waits for review."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().post(request, *args, **kwargs)
        except IncompleteLesson as refusal:
            say_what_is_missing(request, self.object, refusal)
            edit = reverse("wagtailadmin_pages:edit", args=[self.object.pk])
            if request.headers.get("x-requested-with") == "XMLHttpRequest":
                return self.render_modal_json(
                    request, {"step": "success", "redirect": edit}
                )
            return redirect(edit)


class LessonUnpublishView(UnpublishView):
    """A lesson keeps its address: unpublishing leads to withdrawing, but for the owner.

    Its number stands on paper in drawers: who types it should read whom to ask.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_superuser or not self.object.live:
            return super().dispatch(request, *args, **kwargs)
        messages.warning(
            request,
            _(
                "A lesson keeps its address: withdraw it here, and residents read whom "
                "to ask."
            ),
        )
        return redirect("lesson_withdraw", number=self.object.number)


class LessonViewSet(PageViewSet):
    """Wagtail's views of a page, with ours where a lesson needs more."""

    model = LessonPage
    edit_view_class = LessonEditView
    unpublish_view_class = LessonUnpublishView
    workflow_action_view_class = LessonWorkflowActionView
    icon = "doc-full-inverse"


lesson_pages = LessonViewSet("lesson_pages")


def say_what_is_missing(
    request: HttpRequest, page: LessonPage, refusal: IncompleteLesson
) -> None:
    """One message with everything that keeps this lesson from being published."""
    messages.error(
        request,
        _("“%(title)s” was not published. %(faults)s")
        % {"title": page.title, "faults": in_words(refusal.faults)},
    )


def lesson_to_edit(request: HttpRequest, page_id: int) -> LessonPage:
    """A lesson that this user may edit. Raises Http404 and PermissionDenied."""
    page = get_object_or_404(LessonPage, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    return page


@require_safe
def quality(request: HttpRequest, page_id: int) -> HttpResponse:
    """The look at a draft: a piece of the editor, or a page of its own."""
    page = lesson_to_edit(request, page_id)
    found = look_at(page)
    piece = request.headers.get("x-requested-with") == "XMLHttpRequest"
    response = render(
        request,
        "courses/editing/quality.html"
        if piece
        else "courses/editing/quality_page.html",
        {"page": page, "quality": found},
    )
    response.headers["Cache-Control"] = "no-store"
    return response
