"""The shared vectors of the fold, in both languages."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from attendance.cells import COUNTED, IGNORED, UNKNOWN, classify, person_of
from attendance.chain import canonical_json, verify_chain
from attendance.fold import canonical, fold, fold_rows

VECTORS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(
        Path(__file__).parents[1].joinpath("vectors", "fold").glob("*.json")
    )
}
ANA = "0197bbbb-0000-7000-8000-000000000001"
BINH = "0197bbbb-0000-7000-8000-000000000002"
CHI = "0197bbbb-0000-7000-8000-000000000003"


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_folds_to_its_state(name):
    vector = VECTORS[name]
    assert vector["name"] == name
    assert fold(vector["entries"], vector["aliases"]) == vector["state"]


@pytest.mark.parametrize("name", VECTORS)
def test_a_state_is_written_in_sorted_order(name):
    vector = VECTORS[name]
    state = fold(vector["entries"], vector["aliases"])
    for part in (
        state["cells"],
        state["people"],
        state["fields"],
        state["totals"]["blockers"],
        state["totals"]["tallies"],
        *(person["skills"] for person in state["people"].values()),
    ):
        assert list(part) == sorted(part)


@pytest.mark.browser
def test_every_vector_folds_to_its_state_in_javascript(run_javascript):
    results = run_javascript(
        """async (modules, text) => {
          const { fold } = await import(modules + "fold.js");
          const { canonicalJson } = await import(modules + "chain.js");
          return JSON.stringify(
            JSON.parse(text).map(({ entries, aliases }) =>
              canonicalJson(fold(entries, aliases)),
            ),
          );
        }""",
        list(VECTORS.values()),
    )
    expected = {name: vector["state"] for name, vector in VECTORS.items()}
    for states in results.values():
        assert dict(zip(VECTORS, map(json.loads, states), strict=True)) == expected
        assert states == [canonical_json(state) for state in expected.values()]


def test_the_evening_of_23_counts_as_the_design_says():
    vector = VECTORS["evening-of-23"]
    totals = fold(vector["entries"])["totals"]
    assert (totals["head_count"], totals["named"], totals["nameless"]) == (23, 22, 1)
    assert totals["visits"] == 23
    assert totals["proxies"] == 1
    assert totals["outcomes"] == {
        "alone": 9,
        "helped": 8,
        "not_yet": 2,
        "referred": 2,
        "unrecorded": 1,
    }
    assert len({entry["device"] for entry in vector["entries"]}) == 2
    assert verify_chain(vector["entries"]) == []


@pytest.mark.parametrize(
    "columns",
    [
        lambda e: (uuid.UUID(e["id"]), [uuid.UUID(s) for s in e["seen"]]),
        lambda e: (e["id"], e["seen"]),
        lambda e: (uuid.UUID(e["id"]).hex, json.dumps(e["seen"])),
    ],
    ids=["uuids", "text", "as SQLite holds them"],
)
def test_rows_of_a_database_fold_as_their_headers_do(columns):
    vector = VECTORS["evening-of-23"]
    rows = []
    for entry in vector["entries"]:
        entry_id, seen = columns(entry)
        rows.append((entry_id, entry["kind"], entry["cell"], entry["value"], seen))
    assert fold_rows(iter(rows)) == vector["state"]


def test_aliases_may_be_uuids():
    entry = {"kind": "mark", "cell": f"presence/{ANA}", "value": "present"}
    state = fold([{"id": "e", **entry}], {uuid.UUID(ANA): uuid.UUID(BINH)})
    assert list(state["people"]) == [BINH]


@pytest.mark.parametrize(
    ("aliases", "stands"),
    [
        ({}, ANA),
        ({ANA: BINH}, BINH),
        ({ANA: BINH, BINH: CHI}, CHI),
        ({ANA: BINH, BINH: ANA}, ANA),
        ({ANA: BINH, BINH: CHI, CHI: BINH}, ANA),
        ({BINH: ANA}, ANA),
    ],
)
def test_merges_are_followed_to_the_person_who_stands(aliases, stands):
    assert canonical(ANA, aliases) == stands


@pytest.mark.parametrize(
    ("kind", "cell", "value", "answer"),
    [
        ("mark", f"presence/{ANA}", "absent", COUNTED),
        ("walk_in", f"presence/{ANA}", "present", COUNTED),
        ("walk_in", f"presence/{ANA}", "absent", IGNORED),
        ("correct", f"presence/{ANA}", "absent", COUNTED),
        ("correct", "head_count", "23", COUNTED),
        ("head_count", "head_count", "5000", COUNTED),
        ("head_count", "head_count", "5001", IGNORED),
        ("outcome", "head_count", "23", IGNORED),
        ("outcome", f"skill/{ANA}/vneid-2", "alone", COUNTED),
        ("outcome", f"skill/{ANA}/VNeID", "alone", UNKNOWN),
        ("guess", "head_count", "23", UNKNOWN),
        ("mark", "presence/somebody", "present", UNKNOWN),
        ("mark", None, "present", UNKNOWN),
        ("mark", f"presence/{ANA}", None, IGNORED),
    ],
)
def test_the_door_can_ask_whether_an_entry_would_count(kind, cell, value, answer):
    assert classify(kind, cell, value) == answer


@pytest.mark.parametrize(
    ("cell", "person"),
    [
        (f"presence/{ANA}", ANA),
        (f"skill/{ANA}/vietqr", ANA),
        (f"hours/{ANA}", ANA),
        (f"proxy/{ANA}", None),
        (f"note/{ANA}", None),
        ("head_count", None),
        ("presence/somebody", None),
    ],
)
def test_a_cell_says_whom_it_is_about(cell, person):
    assert person_of(cell) == person


def test_a_ring_of_many_thousand_entries_is_folded():
    ids = [f"{number:05}" for number in range(20_000)]
    entries = [
        {"id": e, "kind": "head_count", "cell": "head_count", "value": "5", "seen": [s]}
        for e, s in zip(ids, [*ids[1:], ids[0]], strict=True)
    ]
    state = fold(entries)
    assert state["cells"]["head_count"]["heads"] == ids
    assert state["totals"]["head_count"] == 5
