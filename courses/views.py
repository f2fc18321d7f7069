"""Pages that are not Wagtail's: numbers, questions, whom to ask; and two for staff."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from common.pagecache import good_until
from courses.actions import restore_lesson, withdraw_lesson
from courses.answers import answered
from courses.forms import WithdrawForm
from courses.models import Hotline, LessonPage
from courses.nearby import communes_with_help
from people.models import User


def _lesson(number: int, user: User | None = None) -> LessonPage:
    lesson = LessonPage.objects.visible_to(user).filter(given_numbers=number).first()
    if lesson is None:
        raise Http404
    return lesson


@require_safe
def by_number(request: HttpRequest, number: str) -> HttpResponse:
    """/12 on paper and on the loudspeaker leads to lesson 12, wherever it stands."""
    return redirect(_lesson(int(number)).get_url(request))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, course: str, slug: str) -> HttpResponse:
    """Three questions as a plain form; the answers are explained and not kept.

    Exempt from CSRF because the page is the same for everybody and carries no cookie;
    nothing is written, so there is nothing to forge.
    """
    lesson = (
        LessonPage.objects.visible_to(None)
        .filter(slug=slug, url_path__endswith=f"/{course}/{slug}/")
        .first()
    )
    if lesson is None:
        raise Http404
    if lesson.is_withdrawn():
        return redirect(lesson.get_url(request))
    chosen = request.POST if request.method == "POST" else {}
    context = {"page": lesson, "answered": answered(lesson, chosen)}
    response = render(request, "courses/questions.html", context)
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store"
    else:
        good_until(response, lesson.expire_at)
    return response


@require_safe
def nearby(request: HttpRequest) -> HttpResponse:
    """Where help can be found: support points by commune, and whom to call."""
    response = render(
        request, "courses/nearby.html", {"communes": communes_with_help()}
    )
    good_until(response)
    return response


@require_safe
def hotlines(request: HttpRequest) -> HttpResponse:
    """Numbers to call, each with the day on which it was last checked."""
    lines = Hotline.objects.for_residents()
    response = render(request, "courses/hotlines.html", {"lines": lines})
    good_until(response)
    return response


@require_safe
@never_cache
@login_required
@permission_required("courses.view_guide", raise_exception=True)
def guide(request: HttpRequest, number: int) -> HttpResponse:
    """What only the team reads: timing, mistakes, what to say and to prepare."""
    lesson = _lesson(number, request.user)
    context = {
        "lesson": lesson,
        "may_withdraw": request.user.has_perm("courses.withdraw"),
        "state": lesson.state(),
    }
    return render(request, "courses/guide.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@permission_required("courses.withdraw", raise_exception=True)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take the lesson down at once, with a reason; or let it be followed again."""
    lesson = _lesson(number, request.user)
    form = WithdrawForm(request.POST or None)
    try:
        if request.method == "POST" and "restore" in request.POST:
            restore_lesson(lesson, user=request.user)
            messages.success(request, _("Residents can follow the lesson again."))
            return redirect("lesson_guide", number=lesson.number)
        if request.method == "POST" and form.is_valid():
            withdraw_lesson(
                lesson, user=request.user, reason=form.cleaned_data["reason"]
            )
            messages.success(
                request,
                _("The lesson is withdrawn; its address says why and whom to ask."),
            )
            return redirect("lesson_guide", number=lesson.number)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    context = {
        "lesson": lesson,
        "form": form,
        "by_hand": lesson.withdrawn_at is not None,
    }
    return render(request, "courses/withdraw.html", context)
