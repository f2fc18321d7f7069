"""Adding people by name, and a child who learns for somebody."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from attendance.documents import commune_of
from attendance.forms import AddForm, ManyForm, ProxyForm
from attendance.marks import Shown, as_corrections, presence_drafts
from attendance.models import TrainingSession
from attendance.pen import Draft
from attendance.reading import PRESENT, Reading
from attendance.roster import (
    household_named,
    households_in,
    households_of,
    number_rows,
    people_of,
    similar,
)
from attendance.views.access import TAKE, put_down, screen, session_for
from attendance.views.register import about, consent_context, must_start, reason_of
from common.ids import new_uuid
from common.names import fold_name
from people.models import Household, Person
from pilot_communes.models import Unit

MOST_CANDIDATES = 4
MOST_ALIKE = 8
MOST_COMPARED = 5000
MOST_HAMLETS = 60
NEW = "new"


@dataclasses.dataclass
class Question:
    """A typed name that may be somebody already known."""

    name: str
    candidates: list[tuple[Person, str]]
    here: list[tuple[Person, str]]
    chosen: str = ""

    @property
    def is_open(self) -> bool:
        return bool(self.candidates or self.here)


def ask(session: TrainingSession, names: list[str], user: Any) -> list[Question]:
    """For each typed name who it may be: people here already, and similar ones.

    Asked over the session's own list, so nobody is shown to whom he is not.
    """
    people = list(people_of(session, user).by_name()[:MOST_COMPARED])
    reading = Reading.of(session)
    questions = []
    matches = {name: similar(name, people)[:MOST_ALIKE] for name in set(names)}
    wanted = {person.pk: person for found in matches.values() for person in found}
    households = households_of(wanted.values())
    for name in names:
        question = Question(name, [], [])
        for person in matches[name]:
            line = (person, about(person, households.get(person.pk)))
            if reading.is_present(person.uuid):
                if fold_name(person.name) == fold_name(name):
                    question.here.append(line)
            elif len(question.candidates) < MOST_CANDIDATES:
                question.candidates.append(line)
        questions.append(question)
    return questions


@screen
def add(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """Add people by name only; stays open for the next name."""
    found = session_for(request, session, TAKE)
    if (away := must_start(request, found)) is not None:
        return away
    many = request.GET.get("nhieu") == "1"
    spoken = consent_context(request, found)
    page: dict[str, Any] = {
        "section": "so",
        "tab": "today",
        "session": found,
        "many": many,
        **spoken,
    }
    if spoken["consent"] == "read":
        reason_form, reason = reason_of(request, found)
        page["reason_form"] = reason_form
        answered = _add_many if many else _add_one
        if (done := answered(request, found, page, reason)) is not None:
            return done
    else:
        page["form"] = None
    page["households"] = households_in(found, request.user)
    page["proxy_form"] = ProxyForm()
    page["just_added"] = _just_added(request, found)
    page["reading"] = Reading.of(found)
    return render(request, "attendance/add.html", page)


def _add_one(
    request: HttpRequest, session: TrainingSession, page: dict[str, Any], reason: str
) -> HttpResponse | None:
    form = AddForm(
        request.POST or None,
        host=session.host,
        hamlets=other_hamlets(session),
    )
    page["form"] = form
    if request.method != "POST" or not form.is_valid() or _lacks(page, reason):
        return None
    name = form.cleaned_data["name"]
    question = ask(session, [name], request.user)[0]
    answer = request.POST.get("who", "")
    known = {str(person.uuid): person for person, _line in question.candidates}
    if question.is_open and answer != NEW and answer not in known:
        page["question"] = question
        return None
    if answer in known:
        drafts, key = _known_here(session, known[answer]), answer
    else:
        body = _body(form.cleaned_data, households_in(session, request.user))
        drafts, key = _new_here(body)
    put_down(request, session, as_corrections(drafts, reason) if reason else drafts)
    return redirect(f"{request.path}?xong={key}")


def _add_many(
    request: HttpRequest, session: TrainingSession, page: dict[str, Any], reason: str
) -> HttpResponse | None:
    form = ManyForm(request.POST or None)
    page["form"] = form
    if request.method != "POST" or not form.is_valid() or _lacks(page, reason):
        return None
    names = form.cleaned_data["names"]
    questions = ask(session, names, request.user)
    chosen = request.POST.getlist("who")
    if len(chosen) == len(questions):
        for question, answer in zip(questions, chosen, strict=True):
            question.chosen = answer
    if any(_is_unanswered(question) for question in questions):
        page["questions"] = questions
        return None
    drafts: list[Draft] = []
    skipped = 0
    for question in questions:
        known = {str(person.uuid): person for person, _line in question.candidates}
        if question.chosen in known:
            drafts += _known_here(session, known[question.chosen])
        elif question.chosen == "skip":
            skipped += 1
        else:
            drafts += _new_here({"name": question.name})[0]
    put_down(request, session, as_corrections(drafts, reason) if reason else drafts)
    messages.success(
        request,
        ngettext(
            "Written down: %(count)s name.",
            "Written down: %(count)s names.",
            len(drafts),
        )
        % {"count": len(drafts)},
    )
    if skipped:
        messages.success(
            request, _("Already in this session: %(count)s.") % {"count": skipped}
        )
    return redirect("attendance:register", session.uuid)


def _is_unanswered(question: Question) -> bool:
    answers = {str(person.uuid) for person, _line in question.candidates}
    return question.is_open and question.chosen not in answers | {NEW, "skip"}


def _lacks(page: dict[str, Any], reason: str) -> bool:
    """Is the reason missing that a closed session asks for?"""
    return page["reason_form"] is not None and not reason


def other_hamlets(session: TrainingSession) -> list[Unit]:
    """The commune's other hamlets, where a guest may live.

    A guest from the next hamlet is no wider reach: which hamlets a commune has is public.
    """
    commune = commune_of(session)
    if commune is None:
        return []
    units = Unit.objects.hamlets().valid_on().named().under(commune)
    return list(units.exclude(pk=session.host_id).by_name()[:MOST_HAMLETS])


def _known_here(session: TrainingSession, person: Person) -> list[Draft]:
    """A mark for somebody who is on the list already."""
    cell = Reading.of(session).of_person("presence", person.uuid)
    return presence_drafts([Shown(str(person.uuid), (cell,))], {0})


def _new_here(body: dict[str, Any]) -> tuple[list[Draft], str]:
    """A walk-in: the entry that brings the name brings the person."""
    person = new_uuid()
    made = Draft(
        kind="walk_in",
        cell=f"presence/{person}",
        value=PRESENT,
        person=person,
        body={key: value for key, value in body.items() if value},
        seen=[],
    )
    return [made], str(person)


def _body(data: dict[str, Any], households: list[Household]) -> dict[str, Any]:
    """What the entry says about the person, in the words that the phone uses too."""
    body = {
        key: data[key] for key in ("name", "usual_name", "birth_year", "sex", "phone")
    }
    if data["home"]:
        body["hamlet"] = data["home"]
    return body | _household_words(data["household"], households)


def _household_words(name: str, households: list[Household]) -> dict[str, str]:
    if not name:
        return {}
    known = household_named(name, households)
    if known is not None:
        return {"household": str(known.uuid)}
    return {"household": str(new_uuid()), "household_head": name}


def _just_added(request: HttpRequest, session: TrainingSession) -> Any:
    """The person whom the last form wrote, to be undone or completed."""
    try:
        key = uuid.UUID(request.GET.get("xong", ""))
    except ValueError:
        return None
    if not Reading.of(session).is_present(key):
        return None
    number_rows(session, request.user)
    person = people_of(session, request.user).filter(uuid=key).first()
    if person is None:
        return None
    row = session.paper_rows.filter(person=person).first()
    return {"person": person, "number": row.number if row else None}


@screen
@require_POST
def proxy(request: HttpRequest, session: uuid.UUID) -> HttpResponse:
    """A child learns for somebody at home: the household is reached, nobody is named."""
    found = session_for(request, session, TAKE)
    if (away := must_start(request, found)) is not None:
        return away
    form = ProxyForm(request.POST)
    reason_form, reason = reason_of(request, found)
    back = redirect("attendance:add", found.uuid)
    if not form.is_valid() or (reason_form is not None and not reason):
        messages.error(
            request,
            _(
                "Please write whose household the child learns for; nothing was written."
            ),
        )
        return back
    name = form.cleaned_data["household"]
    known = household_named(name, households_in(found, request.user))
    if known is None and Reading.of(found).consent != "read":
        messages.error(
            request,
            _(
                "This household is not on the list yet. Its name can be written after "
                "the sentence has been read to everybody."
            ),
        )
        return back
    key = known.uuid if known is not None else new_uuid()
    cell = Reading.of(found).cell(f"proxy/{key}")
    if cell.value == "child":
        messages.success(request, _("This household is written down already."))
        return back
    draft = Draft(
        kind="household",
        cell=f"proxy/{key}",
        value="child",
        seen=list(cell.heads),
        body=None if known is not None else {"name": name},
    )
    put_down(request, found, as_corrections([draft], reason) if reason else [draft])
    messages.success(
        request,
        _(
            "Written down: a child learns for the household of %(name)s. The child "
            "belongs into the total; its name is not written."
        )
        % {"name": name},
    )
    return back
