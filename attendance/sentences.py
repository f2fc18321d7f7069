"""Whole sentences that screens say about a session, with its real numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from attendance.marks import token
from attendance.models import RegisterEntry, TrainingSession
from attendance.reading import Reading
from courses.models import Blocker
from people.models import AuthorTicket, Person
from people.models.persons import Sex

# Conflicts that a screen shows at once; the next come when these are settled.
MOST_DISAGREEMENTS = 20


def outcome_word(value: str) -> str:
    """An outcome as the register says it."""
    return {
        "alone": _("did it"),
        "helped": _("did it with guidance"),
        "not_yet": _("could not do it yet"),
        "referred": _("sent on to others"),
        "": _("not recorded"),
    }[value]


def outcome_list(reading: Reading) -> str:
    """ "9 đã làm được, 8 làm được khi có hướng dẫn, …": nothing that is nought."""
    counts = reading.outcomes
    parts = [
        (counts[value], outcome_word(value)) for value in ("alone", "helped", "not_yet")
    ]
    parts += _sent_on(reading)
    parts.append((counts["unrecorded"], outcome_word("")))
    return ", ".join(f"{_number(count)} {words}" for count, words in parts if count)


def _sent_on(reading: Reading) -> list[tuple[int, str]]:
    """People who were sent on, by whom they were sent to."""
    if not reading.outcomes["referred"]:
        return []
    codes: dict[str, int] = {}
    for row in reading.state["people"].values():
        if row["present"] and row["outcome"] == "referred":
            codes[row["blocker"]] = codes.get(row["blocker"], 0) + 1
    blockers = Blocker.objects.filter(code__in=codes)
    known = [blocker for blocker in blockers if blocker.is_referral]
    parts = [(codes.pop(one.code), _lower(one.label)) for one in known]
    return [*parts, (sum(codes.values()), outcome_word("referred"))]


def closed_sentence(reading: Reading) -> str:
    """Text 4.6 of the design brief, with the session's numbers."""
    if reading.is_empty:
        counts = _("Session closed: nobody was recorded.")
    elif reading.nameless is None:
        counts = _(
            "Session closed: %(visits)s visits, %(named)s with a name; heads were not "
            "counted."
        )
    else:
        counts = _(
            "Session closed: %(visits)s visits, %(named)s with a name, %(nameless)s "
            "without a name."
        )
    sentences = [
        counts
        % {
            "visits": _number(reading.visits),
            "named": _number(reading.named),
            "nameless": _number(reading.nameless or 0),
        }
    ]
    if reading.named:
        sentences.append(_("Outcomes: %(list)s.") % {"list": outcome_list(reading)})
    sentences.append(_("You can still change it until the commune sends its report."))
    return " ".join(sentences)


@dataclasses.dataclass(frozen=True)
class Disagreement:
    """Two phones say different things in one cell; somebody must choose."""

    cell: str
    sentence: str
    choices: list[tuple[str, str]]
    token: str


def disagreements(
    session: TrainingSession, reading: Reading, user: Any
) -> list[Disagreement]:
    """The cells in conflict, each with who said what (four queries, none if no conflict)."""
    cells = list(reading.conflicts())[:MOST_DISAGREEMENTS]
    if not cells:
        return []
    heads = [head for *_rest, cell in cells for head in cell.heads]
    authors = _authors(session, heads)
    names = full_names((subject for _name, _family, subject, _cell in cells), user)
    labels = dict(Blocker.objects.values_list("code", "label"))
    found = []
    for name, family, subject, cell in cells:
        said = [
            _("the phone of %(who)s “%(value)s”")
            % {"who": who, "value": value_word(family, value, labels)}
            for head in cell.heads
            for who, value in [authors.get(head, (_("a team member"), cell.value))]
        ]
        pattern = (
            _(
                "Two phones recorded %(whom)s differently: %(words)s. Please choose the right outcome."
            )
            if family in ("outcome", "skill")
            else _(
                "Two phones recorded %(whom)s differently: %(words)s. Please choose the right one."
            )
        )
        whom = names.get(subject) or thing_word(family, subject)
        found.append(
            Disagreement(
                cell=name,
                sentence=pattern
                % {"whom": whom, "words": ", ".join(dict.fromkeys(said))},
                choices=[
                    (value, value_word(family, value, labels)) for value in cell.values
                ],
                token=token(name, cell),
            )
        )
    return found


def value_word(family: str, value: str, labels: dict[str, str]) -> str:
    """A cell's value in words."""
    if family in ("outcome", "skill"):
        return outcome_word(value) if value in _OUTCOMES else value
    if family == "blocker":
        return labels.get(value, value) or _("no blocker")
    if family == "head_count":
        return value or _("not counted")
    words = {
        ("presence", "present"): _("is here"),
        ("presence", "absent"): _("is not here"),
        ("consent", "read"): _("was read"),
        ("consent", "not_read"): _("was not read"),
        ("close", "closed"): _("closed"),
        ("close", "open"): _("still open"),
        ("proxy", "child"): _("a child learnt for it"),
        ("proxy", ""): _("nobody learnt for it"),
    }
    return words.get((family, value)) or value or _("nothing")


_OUTCOMES = frozenset({"alone", "helped", "not_yet", "referred", ""})


def thing_word(family: str, subject: str) -> str:
    """What a cell is about, when it is no person whose name is known."""
    if family == "session":
        return {
            "date": _("the date"),
            "start": _("the time"),
            "host": _("the hamlet"),
            "kind": _("the kind of session"),
            "lessons": _("the lessons"),
        }.get(subject, _("the session"))
    return {
        "head_count": _("the total number of people present"),
        "consent": _("the consent sentence"),
        "close": _("whether the session is closed"),
        "proxy": _("a child who learns for a household"),
        "tally": _("a count"),
    }.get(family, _("a person"))


def _authors(
    session: TrainingSession, heads: Iterable[str]
) -> dict[str, tuple[str, str]]:
    """Who wrote each of these entries, and what."""
    rows = RegisterEntry.objects.filter(
        session=session.uuid, pk__in=list(heads)
    ).values_list("pk", "ticket", "value")
    entries = {str(pk): (ticket, value) for pk, ticket, value in rows}
    tickets = AuthorTicket.objects.filter(
        uuid__in={ticket for ticket, _value in entries.values()}
    ).select_related("user__person")
    names = {ticket.uuid: short_address(ticket.user.person) for ticket in tickets}
    return {
        pk: (names.get(ticket) or _("a team member"), value)
        for pk, (ticket, value) in entries.items()
    }


def short_address(person: Person | None) -> str:
    """A colleague as people call him: "anh Tâm", "chị Lan"."""
    if person is None or not person.name:
        return ""
    last = person.name.split()[-1]
    if person.sex == Sex.MALE:
        return _("Mr %(name)s") % {"name": last}
    if person.sex == Sex.FEMALE:
        return _("Ms %(name)s") % {"name": last}
    return person.name


def full_names(subjects: Iterable[str], user: Any) -> dict[str, str]:
    """The names of those among these people whom the user may see, by public id."""
    keys = [subject for subject in subjects if len(subject) == 36]
    people = Person.objects.visible_to(user).filter(uuid__in=keys)
    return {
        str(person.uuid): f"{person.name} ({person.usual_name})"
        if person.usual_name
        else person.name
        for person in people
    }


def _number(value: int) -> str:
    return number_format(value, use_l10n=True, force_grouping=value >= 10_000)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
