"""Paper: the list that people sign, with the official heading.

Heading, margins and order follow Decree 30/2020/NĐ-CP, Appendix I. What people typed
reaches Typst as data, never as its source, so nothing in a name can become markup.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from attendance.models import TrainingSession
from attendance.reading import Reading
from attendance.roster import MOST_ROWS, in_paper_order, number_rows, people_of
from people.models import Person, Residence
from pilot_communes.models import Placement, Unit
from pilot_communes.querysets import today

SOURCE = Path(__file__).parent / "paper" / "sign_list.typ"
# Empty lines after the last name, for people who are not on the list yet.
FEWEST_BLANK_LINES = 10
BLANK_LINES = 25
NO_BREAK_SPACE = "\u00a0"
_LONG_WORD = re.compile(r"\S{12}(?=\S{4})")


def commune_of(session: TrainingSession) -> Unit | None:
    """The commune that the session's hamlet stood in on its date, else stands in."""
    rows = list(
        Placement.objects.filter(unit_id=session.host_id)
        .select_related("parent")
        .order_by("-valid_from")
    )
    then = [
        row
        for row in rows
        if row.valid_from <= session.date
        and (row.valid_to is None or session.date < row.valid_to)
    ]
    return next((row.parent for row in [*then, *rows]), None)


def sign_list(session: TrainingSession, *, user: Any, blank: bool = False) -> bytes:
    """The list of a session to be signed, as PDF; without any name if `blank`.

    Numbers the rows first: what is printed is what the register shows.
    """
    rows = [] if blank else _rows(session, user)
    return _compile(_sheet(session, rows))


def _rows(session: TrainingSession, user: Any) -> list[dict[str, str]]:
    number_rows(session, user)
    people = list(
        in_paper_order(people_of(session, user), session).filter(number__isnull=False)[
            :MOST_ROWS
        ]
    )
    hamlets = _hamlets_of(people, session.date)
    return [
        {
            "number": str(person.number),
            "name": _breakable(person.name),
            "usual_name": _breakable(person.usual_name),
            "birth_year": str(person.birth_year or ""),
            "hamlet": hamlets.get(person.pk, ""),
        }
        for person in people
    ]


def _hamlets_of(people: Iterable[Person], date: dt.date) -> dict[int, str]:
    rows = (
        Residence.objects.valid_on(max(date, today()))
        .filter(person__in=[person.pk for person in people])
        .select_related("hamlet")
    )
    return {
        row.person_id: _("elsewhere") if row.outside else row.hamlet.name
        for row in rows
        if row.outside or (row.hamlet_id and not row.hamlet.is_unknown)
    }


def _sheet(session: TrainingSession, rows: list[dict[str, str]]) -> dict[str, Any]:
    commune = commune_of(session)
    last = max((int(row["number"]) for row in rows), default=0)
    blank = FEWEST_BLANK_LINES if rows else BLANK_LINES
    lessons = [
        link.lesson.title for link in session.session_lessons.select_related("lesson")
    ]
    place = commune.name if commune else session.host.name
    words = {
        "authority": _("People's Committee of %(unit)s")
        % {
            "unit": (commune or session.host).full_name.replace(" ", NO_BREAK_SPACE),
        },
        "office": session.team.name if session.team_id else session.host.full_name,
        "country": _("Socialist Republic of Viet Nam"),
        "motto": _("Independence - Freedom - Happiness"),
        "place_and_date": _("%(place)s, day %(day)s month %(month)s year %(year)s")
        % {
            "place": place,
            "day": f"{session.date.day:02}",
            # Decree 30/2020: a nought before days below 10 and months 1 and 2.
            "month": f"{session.date.month:02}"
            if session.date.month < 3
            else session.date.month,
            "year": session.date.year,
        },
        "title": _("List of participants"),
        "subject": _("Digital skills session in %(hamlet)s")
        % {"hamlet": session.host.full_name},
        "place_label": _("Place"),
        "place": session.venue or session.host.full_name,
        "time_label": _("Time"),
        "time": _time(session),
        "lessons_label": _("Lessons"),
        "lessons": "; ".join(lessons),
        "number": _("No."),
        "name": _("Full name"),
        "birth_year": _("Year of birth"),
        "hamlet": _("Hamlet"),
        "signature": _("Signature"),
        "total": _("Total number of people present (also those without a name): "),
        "signers": [_("Written by"), _("Team leader")],
        "sign_here": _("(sign, full name)"),
    }
    return {
        "words": words,
        "rows": rows,
        "blank": [str(number) for number in range(last + 1, last + 1 + blank)],
        "head_count": str(Reading.of(session).head_count or ""),
    }


def _breakable(text: str) -> str:
    """The text with a place to break in words that no column would hold."""
    return _LONG_WORD.sub(lambda word: word[0] + "\u200b", text)


def _time(session: TrainingSession) -> str:
    date = f"{session.date:%d/%m/%Y}"
    if session.starts_at is None:
        return date
    return _("%(time)s on %(date)s") % {
        "time": f"{session.starts_at:%H:%M}",
        "date": date,
    }


@functools.cache
def _source() -> bytes:
    return SOURCE.read_bytes()


def _compile(sheet: dict[str, Any]) -> bytes:
    return typst.compile(
        _source(),
        format="pdf",
        # The same letters on every machine: only the fonts that Typst carries.
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(sheet, ensure_ascii=False)},
    )
