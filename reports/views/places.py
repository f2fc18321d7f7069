"""One commune with its hamlets, one hamlet with its sessions, one session's figures."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from attendance.models import TrainingSession
from common.tables import Column, Table
from pilot_communes.models import Unit
from pilot_communes.querysets import today
from reports import spans
from reports.atlas import Atlas
from reports.coverage import Coverage, Row
from reports.listing import notes, screen_lines, table_of
from reports.measures import MEASURES
from reports.needs import blockers_of
from reports.quick import report_lines
from reports.session_figures import SessionSums
from reports.values import values_of
from reports.views.access import (
    EXPORT,
    PROVINCE,
    VIEW,
    Choice,
    address,
    file_asked,
    screen,
    unit_or_404,
)
from reports.words import day_words, moment_words, number_words, value_words

PAGE = 30
# A file holds at most so many sessions of one hamlet.
MOST_ROWS = 5000


def crumbs(user, *steps: tuple[str, str]) -> list[dict[str, str]]:
    """The way here: Tỉnh › Xã › Ấp › Buổi, as far up as this login may go."""
    way = []
    if user.has_perm(PROVINCE):
        way.append({"label": _("Province"), "url": reverse("reports:province")})
    else:
        way.append({"label": _("My commune"), "url": reverse("reports:mine")})
    way += [{"label": label, "url": url} for label, url in steps]
    return way


@screen(VIEW)
def commune(request: HttpRequest, code: str) -> HttpResponse:
    """A commune: its figures with their bases, and its hamlets."""
    unit = unit_or_404(request.user, Unit.Level.COMMUNE, code=code)
    choice = Choice.of(request)
    coverage = Coverage(
        span=choice.span,
        frame=choice.frame,
        measure=choice.measure,
        commune=unit.pk,
    )
    found = coverage.communes()
    if not found:
        raise Http404
    rows = coverage.hamlets(unit.pk)
    title = _("%(measure)s – %(place)s, %(span)s") % {
        "measure": choice.measure.label,
        "place": unit.full_name,
        "span": choice.span.label,
    }
    table = table_of(coverage, rows, title=title, first=_("Hamlet"))
    kind = file_asked(request, unit)
    if kind is not None:
        name = f"xa-{unit.code}-{choice.measure.code}-{choice.span.code}"
        return table.response(kind, name)
    addresses = [address("hamlet", choice, row.place.uuid) for row in rows]
    context = {
        "section": "tinh" if request.user.has_perm(PROVINCE) else "xa",
        "crumbs": crumbs(request.user, (unit.full_name, "")),
        "unit": unit,
        "choice": choice,
        "measures": MEASURES.values(),
        "spans": spans.choices(today()),
        "row": found[0],
        "value": value_words(coverage, found[0]),
        "counts": counts_of(found[0]),
        "values": values_of(coverage, found),
        "blockers": blockers_of(found[0].shown),
        "reports": report_lines(unit),
        "table": table,
        "lines": screen_lines(table, addresses),
        "notes": notes(coverage),
        "files": _files(request, choice, unit),
    }
    return render(request, "reports/commune.html", context)


def counts_of(row: Row) -> list[tuple[str, str, str]]:
    """(label, number, remark): every count on a line of its own, never added."""
    shown = row.shown

    def number(name: str) -> str:
        return number_words(shown.get(name, 0))

    people = []
    if shown.get("people_unknown/attended"):
        people.append(
            _("%(count)s more whose home is not known")
            % {"count": number("people_unknown/attended")}
        )
    if shown.get("people_outside/attended"):
        people.append(
            _("%(count)s more from elsewhere")
            % {"count": number("people_outside/attended")}
        )
    homes = ""
    if shown.get("no_household"):
        homes = _("%(count)s visits without a known household") % {
            "count": number("no_household")
        }
    visits = _("%(named)s with a name, %(nameless)s without") % {
        "named": number("named"),
        "nameless": number("nameless"),
    }
    if shown.get("uncounted"):
        visits += "; " + _("%(count)s sessions without a head count") % {
            "count": number("uncounted")
        }
    cancelled = ""
    if shown.get("cancelled"):
        cancelled = _("%(count)s cancelled, shown apart") % {
            "count": number("cancelled")
        }
    return [
        (_("sessions"), number("sessions"), cancelled),
        (_("visits"), number("visits"), visits),
        (_("people"), number("people/attended"), "; ".join(people)),
        (_("households"), number("households/attended"), homes),
    ]


@screen(VIEW)
def hamlet(request: HttpRequest, uuid: uuid.UUID) -> HttpResponse:
    """A hamlet: its figures, and the sessions held on its ground, newest first."""
    unit = unit_or_404(request.user, Unit.Level.HAMLET, uuid=uuid)
    choice = Choice.of(request)
    atlas = Atlas(choice.span.last_day(today()))
    homes = [
        share.unit_id
        for share in atlas.map.place_in_communes(unit.pk, atlas.day, atlas.day)
    ]
    parent = atlas[homes[0]]
    coverage = Coverage(
        span=choice.span,
        frame=choice.frame,
        measure=choice.measure,
        commune=parent.id,
        atlas=atlas,
    )
    row = next(
        (row for row in coverage.hamlets(parent.id) if row.place.id == unit.pk), None
    )
    sessions = _sessions_of(request, unit, atlas, choice)
    kind = file_asked(request, unit)
    if kind is not None:
        table = _session_table(unit, choice, sessions[:MOST_ROWS], coverage)
        return table.response(kind, f"ap-{unit.code}-{choice.span.code}")
    page = Paginator(sessions, PAGE).get_page(request.GET.get("page"))
    table = _session_table(unit, choice, page, coverage)
    context = {
        "section": "tinh" if request.user.has_perm(PROVINCE) else "xa",
        "crumbs": crumbs(
            request.user,
            (parent.full_name, address("commune", choice, parent.code)),
            (unit.full_name, ""),
        ),
        "unit": unit,
        "choice": choice,
        "spans": spans.choices(today()),
        "row": row,
        "counts": counts_of(row) if row else [],
        "table": table,
        "page": page,
        "lines": screen_lines(
            table, [reverse("reports:session", args=[s.uuid]) for s in page]
        ),
        "may_see_sessions": request.user.has_perm("attendance.view_session"),
        "notes": notes(coverage)[1:],
        "files": _files(request, choice, unit),
    }
    return render(request, "reports/hamlet.html", context)


def _sessions_of(request: HttpRequest, unit: Unit, atlas: Atlas, choice: Choice):
    """Sessions of the span on the hamlet's ground, with their figures."""
    sessions = (
        TrainingSession.objects.visible_to(request.user)
        .filter(host__in=[unit.pk, *atlas.hosts_of(unit.pk, atlas.day)])
        .exclude(kind=TrainingSession.Kind.REHEARSAL)
        .select_related("figures")
        .defer("state")
        .order_by("-date", "-pk")
    )
    if not request.user.has_perm("attendance.view_session"):
        return sessions.none()
    if choice.span.starts_on is not None:
        sessions = sessions.filter(
            date__gte=choice.span.starts_on, date__lt=choice.span.ends_on
        )
    return sessions


def _session_table(unit: Unit, choice: Choice, sessions, coverage: Coverage) -> Table:
    columns = [
        Column("day", _("Day")),
        Column("kind", _("Kind of session")),
        Column("status", _("Status of the session")),
        Column("visits", _("Visits"), number=True),
        Column("named", _("With a name"), number=True),
        Column("nameless", _("Without a name"), number=True),
        Column("alone", _("Did it alone"), number=True),
        Column("helped", _("With help"), number=True),
    ]
    title = _("Sessions of %(place)s, %(span)s") % {
        "place": unit.full_name,
        "span": choice.span.label,
    }
    return Table(title, columns, _session_rows(sessions), notes(coverage)[1:])


def _session_rows(sessions) -> list[list]:
    rows = []
    for session in sessions:
        sums = SessionSums.of(session)
        numbers: list = [_("no data yet"), None, None, None, None]
        if sums.counts:
            numbers = [
                sums.visits,
                sums.named,
                sums.nameless,
                sums.number("outcome/alone"),
                sums.number("outcome/helped"),
            ]
        facts = (session.get_kind_display(), session.get_status_display())
        rows.append([day_words(session.date), *map(str, facts), *numbers])
    return rows


@screen(VIEW)
def session(request: HttpRequest, uuid: uuid.UUID) -> HttpResponse:
    """The figures of one session, without a name: what it put into the sums."""
    if not request.user.has_perm("attendance.view_session"):
        raise PermissionDenied
    found = (
        TrainingSession.objects.visible_to(request.user)
        .select_related("host", "team", "figures")
        .filter(uuid=uuid)
        .first()
    )
    if found is None or not request.user.has_perm(VIEW, found):
        raise Http404
    atlas = Atlas(today())
    (home, *_more) = atlas.map.place_in_communes(found.host_id, found.date, atlas.day)
    parent = atlas[home.unit_id]
    choice = Choice.of(request)
    sums = SessionSums.of(found)
    context = {
        "section": "tinh" if request.user.has_perm(PROVINCE) else "xa",
        "crumbs": crumbs(
            request.user,
            (parent.full_name, address("commune", choice, parent.code)),
            (found.host.full_name, address("hamlet", choice, found.host.uuid)),
            (day_words(found.date), ""),
        ),
        "session": found,
        "sums": sums,
        "outcomes": sums.outcomes(),
        "blockers": blockers_of(sums.whole),
        "as_of": moment_words(found.state_at) if found.state_at else "",
        "lessons": [
            line.lesson.title for line in found.session_lessons.select_related("lesson")
        ],
    }
    return render(request, "reports/session.html", context)


def _files(request: HttpRequest, choice: Choice, unit: Unit) -> dict[str, str]:
    if not request.user.has_perm(EXPORT, unit):
        return {}
    return {kind: f"?{choice.query(tep=kind)}" for kind in ("csv", "xlsx")}
