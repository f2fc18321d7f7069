"""The cells of the register: their names, who writes them and what may stand there.

A cell is one field of a session (``head_count``, ``session/date``) or one field of
something in it (``presence/<person>``, ``skill/<person>/<skill code>``). Nothing else
is counted; a name that this version does not know counts nothing and is no error.
``static/attendance/fold.js`` holds the same table.
"""

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

KINDS = frozenset(
    {
        "session",
        "consent",
        "mark",
        "walk_in",
        "head_count",
        "outcome",
        "blocker",
        "household",
        "hours",
        "note",
        "photo",
        "feedback",
        "close",
        "correct",
    }
)
OUTCOMES = ("not_yet", "referred", "helped", "alone")  # lowest first
REMOVED = "removed"  # a note, photo or feedback that was taken back

COUNTED = "counted"
UNKNOWN = "unknown"
IGNORED = "ignored"

is_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_CODE = re.compile(r"[a-z0-9_-]{1,40}").fullmatch
_TEXT = re.compile(r"[ -~]{0,64}").fullmatch
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,8}").fullmatch
_SESSION_FIELD = frozenset(
    {"status", "date", "start", "host", "kind", "lessons"}
).__contains__


class Family(NamedTuple):
    """What the cells with one first word have in common."""

    kinds: frozenset[str]
    accepts: Callable[[str], object]
    choose: Callable[[Collection[str]], str]


class Cell(NamedTuple):
    """The parts of a cell's name: ``skill/<person>/<code>`` and shorter ones."""

    family: str
    subject: str
    code: str


def _one_of(*values: str) -> Callable[[str], object]:
    return frozenset(values).__contains__


def _number_to(limit: int) -> Callable[[str], object]:
    return lambda value: (
        not value or (_DECIMAL(value) is not None and int(value) <= limit)
    )


def _code_or_empty(value: str) -> object:
    return not value or _CODE(value)


def _prefer(winner: str) -> Callable[[Collection[str]], str]:
    return lambda values: winner if winner in values else min(values)


def _lower_outcome(values: Collection[str]) -> str:
    return next((value for value in OUTCOMES if value in values), "")


def _smaller_number(values: Collection[str]) -> str:
    return min(filter(None, values), key=int, default="")


def _smaller_text(values: Collection[str]) -> str:
    return min(filter(None, values), default="")


def _kept(values: Collection[str]) -> str:
    return min((value for value in values if value != REMOVED), default=REMOVED)


def _family(
    kinds: str,
    accepts: Callable[[str], object],
    choose: Callable[[Collection[str]], str],
) -> Family:
    return Family(frozenset(kinds.split()) | {"correct"}, accepts, choose)


_OUTCOME = _family("outcome", _one_of(*OUTCOMES, ""), _lower_outcome)

FAMILIES: dict[str, Family] = {
    "presence": _family(
        "mark walk_in", _one_of("present", "absent"), _prefer("present")
    ),
    "outcome": _OUTCOME,
    "skill": _OUTCOME,
    "blocker": _family("blocker", _code_or_empty, _smaller_text),
    "hours": _family("hours", _number_to(1440), _smaller_number),
    "proxy": _family("household", _one_of("child", ""), _prefer("child")),
    "head_count": _family("head_count", _number_to(5000), _smaller_number),
    "consent": _family("consent", _one_of("read", "not_read"), _prefer("not_read")),
    "close": _family("close", _one_of("closed", "open"), _prefer("open")),
    "session": _family("session", _TEXT, _smaller_text),
    "tally": _family("head_count feedback", _number_to(999_999_999), _smaller_number),
    "note": _family("note", _TEXT, _kept),
    "photo": _family("photo", _TEXT, _kept),
    "feedback": _family("feedback", _TEXT, _kept),
}
OF_PERSON = frozenset({"presence", "outcome", "skill", "blocker", "hours"})
_WHOLE_SESSION = frozenset({"head_count", "consent", "close"})
_SUBJECT: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(OF_PERSON | {"proxy", "note", "photo", "feedback"}, is_uuid),
    "session": _SESSION_FIELD,
    "tally": _CODE,
}


def parse_cell(cell: str) -> Cell | None:
    """Split a cell's name, or return None if this version does not know it."""
    if cell in _WHOLE_SESSION:
        return Cell(cell, "", "")
    family, slash, subject = cell.partition("/")
    good = _SUBJECT.get(family)
    if good is None or not slash:
        return None
    code = ""
    if family == "skill":
        subject, _, code = subject.partition("/")
        if not _CODE(code):
            return None
    return Cell(family, subject, code) if good(subject) else None


def person_of(cell: str) -> str | None:
    """Return the person a cell is about, or None."""
    parsed = parse_cell(cell)
    return parsed.subject if parsed and parsed.family in OF_PERSON else None


def classify(kind: str | None, cell: str | None, value: str | None) -> str:
    """Say whether such an entry is COUNTED, UNKNOWN (kind or cell) or IGNORED.

    IGNORED means that kind and cell are known, but the kind does not write that cell
    or the value is malformed: a door that takes entries may refuse these.
    """
    parsed = parse_cell(cell) if cell is not None else None
    if kind not in KINDS or parsed is None:
        return UNKNOWN
    return COUNTED if writes(kind, parsed.family, value) else IGNORED


def writes(kind: str, name: str, value: str | None) -> bool:
    """Say whether a known kind may write this value to the family's cells."""
    family = FAMILIES[name]
    if value is None or kind not in family.kinds or not family.accepts(value):
        return False
    return kind != "walk_in" or value == "present"
