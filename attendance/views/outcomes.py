"""Kết quả: what each person could do, what stopped the others, and disagreements."""

from __future__ import annotations

import dataclasses
import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from attendance.cells import is_uuid, parse_cell
from attendance.marks import (
    NOT_YET,
    REFERRED,
    Answer,
    Shown,
    as_corrections,
    draft,
    outcome_drafts,
    read_token,
    token,
)
from attendance.models import TrainingSession
from attendance.pen import Draft
from attendance.reading import Reading
from attendance.roster import in_paper_order, people_of
from attendance.sentences import disagreements
from attendance.views.access import TAKE, put_down, screen, session_for
from attendance.views.register import about, must_start, reason_of
from common.ids import new_uuid
from common.names import clean_name
from courses.models import Blocker
from people.models import Person

PAGE = 100
ANSWERS = ("alone", "helped", NOT_YET)
KIND_OF = {
    "presence": "mark",
    "outcome": "outcome",
    "skill": "outcome",
    "blocker": "blocker",
    "hours": "hours",
    "proxy": "household",
    "head_count": "head_count",
    "tally": "head_count",
    "consent": "consent",
    "close": "close",
    "session": "session",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A present person with what is recorded of the outcome."""

    person: Person
    number: int | None
    about: str
    token: str
    answer: str
    blocker: str
    in_conflict: bool


def _blockers(reading: Reading) -> list[Blocker]:
    """Those in use, and those that stand in this session's register."""
    used = {
        row["blocker"] for row in reading.state["people"].values() if row["blocker"]
    }
    return [one for one in Blocker.objects.all() if one.is_active or one.code in used]


def _rows(
    session: TrainingSession, people: list[Person], reading: Reading
) -> list[Row]:
    rows = []
    for person in people:
        outcome = reading.of_person("outcome", person.uuid)
        blocker = reading.of_person("blocker", person.uuid)
        value = NOT_YET if outcome.value == REFERRED else outcome.value
        rows.append(
            Row(
                person=person,
                number=person.number,
                about=about(person),
                token=token(person.uuid, outcome, blocker),
                answer=value,
                blocker=blocker.value,
                in_conflict=outcome.conflict or blocker.conflict,
            )
        )
    return rows


@screen
def outcomes(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Three buttons a person; what nobody marks stays "not recorded"."""
    found = session_for(request, session, TAKE)
    if (away := must_start(request, found)) is not None:
        return away
    reason_form, reason = reason_of(request, found)
    problem = ""
    if request.method == "POST":
        if reason_form is None or reason:
            return _save(request, found, reason)
        problem = _("This session is closed. Please write why the record changes.")
    reading = Reading.of(found)
    open_only = request.GET.get("loc") == "chua-ghi"
    wanted = [
        key
        for key in reading.present()
        if not open_only or not reading.of_person("outcome", key).value
    ]
    people = in_paper_order(
        people_of(found, request.user).filter(uuid__in=wanted), found
    )
    page = Paginator(people, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "attendance/outcomes.html",
        {
            "section": "so",
            "tab": "today",
            "session": found,
            "reading": reading,
            "rows": _rows(found, list(page.object_list), reading),
            "page": page,
            "open_only": open_only,
            "blockers": _blockers(reading),
            "reason_form": reason_form,
            "problem": problem,
            "note_key": new_uuid(),
            "disagreements": disagreements(found, reading, request.user),
        },
    )


def _save(request: HttpRequest, session: TrainingSession, reason: str) -> HttpResponse:
    tokens = request.POST.getlist("r")[: 2 * PAGE]
    rows = [read_token(text, cells=2) for text in tokens]
    present = set(Reading.of(session).present())
    seen = people_of(session, request.user).values_list("uuid", flat=True)
    known = present & {str(key) for key in seen.filter(uuid__in=present)}
    answers: list[tuple[Shown, Answer]] = []
    for index, row in enumerate(rows):
        if row is None or row.subject not in known:
            continue
        chosen = request.POST.get(f"o{index}", "")
        if chosen not in (*ANSWERS, ""):
            continue
        answers.append((row, Answer(chosen, request.POST.get(f"b{index}", ""))))
    blockers = {one.code: one for one in Blocker.objects.all()}
    drafts = outcome_drafts(answers, blockers)
    drafts += note_drafts(request)
    put_down(request, session, as_corrections(drafts, reason) if reason else drafts)
    if drafts:
        left = Reading.of(session).unrecorded
        messages.success(
            request,
            ngettext(
                "Written down. %(count)s person is not recorded yet.",
                "Written down. %(count)s people are not recorded yet.",
                left,
            )
            % {"count": left}
            if left
            else _("Written down. Everybody who is here is recorded."),
        )
    there = request.POST.get("di", "")
    if there in ("dong", "diem-danh"):
        name = "close" if there == "dong" else "register"
        return redirect(f"attendance:{name}", session.uuid)
    address = reverse("attendance:outcomes", args=[session.uuid])
    words = {}
    if request.GET.get("loc") == "chua-ghi":
        words["loc"] = "chua-ghi"
    if (page := request.POST.get("trang", "")).isdecimal():
        words["page"] = page
    return redirect(f"{address}?{urlencode(words)}" if words else address)


def note_drafts(request: HttpRequest) -> list[Draft]:
    """A line of note, if one was typed.

    Its cell is named by the form, so that two notes never quarrel and one form sent
    twice makes one note.
    """
    text = clean_name(request.POST.get("note", "")[:500])
    key = request.POST.get("note_key", "")
    if not text:
        return []
    cell = f"note/{key if is_uuid(key) else new_uuid()}"
    return [Draft(kind="note", cell=cell, value="text", body={"text": text}, seen=[])]


@screen
@require_POST
def choose(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Settle one disagreement: the entry has seen both and says which holds."""
    found = session_for(request, session, TAKE)
    shown = read_token(request.POST.get("r", ""))
    value = request.POST.get("value")
    back = request.POST.get("ve", "")
    names = {"ket-qua": "outcomes", "diem-danh": "register", "dong": "close"}
    away = redirect(f"attendance:{names.get(back, 'session')}", found.uuid)
    parsed = parse_cell(shown.subject) if shown is not None else None
    cell = Reading.of(found).cell(shown.subject) if shown is not None else None
    if shown is None or parsed is None or cell is None or not cell.conflict:
        messages.success(request, _("This has been settled in the meantime."))
        return away
    if value not in cell.values:
        messages.error(request, _("Please choose one of the answers."))
        return away
    heads = shown.cells[0]
    if parsed.subject and parsed.family in ("presence", "outcome", "blocker", "hours"):
        one = draft(KIND_OF[parsed.family], parsed.family, parsed.subject, value, heads)
    else:
        person = uuid.UUID(parsed.subject) if parsed.family == "skill" else None
        one = Draft(
            kind=KIND_OF[parsed.family],
            cell=shown.subject,
            value=value,
            person=person,
            seen=list(heads.heads),
        )
    drafts = [one]
    if found.status == found.Status.CLOSED:
        drafts = as_corrections(drafts, _("Chosen between two phones."))
    put_down(request, found, drafts)
    messages.success(request, _("Settled."))
    return away
