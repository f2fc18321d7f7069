"""Entries that wait for the commune, in words: who wrote what, where, and why it waits."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from attendance.cells import OF_PERSON, is_uuid
from attendance.models import HeldEntry, RegisterEntry, TrainingSession
from attendance.sentences import full_names, thing_word, value_word
from courses.models import Blocker
from people.models import AuthorTicket, Person
from pilot_communes.models import Unit

Reason = HeldEntry.Reason


@dataclasses.dataclass(frozen=True)
class Line:
    """One waiting entry as the coordinator reads it."""

    pk: Any
    what: str
    author: str
    reason: str
    needs_sentence: bool
    needs_session: bool

    @property
    def may_be_accepted(self) -> bool:
        return not (self.needs_sentence or self.needs_session)


@dataclasses.dataclass(frozen=True)
class Evening:
    """A session, or None while it is not known, and what waits in it."""

    session: TrainingSession | None
    lines: list[Line]


def evenings_of(rows: Sequence[HeldEntry], user: Any) -> list[Evening]:
    """Waiting entries (with `entry`, ordered by session), in a fixed number of queries.

    Names are those that the user may see. A name that somebody new brings is not told:
    it is kept for nobody to read until it counts.
    """
    known = {
        session.uuid: session
        for session in TrainingSession.objects.filter(
            uuid__in={row.session for row in rows}
        ).select_related("host")
    }
    entries = [row.entry for row in rows]
    names = full_names(_subjects(entries), user)
    authors = _authors({entry.ticket for entry in entries}, user)
    labels = dict(Blocker.objects.values_list("code", "label"))
    hosts = {entry.value for entry in entries if entry.cell == "session/host"}
    hamlets = {
        str(unit.uuid): unit.full_name
        for unit in Unit.objects.filter(uuid__in=[h for h in hosts if is_uuid(h)])
    }
    found = []
    for uuid, group in itertools.groupby(rows, key=lambda row: row.session):
        session = known.get(uuid)
        lines = [
            Line(
                row.pk,
                _recorded(row.entry, names, labels, hamlets),
                authors.get(row.entry.ticket)
                or _("somebody whose name is not yours to see"),
                row.get_reason_display(),
                row.reason == Reason.NO_CONSENT,
                session is None and not row.entry.cell.startswith("session/"),
            )
            for row in group
        ]
        found.append(Evening(session, lines))
    return found


def _subjects(entries: Iterable[RegisterEntry]) -> set[str]:
    cells = (entry.cell.split("/") for entry in entries)
    return {cell[1] for cell in cells if cell[0] in OF_PERSON and len(cell) > 1}


def _authors(tickets: Collection[Any], user: Any) -> dict[Any, str]:
    rows = AuthorTicket.objects.filter(uuid__in=tickets).select_related("user")
    of_ticket = {ticket.uuid: ticket.user.person_id for ticket in rows}
    visible = Person.objects.visible_to(user).filter(pk__in=set(of_ticket.values()))
    names = dict(visible.values_list("pk", "name"))
    return {ticket: names.get(pk, "") for ticket, pk in of_ticket.items()}


def _recorded(
    entry: RegisterEntry,
    names: dict[str, str],
    labels: dict[str, str],
    hamlets: dict[str, str],
) -> str:
    """ "Nguyễn Thị Bảy: có mặt", "ngày: 20/11/2026", "một ghi chú"."""
    family, _slash, rest = entry.cell.partition("/")
    if family in ("note", "photo", "feedback"):
        return {
            "note": _("a note"),
            "photo": _("a photo"),
            "feedback": _("what somebody said about the session"),
        }[family]
    subject = rest.partition("/")[0]
    if entry.kind == "walk_in" and subject not in names:
        what = _("somebody new")
    else:
        what = names.get(subject) or thing_word(family, subject)
    if family == "session":
        value = _session_word(subject, entry.value, hamlets)
    else:
        value = value_word(family, entry.value, labels)
    return _("%(what)s: %(value)s") % {"what": what, "value": value}


def _session_word(field: str, value: str, hamlets: dict[str, str]) -> str:
    if field == "host":
        return hamlets.get(value) or _("a hamlet that is not known")
    if field == "date":
        try:
            return date_format(dt.date.fromisoformat(value), "d/m/Y")
        except ValueError:
            return value
    choices = {"kind": TrainingSession.Kind, "status": TrainingSession.Status}
    if field in choices and value in choices[field].values:
        return str(choices[field](value).label)
    return value or _("nothing")
