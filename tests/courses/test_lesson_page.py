"""The lesson as a page: its parts in their order, its marks for the phone, its pictures."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from courses.models import LessonChange, LessonPage
from home.models import CustomImage, CustomRendition
from tests.courses.making import (
    TODAY,
    content,
    make_course,
    make_drawing,
    make_lesson,
    make_recording,
    practice,
)


def photograph(width: int = 300, height: int = 600) -> CustomImage:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    image = CustomImage(title="Ảnh")
    image.file = ContentFile(file.getvalue(), name="anh.png")
    image.save()
    # The size as it is shown, made beforehand: Wagtail leaves a file open when it makes one.
    CustomRendition.objects.create(
        image=image,
        filter_spec="max-656x768|format-webp",
        file="images/anh.webp",
        width=width,
        height=height,
    )
    return image


def test_the_parts_stand_in_the_order_in_which_they_are_needed(db, client):
    lesson = make_lesson(practices=[("practice", practice(picture=make_drawing()))])
    make_recording(lesson)
    page = client.get(lesson.url).text
    parts = [
        "‹ Trang đầu", "Bài 1 · 4 phút", "<h1>", "Nghe bài", "Cần có sẵn", "buoc-1",
        "buoc-2", 'id="dung"', 'id="tap"', 'id="cau-hoi"', 'id="vuong"',
        'id="lam-duoc"', 'id="hoi"', "Căn cứ:", "Lưu ảnh", "Báo bài sai",
    ]  # fmt: skip
    body = page.partition("<body")[2]
    places = [body.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_the_page_tells_the_phone_what_it_keeps_by(lesson, client):
    page = client.get(lesson.url).text
    (article,) = re.findall(r"<article [^>]*>", page)
    assert article == (
        f'<article class="lesson" data-lesson="{lesson.number}" '
        f'data-title="{lesson.title}" data-steps="2" '
        f'data-revision="{lesson.live_revision_id}">'
    )
    for name in ("buoc-dang-o", "lam-duoc-chua", "giu-bai"):
        assert f"<{name}></{name}>" in page


def test_numbers_over_a_thousand_are_not_split_for_the_phone(db, client):
    lesson = make_lesson(number=1234)
    page = client.get(lesson.url).text
    assert 'data-lesson="1234"' in page
    assert "/bao-bai-sai/?bai=1234" in page


@pytest.mark.parametrize(
    ("withdraw_on", "expire_at", "moment"),
    [
        (dt.date(2027, 3, 1), None, dt.datetime(2027, 2, 28, 17, tzinfo=dt.UTC)),
        (
            dt.date(2027, 3, 1),
            dt.datetime(2027, 1, 5, 3, tzinfo=dt.UTC),
            dt.datetime(2027, 1, 5, 3, tzinfo=dt.UTC),
        ),
    ],
)
def test_a_copy_on_the_phone_knows_its_last_moment(
    withdraw_on, expire_at, moment, db, client
):
    lesson = make_lesson(withdraw_on=withdraw_on, expire_at=expire_at)
    page = client.get(lesson.url).text
    assert f'data-good-until="{int(moment.timestamp())}"' in page


def test_the_notice_of_the_last_day_waits_in_the_page_with_the_replacement(db, client):
    other = make_lesson("bai-moi", **content(title="Bài mới"))
    lesson = make_lesson(withdraw_on=dt.date(2027, 3, 1), replacement=other)
    page = client.get(lesson.url).text
    (kept,) = re.findall(r'<template id="het-han">(.*?)</template>', page, re.S)
    assert "hết hiệu lực sau ngày 28/02/2027" in kept
    assert f'<a href="{other.url}">Bài mới</a>' in kept
    shown = page.replace(kept, "")
    assert ("hết hiệu lực" in shown, "Bài mới" in shown) == (False, False)


def test_a_withdrawn_lesson_keeps_only_title_notice_replacement_and_whom_to_ask(
    lesson, client
):
    LessonPage.objects.filter(pk=lesson.pk).update(withdraw_on=TODAY)
    page = client.get(lesson.url).text
    assert re.findall(r"<article [^>]*>", page)[0].endswith(" data-withdrawn>")
    assert 'id="hoi"' in page
    gone = (
        'id="buoc-1"',
        'id="lam-duoc"',
        'id="vuong"',
        "Căn cứ:",
        "/in/",
        "/anh/",
        "<giu-bai>",
        "<template",
    )
    assert [part for part in gone if part in page] == []


def test_a_changed_step_is_named_for_sixty_days(lesson, client, time_machine):
    steps = lesson.steps.get_prep_value()
    steps[1]["value"]["text"] = "Bấm nút khác."
    lesson.steps = steps
    lesson.save_revision().publish()
    assert LessonChange.objects.count() == 1
    said = "Sửa ngày 20/11/2026: bước 2"
    assert said in client.get(lesson.url).text
    time_machine.move_to("2027-01-19 09:00 +0700")
    assert said not in client.get(lesson.url).text


# --- pictures ----------------------------------------------------------------------------


def steps(*pictures: CustomImage) -> list[tuple]:
    return [
        ("step", {"text": f"Bước {number}.", "picture": picture})
        for number, picture in enumerate(pictures, 1)
    ]


def test_a_small_drawing_stands_in_the_page_and_grows_with_the_text(db, client):
    lesson = make_lesson(steps=steps(make_drawing()))
    page = client.get(lesson.url).text
    # 264 by 396 would be taller than a step's picture may be.
    assert (
        '<svg role="img" aria-label="Bước 1." width="14.22rem" height="21.33rem"'
        in page
    )
    assert "<img" not in page


def test_photographs_keep_their_box_and_wait_from_the_third_on(db, client):
    lesson = make_lesson(steps=steps(*(photograph() for _ in range(3))))
    images = re.findall(r"<img [^>]*>", client.get(lesson.url).text)
    assert ["loading" in image for image in images] == [False, False, True]
    assert all('width="192" height="384"' in image for image in images)
    assert all('alt="Bước ' in image for image in images)


def test_a_drawing_that_is_gone_leaves_its_sentence_in_the_same_space(db, client):
    drawing = make_drawing()
    lesson = make_lesson(steps=steps(drawing))
    drawing.file.storage.delete(drawing.file.name)
    page = client.get(lesson.url).text
    assert '<p class="no-picture">Bước 1.</p>' in page


def for_staff(**changes) -> LessonPage:
    lesson = make_lesson(**changes)
    lesson.move(make_course("can-bo"), pos="last-child")
    return LessonPage.objects.get(pk=lesson.pk)


def test_a_lesson_for_staff_speaks_to_staff_and_names_whom_they_ask(db, client):
    said = "“Mời cô chú ngồi.”"
    exercise = practice(picture=make_drawing()) | {"task": "Tập.", "done": "Xong."}
    lesson = for_staff(
        steps=[("step", {"text": said})], practices=[("practice", exercise)]
    )
    for url in (lesson.url, lesson.questions_url, lesson.first_practice_url):
        page = client.get(url).text.partition("<body")[2]
        assert "cán bộ phụ trách của xã, hoặc người quản trị hệ thống" in page
        assert "tổ công nghệ số ở ấp" not in page
        assert "Cô chú" not in page
    page = client.get(lesson.url).text
    assert "Anh chị làm được chưa?" in page
    assert "Anh chị đang ở bước {n}." in page
    # What is said to residents stays as it is said.
    assert said in page


def test_a_lesson_for_staff_that_is_withdrawn_sends_nobody_to_themselves(db, client):
    lesson = for_staff()
    LessonPage.objects.update(withdraw_on=TODAY - dt.timedelta(days=1))
    page = client.get(lesson.url).text
    assert "Anh chị khoan làm theo; hãy hỏi cán bộ phụ trách của xã" in page
    assert "tổ công nghệ số ở ấp" not in page


def test_a_lesson_for_residents_speaks_to_residents(lesson, client):
    page = client.get(lesson.url).text
    assert "Cô chú làm được chưa?" in page
    assert "Anh chị" not in page


def test_the_way_back_is_as_large_as_a_finger_on_every_page_of_a_lesson(db, client):
    exercise = practice(picture=make_drawing())
    lesson = make_lesson(practices=[("practice", exercise)])
    for url in (lesson.url, lesson.first_practice_url, lesson.questions_url):
        style, _, body = client.get(url).text.partition("</style>")
        assert (
            ".back a{display:inline-flex;align-items:center;min-height:48px}" in style
        )
        assert '<p class="back"><a href=' in body
