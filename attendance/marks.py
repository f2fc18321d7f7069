"""From what a form showed and what came back to what is written.

Each row of a form carries what its reader saw: the value and the entries that stood in
the cell. Only a changed row makes an entry, and the entry names what it replaces; so two
people with the same page open disagree openly instead of overwriting one another.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from attendance.cells import is_uuid
from attendance.models import RegisterEntry, TrainingSession
from attendance.pen import Draft
from attendance.reading import ABSENT, NOTHING, PRESENT, CellRead
from courses.models import Blocker

REFERRED = "referred"
NOT_YET = "not_yet"
INTRODUCES = frozenset({"walk_in", "household"})


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A row as its reader saw it."""

    subject: str
    cells: tuple[CellRead, ...]


def token(subject: Any, *cells: CellRead) -> str:
    """A row in one hidden field: subject, then value and standing entries of each cell."""
    parts = [str(subject)]
    for cell in cells:
        parts += [cell.value, ",".join(cell.heads)]
    return "|".join(parts)


def read_token(text: str, *, cells: int = 1) -> Shown | None:
    """The row that a hidden field names; None if it is not one that we wrote."""
    subject, *rest = text.split("|")
    if len(rest) != 2 * cells or len(text) > 20_000:
        return None
    read = []
    for value, heads in zip(rest[::2], rest[1::2], strict=True):
        ids = tuple(head for head in heads.split(",") if head)
        if not all(is_uuid(head) for head in ids) or len(value) > 64:
            return None
        read.append(CellRead(value, ids))
    return Shown(subject, tuple(read))


def draft(
    kind: str, family: str, subject: str, value: str, shown: CellRead = NOTHING
) -> Draft:
    """An entry about a person that replaces what was shown."""
    return Draft(
        kind=kind,
        cell=f"{family}/{subject}",
        value=value,
        person=uuid.UUID(subject),
        seen=list(shown.heads),
    )


def presence_drafts(rows: Sequence[Shown], ticked: set[int]) -> list[Draft]:
    """Marks for the rows whose tick differs from what was shown."""
    drafts = []
    for index, row in enumerate(rows):
        was = row.cells[0].value == PRESENT
        now = index in ticked
        if was != now:
            value = PRESENT if now else ABSENT
            drafts.append(draft("mark", "presence", row.subject, value, row.cells[0]))
    return drafts


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What was chosen for one person: an outcome, and a blocker under "not yet"."""

    outcome: str
    blocker: str = ""


def outcome_of(answer: Answer, blockers: dict[str, Blocker]) -> tuple[str, str]:
    """Outcome and blocker as stored: a blocker that others must solve is "referred"."""
    if answer.outcome != NOT_YET:
        return answer.outcome, ""
    blocker = blockers.get(answer.blocker)
    if blocker is None:
        return NOT_YET, ""
    return (REFERRED if blocker.is_referral else NOT_YET), blocker.code


def outcome_drafts(
    rows: Sequence[tuple[Shown, Answer]], blockers: dict[str, Blocker]
) -> list[Draft]:
    """Outcomes and blockers for the rows whose answer differs from what was shown."""
    drafts = []
    for row, answer in rows:
        outcome, blocker = outcome_of(answer, blockers)
        was, stuck = row.cells
        if outcome != was.value:
            drafts.append(draft("outcome", "outcome", row.subject, outcome, was))
        if blocker != stuck.value:
            drafts.append(draft("blocker", "blocker", row.subject, blocker, stuck))
    return drafts


def as_corrections(drafts: Iterable[Draft], reason: str) -> list[Draft]:
    """The same entries as corrections with their reason, for a closed session.

    What brings a new name keeps its kind: only that kind brings the person.
    """
    return [
        dataclasses.replace(
            one,
            kind=one.kind if one.kind in INTRODUCES else "correct",
            body={**(one.body or {}), "reason": reason},
        )
        for one in drafts
    ]


def through_merges(session: TrainingSession, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts, and the same word to the cells of persons who were merged into these.

    A merge moves no entry: what was written of the other person stands in the cell
    of that person, where an entry in this cell cannot replace it.
    """
    seen = {head for one in drafts for head in one.seen or ()}
    cells = dict(
        RegisterEntry.objects.filter(session=session.uuid, pk__in=seen).values_list(
            "pk", "cell"
        )
    )
    elsewhere: dict[str, list[str]] = {}
    for pk, cell in cells.items():
        elsewhere.setdefault(cell, []).append(str(pk))
    result = []
    for one in drafts:
        result.append(one)
        family = one.cell.partition("/")[0]
        mine = set(one.seen or ())
        for cell, ids in elsewhere.items():
            if cell != one.cell and cell.startswith(f"{family}/") and mine & set(ids):
                other = uuid.UUID(cell.split("/")[1])
                result.append(
                    dataclasses.replace(one, cell=cell, person=other, seen=sorted(ids))
                )
    return result
