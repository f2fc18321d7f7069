"""Xã của tôi: the counts of a commune on lines of their own, and what has not come."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from attendance.actions import CONFIRM
from attendance.models import HeldEntry
from common.registries import navigation
from pilot_communes.models import Unit
from pilot_communes.querysets import UnitQuerySet, today
from reports import spans
from reports.atlas import in_reach
from reports.coverage import Coverage, State
from reports.needs import blockers_of
from reports.quick import missing_registers, quick_text, report_lines
from reports.views.access import PROVINCE, VIEW, Choice, address, screen
from reports.views.places import counts_of
from reports.words import last_words, moment_words

# The address of the five steps; the room above puts it into the navigation.
SETUP = "setup"


def my_communes(user) -> UnitQuerySet:
    """Today's communes whose figures this login may see, by name."""
    return (
        Unit.objects.visible_to(user)
        .communes()
        .valid_on(today())
        .filter(in_reach(user))
        .by_name()
    )


def first_step(unit: Unit) -> str:
    """Where a commune with nothing yet begins: its set-up page if the house has one."""
    if any(item.url_name == SETUP for item in navigation):
        return f"{reverse(SETUP)}?{urlencode({'xa': unit.code})}"
    return reverse("attendance:plan")


def _waiting_for(user) -> int:
    """How many records this login may confirm and has not."""
    if not user.has_perm(CONFIRM):
        return 0
    return HeldEntry.objects.visible_to(user).waiting().count()


@screen(VIEW)
def mine(request: HttpRequest) -> HttpResponse:
    """The commune officer's first page; officers of several choose by `?xa=<code>`."""
    if request.user.has_perm(PROVINCE):
        return redirect("reports:province")
    communes = list(my_communes(request.user)[:20])
    code = request.GET.get("xa")
    unit = next((u for u in communes if not code or u.code == code), None)
    if unit is None:
        raise Http404
    choice = Choice.of(request)
    coverage = Coverage(span=choice.span, frame=choice.frame, commune=unit.pk)
    found = coverage.communes()
    if not found:
        raise Http404
    row = found[0]
    hosts = coverage.atlas.hosts_of(unit.pk, coverage.list_date)
    missing, missing_count = missing_registers(request.user, hosts, today())
    hamlets = [
        {
            "place": hamlet.place,
            "state": hamlet.state,
            "last": last_words(hamlet.last_held, coverage.day),
            "url": address("hamlet", choice, hamlet.place.uuid),
        }
        for hamlet in coverage.hamlets(unit.pk)
    ]
    context = {
        "section": "xa",
        "unit": unit,
        "communes": communes,
        "choice": choice,
        "spans": spans.choices(today()),
        "started": row.state != State.NOT_STARTED,
        "counts": counts_of(row),
        "text": quick_text(unit, coverage, row, missing_count),
        "missing": missing,
        "missing_count": missing_count,
        "waiting_count": _waiting_for(request.user),
        "blockers": blockers_of(row.shown),
        "report": report_lines(unit),
        "hamlets": hamlets,
        "as_of": moment_words(coverage.as_of),
        "setup_url": first_step(unit),
        "more_url": f"{reverse('reports:commune', args=[unit.code])}?{choice.query()}",
    }
    return render(request, "reports/mine.html", context)
