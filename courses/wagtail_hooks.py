"""What this room registers with the CMS; behaviour is elsewhere."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter

from courses.attention import LessonsToSeePanel, LessonsToSeeView, StepsToCheckView
from courses.complaints import complaints
from courses.exchange_views import export_view, import_view
from courses.impact import legal_impact
from courses.lesson_editor import lesson_pages, quality
from courses.models import CourseIndexPage, CoursePage, LessonPage
from courses.panels import PANELS
from courses.plain_words import remarks
from courses.publishing import Draft, faults, in_words
from courses.recordings import recordings
from courses.viewsets import facts
from courses.weight import weight_faults
from people.roles import Role


@hooks.register("register_admin_viewset")
def register_facts():
    return facts


@hooks.register("register_admin_viewset")
def register_complaints():
    return complaints


@hooks.register("register_admin_viewset")
def register_lesson_pages():
    return lesson_pages


@hooks.register("register_admin_urls")
def register_editing_urls():
    return [
        path("bai/<int:page_id>/kiem/", quality, name="lesson_quality"),
        path("bai/<int:page_id>/tep/", export_view, name="lesson_export"),
        path("bai/nhap/", import_view, name="lesson_import"),
        path("van-ban/<int:document_id>/dua-vao/", legal_impact, name="legal_impact"),
    ]


@hooks.register("register_admin_viewset")
def register_recordings():
    return recordings


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
        path(
            "reports/can-kiem-tra/",
            StepsToCheckView.as_view(),
            name="steps_to_check",
        ),
        path(
            "reports/can-kiem-tra/results/",
            StepsToCheckView.as_view(results_only=True),
            name="steps_to_check_results",
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


@hooks.register("register_reports_menu_item")
def register_steps_to_check():
    return MenuItem(
        gettext_lazy("To be checked"),
        reverse("steps_to_check"),
        name="steps-to-check",
        icon_name="help",
        order=60,
    )


@hooks.register("construct_homepage_panels")
def show_the_desk_first(request, panels):
    panels[:0] = [LessonsToSeePanel(), *(panel() for panel in PANELS)]


@hooks.register("construct_page_action_menu")
def keep_the_address_of_a_lesson(menu_items, request, context):
    """A lesson is withdrawn and keeps its address; only the owner unpublishes one.

    Its number stands on paper in drawers: who types it should read whom to ask.
    """
    if isinstance(context.get("page"), LessonPage) and not request.user.is_superuser:
        menu_items[:] = [i for i in menu_items if i.name != "action-unpublish"]


@hooks.register("before_bulk_action")
def withdraw_one_by_one(request, action_type, objects, action):
    if action_type not in ("unpublish", "delete") or request.method != "POST":
        return None
    if request.user.is_superuser or not any(map(_lessons_with_readers, objects)):
        return None
    messages.error(
        request, _("Lessons are withdrawn one by one, each with its reason.")
    )
    return redirect(action.next_url)


@hooks.register("before_unpublish_page")
def a_group_is_not_unpublished_with_its_lessons(request, page):
    """Unpublishing a group may take everything below along, without a reason."""
    if request.user.is_superuser or not _lessons_with_readers(page):
        return None
    messages.error(
        request, _("Lessons are withdrawn one by one, each with its reason.")
    )
    return redirect("wagtailadmin_explore", page.pk)


@hooks.register("before_delete_page")
def what_was_public_is_not_deleted(request, page):
    """The number of a lesson stands on paper; only the owner deletes what had readers."""
    if request.user.is_superuser or not _lessons_with_readers(page):
        return None
    messages.warning(
        request,
        _(
            "Residents have read this, so it is not deleted: its number stands on "
            "paper. Withdraw the lesson, and residents read whom to ask."
        ),
    )
    if isinstance(page, LessonPage) and page.live:
        return redirect("lesson_withdraw", number=page.number)
    return redirect("wagtailadmin_explore", page.get_parent().pk)


def _lessons_with_readers(page):
    """Lessons in this part of the tree that residents have read at some time."""
    below = LessonPage.objects.descendant_of(page, inclusive=True)
    return below.filter(first_published_at__isnull=False).exists()


@hooks.register("construct_page_action_menu")
def review_before_publishing(menu_items, request, context):
    """Who is no reviewer sees "submit" above "publish": first read, then public."""
    places = {item.name: index for index, item in enumerate(menu_items)}
    submit, publish = places.get("action-submit"), places.get("action-publish")
    if submit is None or publish is None or submit < publish:
        return
    if Role.REVIEWER not in request.user.reach().roles:
        menu_items.insert(publish, menu_items.pop(submit))


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


@hooks.register("register_page_header_buttons")
def exchange_buttons(page, user, view_name, next_url=None):
    if isinstance(page, LessonPage):
        yield Button(
            gettext_lazy("Export as a file"),
            reverse("lesson_export", args=[page.pk]),
            icon_name="download",
            priority=60,
        )
    elif isinstance(page, CoursePage | CourseIndexPage):
        yield Button(
            gettext_lazy("Bring a lesson in from a file"),
            reverse("lesson_import"),
            icon_name="upload",
            priority=60,
        )


@hooks.register("register_page_listing_more_buttons")
def withdraw_from_the_list(page, user, next_url=None):
    yield from withdraw_button(page.specific, user, "listing", next_url)


@hooks.register("before_publish_page")
def publish_only_what_is_light(request, page):
    """A heavy lesson waits as a draft until somebody has written what it is worth."""
    heavy = list(weight_faults(page)) if isinstance(page, LessonPage) else []
    if not heavy:
        return None
    messages.error(
        request,
        _("“%(title)s” was not published. %(faults)s")
        % {"title": page.title, "faults": in_words(heavy)},
    )
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("before_bulk_action")
def publish_only_what_is_complete(request, action_type, objects, action):
    if action_type != "publish" or request.method != "POST":
        return None
    pages = list(objects)
    if request.POST.get("include_descendants"):
        for page in objects:
            pages += LessonPage.objects.descendant_of(page).not_live()
    incomplete = [
        (page, missing)
        for page in pages
        if isinstance(page.specific, LessonPage)
        and (missing := _all_faults(page.get_latest_revision_as_object()))
    ]
    for page, missing in incomplete:
        messages.error(
            request,
            _("“%(title)s” was not published. %(faults)s")
            % {"title": page.title, "faults": in_words(missing)},
        )
    return redirect(action.next_url) if incomplete else None


def _all_faults(draft):
    return [*faults(Draft.of_page(draft)), *weight_faults(draft)]


@hooks.register("after_publish_page")
def say_what_could_be_plainer(request, page):
    """Advice, after the deed: nothing here keeps a lesson from being published."""
    found = remarks(page) if isinstance(page, LessonPage) else []
    if found:
        messages.warning(
            request,
            ngettext(
                "Published. One thing could be said more plainly: %(first)s",
                "Published. %(count)s things could be said more plainly; the first: "
                "%(first)s",
                len(found),
            )
            % {"count": len(found), "first": found[0]},
        )


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

    @actions.register_action("courses.last_days")
    class LastDays(LogFormatter):
        label = gettext_lazy("Dates of a lesson whose basis ends")

        def format_message(self, log_entry):
            return _("Withdrawn on %(day)s, its basis ends") % {
                "day": log_entry.data["withdraw_on"]
            }

    @actions.register_action("courses.import")
    class Imported(LogFormatter):
        label = gettext_lazy("Bring a lesson in")
        message = gettext_lazy("Brought in from a file, as a draft")
