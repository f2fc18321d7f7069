"""The fold: what a session's register entries add up to.

Every phone and the server hold a set of *entries*. An entry names one *cell* (such as
``outcome/<person>``), gives it a value and lists in ``seen`` the entries of that cell
which its author's screen showed: it replaces those. The entries that nobody replaced
are the *heads* of the cell. Equal heads are the value; different heads are a conflict,
counted by the cell's fixed rule until an entry that has seen them all stands. No clock
takes part, and neither the order nor the repetition of entries changes the result.

``static/attendance/fold.js`` is the same function for the phone. The two must agree
letter by letter; ``tests/vectors/fold`` and ``tests/attendance/test_fold*.py`` hold them
together. Change both, add a vector, and raise ``FOLD_VERSION``.

The function is total: malformed and hostile entries are listed (``unknown``,
``ignored``) or skipped, never raised.
"""

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from attendance.cells import (
    FAMILIES,
    KINDS,
    OF_PERSON,
    REMOVED,
    Cell,
    is_uuid,
    parse_cell,
    writes,
)

FOLD_VERSION = 1

State = dict[str, Any]
Row = tuple[str, str | None, str | None, str | None, Collection[str]]


def fold(
    entries: Iterable[Mapping[str, Any]],
    aliases: Mapping[Any, Any] | None = None,
) -> State:
    """Fold entry headers as they stand on the wire; see the module's docstring.

    ``aliases`` maps merged persons to the person they were merged into. Chains are
    followed; a person whose chain never ends stays itself. The state holds nothing but
    JSON types, every list and object sorted.
    """
    return _fold(_rows_of_headers(entries), _clean_aliases(aliases))


def fold_rows(
    rows: Iterable[tuple[Any, str, str, str, Any]],
    aliases: Mapping[Any, Any] | None = None,
) -> State:
    """Fold rows ``(id, kind, cell, value, seen)`` as a database cursor reads them.

    Ids may be ``uuid.UUID``, their canonical text, or the 32 bare digits that SQLite
    holds; ``seen`` may be a list of such ids or JSON text of one. The state names
    them by canonical text.
    """
    return _fold(_rows_of_records(rows), _clean_aliases(aliases))


def _rows_of_headers(entries: Iterable[Any]) -> Iterable[Row]:
    for entry in entries:
        if type(entry) is not dict and not isinstance(entry, Mapping):
            continue
        entry_id = entry.get("id")
        if type(entry_id) is not str or not entry_id or not entry_id.isascii():
            continue
        kind, cell, value = entry.get("kind"), entry.get("cell"), entry.get("value")
        seen = entry.get("seen")
        yield (
            entry_id,
            kind if type(kind) is str else None,
            cell if type(cell) is str else None,
            value if type(value) is str else None,
            [s for s in seen if type(s) is str] if type(seen) is list else (),
        )


def _rows_of_records(rows: Iterable[tuple[Any, str, str, str, Any]]) -> Iterable[Row]:
    for entry_id, kind, cell, value, seen in rows:
        if type(seen) is str:
            seen = json.loads(seen)
        yield (
            _id_text(entry_id),
            kind,
            cell,
            value,
            [_id_text(s) for s in seen] if seen else (),
        )


def _id_text(entry_id: uuid.UUID | str) -> str:
    text = str(entry_id)
    return str(uuid.UUID(text)) if len(text) == 32 else text


def _clean_aliases(aliases: Mapping[Any, Any] | None) -> dict[str, str]:
    pairs = ((str(old), str(new)) for old, new in (aliases or {}).items())
    return {
        old: new for old, new in pairs if old != new and is_uuid(old) and is_uuid(new)
    }


def _fold(rows: Iterable[Row], aliases: Mapping[str, str]) -> State:
    once: dict[str, Row] = {}
    for row in rows:
        known = once.setdefault(row[0], row)
        if known is not row and known != row:
            once[row[0]] = min(known, row, key=_tie_break)
    groups: dict[str, dict[str, Row]] = {}
    parsed: dict[str, Cell] = {}
    unknown: list[str] = []
    ignored: list[str] = []
    for entry_id, row in once.items():
        _, kind, name, value, _ = row
        group = groups.get(name)
        if group is None:
            cell = parse_cell(name) if name is not None else None
            if cell is None:
                unknown.append(entry_id)
                continue
            parsed[name] = cell
            group = groups[name] = {}
        if kind not in KINDS:
            unknown.append(entry_id)
        elif writes(kind, parsed[name].family, value):
            group[entry_id] = row
        else:
            ignored.append(entry_id)
    cells: dict[str, dict[str, Any]] = {}
    for name in sorted(groups):
        if group := groups[name]:
            cells[name] = _settle(group, FAMILIES[parsed[name].family].choose)
    if aliases:
        cells, parsed = _combine(cells, parsed, aliases)
    state = _add_up(cells, parsed)
    state["unknown"] = sorted(unknown)
    state["ignored"] = sorted(ignored)
    return state


def _tie_break(row: Row) -> str:
    """Choose among entries with one id and other contents: any rule but the order."""
    seen = sorted({s for s in row[4] if s.isascii()})
    return json.dumps([row[1], row[2], row[3], seen], separators=(",", ":"))


def _settle(
    group: Mapping[str, Row], choose: Callable[[Collection[str]], str]
) -> dict[str, Any]:
    if len(group) == 1:
        ((entry_id, row),) = group.items()
        value = row[3]
        return {
            "value": value,
            "heads": [entry_id],
            "conflict": False,
            "values": [value],
        }
    heads = sorted(_heads(group))
    values = sorted({group[head][3] for head in heads})
    return {
        "value": choose(values) if len(values) > 1 else values[0],
        "heads": heads,
        "conflict": len(values) > 1,
        "values": values,
    }


def _heads(group: Mapping[str, Row]) -> Collection[str]:
    """Return the entries that nobody replaced.

    An entry is replaced if another reaches it through seen-links and it does not reach
    that one back, so a ring of entries that claim to have seen each other cannot make
    itself vanish. In an honest log nothing stands in a ring and the entries that
    nobody saw are the answer; the rest of the function is for the other logs, in time
    linear in the links.
    """
    links = {
        entry_id: [s for s in row[4] if s in group] for entry_id, row in group.items()
    }
    replaced = {s for seen in links.values() for s in seen}
    heads = {entry_id for entry_id in group if entry_id not in replaced}
    reached = _reach(heads, links)
    if len(reached) == len(group):
        return heads
    # What is left hangs below rings. Each ring that nothing outside has seen holds
    # exactly one of `starts`, and the last start is reached by no other.
    rest = {
        entry_id: [s for s in links[entry_id] if s not in reached]
        for entry_id in group
        if entry_id not in reached
    }
    starts: list[str] = []
    for entry_id in rest:
        if entry_id not in reached:
            starts.append(entry_id)
            reached |= _reach([entry_id], rest, reached)
    below: set[str] = set()
    ring: list[str] = []
    for start in reversed(starts):
        if start not in below:
            ring.append(start)
            below |= _reach([start], rest, below)
    seen_by: dict[str, list[str]] = {entry_id: [] for entry_id in rest}
    for entry_id, seen in rest.items():
        for s in seen:
            seen_by[s].append(entry_id)
    return heads | _reach(ring, seen_by)


def _reach(
    starts: Iterable[str],
    links: Mapping[str, Collection[str]],
    without: Collection[str] = (),
) -> set[str]:
    """Return the starts and all that links lead to, not entering ``without``."""
    found = set(starts)
    todo = list(found)
    while todo:
        for entry_id in links[todo.pop()]:
            if entry_id not in found and entry_id not in without:
                found.add(entry_id)
                todo.append(entry_id)
    return found


def canonical(person: str, aliases: Mapping[str, str]) -> str:
    """Follow merges to the person who stands today; endless chains lead nowhere."""
    passed = {person}
    last = person
    while (after := aliases.get(last)) is not None:
        if after in passed:
            return person
        passed.add(after)
        last = after
    return last


def _combine(
    cells: dict[str, dict[str, Any]],
    parsed: dict[str, Cell],
    aliases: Mapping[str, str],
) -> tuple[dict[str, dict[str, Any]], dict[str, Cell]]:
    """Put the cells of persons who were merged under the one who stands."""
    combined: dict[str, dict[str, Any]] = {}
    names: dict[str, Cell] = {}
    for name, cell in cells.items():
        family, subject, code = parsed[name]
        if family in OF_PERSON:
            subject = canonical(subject, aliases)
            name = f"{family}/{subject}" + (f"/{code}" if code else "")
        names[name] = Cell(family, subject, code)
        if other := combined.get(name):
            cell = {
                "value": FAMILIES[family].choose([other["value"], cell["value"]]),
                "heads": sorted(other["heads"] + cell["heads"]),
                "conflict": other["conflict"] or cell["conflict"],
                "values": sorted({*other["values"], *cell["values"]}),
            }
        combined[name] = cell
    return dict(sorted(combined.items())), names


def _add_up(cells: dict[str, dict[str, Any]], parsed: Mapping[str, Cell]) -> State:
    values: dict[str, dict[str, str]] = {family: {} for family in FAMILIES}
    skills: dict[str, dict[str, str]] = {}
    conflicts = 0
    for name, cell in cells.items():
        family, subject, code = parsed[name]
        conflicts += cell["conflict"]
        if family != "skill":
            values[family][subject] = cell["value"]
        elif cell["value"]:
            skills.setdefault(subject, {})[code] = cell["value"]
    presence, outcome = values["presence"], values["outcome"]
    blocker, hours = values["blocker"], values["hours"]
    outcomes = dict.fromkeys(("alone", "helped", "not_yet", "referred"), 0)
    outcomes["unrecorded"] = 0
    blockers: dict[str, int] = {}
    people: dict[str, dict[str, Any]] = {}
    named = 0
    for person in sorted(presence.keys() | outcome.keys()):
        present = presence.get(person) == "present"
        did, stuck = outcome.get(person, ""), blocker.get(person, "")
        minutes = hours.get(person)
        people[person] = {
            "present": present,
            "outcome": did,
            "blocker": stuck,
            "skills": skills.get(person, {}),
            "minutes": int(minutes) if minutes else None,
        }
        if present:
            named += 1
            outcomes[did or "unrecorded"] += 1
            if stuck:
                blockers[stuck] = blockers.get(stuck, 0) + 1
    counted = values["head_count"].get("")
    heads = int(counted) if counted else None
    return {
        "version": FOLD_VERSION,
        "cells": cells,
        "people": people,
        "totals": {
            "named": named,
            "head_count": heads,
            "nameless": None if heads is None else max(0, heads - named),
            "visits": named if heads is None else max(heads, named),
            "proxies": sum(value == "child" for value in values["proxy"].values()),
            "short": heads is not None and heads < named,
            "outcomes": outcomes,
            "blockers": dict(sorted(blockers.items())),
            "notes": _standing(values["note"]),
            "photos": _standing(values["photo"]),
            "feedback": _standing(values["feedback"]),
            "conflicts": conflicts,
            "tallies": {key: int(n) for key, n in values["tally"].items() if n},
            "minutes": sum(int(n) for n in hours.values() if n),
        },
        "consent": values["consent"].get("", ""),
        "closed": values["close"].get("") == "closed",
        "fields": values["session"],
    }


def _standing(values: Mapping[str, str]) -> int:
    return sum(value != REMOVED for value in values.values())
