"""Điểm danh: who is here, the head count, and the sentence read to the room."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.forms import HeadCountField, NumbersForm, ReasonForm, too_few
from attendance.marks import (
    Shown,
    as_corrections,
    presence_drafts,
    read_token,
    token,
)
from attendance.models import TrainingSession
from attendance.pen import Draft
from attendance.reading import PRESENT, CellRead, Reading
from attendance.roster import (
    households_of,
    in_paper_order,
    number_rows,
    people_by_number,
    people_of,
)
from attendance.sentences import disagreements
from attendance.views.access import CLOSE, TAKE, put_down, screen, session_for
from common.names import clean_name
from people.consents import REGISTER_TEXT, REGISTER_VERSION
from people.models import Person

PAGE = 200
# Buttons of the register: each keeps the ticks, then goes there.
NEXT = {
    "them": "add",
    "so": "by_number",
    "ket-qua": "outcomes",
    "dong": "close",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A person on the list, as the page shows it."""

    person: Person
    number: int | None
    about: str
    token: str
    is_present: bool
    in_conflict: bool


def about(person: Person, household: Any = None) -> str:
    """The second line that tells five people of one name apart."""
    parts = [person.usual_name, str(person.birth_year or "")]
    if household is not None and household.head_name:
        parts.append(_("household of %(name)s") % {"name": household.head_name})
    return " · ".join(part for part in parts if part)


def rows_of(
    session: TrainingSession, people: list[Person], reading: Reading
) -> list[Row]:
    """The rows of these people (one query for their households)."""
    households = households_of(people)
    rows = []
    for person in people:
        cell = reading.of_person("presence", person.uuid)
        rows.append(
            Row(
                person=person,
                number=person.number,
                about=about(person, households.get(person.pk)),
                token=token(person.uuid, cell),
                is_present=cell.value == PRESENT,
                in_conflict=cell.conflict,
            )
        )
    return rows


def can_write(session: TrainingSession) -> bool:
    """Is the register open for marks, or closed and open for corrections?"""
    return session.status in session.HELD


def must_start(request: HttpRequest, session: TrainingSession) -> HttpResponse | None:
    """Send whoever comes too early or too late to the session's own page.

    Whoever comes in time finds the rows numbered, before anybody new is among them.
    """
    if can_write(session):
        number_rows(session, request.user)
        return None
    if session.status == session.Status.PLANNED:
        messages.warning(
            request, _("This session has not begun. Press “Open the register” first.")
        )
    else:
        messages.warning(request, _("This session is cancelled."))
    return redirect("attendance:session", session.uuid)


def reason_of(request: HttpRequest, session: TrainingSession) -> tuple[Any, str]:
    """For a closed session the form that asks why, and the reason if it was given."""
    if session.status != session.Status.CLOSED:
        return None, ""
    form = ReasonForm(request.POST or None)
    given = form.is_valid() if request.method == "POST" else False
    return form, form.cleaned_data["reason"] if given else ""


@screen
def register(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """The list with ticks; only what changed is written."""
    found = session_for(request, session, TAKE)
    if (away := must_start(request, found)) is not None:
        return away
    reason_form, reason = reason_of(request, found)
    problem = ""
    if request.method == "POST":
        if reason_form is None or reason:
            saved, problem = _save(request, found, reason)
            if saved and not problem:
                return redirect(_next(request, found))
        else:
            problem = _("This session is closed. Please write why the record changes.")
    search = clean_name(request.GET.get("tim", "")[:80])
    reading = Reading.of(found)
    people = in_paper_order(people_of(found, request.user), found)
    if search:
        people = people.matching(search)
    page = Paginator(people, PAGE).get_page(request.GET.get("page"))
    rows = rows_of(found, list(page.object_list), reading)
    if problem:
        rows = _as_sent(request, rows)
    count = reading.cell("head_count")
    return render(
        request,
        "attendance/register.html",
        {
            "section": "so",
            "tab": "today",
            "session": found,
            "lessons": [
                link.lesson for link in found.session_lessons.select_related("lesson")
            ],
            "reading": reading,
            "rows": rows,
            "page": page,
            "search": search,
            "head_count": request.POST.get("head_count", count.value)
            if problem
            else count.value,
            "head_token": token("head_count", count),
            "may_count": request.user.has_perm(CLOSE, found),
            "reason_form": reason_form,
            "problem": problem,
            "disagreements": disagreements(found, reading, request.user),
            "is_first": not search and not page.paginator.count,
        },
    )


def _save(
    request: HttpRequest, session: TrainingSession, reason: str
) -> tuple[bool, str]:
    """Write the changed rows and the total; returns whether, and what is wrong."""
    rows = [read_token(text) for text in request.POST.getlist("r")]
    ticked = _ticked(request)
    wanted = {row.subject for row in rows if row is not None}
    known = {
        str(key)
        for key in people_of(session, request.user)
        .filter(uuid__in=[key for key in wanted if _is_uuid(key)])
        .values_list("uuid", flat=True)
    }
    index = [
        (position, row)
        for position, row in enumerate(rows)
        if row is not None and row.subject in known
    ]
    shown = [row for _position, row in index]
    marked = {new for new, (old, _row) in enumerate(index) if old in ticked}
    drafts = presence_drafts(shown, marked)
    count, problem = _head_count(request, session)
    drafts += count
    if reason:
        drafts = as_corrections(drafts, reason)
    put_down(request, session, drafts)
    _say_counts(request, session, bool(drafts))
    return True, problem


def _head_count(
    request: HttpRequest, session: TrainingSession
) -> tuple[list[Draft], str]:
    """The total, if it was on the page and changed; or what is wrong with it."""
    text = request.POST.get("head_count")
    shown = read_token(request.POST.get("h", ""))
    if text is None or shown is None or not request.user.has_perm(CLOSE, session):
        return [], ""
    field = HeadCountField(required=False)
    try:
        number = field.clean(text)
    except forms.ValidationError as error:
        return [], " ".join(error.messages)
    value = "" if number is None else str(number)
    cell = shown.cells[0]
    if value == cell.value:
        return [], ""
    return [head_count_draft(value, cell)], ""


def head_count_draft(value: str, shown: CellRead) -> Draft:
    return Draft(
        kind="head_count", cell="head_count", value=value, seen=list(shown.heads)
    )


def _say_counts(request: HttpRequest, session: TrainingSession, changed: bool) -> None:
    reading = Reading.of(session)
    if changed:
        messages.success(
            request,
            ngettext(
                "Written down: %(count)s person with a name is here.",
                "Written down: %(count)s people with a name are here.",
                reading.named,
            )
            % {"count": reading.named},
        )
    if reading.totals["short"]:
        messages.warning(request, too_few(reading.head_count, reading.named))


def _next(request: HttpRequest, session: TrainingSession) -> str:
    there = request.POST.get("di", "")
    if there in NEXT:
        return reverse(f"attendance:{NEXT[there]}", args=[session.uuid])
    address = reverse("attendance:register", args=[session.uuid])
    words = {}
    if search := clean_name(request.POST.get("tim", "")[:80]):
        words["tim"] = search
    if (page := request.POST.get("trang", "")).isdecimal():
        words["page"] = page
    return f"{address}?{urlencode(words)}" if words else address


def _as_sent(request: HttpRequest, rows: list[Row]) -> list[Row]:
    """The rows with the ticks as they were sent, when something was wrong."""
    sent: list[Shown | None] = [read_token(text) for text in request.POST.getlist("r")]
    ticked = _ticked(request)
    ticks = {
        row.subject: at in ticked for at, row in enumerate(sent) if row is not None
    }
    return [
        dataclasses.replace(
            row, is_present=ticks.get(str(row.person.uuid), row.is_present)
        )
        for row in rows
    ]


def _ticked(request: HttpRequest) -> set[int]:
    """Which rows of the form were ticked, by their position."""
    texts = request.POST.getlist("p")
    return {int(text) for text in texts if text.isdecimal() and len(text) < 6}


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


@screen
def by_number(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Row numbers from the paper: these people are here."""
    found = session_for(request, session, TAKE)
    if (away := must_start(request, found)) is not None:
        return away
    form = NumbersForm(request.POST or None)
    reason_form, reason = reason_of(request, found)
    done = None
    asked = reason_form is None or bool(reason)
    if request.method == "POST" and form.is_valid() and asked:
        done = _mark_numbers(request, found, form.cleaned_data["numbers"], reason)
        form = NumbersForm()
    return render(
        request,
        "attendance/by_number.html",
        {
            "section": "so",
            "tab": "today",
            "session": found,
            "reading": Reading.of(found),
            "form": form,
            "reason_form": reason_form,
            "done": done,
            "last": found.paper_rows.order_by("-number")
            .values_list("number", flat=True)
            .first(),
        },
    )


def _mark_numbers(
    request: HttpRequest, session: TrainingSession, numbers: list[int], reason: str
) -> dict[str, Any]:
    keys = people_by_number(session, numbers)
    people = people_of(session, request.user).in_bulk(set(keys.values()))
    reading = Reading.of(session)
    rows, marked, already, unknown = [], [], [], []
    for number in numbers:
        person = people.get(keys.get(number))
        if person is None:
            unknown.append(number)
        elif reading.is_present(person.uuid):
            already.append((number, person))
        elif person not in [other for _number, other in marked]:
            marked.append((number, person))
            rows.append(
                Shown(str(person.uuid), (reading.of_person("presence", person.uuid),))
            )
    drafts = presence_drafts(rows, set(range(len(rows))))
    put_down(request, session, as_corrections(drafts, reason) if reason else drafts)
    return {"marked": marked, "already": already, "unknown": unknown}


@screen
def consent(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """The sentence to read aloud before the first new name, and the answer."""
    found = session_for(request, session, TAKE)
    if (away := must_start(request, found)) is not None:
        return away
    if request.method == "POST":
        value = request.POST.get("consent", "")
        shown = read_token(request.POST.get("c", ""))
        if value in ("read", "not_read") and shown is not None:
            cell = shown.cells[0]
            if value != cell.value:
                put_down(request, found, [_consent_draft(request, found, value, cell)])
            step = "add" if value == "read" else "register"
            return redirect(f"attendance:{step}", found.uuid)
        messages.error(request, _("Please choose one of the two answers."))
    return render(
        request,
        "attendance/consent.html",
        {
            "section": "so",
            "tab": "today",
            "session": found,
            **consent_context(request, found),
        },
    )


def consent_context(request: HttpRequest, session: TrainingSession) -> dict[str, Any]:
    """What the consent part of a page shows."""
    cell = Reading.of(session).cell("consent")
    return {
        "consent": cell.value,
        "consent_text": REGISTER_TEXT,
        "consent_token": token("consent", cell),
        "witnesses": _witnesses(request, session),
    }


def _witnesses(request: HttpRequest, session: TrainingSession) -> list[Person]:
    """Colleagues who may have heard the sentence read."""
    if session.team is None:
        return []
    members = session.team.memberships.valid_on().values("person_id")
    people = Person.objects.visible_to(request.user).filter(pk__in=members)
    return list(people.exclude(pk=request.user.person_id).by_name()[:40])


def _consent_draft(
    request: HttpRequest, session: TrainingSession, value: str, cell: CellRead
) -> Draft:
    body = {"text_version": REGISTER_VERSION, "language": "vi"}
    witness = request.POST.get("witness", "")
    if any(str(person.uuid) == witness for person in _witnesses(request, session)):
        body["witness"] = witness
    draft = Draft(
        kind="consent", cell="consent", value=value, seen=list(cell.heads), body=body
    )
    if session.status == session.Status.CLOSED:
        return as_corrections([draft], _("The sentence was recorded afterwards."))[0]
    return draft
