"""Practising on drawn screens: by links alone, and what an editor may build."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError

from courses.blocks import PracticeBlock
from courses.models import LessonPage
from courses.publishing import Draft, faults
from courses.targets import Rectangle
from home.models import CustomImage
from tests.courses.making import make_drawing, make_lesson, practice, target


@pytest.fixture
def drawing(db) -> CustomImage:
    return make_drawing()


@pytest.fixture
def lesson(drawing) -> LessonPage:
    return make_lesson(practices=[("practice", practice(picture=drawing))])


def links(page: str) -> dict[str, str]:
    """The addresses behind the places to tap, by their words."""
    shown = page.partition("<template>")[0]
    found = re.findall(r'<a href="([^"]+)" aria-label="([^"]+)"', shown)
    return {label: address.replace("&amp;", "&") for address, label in found}


# --- without JavaScript ------------------------------------------------------------------


def test_the_lesson_leads_to_its_practice_first_and_to_the_questions_second(
    lesson, client
):
    page = client.get(lesson.url).text
    assert f'<a class="button" href="{lesson.url}tap/1/">Tập bấm thử</a>' in page
    assert f'class="button second" href="{lesson.questions_url}"' in page


def test_without_a_practice_the_questions_come_first(db, client):
    lesson = make_lesson()
    page = client.get(lesson.url).text
    assert f'<a class="button" href="{lesson.questions_url}"' in page
    assert "/tap/" not in page


def test_tapping_the_right_places_leads_through_all_screens_to_the_end(lesson, client):
    address, seen = lesson.practice_url(1), []
    for number in (1, 2, 3):
        page = client.get(address).text
        seen.append(f"{number}/3" in page and f"Bấm nút thứ {number}." in page)
        address = links(page)[f"Nút {number}"]
    page = client.get(address).text
    assert seen == [True, True, True]
    assert "Cô chú bấm đúng 3 bước. Giờ làm thật được rồi." in page
    assert links(page) == {}
    assert f'href="{lesson.practice_url(1)}">Tập lại</a>' in page


def test_the_right_tap_is_praised_on_the_next_screen(lesson, client):
    page = client.get(links(client.get(lesson.practice_url(1)).text)["Nút 1"]).text
    assert "Bấm nút thứ 2." in page
    assert '<span class="note good">Đúng rồi.</span>' in page


def test_a_wrong_tap_stays_is_answered_kindly_and_the_second_shows_the_ring(
    lesson, client
):
    first = client.get(links(client.get(lesson.practice_url(1)).text)["Đăng nhập"]).text
    assert "Bấm nút thứ 1." in first
    assert "“Đăng nhập” chưa đúng chỗ, không sao cả." in first
    assert 'class="ring"' not in first
    second = client.get(links(first)["Đăng nhập"]).text
    assert '<rect class="ring" x="20" y="96" width="224" height="56"' in second
    assert "vòng màu cam" in second
    third = client.get(links(second)["Đăng nhập"]).text
    assert 'class="ring"' in third
    assert "Bấm nút thứ 2." in client.get(links(third)["Nút 1"]).text


@pytest.mark.parametrize(
    "query",
    [
        "buoc=x",
        "buoc=-1",
        "buoc=0",
        "buoc=1&chon=9",
        "sai=x",
        "chon=²",
        "buoc=1&chon=1",
    ],
)
def test_an_address_that_says_nonsense_opens_the_first_screen(query, lesson, client):
    response = client.get(f"{lesson.practice_url(1)}?{query}")
    assert response.status_code == 200
    assert "Bấm nút thứ 1." in response.text
    assert '<span class="note' not in response.text


def test_a_screen_far_past_the_last_is_the_end(lesson, client):
    page = client.get(f"{lesson.practice_url(1)}?buoc=999").text
    assert "Giờ làm thật được rồi." in page


def test_the_screen_says_that_it_is_an_exercise_and_has_nothing_to_type_into(
    lesson, client
):
    page = client.get(lesson.practice_url(1)).text
    assert "BÀI TẬP – màn hình vẽ" in page
    assert "không phải ứng dụng thật" in page
    assert re.findall(r"<(?:input|textarea|select|form)\b", page) == []


def test_the_first_page_carries_every_screen_for_the_script_and_the_others_none(
    lesson, client
):
    first = client.get(lesson.practice_url(1)).text
    _shown, _, kept = first.partition("<template>")
    assert [f"Bấm nút thứ {n}." in kept for n in (1, 2, 3)] == [True] * 3
    assert "<template>" not in client.get(f"{lesson.practice_url(1)}?buoc=2").text


def test_a_screen_whose_drawing_is_gone_is_passed_over_with_its_sentence(
    lesson, drawing, client
):
    drawing.file.storage.delete(drawing.file.name)
    page = client.get(lesson.practice_url(1)).text
    assert "Bấm nút thứ 1." in page
    assert links(page) == {}
    assert f'href="{lesson.practice_url(1)}?buoc=2#tap">Sang màn hình sau</a>' in page


def test_there_is_no_second_practice_and_none_of_another_course(lesson, client):
    assert client.get(lesson.practice_url(2)).status_code == 404
    assert client.get("/bai/an-toan/quen-mat-khau/tap/1/").status_code == 404
    assert client.post(lesson.practice_url(1)).status_code == 405


def test_a_withdrawn_lesson_is_not_practised(lesson, client):
    LessonPage.objects.filter(pk=lesson.pk).update(withdraw_on="2026-11-20")
    response = client.get(lesson.practice_url(1))
    assert (response.status_code, response.url) == (302, lesson.url)


@pytest.mark.parametrize("many", [3, 7])
def test_three_screens_ask_as_much_as_seven(
    many, drawing, client, settings, django_assert_num_queries
):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }
    lesson = make_lesson(practices=[("practice", practice(many, picture=drawing))])
    client.get(lesson.practice_url(1))
    with django_assert_num_queries(QUERIES):
        client.get(lesson.practice_url(1))


QUERIES = 12


# --- what an editor may build ------------------------------------------------------------


def test_a_complete_practice_may_be_published(drawing):
    lesson = make_lesson(practices=[("practice", practice(picture=drawing))])
    assert [f for f in faults(Draft.of_page(lesson)) if f.field == "practices"] == []


def change(where: str, value: object):
    def apply(built: dict) -> None:
        *way, last = (int(p) if p.isdigit() else p for p in where.split("."))
        for part in way:
            built = built[part]
        built[last] = value

    return apply


SPOILT = [
    (change("task", ""), "Ghi tập việc gì"),
    (change("done", ""), "Ghi tập việc gì"),
    (lambda built: built["screens"].pop(), "3 đến 7 màn hình; đang có 2"),
    (change("screens.1.say", ""), "Màn hình 2: Còn thiếu câu"),
    (change("screens.1.picture", None), "Màn hình 2: Còn thiếu câu"),
    (change("screens.1.targets", []), "Màn hình 2: Cần từ một đến bốn"),
    (change("screens.1.targets.1.right", True), "đúng một chỗ đúng"),
    (change("screens.1.targets.1.why", ""), "câu nói khi bấm"),
    (change("screens.1.targets.1.h", 40), "Chỗ bấm 2: Chỗ bấm phải từ 48"),
    (change("screens.1.targets.1.y", 360), "Chỗ bấm 2: Chỗ bấm ra ngoài"),
    (change("screens.1.targets.1.y", 155), "Chỗ bấm 2: Chỗ này cách"),
]


@pytest.mark.parametrize(("spoil", "named"), SPOILT, ids=[name for _, name in SPOILT])
def test_a_practice_that_cannot_be_tapped_is_not_published(spoil, named, drawing):
    built = practice(picture=drawing)
    spoil(built)
    lesson = make_lesson()
    lesson.practices = [("practice", built)]
    found = [f.message for f in faults(Draft.of_page(lesson)) if f.field == "practices"]
    assert [message for message in found if named in message]


def cleaned(built: dict, *, draft: bool) -> list[str]:
    """What the block says to a value of the form."""
    block = PracticeBlock()
    block.set_name("practice")
    try:
        (block.clean_deferred if draft else block.clean)(block.to_python(built))
    except ValidationError as error:
        return [str(error.as_json_data())]
    return []


def test_a_draft_may_lack_its_right_place_but_not_have_places_on_one_another():
    unfinished = practice()
    unfinished["screens"][0]["targets"] = [target("Nút", 100)]
    assert cleaned(unfinished, draft=True) == []
    assert "đúng một chỗ đúng" in cleaned(unfinished, draft=False)[0]
    crowded = practice()
    crowded["screens"][0]["targets"][1]["y"] = 120
    assert "cách chỗ bấm số 1" in cleaned(crowded, draft=True)[0]


@pytest.mark.parametrize(
    ("other", "crowds"),
    [
        ((24, 148, 216, 48), True),
        ((24, 155, 216, 48), True),
        ((24, 156, 216, 48), False),
        ((0, 100, 16, 48), False),
        ((0, 100, 17, 48), True),
    ],
)
def test_two_places_stand_at_least_eight_apart(other, crowds):
    first, second = Rectangle(24, 100, 216, 48), Rectangle(*other)
    assert first.crowds(second) is second.crowds(first) is crowds
