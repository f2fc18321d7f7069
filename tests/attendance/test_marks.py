"""Tokens of rows, and drafts of what changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.fold import fold_rows
from attendance.marks import Shown, presence_drafts, read_token, token
from attendance.reading import CellRead, Reading

ids = st.uuids().map(str)
cells = st.builds(
    CellRead,
    value=st.sampled_from(["", "present", "absent", "alone", "23"]),
    heads=st.lists(ids, max_size=4, unique=True).map(tuple),
)


@given(subject=ids, shown=st.lists(cells, min_size=1, max_size=3))
def test_a_row_comes_back_as_it_was_shown(subject, shown):
    text = token(subject, *shown)
    assert read_token(text, cells=len(shown)) == Shown(subject, tuple(shown))


@given(text=st.text(max_size=200), number=st.integers(1, 3))
def test_no_text_breaks_the_reader(text, number):
    read = read_token(text, cells=number)
    assert read is None or len(read.cells) == number


@pytest.mark.parametrize("text", ["a|b|c", "a|present|x", "a|" + "v" * 65 + "|", "a"])
def test_what_we_did_not_write_is_not_read(text):
    assert read_token(text) is None


@given(
    was=st.lists(st.sampled_from(["", "present", "absent"]), max_size=8),
    ticked=st.sets(st.integers(0, 7)),
)
def test_marks_are_written_for_changed_rows_only(was, ticked):
    person = "01a20000-0000-7000-8000-{:012d}"
    rows = [Shown(person.format(n), (CellRead(value),)) for n, value in enumerate(was)]
    drafts = presence_drafts(rows, ticked)
    changed = [
        n for n, value in enumerate(was) if (value == "present") != (n in ticked)
    ]
    assert [draft.cell for draft in drafts] == [
        f"presence/{person.format(n)}" for n in changed
    ]
    assert all(
        draft.value == ("present" if n in ticked else "absent")
        for n, draft in zip(changed, drafts, strict=True)
    )


def test_a_session_without_a_log_reads_as_nothing():
    reading = Reading({})
    assert reading.is_empty
    assert (reading.named, reading.head_count, reading.nameless) == (0, None, None)
    assert reading.cell("head_count") == CellRead()
    assert reading.state == fold_rows([])
