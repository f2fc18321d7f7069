"""Handouts for everybody, guides for the team. A withdrawn lesson has neither."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.pagecache import good_until
from courses.handouts import guides, made
from courses.handouts.sheets import Sheet, names, sheet_of
from courses.handouts.shelf import Busy
from courses.models import CoursePage, LessonPage
from people.models import User
from pilot_communes.querysets import today

MOST_LISTED = 300


def _for_lesson(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view the lesson of the address, if it may be followed today.

    A withdrawn one leads to its page, which says why and whom to ask: nobody gets a sheet
    of it here, whatever is printed on those in the drawers.
    """

    @require_safe
    @functools.wraps(view)
    def wrapped(
        request: HttpRequest, course: str, slug: str, **more: str
    ) -> HttpResponse:
        lesson = (
            LessonPage.objects.visible_to(None)
            .filter(slug=slug, url_path__endswith=f"/{course}/{slug}/")
            .first()
        )
        if lesson is None:
            raise Http404
        if lesson.is_withdrawn():
            return redirect(lesson.get_url(request))
        try:
            return view(request, lesson, **more)
        except Busy:
            context = {"page": lesson}
            answer = render(request, "courses/handouts/busy.html", context, status=503)
            answer.headers["Retry-After"] = "10"
            return answer

    return wrapped


@_for_lesson
def picture_page(request: HttpRequest, lesson: LessonPage) -> HttpResponse:
    """The tall picture, and how it gets into the telephone and into the group."""
    picture = made.picture(sheet_of(lesson, today()))
    response = render(
        request,
        "courses/handouts/picture.html",
        {"page": lesson, "name": made.name(lesson), "kilobytes": picture.kilobytes},
    )
    good_until(response, lesson.expire_at)
    return response


@_for_lesson
def print_page(request: HttpRequest, lesson: LessonPage) -> HttpResponse:
    """The two sheets with their pages and weights."""
    sheet = sheet_of(lesson, today())
    papers = [
        {"name": made.name(lesson, size), "size": size, "file": made.paper(sheet, size)}
        for size in made.PAPERS
    ]
    response = render(
        request, "courses/handouts/print.html", {"page": lesson, "papers": papers}
    )
    good_until(response, lesson.expire_at)
    return response


@_for_lesson
def picture_file(request: HttpRequest, lesson: LessonPage, name: str) -> HttpResponse:
    """The tall picture, or the preview of a forwarded link: PNG."""
    sheet = sheet_of(lesson, today())
    makers = {
        made.name(lesson): made.picture,
        made.name(lesson, made.PREVIEW): made.preview,
    }
    if name not in makers:
        raise Http404
    return _file(request, sheet, f"{name}.png", lambda: makers[name](sheet))


@_for_lesson
def print_file(request: HttpRequest, lesson: LessonPage, name: str) -> HttpResponse:
    """A sheet to be printed: PDF."""
    sheet = sheet_of(lesson, today())
    sizes = {made.name(lesson, size): size for size in made.PAPERS}
    if name not in sizes:
        raise Http404
    return _file(request, sheet, f"{name}.pdf", lambda: made.paper(sheet, sizes[name]))


def _file(
    request: HttpRequest, sheet: Sheet, name: str, make: Callable[[], made.File]
) -> HttpResponse:
    """The file, or 304 without making it; asked for again each time, since the lesson may
    have been withdrawn meanwhile."""
    etag = f'"{made.digest(sheet)}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        kind = "image/png" if name.endswith(".png") else "application/pdf"
        response = HttpResponse(make().data, content_type=kind)
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, no-cache"
    return response


# --- for the team ---------------------------------------------------------------------


def _for_team(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    for guard in (
        permission_required("courses.view_guide", raise_exception=True),
        login_required,
        never_cache,
        require_safe,
    ):
        view = guard(view)
    return view


@_for_team
def choose_guides(request: HttpRequest) -> HttpResponse:
    """Which lessons are taught: one PDF with the notes of all of them."""
    return _choosing(request, problem="")


@_for_team
def guides_pdf(request: HttpRequest) -> HttpResponse:
    """The notes of the lessons `?bai=12&bai=13`, in that order."""
    numbers = _numbers(request)
    if not numbers:
        return _choosing(request, _("Please choose at least one lesson."))
    most = guides.MOST_LESSONS
    if len(numbers) > most:
        problem = ngettext(
            "At most %(count)s lesson fits one file; please choose fewer.",
            "At most %(count)s lessons fit one file; please choose fewer.",
            most,
        ) % {"count": most}
        return _choosing(request, problem)
    found = _open_to(request.user).in_bulk(numbers, field_name="number")
    if len(found) < len(numbers):
        return _choosing(
            request,
            _("One of these lessons is paused or gone; please choose again."),
        )
    return _guide_response([found[number] for number in numbers])


@_for_team
def guide_file(request: HttpRequest, number: int) -> HttpResponse:
    """The notes of one lesson; a paused one leads to its page, which says so."""
    lesson = LessonPage.objects.visible_to(request.user).filter(number=number).first()
    if lesson is None:
        raise Http404
    if lesson.is_withdrawn():
        return redirect("lesson_guide", number=number)
    return _guide_response([lesson])


def _open_to(user: User):
    return LessonPage.objects.visible_to(user).to_follow()


def _numbers(request: HttpRequest) -> list[int]:
    """The numbers asked for, each once, in order; one more than allowed at most."""
    asked = [
        int(text)
        for text in request.GET.getlist("bai")
        if text.isascii() and text.isdigit() and len(text) <= 6
    ]
    return list(dict.fromkeys(asked))[: guides.MOST_LESSONS + 1]


def _choosing(request: HttpRequest, problem: str) -> HttpResponse:
    lessons = list(_open_to(request.user).order_by("number")[:MOST_LISTED])
    courses = CoursePage.objects.live().order_by("path").values_list("path", "title")
    chosen = set(_numbers(request))
    rows = [
        (lesson, lesson.number in chosen, guides.minutes_of(lesson))
        for lesson in lessons
    ]
    groups = [
        (title, [row for row in rows if row[0].path.startswith(path)])
        for path, title in courses
    ]
    context = {
        "groups": [(title, inside) for title, inside in groups if inside],
        "problem": problem,
        "most": guides.MOST_LESSONS,
    }
    return render(
        request,
        "courses/handouts/guides.html",
        context,
        status=400 if problem else 200,
    )


def _guide_response(lessons: Sequence[LessonPage]) -> HttpResponse:
    name = f"huong-dan-bai-{names(lessons)}.pdf"
    return HttpResponse(
        guides.guide_pdf(lessons, today()),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
