"""What holds of every log, honest or hostile, and that both languages agree on it."""

from __future__ import annotations

import copy
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.cells import COUNTED, FAMILIES, KINDS, OUTCOMES, classify, parse_cell
from attendance.chain import canonical_json
from attendance.fold import canonical, fold

property_of_logs = settings(
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)

PERSONS = [f"0197bbbb-0000-7000-8000-00000000000{n}" for n in range(1, 5)]
HOUSEHOLDS = [f"0197cccc-0000-7000-8000-00000000000{n}" for n in (1, 2)]
IDS = [f"0197ffff-0000-7000-8000-0000000000{n:02}" for n in range(30)]
NUMBERS = ["", "0", "3", "20", "100"]
VALUES = {
    "presence": ["present", "absent"],
    "outcome": [*OUTCOMES, ""],
    "skill": [*OUTCOMES, ""],
    "blocker": ["sim", "12", "mang", ""],
    "hours": NUMBERS,
    "proxy": ["child", ""],
    "head_count": NUMBERS,
    "consent": ["read", "not_read"],
    "close": ["closed", "open"],
    "session": ["19:00", "18:30", ""],
    "tally": NUMBERS,
    "note": ["", "removed", "x"],
    "photo": ["", "removed"],
    "feedback": ["", "satisfied"],
}
CELLS = [
    *(f"presence/{person}" for person in PERSONS),
    *(f"outcome/{person}" for person in PERSONS),
    *(f"blocker/{person}" for person in PERSONS),
    *(f"hours/{person}" for person in PERSONS[:2]),
    *(f"skill/{person}/vietqr" for person in PERSONS[:2]),
    f"skill/{PERSONS[0]}/9",
    *(f"proxy/{household}" for household in HOUSEHOLDS),
    *("head_count", "consent", "close", "session/start", "session/host"),
    *("tally/female", "tally/10", f"note/{IDS[0]}", f"photo/{IDS[1]}"),
    f"feedback/{IDS[2]}",
]
# Few cells a log, so that entries meet in them.
SOME_CELLS = st.lists(st.sampled_from(CELLS), min_size=1, max_size=5, unique=True)
HOSTILE_CELLS = [
    *("weather", "", "presence", "presence/", "head_count/", "skill/x/y", "toString"),
    f"presence/{PERSONS[0].upper()}",
    f"presence/{PERSONS[0]}\n",
    f"outcome/{PERSONS[0]}/x",
    *(None, 7, ["head_count"]),
]
HOSTILE_VALUES = st.one_of(
    st.sampled_from(["late", "-1", "007", "5001", "1e2", "٣", " 3", "present\n"]),
    st.sampled_from([None, 3, True, 1.5, [], {"a": 1}]),
    st.text(max_size=70),
)


@st.composite
def honest_logs(draw, devices=3):
    """Entries as phones make them: each saw only what stood in its cell before."""
    cells = draw(SOME_CELLS)
    entries = []
    for number in range(draw(st.integers(0, 14))):
        cell = draw(st.sampled_from(cells))
        family = parse_cell(cell).family
        earlier = [entry["id"] for entry in entries if entry["cell"] == cell]
        seen = draw(st.sets(st.sampled_from(earlier))) if earlier else ()
        entries.append(
            {
                "id": IDS[number],
                "device": f"phone {draw(st.integers(1, devices))}",
                "kind": draw(st.sampled_from(sorted(FAMILIES[family].kinds))),
                "cell": cell,
                "value": draw(st.sampled_from(VALUES[family])),
                "seen": sorted(seen),
            }
        )
    return [entry for entry in entries if _counts(entry)]


@st.composite
def hostile_logs(draw):
    """Rings, strange kinds, cells and values, and one id for several entries."""
    cells = [*draw(SOME_CELLS), draw(st.sampled_from(HOSTILE_CELLS))]
    entries = []
    for _ in range(draw(st.integers(0, 14))):
        cell = draw(st.sampled_from(cells))
        parsed = parse_cell(cell) if isinstance(cell, str) else None
        good = st.sampled_from(VALUES[parsed.family] if parsed else ["present"])
        entries.append(
            {
                "id": draw(st.sampled_from(IDS[:12])),
                "kind": draw(
                    st.one_of(
                        st.just("correct"),
                        st.sampled_from([*sorted(KINDS), "guess", "", None, 4]),
                    )
                ),
                "cell": cell,
                "value": draw(st.one_of(good, good, good, HOSTILE_VALUES)),
                "seen": draw(
                    st.one_of(
                        st.lists(st.sampled_from(IDS[:12]), max_size=4),
                        st.lists(st.sampled_from(IDS[:12]), max_size=4),
                        st.sampled_from([None, "x", 5, [None, IDS[0], 1, "é"]]),
                    )
                ),
            }
        )
    return entries


LOGS = st.one_of(honest_logs(), hostile_logs())
RINGS = hostile_logs().map(lambda log: list({e["id"]: e for e in log}.values()))
ALIASES = st.dictionaries(st.sampled_from(PERSONS), st.sampled_from(PERSONS))


def _counts(entry):
    return classify(entry["kind"], entry["cell"], entry["value"]) == COUNTED


def _counted_by_cell(log):
    cells = {}
    for entry in log:
        texts = [entry["kind"], entry["cell"], entry["value"]]
        if all(isinstance(text, str) for text in texts) and _counts(entry):
            cells.setdefault(entry["cell"], {})[entry["id"]] = entry
    return cells


def _reachable(members):
    """All pairs (a, b) where a reaches b through seen-links, by Warshall's closure."""
    pairs = {
        (a, b)
        for a, entry in members.items()
        for b in (entry["seen"] if isinstance(entry["seen"], list) else [])
        if isinstance(b, str) and b in members and a != b
    }
    for middle in members:
        pairs |= {
            (a, d) for a, b in pairs if b == middle for c, d in pairs if c == middle
        }
    return pairs


@property_of_logs
@given(RINGS)
def test_heads_are_those_that_nobody_reaches_whom_they_do_not_reach_back(log):
    _assert_heads_by_definition(log)


@pytest.mark.parametrize("seed", range(20))
def test_heads_are_right_among_rings_upon_rings(seed):
    log, _ = _crowded_log(random.Random(seed))
    _assert_heads_by_definition(log)


def _assert_heads_by_definition(log):
    expected = {}
    for cell, members in _counted_by_cell(log).items():
        reach = _reachable(members)
        expected[cell] = sorted(
            a
            for a in members
            if all((a, b) in reach for b in members if (b, a) in reach)
        )
    state = fold(log)
    assert {cell: c["heads"] for cell, c in state["cells"].items()} == expected


@property_of_logs
@given(RINGS)
def test_every_entry_stands_or_was_seen_by_one_that_stands(log):
    state = fold(log)
    for cell, members in _counted_by_cell(log).items():
        heads = state["cells"][cell]["heads"]
        reach = _reachable(members)
        assert heads
        assert set(heads) | {b for a, b in reach if a in heads} == set(members)


@property_of_logs
@given(LOGS, ALIASES, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(log, aliases, chance):
    again = log + [chance.choice(log) for _ in range(len(log))]
    chance.shuffle(again)
    assert fold(again, aliases) == fold(log, aliases)


@property_of_logs
@given(honest_logs(), st.randoms(use_true_random=False))
def test_phones_may_send_in_any_batches_and_interleave(log, chance):
    queues = {}
    for entry in log:
        queues.setdefault(entry["device"], []).append(entry)
    server = {}
    while queues:
        device = chance.choice(sorted(queues))
        batch = queues[device][: chance.randint(1, 4)]
        server.update((entry["id"], entry) for entry in batch)
        lost_receipts = chance.randint(0, len(batch))
        queues[device] = queues[device][len(batch) - lost_receipts :]
        if not queues[device] or chance.random() < 0.05:
            server.update((entry["id"], entry) for entry in queues.pop(device))
    assert fold(server.values()) == fold(log)


@property_of_logs
@given(LOGS, ALIASES)
def test_folding_changes_neither_entries_nor_aliases(log, aliases):
    before = copy.deepcopy((log, aliases))
    fold(log, aliases)
    assert (log, aliases) == before


@property_of_logs
@given(LOGS, ALIASES)
def test_undoing_a_merge_is_the_identity(log, aliases):
    alone = fold(log)
    merged = fold(log, aliases)
    assert fold(log, {}) == alone
    assert merged["totals"]["named"] <= alone["totals"]["named"]
    heads = sorted(head for cell in alone["cells"].values() for head in cell["heads"])
    assert heads == sorted(
        head for cell in merged["cells"].values() for head in cell["heads"]
    )


@property_of_logs
@given(honest_logs(), ALIASES)
def test_merging_persons_counts_as_if_entries_had_named_the_one_who_stands(
    log, aliases
):
    rewritten = []
    for entry in log:
        parts = entry["cell"].split("/")
        if len(parts) > 1:
            parts[1] = canonical(parts[1], _without_selves(aliases))
        rewritten.append({**entry, "cell": "/".join(parts)})
    merged, written = fold(log, aliases), fold(rewritten)
    # Entries of one cell that disagree are a conflict; merged cells that differ are not.
    assert merged["totals"]["conflicts"] <= written["totals"]["conflicts"]
    for state in (merged, written):
        del state["totals"]["conflicts"]
        for cell in state["cells"].values():
            del cell["conflict"]
    assert merged == written


def _without_selves(aliases):
    return {old: new for old, new in aliases.items() if old != new}


@property_of_logs
@given(LOGS, st.data())
def test_an_entry_that_saw_all_heads_resolves_the_conflict(log, data):
    state = fold(log)
    for name, cell in state["cells"].items():
        value = data.draw(st.sampled_from(cell["values"]))
        choice = {
            "id": "0197ffff-0000-7000-8000-00000000ffff",
            "kind": "correct",
            "cell": name,
            "value": value,
            "seen": cell["heads"],
        }
        after = fold([*log, choice])
        assert after["cells"][name] == {
            "value": value,
            "heads": [choice["id"]],
            "conflict": False,
            "values": [value],
        }
        resolved = state["totals"]["conflicts"] - cell["conflict"]
        assert after["totals"]["conflicts"] == resolved


@property_of_logs
@given(LOGS)
def test_an_entry_that_saw_nothing_takes_nothing_away(log):
    state = fold(log)
    for name, cell in state["cells"].items():
        fresh = {
            "id": "0197ffff-0000-7000-8000-00000000ffff",
            "kind": "correct",
            "cell": name,
            "value": cell["value"],
            "seen": [],
        }
        after = fold([*log, fresh])["cells"][name]
        assert after["heads"] == sorted([*cell["heads"], fresh["id"]])
        assert after["values"] == cell["values"]
        assert after["value"] == cell["value"]


@property_of_logs
@given(LOGS, ALIASES)
def test_counts_agree_with_one_another(log, aliases):
    state = fold(log, aliases)
    totals = state["totals"]
    heads, named = totals["head_count"], totals["named"]
    present = [person for person in state["people"].values() if person["present"]]
    assert named == len(present) == sum(totals["outcomes"].values())
    assert totals["visits"] >= named
    assert sum(totals["blockers"].values()) == sum(
        bool(person["blocker"]) for person in present
    )
    if heads is None:
        assert totals["nameless"] is None
        assert totals["visits"] == named
    else:
        assert totals["nameless"] == max(0, heads - named)
        assert totals["visits"] == named + totals["nameless"]
        assert totals["short"] == (heads < named)
    assert totals["conflicts"] == sum(c["conflict"] for c in state["cells"].values())
    for cell in state["cells"].values():
        assert cell["value"] in cell["values"]


@property_of_logs
@given(LOGS, hostile_logs())
def test_what_is_not_counted_changes_no_count(log, others):
    ids = {entry["id"]: f"9{entry['id'][1:]}" for entry in others}
    strange = [
        {**entry, "id": ids[entry["id"]]}
        for entry in others
        if not _counted_by_cell([entry])
    ]
    plain, noisy = fold(log), fold(log + strange)
    listed = {*noisy.pop("unknown"), *noisy.pop("ignored")}
    assert listed - {entry["id"] for entry in strange} == {
        *plain.pop("unknown"),
        *plain.pop("ignored"),
    }
    assert {entry["id"] for entry in strange} <= listed
    assert noisy == plain


@pytest.mark.browser
def test_python_and_javascript_agree_on_two_hundred_logs(run_javascript):
    logs = []

    @settings(property_of_logs, max_examples=200)
    @given(LOGS, ALIASES)
    def collect(log, aliases):
        logs.append((log, aliases))

    collect()
    logs.extend(_crowded_log(random.Random(seed)) for seed in range(40))
    results = run_javascript(
        """async (modules, text) => {
          const { fold } = await import(modules + "fold.js");
          const { canonicalJson } = await import(modules + "chain.js");
          return JSON.stringify(
            JSON.parse(text).map(([log, aliases]) => canonicalJson(fold(log, aliases))),
          );
        }""",
        logs,
    )
    expected = [canonical_json(fold(log, aliases)) for log, aliases in logs]
    assert len(expected) >= 240
    for states in results.values():
        for log, ours, theirs in zip(logs, expected, states, strict=True):
            assert theirs == ours, log


def _crowded_log(chance):
    """Many entries in few cells, densely linked: rings upon rings."""
    cells = chance.sample(CELLS, 3)
    ids = [f"e{number}" for number in range(60)]
    log = []
    for entry_id in ids:
        cell = chance.choice(cells)
        log.append(
            {
                "id": entry_id,
                "kind": "correct",
                "cell": cell,
                "value": chance.choice(VALUES[parse_cell(cell).family]),
                "seen": chance.sample(ids, chance.randint(0, 3)),
            }
        )
    return log, {chance.choice(PERSONS): chance.choice(PERSONS) for _ in range(2)}
