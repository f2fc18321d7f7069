"""Pages around the lessons: help nearby, numbers to call, a wrong lesson, Khmer."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from common.pagecache import good_until
from courses.complaints import ComplaintForm, complain, may_complain
from courses.khmer import lessons_in_khmer
from courses.models import Hotline
from courses.nearby import help_in, places_on

LONGEST_QUERY = 60


@require_safe
def nearby(request: HttpRequest) -> HttpResponse:
    """Choose the commune: by typing its name, an old one too, or from the list."""
    places = places_on()
    sought = request.GET.get("xa", "").strip()[:LONGEST_QUERY]
    found = places.sought(sought)
    if len(found) == 1:
        return redirect(found[0].url)
    context = {"places": places, "sought": sought, "found": found}
    response = render(request, "courses/nearby.html", context)
    good_until(response)
    return response


@require_safe
def nearby_commune(request: HttpRequest, slug: str) -> HttpResponse:
    """The sessions, support points and numbers of one commune.

    The name of a former commune leads to the one that took it over.
    """
    places = places_on()
    place = places.by_slug.get(slug)
    if place is None:
        successors = places.former.get(slug, ())
        if not successors:
            raise Http404
        if len(successors) == 1:
            return redirect(successors[0].url)
        query = urlencode({"xa": slug.replace("-", " ")})
        return redirect(f"{reverse('nearby')}?{query}")
    now = timezone.now()
    help_ = help_in(place, now)
    context = {"place": place, "help": help_, "rows": help_.rows(request), "now": now}
    response = render(request, "courses/nearby_commune.html", context)
    good_until(response, help_.until())
    return response


@require_safe
def hotlines(request: HttpRequest) -> HttpResponse:
    """Numbers to call, each with the day on which it was last checked."""
    lines = Hotline.objects.for_residents()
    response = render(request, "courses/hotlines.html", {"lines": lines})
    good_until(response)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def wrong_lesson(request: HttpRequest) -> HttpResponse:
    """Say that a lesson is wrong, without a login and without a name.

    Exempt from CSRF because the page is the same for everybody and carries no cookie;
    what a browser says comes from another site is refused, the rest is counted.
    """
    if request.method != "POST":
        asked = {
            name: request.GET[name] for name in ("bai", "buoc") if name in request.GET
        }
        context = {"form": ComplaintForm(initial=asked)}
        response = render(request, "courses/wrong_lesson.html", context)
        good_until(response)
        return response
    form = ComplaintForm(request.POST)
    done = False
    if form.is_valid():
        try:
            _take_complaint(request, form)
            done = True
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "done": done, "lesson": form.cleaned_data.get("bai")}
    response = render(
        request, "courses/wrong_lesson.html", context, status=200 if done else 422
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _take_complaint(request: HttpRequest, form: ComplaintForm) -> None:
    address = get_adapter(request).get_client_ip(request)
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in (
        "same-origin",
        "none",
    ):
        raise ValidationError(_("This came from another site, so it was not taken."))
    if not may_complain(address):
        raise ValidationError(
            _("Many were sent from here just now. Wait ten minutes, then send again.")
        )
    complain(
        what=form.cleaned_data["sai"],
        lesson=form.cleaned_data["bai"],
        step=form.cleaned_data["buoc"],
        words=form.cleaned_data["loi"],
    )


@require_safe
def khmer(request: HttpRequest) -> HttpResponse:
    """The lessons that can be heard in Khmer."""
    lessons = [
        {"lesson": lesson, "url": lesson.get_url(request)}
        for lesson in lessons_in_khmer()
    ]
    response = render(request, "courses/khmer.html", {"lessons": lessons})
    good_until(response)
    return response
