"""Báo bài sai: no name, no number, for the editors, and gone after 180 days."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.urls import reverse

from courses import complaints
from courses.editors import ensure_editors, follow_roles
from courses.models import Complaint
from tests.courses.making import make_lesson, sign_in

URL = "/bao-bai-sai/"


@pytest.fixture(autouse=True)
def uncounted():
    """Attempts of other tests do not count."""
    cache.clear()


def send(client, **fields):
    return client.post(URL, {"sai": "different", **fields})


def test_the_form_knows_the_lesson_and_the_step_it_was_opened_from(lesson, client):
    page = client.get(URL, {"bai": lesson.number, "buoc": 2}).text
    assert f'<option value="{lesson.number}" selected>' in page
    assert 'name="buoc" value="2"' in page


def test_a_report_is_kept_with_the_text_it_is_about_and_without_who_said_it(
    lesson, client
):
    page = send(client, bai=lesson.number, buoc=2, loi="Không thấy nút xanh.")
    assert page.status_code == 200
    assert "Cảm ơn cô chú, lời báo đã tới." in page.text
    assert page.cookies == {}
    row = Complaint.objects.get()
    assert (row.lesson_id, row.revision, row.step, row.what, row.words) == (
        lesson.pk,
        lesson.live_revision_id,
        2,
        "different",
        "Không thấy nút xanh.",
    )
    assert row.told_on == dt.date(2026, 11, 20)
    assert {field.name for field in Complaint._meta.get_fields()} == {
        "id", "lesson", "revision", "step", "what", "words", "told_on",
        "handled_at", "handled_by", "answer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Gọi tôi 0900 000 000 nha", "Gọi tôi … nha"),
        ("thẻ 096.123.456.789", "thẻ …"),
        ("mã 123456", "mã …"),
        ("bước 5, 3 phút, 10.000 đồng", "bước 5, 3 phút, 10.000 đồng"),
        ("hai\n\n dòng", "hai dòng"),
    ],
)
def test_long_numbers_are_gone_before_anything_is_kept(written, kept, lesson, client):
    send(client, loi=written)
    assert Complaint.objects.get().words == kept


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sai": ""}, "Cô chú chọn giùm một dòng."),
        ({"sai": "other"}, "Cô chú ghi vài chữ cho biết sai chỗ nào."),
        ({"sai": "other", "loi": "0900000000 "}, ""),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    fields, said, lesson, client
):
    page = send(client, bai=lesson.number, **fields)
    if said:
        assert (page.status_code, Complaint.objects.count()) == (422, 0)
        assert said in page.text
        assert f'<option value="{lesson.number}" selected>' in page.text
    else:
        assert Complaint.objects.get().words == "…"


def test_a_step_without_a_lesson_is_no_step(lesson, client):
    send(client, buoc=4)
    assert Complaint.objects.get().step is None


@pytest.mark.parametrize(
    "bad", [{"bai": "x"}, {"bai": 999}, {"buoc": -1}, {"buoc": 10**9}]
)
def test_nonsense_is_refused_in_words(bad, lesson, client):
    assert send(client, **bad).status_code == 422
    assert client.get(URL, bad).status_code == 200
    assert Complaint.objects.count() == 0


def test_another_site_sends_nothing(lesson, client):
    page = client.post(URL, {"sai": "failed"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (page.status_code, Complaint.objects.count()) == (422, 0)


def test_twenty_from_one_place_and_no_more(lesson, client):
    for _ in range(20):
        assert send(client).status_code == 200
    page = send(client)
    assert page.status_code == 422
    assert "Cô chú chờ mười phút rồi gửi lại." in page.text
    assert Complaint.objects.count() == 20


def test_a_flood_ends_where_nobody_could_read_it(lesson, client, monkeypatch):
    monkeypatch.setattr(complaints, "MOST_IN_A_DAY", 2)
    for _ in range(2):
        send(client)
    page = send(client)
    assert "Cô chú nói giùm với tổ ở ấp." in page.text
    assert Complaint.objects.count() == 2


def test_after_180_days_it_is_gone(lesson):
    for days in (179, 180, 181):
        Complaint.objects.create(
            what="failed", told_on=dt.date(2026, 11, 20) - dt.timedelta(days=days)
        )
    assert complaints.forget_old() == "1 deleted"
    assert complaints.forget_old() == "0 deleted"
    assert Complaint.objects.count() == 2


def test_something_else_without_words_is_refused_by_the_database(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.create(what="other")


def test_a_lesson_that_goes_leaves_the_complaint(lesson):
    row = complaints.complain(what="failed", lesson=lesson, step=1)
    lesson.delete()
    row.refresh_from_db()
    assert (row.lesson, row.step) == (None, 1)


# --- the editors ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sees"),
    [("dung", True), ("thu", True), ("quan", True), ("hanh", False), ("mai", False)],
)
def test_complaints_are_for_those_who_mend_lessons(name, sees, cast, lesson):
    complaints.complain(what="failed", lesson=lesson)
    user = getattr(cast, name)
    assert Complaint.objects.visible_to(user).exists() is sees
    assert Complaint.objects.visible_to(None).count() == 0


def test_an_editor_reads_the_list_and_answers(cast, lesson, client):
    ensure_editors()
    follow_roles(cast.dung)
    sign_in(client, cast.dung)
    row = complaints.complain(
        what="failed", lesson=lesson, step=2, words="<b>Không thấy."
    )
    page = client.get(reverse("complaint:index")).text
    assert "&lt;b&gt;Không thấy." in page
    assert "Làm y như bài mà không được" in page
    assert client.get(reverse("complaint:add")).status_code == 302
    edit = reverse("complaint:edit", args=[row.pk])
    page = client.get(edit).text
    assert "&lt;b&gt;Không thấy." in page
    assert 'name="answer"' in page
    assert 'name="words"' not in page
    assert client.post(edit, {"answer": "Đã sửa bước 2."}).status_code == 302
    row.refresh_from_db()
    assert (row.answer, row.is_waiting, row.handled_by) == (
        "Đã sửa bước 2.",
        False,
        cast.dung,
    )
    assert Complaint.objects.waiting().count() == 0
    client.post(edit, {"answer": ""})
    row.refresh_from_db()
    assert (row.is_waiting, row.handled_by) == (True, None)


@pytest.mark.parametrize("many", [1, 3])
def test_the_form_asks_the_same_for_one_lesson_and_three(
    many, db, client, django_assert_num_queries, cache_in_memory
):
    for number in range(many):
        make_lesson(f"bai-{number}")
    client.get(URL)
    with django_assert_num_queries(11):
        page = client.get(URL).text
    assert page.count("<option") == many + 1
