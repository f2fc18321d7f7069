"""What this room registers with the CMS; behaviour is elsewhere."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter

from courses.attention import LessonsToSeePanel, LessonsToSeeView
from courses.models import LessonPage
from courses.publishing import Draft, faults, in_words
from courses.viewsets import facts


@hooks.register("register_admin_viewset")
def register_facts():
    return facts


@hooks.register("register_admin_urls")
def register_report_urls():
    return [
        path(
            "reports/bai-can-xem/",
            LessonsToSeeView.as_view(),
            name="lessons_to_see",
        ),
        path(
            "reports/bai-can-xem/results/",
            LessonsToSeeView.as_view(results_only=True),
            name="lessons_to_see_results",
        ),
    ]


@hooks.register("register_reports_menu_item")
def register_lessons_to_see():
    return MenuItem(
        gettext_lazy("Lessons to see"),
        reverse("lessons_to_see"),
        name="lessons-to-see",
        icon_name="warning",
        order=50,
    )


@hooks.register("construct_homepage_panels")
def show_lessons_to_see_first(request, panels):
    panels.insert(0, LessonsToSeePanel())


@hooks.register("register_page_header_buttons")
def withdraw_button(page, user, view_name, next_url=None):
    if isinstance(page, LessonPage) and page.live and user.has_perm("courses.withdraw"):
        label = (
            gettext_lazy("Withdrawal of this lesson")
            if page.is_withdrawn()
            else gettext_lazy("Withdraw at once")
        )
        yield Button(
            label,
            reverse("lesson_withdraw", args=[page.number]),
            icon_name="no-view",
            priority=5,
        )


@hooks.register("before_bulk_action")
def publish_only_what_is_complete(request, action_type, objects, action):
    if action_type != "publish" or request.method != "POST":
        return None
    incomplete = [
        (page, missing)
        for page in objects
        if isinstance(page.specific, LessonPage)
        and (missing := faults(Draft.of_page(page.get_latest_revision_as_object())))
    ]
    for page, missing in incomplete:
        messages.error(
            request,
            _("“%(title)s” was not published. %(faults)s")
            % {"title": page.title, "faults": in_words(missing)},
        )
    return redirect(action.next_url) if incomplete else None


@hooks.register("after_publish_page")
def remind_that_it_is_withdrawn(request, page):
    if isinstance(page, LessonPage) and page.is_withdrawn():
        messages.warning(
            request,
            _("Published, but still withdrawn: residents read that it is paused."),
        )


@hooks.register("register_log_actions")
def register_verbs(actions):
    @actions.register_action("courses.withdraw")
    class Withdrawn(LogFormatter):
        label = gettext_lazy("Withdraw a lesson")

        def format_message(self, log_entry):
            return _("Withdrawn: %(reason)s") % {"reason": log_entry.data["reason"]}

    @actions.register_action("courses.restore")
    class Restored(LogFormatter):
        label = gettext_lazy("Restore a lesson")

        def format_message(self, log_entry):
            return _("Can be followed again; it was withdrawn because: %(reason)s") % {
                "reason": log_entry.data["reason"]
            }
