"""Whatever a phone sends is read or refused, never an error."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from attendance.chain import NOTHING, body_digest, header_hash
from attendance.wire import (
    KEYS,
    BatchError,
    Entry,
    Refusal,
    header_of,
    read_batch,
    read_entry,
)

UUID = "0197aaaa-0000-7000-8000-{:012x}"
uuids = st.integers(0, 2**40).map(UUID.format)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126))
extras = st.dictionaries(
    st.text(
        st.characters(min_codepoint=97, max_codepoint=122), min_size=9, max_size=12
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=4,
    ),
    max_size=2,
)
headers = st.fixed_dictionaries(
    {
        "v": st.sampled_from([1, 2]),
        "id": uuids,
        "device": uuids,
        "seq": st.integers(1, 2**53 - 1),
        "prev": st.just(NOTHING),
        "session": uuids,
        "ticket": uuids,
        "kind": st.sampled_from(["note", "weather"]),
        "cell": st.sampled_from(["rain", f"note/{UUID.format(7)}"]),
        "person": st.none() | uuids,
        "value": printable.map(lambda text: text[:64]),
        "seen": st.lists(uuids, unique=True, max_size=4).map(sorted),
        "at": st.just("2026-11-20T12:00:00Z"),
        "body": st.just(NOTHING),
    }
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(headers, extras)
def test_a_header_keeps_its_hash_and_is_given_back_whole(header, extra):
    header = {**header, **extra}
    read = read_entry(json.dumps({"header": header}).encode())
    if isinstance(read, Refusal):
        assert "\\u0000" in json.dumps(extra)
        return
    assert read.hash == header_hash(header)
    assert header_of(read) == header


@given(headers, st.sampled_from(sorted(KEYS)), json_values)
def test_one_wrong_value_is_refused_or_harmless(header, key, value):
    raw = json.dumps({"header": {**header, key: value}}).encode()
    read = read_entry(raw)
    assert isinstance(read, Entry) or (read.code and read.raw == raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_none(raw):
    try:
        assert isinstance(read_batch(raw), list)
    except BatchError as error:
        assert error.code == "malformed"


@given(json_values)
def test_any_entries_are_read_or_refused(value):
    raw = json.dumps({"entries": [value, {"header": value, "body": value}]}).encode()
    try:
        assert all(isinstance(item, Refusal) for item in read_batch(raw))
    except BatchError:
        # NaN and Infinity are no JSON.
        assert any(word in raw for word in (b"NaN", b"Infinity"))


def test_a_body_is_kept_to_the_byte():
    body = '{"salt": "0",  "name": "Út\\u00a0Em"}'
    header = {
        **{key: UUID.format(3) for key in ("id", "device", "session", "ticket")},
        "v": 1,
        "seq": 1,
        "prev": NOTHING,
        "kind": "note",
        "cell": f"note/{UUID.format(7)}",
        "person": None,
        "value": "text",
        "seen": [],
        "at": "2026-11-20T12:00:00Z",
        "body": body_digest(body.encode()),
    }
    raw = json.dumps({"header": header, "body": body}).encode()
    assert read_entry(raw).body == body.encode()


def test_a_refused_entry_names_whom_it_speaks_of():
    person = UUID.format(9)
    for raw in (
        f'{{"header": {{"person": "{person}", "seq": "x"}}}}',
        f'{{"header": {{"cell": "presence/{person}"}}, "body": 3}}',
        f'{{"header": "person": "{person}"',
    ):
        assert read_entry(raw.encode()).person == person
