"""The spoken sentence before the first new name, as Luật 91/2025/QH15 asks.

A name waits until the register of its session says that the sentence was read. That
holds for what a phone sends and for what the commune accepts alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attendance.fold import fold_rows
from attendance.loading import LogRow, Named, People, Waiting
from attendance.models import HeldEntry
from attendance.newcomers import read_body
from attendance.wire import NOTHING, Entry

Reason = HeldEntry.Reason
INTRODUCES = ("walk_in", "household")


def judge_consent(
    rows: Mapping[str, Sequence[LogRow]],
    holds: Mapping[str, str],
    *,
    fresh: Iterable[Entry],
    waiting: Mapping[str, Waiting],
    accepted: Iterable[Named],
    people: People,
) -> dict[str, str]:
    """Say of every entry that brings a name whether it waits for the sentence.

    Returns reasons by entry, "" for those that need not wait for it any more. `holds`
    are the reasons found so far, `accepted` what somebody just decided to let count.
    """
    read: dict[str, bool] = {}
    found: dict[str, str] = {}

    def is_read(session: str) -> bool:
        if session not in read:
            words = [
                row[:5]
                for row in rows.get(session, ())
                if row.cell == "consent"
                and (row.stands or not holds.get(row.id, row.reason))
                and not holds.get(row.id)
            ]
            read[session] = fold_rows(words)["consent"] == "read"
        return read[session]

    for entry in fresh:
        if (
            entry.kind in INTRODUCES
            and not holds.get(entry.id)
            and _brings_a_name(
                entry.kind, entry.person, entry.digest, entry.body, people
            )
            and not is_read(entry.session)
        ):
            found[entry.id] = Reason.NO_CONSENT
    for key, one in waiting.items():
        if one.reason == Reason.NO_CONSENT or (
            one.reason == Reason.NO_SESSION
            and not holds.get(key)
            and one.kind in INTRODUCES
            and one.digest != NOTHING
        ):
            found[key] = "" if is_read(one.session) else Reason.NO_CONSENT
    for name in accepted:
        if (
            name.kind in INTRODUCES
            and _brings_a_name(name.kind, name.person, name.digest, name.body, people)
            and not is_read(name.session)
        ):
            found[name.id] = Reason.NO_CONSENT
    return found


def _brings_a_name(
    kind: str, person: str | None, digest: str, body: bytes | None, people: People
) -> bool:
    """Would a name be kept because of this entry? A body still to come may hold one."""
    if digest == NOTHING:
        return False
    said = read_body(body)
    if kind == "household":
        return body is None or bool(said.get("name") or said.get("usual_name"))
    someone = people.by_uuid.get(person or "")
    if someone is None:
        return True
    if someone.named:
        return body is None or bool(said.get("household_head"))
    return not someone.erased
