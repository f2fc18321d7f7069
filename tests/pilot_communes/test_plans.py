"""Pasted lists are read as people write them, and wrong lines are named."""

import pytest

from pilot_communes.models import Unit
from pilot_communes.names import name_key, split_kind
from pilot_communes.plans import MAX_ROWS, read_hamlets

XA = Unit(level="commune", kind="xa", name="Đất Mũi")
PHUONG = Unit(level="commune", kind="phuong", name="An Xuyên")


def read(text, commune=XA):
    plan = read_hamlets(text, commune)
    return (
        [(row.kind, row.name, row.households, row.adults) for row in plan.rows],
        [problem.number for problem in plan.errors],
    )


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("Rạch Mới", ("ap", "Rạch Mới", None, None)),
        ("  ẤP   Rạch Mới ", ("ap", "Rạch Mới", None, None)),
        ("khóm 1", ("khom", "1", None, None)),
        ("Ấp Mới", ("ap", "Mới", None, None)),
        ("Rạch Mới;319;980", ("ap", "Rạch Mới", 319, 980)),
        ("Rạch Mới\t1.319\t", ("ap", "Rạch Mới", 1319, None)),
        ("Rạch Mới;;980", ("ap", "Rạch Mới", None, 980)),
        ("7\tẤp Rạch Mới\t319", ("ap", "Rạch Mới", 319, None)),
        ("7;319", ("ap", "7", 319, None)),
        ("Rạch Mới;0", ("ap", "Rạch Mới", 0, None)),
    ],
)
def test_a_line_is_read_as_people_write_it(line, row):
    assert read(line) == ([row], [])


def test_a_ward_is_divided_into_khom():
    assert read("1\nẤp Mới", PHUONG)[0] == [
        ("khom", "1", None, None),
        ("ap", "Mới", None, None),
    ]


@pytest.mark.parametrize("heading", ["Tên ấp\tSố hộ", "STT;Tên ấp;Số hộ", "Ấp, khóm"])
def test_a_heading_and_empty_lines_are_left_out(heading):
    assert read(f"{heading}\n\nRạch Mới;319\n\n")[0] == [("ap", "Rạch Mới", 319, None)]


@pytest.mark.parametrize(
    "line",
    [
        ";319",
        "Rạch Mới;ba trăm",
        "Rạch Mới;-3",
        "Rạch Mới;3,5",
        "Rạch Mới;1;2;3",
        "Rạch Mới;9999999",
        "...",
        "x" * 121,
    ],
)
def test_a_wrong_line_is_named_and_never_guessed(line):
    assert read(f"Kinh Tư\n{line}") == ([("ap", "Kinh Tư", None, None)], [2])


def test_a_list_without_end_is_cut():
    rows, errors = read("\n".join(f"Ấp {n}" for n in range(MAX_ROWS + 5)))
    assert (len(rows), errors) == (MAX_ROWS, [MAX_ROWS + 1])


def test_names_that_only_look_alike_are_asked_about(ground):
    plan = read_hamlets("Rach Moi\nRạch Mới 2", ground.dat_mui).checked_against(
        ground.dat_mui, ground.dat_mui.valid_from
    )
    assert plan.errors == ()
    assert [problem.number for problem in plan.warnings] == [1]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hòa Bình", "hoà  bình", True),
        ("Thuỷ", "Thủy", True),
        ("Mỹ Tường", "Mỹ Tương", False),
        ("Kinh Tư", "Kinh Tứ", False),
        ("Đông", "Dông", False),
    ],
)
def test_two_spellings_of_one_name_are_one(one, other, same):
    assert (name_key(one) == name_key(other)) is same


def test_a_kind_word_alone_is_a_name():
    assert split_kind("Ấp") == ("", "Ấp")
