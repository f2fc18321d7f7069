"""The editor of a lesson with its checks, and the desk on which the CMS opens."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.actions import plan_session
from courses.models import (
    Complaint,
    LegalDocument,
    LessonPage,
    LessonRecording,
    PlainWord,
    StepReport,
)
from courses.quality import look_at
from tests.courses.making import (
    TODAY,
    make_course,
    make_draft,
    make_facts,
    make_lesson,
    make_recording,
    sign_in,
)
from tests.courses.test_editors import form_data
from tests.courses.test_reviewing import form_of
from tests.courses.test_weight import drawing, heavy_draft

AJAX = {"x-requested-with": "XMLHttpRequest"}


def quality_of(client, page, **options) -> str:
    return client.get(f"/soan/bai/{page.pk}/kiem/", **options).text


def questions(client, url: str) -> int:
    """How often a warm page asks the database; its cache may stand elsewhere."""
    client.get(url)
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return sum("cache_table" not in query["sql"] for query in asked)


# --- the look at a draft --------------------------------------------------------------


def test_the_look_weighs_the_draft_and_names_what_could_be_better(editor, client):
    PlainWord.objects.create(word="tích hợp", plain="thêm vào")
    draft = make_draft(owner_role="", steps=[("step", {"text": "Tích hợp giấy tờ."})])
    draft.save_revision()
    said = quality_of(client, draft, headers=AJAX)
    assert re.search(r"[\d.]+ trên 14\.336 byte", said)
    assert re.search(r"đọc được sau \d,\d giây", said)
    assert "Chưa ghi người phụ trách bài này." in said
    assert "<strong>Bước 1</strong>: thay vì “tích hợp”, hãy viết: thêm vào" in said
    assert 'data-count="2"' in said
    assert "<html" not in said
    assert "<html" in quality_of(client, draft)


def test_the_look_is_at_the_latest_draft_and_says_what_it_would_tell(editor, client):
    lesson = make_lesson()
    draft = LessonPage.objects.get(pk=lesson.pk)
    draft.steps[1].value["text"] = "Bấm chỗ khác."
    draft.save_revision()
    assert "Bước đã sửa: 2." in quality_of(client, lesson)
    draft.small_fix = True
    draft.save_revision()
    assert "Bước đã sửa" not in quality_of(client, lesson)


def test_a_published_lesson_would_tell_nothing(editor):
    assert not look_at(make_lesson()).tells_change


def test_the_look_names_the_sessions_that_will_teach_the_lesson(
    editor, cast, ground, client
):
    lesson = make_lesson()
    plan_session(
        user=cast.tam,
        host=ground.rach_moi,
        team=ground.team,
        date=TODAY + dt.timedelta(days=1),
        lessons=[lesson],
    )
    said = quality_of(client, lesson)
    assert "1 buổi sắp tới" in said
    assert "21/11/2026 · " in said


def test_a_picture_knows_the_lessons_that_show_it(editor, client):
    image = drawing("mot", "Nút")
    make_lesson(
        title="Bài có hình", steps=[("step", {"text": "Mở.", "picture": image})]
    )
    assert "Bài có hình" in client.get(f"/soan/images/usage/{image.pk}/").text


def test_the_look_is_for_who_may_edit(lesson, cast, client):
    sign_in(client, cast.mai)
    assert client.get(f"/soan/bai/{lesson.pk}/kiem/").status_code == 302


def test_the_editor_shows_the_look_beside_it_and_by_the_button(editor, client):
    lesson = make_lesson()
    page = client.get(f"/soan/pages/{lesson.pk}/edit/").text
    assert f'data-src="/soan/bai/{lesson.pk}/kiem/"' in page
    assert "data-can-bai" in page
    assert "courses/editing.js" in page
    for name in ("small_fix", "weight_reason"):
        assert f'name="{name}"' in page


# Wagtail leaves the file of a thumbnail that it makes to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("many", [1, 12])
def test_the_editor_of_a_lesson_asks_the_same_however_long_it_is(many, editor, client):
    """The bar is 40 (issue 3), the cache included; the first request warms."""
    steps = [
        ("step", {"text": f"Cầm thẻ {n}.", "picture": drawing(f"hinh-{n}", f"{n}")})
        for n in range(many)
    ]
    lesson = make_lesson(steps=steps)
    assert questions(client, f"/soan/pages/{lesson.pk}/edit/") == 36


# --- the gate ---------------------------------------------------------------------------


def test_a_heavy_lesson_stays_a_draft_until_a_reason_is_written(editor, client):
    draft = heavy_draft()
    draft.save_revision()
    steps = {
        f"steps-{n}-{key}": value
        for n, block in enumerate(draft.steps)
        for key, value in {
            "type": "step",
            "order": str(n),
            "deleted": "",
            "id": block.id,
            "value-text": block.value["text"],
            "value-warning": block.value["warning"],
        }.items()
    } | {"steps-count": str(len(draft.steps))}
    sent = form_of(draft) | steps | {"action-publish": "x"}
    url = f"/soan/pages/{draft.pk}/edit/"
    response = client.post(url, sent, follow=True)
    assert "quá mức 14.336" in response.text
    assert not LessonPage.objects.get().live
    client.post(url, sent | {"weight_reason": "Đủ 60 bước của một thủ tục."})
    assert LessonPage.objects.get().live


def test_a_heavy_draft_is_not_published_from_the_list(editor, client):
    draft = heavy_draft()
    draft.save_revision()
    url = f"/soan/bulk/wagtailcore/page/publish/?id={draft.pk}&next=/soan/"
    response = client.post(url, {"include_descendants": ""}, follow=True)
    assert "quá mức 14.336" in response.text
    assert not LessonPage.objects.get().live


def test_publishing_names_what_could_be_plainer_and_publishes(editor, client):
    PlainWord.objects.create(word="ứng dụng", plain="app")
    url = f"/soan/pages/add/courses/lessonpage/{make_course().pk}/"
    response = client.post(url, form_data() | {"action-publish": "x"}, follow=True)
    assert LessonPage.objects.get().live
    assert "Còn 2 chỗ nên viết dễ hiểu hơn" in response.text


def test_the_mark_of_a_small_mistake_is_empty_for_the_next_change(editor, client):
    lesson = make_lesson(small_fix=True)
    page = client.get(f"/soan/pages/{lesson.pk}/edit/").text
    (box,) = re.findall(r'<input[^>]*name="small_fix"[^>]*>', page)
    assert "checked" not in box
    draft = LessonPage.objects.get()
    draft.small_fix = True
    draft.save_revision()
    page = client.get(f"/soan/pages/{lesson.pk}/edit/").text
    (box,) = re.findall(r'<input[^>]*name="small_fix"[^>]*>', page)
    assert "checked" in box


# --- scheduled --------------------------------------------------------------------------


def test_a_scheduled_change_is_public_from_its_minute_on(editor, client, time_machine):
    lesson = make_lesson()
    draft = LessonPage.objects.get()
    draft.steps[0].value["text"] = "Mở bản mới."
    draft.go_live_at = dt.datetime(2026, 11, 20, 2, 30, tzinfo=dt.UTC)
    draft.save_revision(user=editor).publish(user=editor)
    time_machine.move_to("2026-11-20 09:29:30 +0700", tick=False)
    call_command("publish_scheduled", verbosity=0)
    assert "Mở bản mới." not in client.get(lesson.url).text
    time_machine.move_to("2026-11-20 09:30:01 +0700", tick=False)
    call_command("publish_scheduled", verbosity=0)
    assert "Mở bản mới." in client.get(lesson.url).text


def test_a_stored_page_does_not_outlive_the_minute_of_its_expiry(db, client):
    soon = timezone.now() + dt.timedelta(minutes=10)
    lesson = make_lesson(expire_at=soon)
    response = client.get(lesson.url)
    assert response.headers["X-Good-Until"] == str(int(soon.timestamp()))


# --- withdrawing at once -----------------------------------------------------------------


def test_the_explorer_offers_to_withdraw_at_once(editor, client):
    lesson = make_lesson()
    listing = client.get(f"/soan/pages/{lesson.get_parent().pk}/").text
    assert f"/so/bai/{lesson.number}/tam-go/" in listing


def test_an_editor_withdraws_a_lesson_and_does_not_unpublish_it(editor, client):
    lesson = make_lesson()
    for method in (client.get, client.post):
        response = method(f"/soan/pages/{lesson.pk}/unpublish/", follow=True)
        assert response.redirect_chain[-1][0] == f"/so/bai/{lesson.number}/tam-go/"
        assert "Bài giữ nguyên địa chỉ" in response.text
    url = f"/soan/bulk/wagtailcore/page/unpublish/?id={lesson.pk}&next=/soan/"
    response = client.post(url, {"include_descendants": ""}, follow=True)
    assert "Bài tạm gỡ từng bài một" in response.text
    assert LessonPage.objects.get().live


def test_a_draft_and_a_course_cannot_be_withdrawn(editor, client):
    draft = make_draft()
    listing = client.get(f"/soan/pages/{draft.get_parent().pk}/").text
    assert "/tam-go/" not in listing


# --- the desk ----------------------------------------------------------------------------


def test_an_empty_desk_says_only_that_nothing_waits(editor, client):
    page = client.get("/soan/").text
    assert "Bài cần xem" in page
    for heading in ("Văn bản vừa thay đổi", "nhiều nhất", "Bà con báo bài sai"):
        assert heading not in page


def test_a_document_that_ended_ends_soon_or_was_edited_is_on_the_desk(editor, client):
    make_lesson()
    LegalDocument.objects.update(in_force_to=TODAY + dt.timedelta(days=91))
    assert "Văn bản vừa thay đổi" not in client.get("/soan/").text
    LegalDocument.objects.update(in_force_to=TODAY + dt.timedelta(days=90))
    page = client.get("/soan/").text
    assert "hiệu lực đến hết 18/02/2027 · 1 bài" in page
    assert f"/soan/van-ban/{LegalDocument.objects.get().pk}/dua-vao/" in page


def test_a_document_without_a_lesson_is_not_news(editor, client):
    make_facts()
    LegalDocument.objects.update(in_force_to=TODAY)
    assert "Văn bản vừa thay đổi" not in client.get("/soan/").text


def test_the_step_at_which_most_are_stuck_comes_first(editor, client):
    lesson = make_lesson(title="Bài kẹt")
    for step, count in ((2, 3), (1, 9)):
        StepReport.objects.create(
            lesson=lesson,
            week=dt.date(2026, 11, 16),
            kind="stuck",
            step=step,
            count=count,
        )
    page = client.get("/soan/").text
    assert page.index("bước 1 · 9 lần báo") < page.index("bước 2 · 3 lần báo")


def test_what_residents_call_wrong_waits_on_the_desk(editor, client):
    lesson = make_lesson(title="Bài sai")
    told = Complaint.objects.create(
        lesson=lesson, step=2, what="different", words="Nút ở chỗ khác."
    )
    page = client.get("/soan/").text
    assert "Bà con báo bài sai" in page
    assert "Nút ở chỗ khác." in page
    Complaint.objects.update(handled_at=timezone.now(), answer="Đã sửa.")
    assert "Nút ở chỗ khác." not in client.get("/soan/").text
    assert client.get(reverse("complaint:edit", args=[told.pk])).status_code == 200


def test_a_recording_older_than_its_text_is_on_the_desk(editor, client):
    lesson = make_lesson()
    make_recording(lesson)
    assert "Cần thu âm lại" not in client.get("/soan/").text
    LessonRecording.objects.update(text_digest="old")
    assert "Cần thu âm lại" in client.get("/soan/").text


def test_the_steps_to_check_are_listed_with_what_to_check(editor, client):
    note = "domain.md 4.1 không nêu tên nút"
    step = {"text": "Bấm nút.", "check": True, "check_note": note}
    make_lesson(title="Bài cần kiểm", steps=[("step", step)])
    make_lesson("yen", title="Bài yên")
    url = "/soan/reports/can-kiem-tra/"
    page = client.get(url).text
    assert note in page
    assert "Bài yên" not in page
    export = client.get(url, {"export": "csv"})
    text = b"".join(export.streaming_content).decode()
    assert f"Bước 1: {note}" in text


@pytest.mark.parametrize("many", [1, 3])
def test_the_desk_asks_the_same_for_one_and_three(many, editor, client):
    step = {"text": "Mở.", "check": True, "check_note": "x"}
    for n in range(many):
        lesson = make_lesson(f"bai-{n}", steps=[("step", step)])
        make_recording(lesson)
        StepReport.objects.create(
            lesson=lesson, week=dt.date(2026, 11, 16), kind="stuck", step=1, count=1
        )
        Complaint.objects.create(lesson=lesson, what="different")
    LessonRecording.objects.update(text_digest="old")
    LegalDocument.objects.update(in_force_to=TODAY)
    assert questions(client, "/soan/") == 32


def test_the_price_of_data_is_set_in_the_cms(editor, client):
    url = "/soan/settings/courses/editingsettings/"
    assert "cước dữ liệu" in client.get(url, follow=True).text.lower()
