"""Cells that a public page does not show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.suppression import suppress


def test_one_small_cell_takes_the_second_smallest_with_it():
    shown = suppress({"a": 3, "b": 40, "c": 7})
    assert shown.values == {"a": None, "b": 40, "c": None}
    assert shown.total == 50


def test_two_small_cells_hide_each_other():
    assert suppress({"a": 3, "b": 4, "c": 7}).hidden == {"a", "b"}


def test_nobody_is_shown_as_nobody():
    assert suppress({"a": 0, "b": 5}).values == {"a": 0, "b": 5}


def test_without_another_cell_the_total_is_hidden():
    shown = suppress({"a": 3, "b": 0})
    assert (shown.values, shown.total) == ({"a": None, "b": 0}, None)


def test_a_negative_count_is_a_mistake():
    with pytest.raises(ValueError, match="never negative"):
        suppress({"a": -1})


@given(st.dictionaries(st.integers(), st.integers(0, 30), max_size=8))
def test_no_hidden_cell_can_be_worked_out(values):
    shown = suppress(values)
    assert not {k for k, v in values.items() if 0 < v < 5} - shown.hidden
    if shown.total is not None:
        assert len(shown.hidden) != 1
    assert all(value is None or value == values[k] for k, value in shown.values.items())
