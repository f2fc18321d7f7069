"""The lesson sources keep their rules, and each rule catches a lesson spoilt on purpose."""

from __future__ import annotations

import copy
import datetime as dt
import unicodedata
from collections.abc import Callable

import pytest

from tests.courses.lesson_rules import (
    CONTENT,
    RING,
    faults,
    known_codes,
    picture_faults,
    read,
    screen_picture_faults,
)

FOLDERS = sorted(p.parent for p in CONTENT.glob("lessons/*/lesson.toml"))
NUMBERS = {
    1: "kich-hoat-muc-2",
    2: "vao-cong-dich-vu-cong",
    3: "tra-tien-vietqr",
    4: "co-phai-lua-dao",
    5: "them-the-bao-hiem-y-te",
    6: "doi-dien-thoai-sim",
    7: "tra-tien-dien-nuoc",
    8: "zalo-an-toan",
    9: "mo-tai-khoan-ekyc",
    10: "tu-choi-cuoc-goi-la",
    11: "lo-bi-lua",
    12: "quen-mat-khau",
    13: "dang-ky-muc-2",
    14: "nhan-tien-bang-qr",
    15: "an-toan-tai-khoan",
    16: "tien-di-dong",
    17: "vssid-the-bhyt",
    18: "chu-ky-so",
    19: "hoc-phi-vien-phi",
    40: "mot-cua",
    41: "van-ban-dieu-hanh",
    42: "ky-so-can-bo",
    43: "hop-truc-tuyen",
    44: "camau-g-can-bo",
    50: "mo-mot-buoi",
    51: "day-nguoi-lon-tuoi",
    52: "giu-bi-mat",
    53: "ghi-so-diem-danh",
}


def practice_screens(lesson: dict) -> list[dict]:
    """Every drawn screen of a lesson's practices."""
    return [
        screen
        for practice in lesson.get("practices", ())
        for screen in practice["screens"]
    ]


@pytest.fixture(scope="module")
def known() -> dict[str, dict]:
    return known_codes()


# --- the real lessons ----------------------------------------------------------


def test_the_lessons_are_there_under_their_numbers():
    by_number = {read(folder)["number"]: folder.name for folder in FOLDERS}
    assert by_number.items() >= NUMBERS.items()


def test_no_number_and_no_address_is_given_twice():
    lessons = [read(folder) for folder in FOLDERS]
    assert len({lesson["number"] for lesson in lessons}) == len(lessons)
    assert len({(x["course"], x["slug"]) for x in lessons}) == len(lessons)


def test_courses_have_a_title_a_summary_and_an_order_of_their_own(known):
    courses = known["course"].values()
    assert all(row["title"] and row["summary"] for row in courses)
    assert len({row["order"] for row in courses}) == len(courses)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_a_lesson_keeps_every_rule(folder, known):
    lesson = read(folder)
    assert lesson["slug"] == folder.name
    assert faults(lesson, known) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_the_pictures_of_a_lesson_are_those_its_steps_name(folder):
    lesson = read(folder)
    screens = practice_screens(lesson)
    named = [x["picture"] for x in (*lesson["steps"], *screens) if "picture" in x]
    assert sorted(named) == sorted(p.name for p in (folder / "pictures").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_drawn_screen_is_small_plain_and_without_a_ring(folder):
    found = {
        screen["picture"]: wrong
        for screen in practice_screens(read(folder))
        if (
            wrong := screen_picture_faults(
                (folder / "pictures" / screen["picture"]).read_bytes()
            )
        )
    }
    assert found == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_picture_is_small_plain_and_ringed_with_its_step(folder):
    found = {
        step["picture"]: wrong
        for number, step in enumerate(read(folder)["steps"], 1)
        if "picture" in step
        and (
            wrong := picture_faults(
                (folder / "pictures" / step["picture"]).read_bytes(), number
            )
        )
    }
    assert found == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_the_pictures_of_one_lesson_fit_the_page_budget(folder):
    named = {step["picture"] for step in read(folder)["steps"] if "picture" in step}
    sizes = [(folder / "pictures" / name).stat().st_size for name in named]
    assert sum(sizes) <= 40_000


# --- lessons spoilt on purpose ---------------------------------------------------


def spoil(path: str, value: object) -> Callable[[dict], None]:
    """A change that puts `value` at a dotted path; numbers count from 0."""

    def change(lesson: dict) -> None:
        *way, last = (int(p) if p.isdigit() else p for p in path.split("."))
        for part in way:
            lesson = lesson[part]
        lesson[last] = value

    return change


LONG = " ".join(["chữ"] * 19) + "."

SPOILT = [
    (lambda x: x.pop("owner"), "missing: owner"),
    (spoil("colour", "red"), "unknown key: colour"),
    (spoil("title", "T" * 41), "title longer"),
    (spoil("short_title", "T" * 27), "short title longer"),
    (spoil("minutes", 8), "3 to 7 minutes"),
    (spoil("need", []), "need is empty"),
    (spoil("interrupted.text", []), "when interrupted"),
    (lambda x: x["stuck"].__delitem__(slice(4, None)), "5 to 7 rows"),
    (spoil("stuck.0.go", ""), "where to go"),
    (spoil("steps.0.text", LONG), "step 1: text is longer"),
    (spoil("steps.0.warning", LONG), "step 1: warning is longer"),
    (spoil("steps.0.check", True), "check and its note"),
    (spoil("steps.4.check_note", "nghe nói"), "names its place"),
    (lambda x: x["questions"].pop(), "exactly three questions"),
    (spoil("questions.0.options.1.right", True), "exactly one option"),
    (spoil("questions.0.options.1.why", ""), "every option is explained"),
    (spoil("course", "khong-co"), "unknown course"),
    (spoil("skills.0", "khong-co"), "unknown skill"),
    (spoil("legal.0", "khong-co"), "unknown legal"),
    (spoil("stuck.0.blocker", "khong-co"), "unknown blocker"),
    (spoil("stuck.1.blocker", "quen-mat-khau"), "stands twice"),
    (spoil("review_by", dt.date(2026, 11, 23)), "not after checked_on"),
    (spoil("withdraw_on", dt.date(2027, 1, 1)), "after withdraw_on"),
    (spoil("legal.0", "nd-13-2023"), "has been replaced"),
    (spoil("legal.0", "nq-66-22-2026"), "withdraw_on must be 2027-03-01"),
    (spoil("need.0", "Gọi 1800 1096"), "a phone number"),
    (spoil("stuck.0.go", "Gọi 113 ngay"), "a phone number"),
    (spoil("guide.say.0", "Gọi 0912 345 678"), "a phone number"),
    (spoil("need.0", unicodedata.normalize("NFD", "Thẻ")), "not NFC"),
    (spoil("stuck.0.go", LONG), "longer than 18 words"),
    (spoil("need.0", "Truy cập trang"), "office word"),
    (spoil("steps.4.check_note", "domain.md " + "x" * 200), "check_note is longer"),
    (spoil("guide.minutes", 31), "does not add up"),
    (spoil("guide.mistakes", []), "no mistakes"),
]


@pytest.mark.parametrize(("change", "named"), SPOILT, ids=[name for _, name in SPOILT])
def test_a_spoilt_lesson_is_caught(change, named, known):
    lesson = copy.deepcopy(read(CONTENT / "lessons" / "quen-mat-khau"))
    change(lesson)
    assert [fault for fault in faults(lesson, known) if named in fault]


def test_a_guide_that_lets_the_team_watch_a_password_is_caught(known):
    lesson = read(CONTENT / "lessons" / "quen-mat-khau")
    for key in ("say", "prepare", "mistakes"):
        lesson["guide"][key] = ["Ngồi sát bên."]
    assert "the guide does not say to turn the head away" in faults(lesson, known)


def test_a_lesson_on_a_lapsing_resolution_is_right_once_it_withdraws_in_time(known):
    lesson = read(CONTENT / "lessons" / "quen-mat-khau")
    lesson["legal"].append("nq-66-22-2026")
    lesson["withdraw_on"] = dt.date(2027, 3, 1)
    assert faults(lesson, known) == []


def practised() -> dict:
    """A lesson with one right practice of three screens."""
    lesson = read(CONTENT / "lessons" / "quen-mat-khau")
    lesson["practices"] = [
        {
            "slug": "quen-mat-khau",
            "task": "Cô chú tập bấm “Quên mật khẩu”.",
            "done": "Cô chú bấm đúng 3 bước. Giờ làm thật được rồi.",
            "screens": [
                {
                    "say": f"Bấm nút thứ {number}.",
                    "picture": f"tap-1-{number}.svg",
                    "targets": [
                        target("Đúng", y=100, right=True),
                        target("Sai", y=156, right=False),
                    ],
                }
                for number in (1, 2, 3)
            ],
        }
    ]
    return lesson


def target(label: str, **more: object) -> dict:
    return {"x": 24, "w": 216, "h": 48, "label": label, "why": f"{label}."} | more


def test_a_lesson_with_a_practice_is_right(known):
    assert faults(practised(), known) == []


SCREEN = "practices.0.screens.1"
SPOILT_PRACTICES = [
    (spoil("practices.0.colour", "red"), "practice quen-mat-khau: has"),
    (spoil("practices.0.slug", "Quên"), "small letters"),
    (spoil("practices.0.task", LONG), "task is longer"),
    (spoil("practices.0.done", LONG), "longer than 18 words"),
    (lambda x: x["practices"].append(x["practices"][0]), "one slug"),
    (lambda x: x["practices"][0]["screens"].pop(), "3 to 7 screens"),
    (spoil(f"{SCREEN}.input", True), "screen 2: has"),
    (spoil(f"{SCREEN}.say", LONG), "screen 2: say is longer"),
    (spoil(f"{SCREEN}.say", "Truy cập trang."), "office word"),
    (spoil(f"{SCREEN}.targets", []), "1 to 4 targets"),
    (spoil(f"{SCREEN}.targets.0.right", False), "exactly one target"),
    (spoil(f"{SCREEN}.targets.1.right", True), "exactly one target"),
    (spoil(f"{SCREEN}.targets.1.label", "Đúng"), "two targets have one label"),
    (spoil(f"{SCREEN}.targets.1.why", ""), "says why"),
    (spoil(f"{SCREEN}.targets.1.h", 47), "screen 2: target 2"),
    (spoil(f"{SCREEN}.targets.1.w", 241), "screen 2: target 2"),
    (spoil(f"{SCREEN}.targets.1.x", -1), "screen 2: target 2"),
    (spoil(f"{SCREEN}.targets.1.y", 349), "screen 2: target 2"),
    (spoil(f"{SCREEN}.targets.1.y", 155), "screen 2: target 2"),
    (spoil(f"{SCREEN}.targets.1.id", "a"), "a target has"),
]


@pytest.mark.parametrize(
    ("change", "named"),
    SPOILT_PRACTICES,
    ids=[f"{n} {name}" for n, (_, name) in enumerate(SPOILT_PRACTICES)],
)
def test_a_spoilt_practice_is_caught(change, named, known):
    lesson = practised()
    change(lesson)
    assert [fault for fault in faults(lesson, known) if named in fault]


@pytest.mark.parametrize(
    ("inner", "named"),
    [
        (f'<rect stroke="{RING}"/>', "the page draws the ring"),
        ("<text>BÀI TẬP</text>", "the page draws the strip"),
        ("<foreignObject/>", "element not allowed"),
    ],
)
def test_a_spoilt_screen_drawing_is_caught(inner, named):
    right = picture("<rect/>").replace(b"216 384", b"264 396")
    assert screen_picture_faults(right) == []
    wrong = picture(inner).replace(b"216 384", b"264 396")
    assert [fault for fault in screen_picture_faults(wrong) if named in fault]


def picture(inner: str, root: str = "") -> bytes:
    ring = f'<g stroke="{RING}"><rect/></g><text>3</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 216 384" role="img"{root}>'
        f"{inner or ring}</svg>"
    ).encode()


def test_a_plain_picture_with_one_numbered_ring_is_right():
    assert picture_faults(picture(""), 3) == []


@pytest.mark.parametrize(
    ("svg", "named"),
    [
        (picture("", ' style="color:red"'), "attribute not allowed: style"),
        (picture("", ' id="a"'), "attribute not allowed: id"),
        (picture("", ' onload="x()"'), "attribute not allowed: onload"),
        (picture("<script/>"), "element not allowed"),
        (picture("<style/>"), "element not allowed"),
        (picture('<image href="x.png"/>'), "attribute not allowed: href"),
        (picture("<title>x</title>"), "element not allowed"),
        (picture("<text>3</text>"), "exactly one orange ring"),
        (
            picture(f'<g stroke="{RING}"/><rect fill="{RING}"/>'),
            "exactly one orange ring",
        ),
        (picture(f'<g stroke="{RING}"/><text>4</text>'), "carries the step number"),
        (picture('<text font-size="12">a</text>'), "text smaller"),
        (picture("")[:-3], "not well-formed"),
        (picture("").replace(b"216 384", b"300 200"), "viewBox"),
        (picture(" " * 4096), "larger than 4 KB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_spoilt_picture_is_caught(svg, named):
    assert [fault for fault in picture_faults(svg, 3) if named in fault]
