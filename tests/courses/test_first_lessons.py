"""The lessons of the sources, as a resident gets them: small, whole, in one request."""

from __future__ import annotations

import re
import statistics
import tomllib
from html import unescape

import brotli
import pytest
from django.test import Client
from wagtail.models import Page, Revision

from courses.loading import load_lessons
from courses.models import Hotline, LessonPage
from home.models import CustomImage, HomePage
from tests.courses.lesson_rules import CONTENT

# Tests of stored pages alone would otherwise run after those that empty the database.
pytestmark = pytest.mark.django_db
FIRST_VISIT, MEDIAN = 14_336, 10_000
SOURCES = {
    tomllib.loads(path.read_text(encoding="utf-8"))["number"]: path.parent.name
    for path in sorted(CONTENT.glob("lessons/*/lesson.toml"))
}


@pytest.fixture(scope="module")
def pages(loaded, django_db_blocker) -> dict[int, str]:
    """Every lesson as a guest gets it, asked for once."""
    with django_db_blocker.unblock():
        found = {}
        for lesson in LessonPage.objects.order_by("number"):
            response = Client().get(lesson.url)
            assert response.status_code == 200
            found[lesson.number] = response.text
    return found


def packed(page: str) -> int:
    return len(brotli.compress(page.encode(), quality=11))


@pytest.mark.parametrize("number", SOURCES, ids=SOURCES.get)
def test_a_first_visit_fits_ten_packets_with_styles_and_drawings(number, pages):
    assert packed(pages[number]) <= FIRST_VISIT


def test_half_of_the_lessons_weigh_at_most_ten_thousand_bytes(pages):
    assert statistics.median(packed(page) for page in pages.values()) <= MEDIAN


@pytest.mark.parametrize("number", SOURCES, ids=SOURCES.get)
def test_a_lesson_is_readable_after_one_request(number, pages):
    page = pages[number]
    assert not re.search(r"<(img|iframe|object|video|audio)\b", page)
    # Modules wait until the page is read; the one inside the page asks nobody.
    scripts = re.findall(r"<script([^>]*)>", page)
    assert [s for s in scripts if s and 'type="module"' not in s] == []
    links = re.findall(r'<link [^>]*href="([^"]*)"', page)
    assert [link for link in links if not link.startswith("data:")] == []


@pytest.mark.parametrize("number", SOURCES, ids=SOURCES.get)
def test_a_lesson_shows_each_step_with_its_number_and_drawing(number, lessons, pages):
    lesson, page = lessons.get(number=number), pages[number]
    places = [f'id="buoc-{place}"' for place in range(1, len(lesson.steps) + 1)]
    assert [place for place in places if place not in page] == []
    drawn = [s.value.description for s in lesson.steps if s.value["picture"]]
    shown = re.findall(r'<svg role="img" aria-label="([^"]*)"', page)
    assert [unescape(label) for label in shown] == drawn


@pytest.mark.parametrize("number", SOURCES, ids=SOURCES.get)
def test_the_guide_and_the_editors_marks_are_not_in_the_lesson(number, lessons, pages):
    lesson, page = lessons.get(number=number), unescape(pages[number])
    guide = lesson.guide[0].value
    hidden = [*guide["mistakes"], *guide["say"], *guide["prepare"]]
    hidden += [step.value["check_note"] for step in lesson.steps]
    assert [text for text in hidden if text and text in page] == []


def test_the_sources_make_published_lessons_with_pictures(lessons):
    assert list(lessons.values_list("number", flat=True)) == sorted(SOURCES)
    assert all(lesson.live and lesson.live_revision_id for lesson in lessons)
    pictures = sum(bool(s.value["picture"]) for x in lessons for s in x.steps)
    practices = [block.value for x in lessons for block in x.practices]
    pictures += sum(bool(s["picture"]) for one in practices for s in one["screens"])
    assert CustomImage.objects.count() == pictures > 40
    rows = HomePage.objects.get().rows.all()
    assert [row.label for row in rows][:2] == [
        "Quên mật khẩu VNeID",
        "Kích hoạt VNeID mức 2",
    ]


PRACTISED = [
    number
    for number, slug in SOURCES.items()
    if "\n[[practices]]" in (CONTENT / "lessons" / slug / "lesson.toml").read_text()
]


@pytest.mark.parametrize("number", PRACTISED, ids=lambda number: SOURCES[number])
def test_every_practice_can_be_tapped_through_to_its_end(number, lessons, client):
    lesson = lessons.get(number=number)
    for place, block in enumerate(lesson.practices, 1):
        address = lesson.practice_url(place)
        for screen in block.value["screens"]:
            page = client.get(address).text
            assert packed(page) <= FIRST_VISIT
            assert screen["say"] in unescape(page)
            (address,) = {
                unescape(found)
                for found in re.findall(
                    r'<a href="([^"]+)" aria-label="[^"]+" data-why="[^"]*" data-right',
                    page.partition("<template>")[0],
                )
            }
        assert block.value["done"] in unescape(client.get(address).text)


def test_loading_twice_changes_nothing(lessons):
    before = list(Page.objects.order_by("pk").values())
    revisions = Revision.objects.count()
    again = load_lessons()
    assert (again.made, again.renewed, again.left_alone) == ([], [], [])
    assert len(again.unchanged) == len(sorted(SOURCES))
    assert list(Page.objects.order_by("pk").values()) == before
    assert Revision.objects.count() == revisions
    assert CustomImage.objects.count() == len(
        set(CustomImage.objects.values_list("source"))
    )


def test_numbers_that_must_not_be_public_are_on_no_page(lessons, client):
    page = client.get("/so-can-goi/").text
    hidden = Hotline.objects.filter(is_public=False)
    assert [line.number for line in hidden] == ["1900 0368"]
    assert "1900 0368" not in page
    assert page.count('class="call"') == Hotline.objects.for_residents().count() == 10
