"""Pages that are not Wagtail's: numbers, practice, questions, whom to ask; two for staff."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from common.pagecache import good_until
from courses.actions import restore_lesson, withdraw_lesson
from courses.answers import answered
from courses.forms import WithdrawForm
from courses.models import LessonPage
from courses.practices import practice_of
from courses.telling import may_tell, read, tell
from people.models import User


def _lesson(number: int, user: User | None = None) -> LessonPage:
    lesson = LessonPage.objects.visible_to(user).filter(given_numbers=number).first()
    if lesson is None:
        raise Http404
    return lesson


def _lesson_at(course: str, slug: str) -> LessonPage:
    lesson = (
        LessonPage.objects.visible_to(None)
        .filter(slug=slug, url_path__endswith=f"/{course}/{slug}/")
        .first()
    )
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
    lesson = _lesson_at(course, slug)
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
def practice(request: HttpRequest, course: str, slug: str, number: int) -> HttpResponse:
    """A drawn screen to practise on; every tap is a link, nothing is typed or kept."""
    lesson = _lesson_at(course, slug)
    if lesson.is_withdrawn():
        return redirect(lesson.get_url(request))
    practising = practice_of(lesson, number, request.GET)
    if practising is None:
        raise Http404
    response = render(
        request, "courses/practice.html", {"page": lesson, "practice": practising}
    )
    good_until(response, lesson.expire_at)
    return response


@require_safe
def listen(request: HttpRequest, course: str, slug: str) -> HttpResponse:
    """Every recording of a lesson that still speaks its text, with the words read."""
    lesson = _lesson_at(course, slug)
    spoken = [] if lesson.is_withdrawn() else lesson.spoken()
    if not spoken:
        return redirect(lesson.get_url(request))
    response = render(
        request, "courses/listen.html", {"page": lesson, "recordings": spoken}
    )
    good_until(response, lesson.expire_at)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def told(request: HttpRequest, course: str, slug: str) -> HttpResponse:
    """Count how a lesson went, without a name; thank, and say where to go now.

    Exempt from CSRF because the lesson is the same for everybody and carries no cookie.
    What a stranger could forge is one more of a nameless count that enters no figure. A
    script that asks for JSON gets the bare status.
    """
    lesson = _lesson_at(course, slug)
    if request.method != "POST":
        # A browser that opens its old tabs again asks without the form.
        return redirect(f"{lesson.get_url(request)}#lam-duoc")
    wants_page = request.accepts("text/html")
    try:
        said = read(lesson, request.POST)
    except ValidationError as error:
        if wants_page:
            return redirect(f"{lesson.get_url(request)}#lam-duoc")
        return JsonResponse({"message": error.messages[0]}, status=400)
    counted = may_tell(get_adapter(request).get_client_ip(request))
    if counted:
        tell(lesson, said)
    status = 200 if counted else 429
    if wants_page:
        context = {"page": lesson, "said": said, "counted": counted}
        response = render(request, "courses/told.html", context, status=status)
    else:
        response = HttpResponse(status=204 if counted else 429)
    if not counted:
        response.headers["Retry-After"] = "600"
    response.headers["Cache-Control"] = "no-store"
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
