"""The data files of the programme, read as plain text: no database, no Django."""

import csv
import re
import tomllib
import unicodedata
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMME = ROOT / "lms" / "programme"
LESSONS = ROOT / "courses" / "content" / "lessons"

OFFICIAL_POPULATION = 2_606_672
ROUNDING = 64 * 50  # estimated figures are rounded to the nearest hundred
CODED_FILES = [
    "provinces.csv",
    "communes.csv",
    "skill_groups.csv",
    "skills.csv",
    "blockers.csv",
    "hotlines.csv",
    "legal_documents.csv",
    "plain_words.csv",
    "context_figures.csv",
]
SOLVERS = {"police", "bank", "telecom", "team", "health", "school", "other"}
CONFIDENCES = {"found", "found-weak", "k-high", "k-med"}
KNOWN_NUMBERS = {
    "113",
    "114",
    "115",
    "111",
    "156",
    "5656",
    "1800 1096",
    "1900 9068",
    "1900 1006",
    "1900 9000",
    "1900 0368",
}


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one CSV file of the programme."""
    with (PROGRAMME / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(name: str) -> set[str]:
    """Return the codes of one CSV file of the programme."""
    return {row["code"] for row in rows(name)}


def phases() -> list[dict]:
    """Return the planned phases."""
    return tomllib.loads((PROGRAMME / "phases.toml").read_text(encoding="utf-8"))[
        "phases"
    ]


def lesson_files() -> list[Path]:
    """Return the lesson sources that stand in the tree."""
    return sorted(LESSONS.glob("*/lesson.toml"))


@pytest.mark.parametrize(
    "path", sorted(PROGRAMME.iterdir()), ids=lambda path: path.name
)
def test_file_is_utf8_in_composed_form(path):
    text = path.read_bytes().decode("utf-8")
    assert text == unicodedata.normalize("NFC", text)
    assert not text.startswith("\ufeff")


@pytest.mark.parametrize("name", [*CODED_FILES, "former_units.csv"])
def test_every_row_has_exactly_the_columns_of_the_header(name):
    for row in rows(name):
        assert None not in row, row
        assert None not in row.values(), row


@pytest.mark.parametrize("name", CODED_FILES)
def test_codes_are_unique_and_plain(name):
    found = [row["code"] for row in rows(name)]
    assert sorted(found) == sorted(set(found))
    assert [code for code in found if not re.fullmatch(r"[a-z0-9-]{1,40}", code)] == []


@pytest.mark.parametrize("name", [*CODED_FILES, "former_units.csv"])
def test_dates_are_real_and_in_order(name):
    for row in rows(name):
        dates = {
            column: date.fromisoformat(value)
            for column, value in row.items()
            if value
            and column
            in {
                "valid_from",
                "valid_to",
                "issued_on",
                "in_force_from",
                "in_force_to",
                "checked_on",
                "as_of",
                "population_as_of",
            }
        }
        for start, end in [
            ("valid_from", "valid_to"),
            ("issued_on", "in_force_from"),
            ("in_force_from", "in_force_to"),
        ]:
            if start in dates and end in dates:
                assert dates[start] < dates[end], row["code"]


def test_province_has_55_xa_and_9_phuong():
    kinds = [row["kind"] for row in rows("communes.csv")]
    assert (kinds.count("xa"), kinds.count("phuong"), len(kinds)) == (55, 9, 64)


def test_commune_codes_are_five_digits_kept_as_text():
    assert [
        r["code"] for r in rows("communes.csv") if not re.fullmatch(r"\d{5}", r["code"])
    ] == []


def test_communes_start_on_the_day_of_the_merger_in_province_96():
    found = {
        (r["province_code"], r["valid_from"], r["decree"]) for r in rows("communes.csv")
    }
    assert found == {("96", "2025-07-01", "nq-1655-2025")}


def test_tiles_fill_different_squares_of_a_ten_by_ten_grid():
    tiles = [(int(r["tile_col"]), int(r["tile_row"])) for r in rows("communes.csv")]
    assert len(set(tiles)) == 64
    assert {n for tile in tiles for n in tile} <= set(range(10))


def test_centroids_lie_in_the_province():
    for row in rows("communes.csv"):
        assert 8.5 < float(row["lat"]) < 9.7, row["code"]
        assert 104.7 < float(row["lon"]) < 105.9, row["code"]


def test_populations_sum_to_the_official_figure_up_to_rounding():
    total = sum(int(row["population"]) for row in rows("communes.csv"))
    assert abs(total - OFFICIAL_POPULATION) <= ROUNDING
    (province,) = (row for row in rows("provinces.csv") if row["code"] == "96")
    assert int(province["population"]) == OFFICIAL_POPULATION


def test_published_populations_are_printed_as_published():
    for row in rows("communes.csv"):
        assert row["population_quality"] in {"published", "estimated"}
        same = row["population"] == row["population_published"]
        assert same == (row["population_quality"] == "published"), row["code"]


def test_every_one_of_the_164_former_units_has_a_successor():
    assert codes("former_units.csv") == {f"cu-{n:03d}" for n in range(1, 165)}
    assert {row["successor_code"] for row in rows("former_units.csv")} == codes(
        "communes.csv"
    )


def test_a_former_unit_reads_the_same_on_every_link():
    seen: dict[str, tuple[str, ...]] = {}
    for row in rows("former_units.csv"):
        facts = tuple(
            row[c]
            for c in (
                "name",
                "kind",
                "district",
                "former_province",
                "valid_from",
                "valid_to",
            )
        )
        assert seen.setdefault(row["code"], facts) == facts
    assert len(set(seen.values())) == len(seen)


def test_former_provinces_resolve():
    assert {r["former_province"] for r in rows("former_units.csv")} < codes(
        "provinces.csv"
    )


def test_former_units_are_the_ones_the_source_names():
    written = defaultdict(list)
    for row in rows("former_units.csv"):
        if row["source_text"]:
            written[row["successor_code"]].append(row["source_text"])
    source = {row["code"]: row["former_units"] for row in rows("communes.csv")}
    for code, text in source.items():
        rest = text
        for name in sorted(written[code], key=len, reverse=True):
            assert name in rest, (code, name)
            rest = rest.replace(name, "", 1)
        assert set(rest) <= {",", " "}, (code, rest)


@pytest.mark.parametrize("name", ["former_units.csv", "provinces.csv"])
@pytest.mark.parametrize(
    ("column", "key"), [("share_forward", "code"), ("share_back", "successor_code")]
)
def test_shares_sum_to_exactly_one(name, column, key):
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows(name):
        if row["successor_code"]:
            assert Decimal(0) < Decimal(row[column]) <= Decimal(1)
            sums[row[key]] += Decimal(row[column])
    assert set(sums.values()) == {Decimal(1)}


def test_a_share_other_than_one_is_marked_estimated():
    for row in rows("former_units.csv"):
        exact = Decimal(row["share_forward"]) == 1
        assert row["share_quality"] == ("exact" if exact else "estimated"), row["code"]
        exact = Decimal(row["share_back"]) == 1
        assert row["share_back_quality"] == ("exact" if exact else "estimated"), row[
            "code"
        ]


def test_a_unit_that_went_to_several_communes_went_in_parts():
    for row in rows("former_units.csv"):
        split = Decimal(row["share_forward"]) != 1
        assert (row["part"] == "true") == split, row["code"]
        if "phần" in row["source_text"]:
            assert split, row["code"]


def test_skill_groups_are_the_seven_of_the_law():
    assert [(row["code"], row["letter"]) for row in rows("skill_groups.csv")] == [
        ("a", "a"),
        ("b", "b"),
        ("c", "c"),
        ("d", "d"),
        ("dd", "đ"),
        ("e", "e"),
        ("g", "g"),
    ]


def test_every_skill_stands_in_the_group_its_code_begins_with():
    assert {row["group"] for row in rows("skills.csv")} == codes("skill_groups.csv")
    for row in rows("skills.csv"):
        assert row["code"].split("-")[0] == row["group"]


def test_the_three_referrals_come_first_and_are_the_only_ones():
    blockers = sorted(rows("blockers.csv"), key=lambda row: int(row["order"]))
    assert [row["code"] for row in blockers if row["referred"] == "true"] == [
        "chuyen-cong-an",
        "chuyen-ngan-hang",
        "chuyen-nha-mang",
    ]
    assert [row["referred"] for row in blockers[:4]] == [
        "true",
        "true",
        "true",
        "false",
    ]
    assert blockers[-1]["code"] == "khac"


def test_every_blocker_names_its_solver_and_says_where_to_go_and_what_to_bring():
    for row in rows("blockers.csv"):
        assert row["solver"] in SOLVERS
        assert row["advice"].endswith("."), row["code"]
        assert re.search(r"\b(mang|giữ)\b", row["advice"]), row["code"]


@pytest.mark.parametrize("name", ["skill_groups.csv", "skills.csv", "blockers.csv"])
def test_orders_are_unique_inside_a_list(name):
    orders = [(row.get("group"), int(row["order"])) for row in rows(name)]
    assert len(set(orders)) == len(orders)


def test_only_numbers_of_the_domain_research_are_hotlines():
    numbers = [row["number"] for row in rows("hotlines.csv")]
    assert sorted(numbers) == sorted(KNOWN_NUMBERS)


def test_a_number_nobody_could_confirm_is_never_public():
    for row in rows("hotlines.csv"):
        assert row["confidence"] in CONFIDENCES
        if row["confidence"] == "k-med":
            assert (row["public"], row["needs_check"]) == ("false", "true"), row["code"]
        if row["confidence"] != "found":
            assert (row["needs_check"], row["checked_on"]) == ("true", ""), row["code"]


def test_legal_documents_name_source_and_confidence():
    for row in rows("legal_documents.csv"):
        assert row["source"].startswith("domain.md "), row["code"]
        assert row["confidence"] in CONFIDENCES, row["code"]
        assert row["title"]
        assert row["number_sign"]


def test_a_replaced_document_points_to_one_that_stands():
    documents = {row["code"]: row for row in rows("legal_documents.csv")}
    for row in documents.values():
        if row["replaced_by"]:
            assert documents[row["replaced_by"]]["replaced_by"] == "", row["code"]


def test_the_digital_citizen_resolution_lapses_on_28_february_2027():
    documents = {row["code"]: row for row in rows("legal_documents.csv")}
    assert documents["nq-66-22-2026"]["in_force_to"] == "2027-02-28"


def test_decrees_of_units_are_legal_documents():
    named = {
        row["decree"]
        for name in ("communes.csv", "former_units.csv")
        for row in rows(name)
    } | {row["decree"] for row in rows("provinces.csv")}
    assert named <= codes("legal_documents.csv")


def test_context_figures_are_numbers_with_source_and_unit():
    for row in rows("context_figures.csv"):
        Decimal(row["value"])
        assert row["unit"]
        assert row["source"]
        assert row["comparator"] in {"eq", "gt", "ge"}
        assert row["confidence"] in CONFIDENCES
        assert bool(row["as_of"]) == bool(row["as_of_precision"]), row["code"]


def test_the_targets_of_the_resolution_are_there():
    figures = {row["code"]: row for row in rows("context_figures.csv")}
    found = {
        code: (
            figures[code]["comparator"],
            figures[code]["value"],
            figures[code]["target_year"],
        )
        for code in (
            "tai-khoan-thanh-toan-2025",
            "kinh-te-so-2025",
            "kinh-te-so-2030",
            "xep-hang-quoc-gia",
            "xep-hang-dbscl",
        )
    }
    assert found == {
        "tai-khoan-thanh-toan-2025": ("gt", "50", "2025"),
        "kinh-te-so-2025": ("eq", "10", "2025"),
        "kinh-te-so-2030": ("eq", "20", "2030"),
        "xep-hang-quoc-gia": ("eq", "41", ""),
        "xep-hang-dbscl": ("eq", "10", ""),
    }


def test_phases_are_frames_without_communes():
    assert [phase["code"] for phase in phases()] == ["dot-1", "dot-2", "dot-3"]
    assert [phase["order"] for phase in phases()] == [1, 2, 3]
    for phase in phases():
        assert not {"communes", "members", "membership"} & phase.keys()
        assert all(check["proposed"] for check in phase["readiness"])
        assert all(
            re.fullmatch(r"(I\d\d)?", check["indicator"])
            for check in phase["readiness"]
        )


def test_codes_that_lessons_use_are_in_the_lists():
    known = {
        name: codes(f"{name}.csv") for name in ("skills", "blockers", "legal_documents")
    }
    unknown = set()
    for path in lesson_files():
        lesson = tomllib.loads(path.read_text(encoding="utf-8"))
        used = {
            "skills": set(lesson["skills"]),
            "legal_documents": set(lesson["legal"]),
            "blockers": {row["blocker"] for row in lesson["stuck"]},
        }
        unknown |= {
            (path.parent.name, name, code)
            for name in used
            for code in used[name] - known[name]
        }
    assert unknown == set()
