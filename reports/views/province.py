"""Toàn tỉnh: what changed, where help is needed, and all communes as map and table."""

from __future__ import annotations

import itertools

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from pilot_communes.querysets import today
from reports import measures, spans
from reports.atlas import communes_in_reach
from reports.coverage import Coverage, State
from reports.listing import notes, screen_lines, table_of
from reports.needs import needs_of, sentences
from reports.tilemap import draw
from reports.values import values_of
from reports.views.access import PROVINCE, Choice, address, file_asked, screen
from reports.words import moment_words


@screen(PROVINCE)
def province(request: HttpRequest) -> HttpResponse:
    """Every commune on one page; the same rows as a file with `tep=csv` or `tep=xlsx`."""
    choice = Choice.of(request)
    coverage = Coverage(
        span=choice.span,
        frame=choice.frame,
        measure=choice.measure,
        names=measures.PROVINCE,
    )
    rows = coverage.communes()
    reached = set(communes_in_reach((row.place.id for row in rows), request.user))
    rows = [row for row in rows if row.place.id in reached]
    title = _("%(measure)s – %(span)s") % {
        "measure": choice.measure.label,
        "span": choice.span.label,
    }
    table = table_of(coverage, rows, title=title, first=_("Commune"))
    kind = file_asked(request)
    if kind is not None:
        name = f"toan-tinh-{choice.measure.code}-{choice.span.code}"
        return table.response(kind, name)
    addresses = [address("commune", choice, row.place.code) for row in rows]
    picture = draw(coverage, rows)
    context = {
        "section": "tinh",
        "choice": choice,
        "measures": measures.MEASURES.values(),
        "spans": spans.choices(today()),
        "sentences": sentences(coverage, rows),
        "needs": needs_of(coverage, rows),
        "started": any(row.state != State.NOT_STARTED for row in rows),
        "values": values_of(coverage, rows),
        "picture": picture,
        "legend": legend(picture.percent, choice.measure.steps),
        "table": table,
        "lines": screen_lines(table, addresses),
        "notes": notes(coverage),
        "as_of": moment_words(coverage.as_of),
        "files": {
            kind: f"?{choice.query(tep=kind)}"
            for kind in ("csv", "xlsx")
            if request.user.has_perm("reports.export")
        },
    }
    return render(request, "reports/province.html", context)


def legend(percent: bool, steps: tuple[int, int, int, int]) -> list[tuple[str, str]]:
    """The five steps in words: (class, words)."""
    if percent:
        words = ["0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %"]
    else:
        words = [_("under %(number)s") % {"number": steps[0]}]
        words += [f"{a}–{b - 1}" for a, b in itertools.pairwise(steps)]
        words.append(_("%(number)s and more") % {"number": steps[3]})
    return [(f"step-{index}", text) for index, text in enumerate(words, start=1)]
