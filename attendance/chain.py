"""The chain: entry headers that name one another by hash.

Each header carries the hash of the header before it on the same device, so that nobody
can take one out, slip one in or change one without a trace. Names, years and free text
stand in the entry's body, of which the header holds only the digest: erasing a body
leaves the chain whole. ``static/attendance/chain.js`` is the same for the phone;
``tests/vectors/chain`` holds the two together.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

NOTHING = "0" * 64  # before a device's first header; digest of a missing body
LARGEST_INTEGER = 2**53 - 1  # the largest that JavaScript holds exactly

GAP = "gap"
FORK = "fork"
BROKEN_LINK = "broken_link"
WRONG_ORDER = "wrong_order"
MALFORMED = "malformed"

_HASH = re.compile(r"[0-9a-f]{64}").fullmatch

Problem = dict[str, Any]


def canonical_json(value: Any) -> str:
    """Write JSON the one way both languages agree on: sorted, tight, ASCII.

    Raises ValueError for what has no such form: numbers that are not integers within
    ±(2**53 - 1), keys that are not ASCII text, and types that JSON does not have.
    """
    _check_canonical(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _check_canonical(value: Any) -> None:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if abs(value) > LARGEST_INTEGER:
            raise ValueError("An integer is too large to be exact on every phone.")
    elif kind is list:
        for item in value:
            _check_canonical(item)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise ValueError("A key is not ASCII text.")
            _check_canonical(item)
    else:
        raise ValueError(f"{kind.__name__} has no canonical form.")


def header_bytes(header: Mapping[str, Any]) -> bytes:
    """Return the bytes of a header that its hash is taken of, or raise ValueError."""
    if not isinstance(header, Mapping):
        raise ValueError("A header is a JSON object.")
    return canonical_json(dict(header)).encode("ascii")


def header_hash(header: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a header, unknown keys included, as 64 hex digits."""
    return hashlib.sha256(header_bytes(header)).hexdigest()


def body_digest(body: bytes | None) -> str:
    """Return the SHA-256 of the exact bytes of a body; NOTHING where there is none."""
    return NOTHING if body is None else hashlib.sha256(body).hexdigest()


def verify_chain(headers: Iterable[Any]) -> list[Problem]:
    """Return what is wrong with the chains of the devices in ``headers``; [] is whole.

    Headers may come in any order, of several devices, and repeated. A problem is
    ``{"problem", "device", "seq", "until", "ids"}``; ``until`` is ``seq`` but for gaps.

    - gap: the numbers ``seq`` to ``until`` are missing below a later one (a header
      missing at the end leaves no trace here: compare with the phone's own count);
    - fork: two different headers have one device and number;
    - wrong_order: a header names one of its device that is not the one before;
    - broken_link: a header names none that is there, though the one before is;
    - malformed: not a header at all.
    """
    problems: dict[str, Problem] = {}

    def report(
        problem: str, device: str, seq: int, ids: Iterable[str], until: int = 0
    ) -> None:
        found = {
            "problem": problem,
            "device": device,
            "seq": seq,
            "until": until or seq,
            "ids": sorted(ids),
        }
        problems[canonical_json(found)] = found

    devices: dict[str, dict[int, dict[str, Mapping[str, Any]]]] = {}
    for header in headers:
        if _is_header(header):
            place = devices.setdefault(header["device"], {})
            place.setdefault(header["seq"], {})[header_hash(header)] = header
        else:
            report(MALFORMED, *_name_of(header))
    for device, numbers in devices.items():
        number_of = {digest: seq for seq in numbers for digest in numbers[seq]}
        before = 0
        for seq in sorted(numbers):
            if seq > before + 1:
                report(GAP, device, before + 1, [], until=seq - 1)
            here = numbers[seq].values()
            if len(here) > 1:
                report(FORK, device, seq, {header["id"] for header in here})
            for header in here:
                prev = header["prev"]
                named = 0 if prev == NOTHING else number_of.get(prev)
                if named == seq - 1:
                    continue
                if named:
                    report(WRONG_ORDER, device, seq, [header["id"]])
                elif named == 0 or before == seq - 1:
                    report(BROKEN_LINK, device, seq, [header["id"]])
            before = seq
    return [
        problems[text]
        for text in sorted(
            problems, key=lambda t: (problems[t]["device"], problems[t]["seq"], t)
        )
    ]


def _is_header(header: Any) -> bool:
    if not isinstance(header, Mapping):
        return False
    seq, prev = header.get("seq"), header.get("prev")
    if not _is_text(header.get("id")) or not _is_text(header.get("device")):
        return False
    if type(seq) is not int or seq < 1 or type(prev) is not str or not _HASH(prev):
        return False
    try:
        header_bytes(header)
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return type(value) is str and value != "" and value.isascii()


def _name_of(header: Any) -> tuple[str, int, list[str]]:
    if not isinstance(header, Mapping):
        return "", 0, []
    device, seq, entry_id = header.get("device"), header.get("seq"), header.get("id")
    return (
        device if _is_text(device) else "",
        seq if type(seq) is int and 0 < seq <= LARGEST_INTEGER else 0,
        [entry_id] if _is_text(entry_id) else [],
    )
