"""Taking a lesson down, by date and by hand, and putting it up again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from wagtail.models import PageLogEntry

from courses.actions import restore_lesson, withdraw_lesson
from courses.models import LessonPage
from tests.courses.making import TODAY, content, make_lesson, sign_in

PAUSED = (
    "Bài này tạm ngưng vì quy định hết hiệu lực sau ngày 28/02/2027. Cô chú khoan làm "
    "theo; hãy hỏi tổ công nghệ số ở ấp hoặc Trung tâm Phục vụ hành chính công xã."
)
LAST_DAY = dt.date(2027, 2, 28)


@pytest.fixture
def lapsing(db):
    """A lesson that may be followed for the last time on 28 February 2027."""
    return make_lesson(
        withdraw_on=LAST_DAY + dt.timedelta(days=1),
        review_by=LAST_DAY - dt.timedelta(days=20),
    )


# --- by date ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2027-02-08 23:59 +0700", "open"),
        ("2027-02-09 00:00 +0700", "being-checked"),
        ("2027-02-28 23:59 +0700", "being-checked"),
        ("2027-03-01 00:00 +0700", "withdrawn"),
        ("2027-03-02 00:00 +0700", "withdrawn"),
    ],
)
def test_the_state_turns_at_midnight_in_viet_nam(lapsing, moment, state, time_machine):
    time_machine.move_to(moment)
    assert lapsing.state() == state


def test_on_its_last_day_a_lesson_is_whole_and_says_it_is_being_checked(
    lapsing, client, time_machine
):
    time_machine.move_to("2027-02-28 23:59 +0700")
    page = client.get(lapsing.url).text
    assert 'id="buoc-1"' in page
    assert "Bài này đang được kiểm tra lại, hạn xem lại là ngày 08/02/2027." in page


def test_from_the_day_of_withdrawal_no_step_is_served_though_no_job_ran(
    lapsing, client, time_machine
):
    time_machine.move_to("2027-03-01 00:00 +0700")
    response = client.get(lapsing.url)
    assert response.status_code == 200
    assert PAUSED in response.text
    assert "Ai chỉ giúp?" in response.text
    assert "Mở ứng dụng." not in response.text
    assert "Hỏi tổ." not in response.text
    assert client.get(f"{lapsing.url}cau-hoi/").url == lapsing.url


def test_the_withdrawn_lesson_names_its_replacement_only_while_that_can_be_followed(
    lapsing, client, time_machine
):
    other = make_lesson("bai-moi", **content(title="Bài mới"))
    LessonPage.objects.filter(pk=lapsing.pk).update(replacement=other)
    time_machine.move_to("2027-03-01 08:00 +0700")
    assert f'<a href="{other.url}">Bài mới</a>' in client.get(lapsing.url).text
    LessonPage.objects.filter(pk=other.pk).update(withdraw_on=dt.date(2027, 3, 1))
    assert "Bài mới" not in client.get(lapsing.url).text


@pytest.mark.parametrize("days", [0, 1])
def test_withdrawn_and_to_follow_share_every_day_between_them(lesson, days):
    LessonPage.objects.update(withdraw_on=TODAY + dt.timedelta(days=days))
    withdrawn = LessonPage.objects.withdrawn().count()
    to_follow = LessonPage.objects.to_follow().count()
    assert (withdrawn, to_follow) == ((1, 0) if days == 0 else (0, 1))


# --- by hand --------------------------------------------------------------------------


def test_a_lesson_taken_down_says_why_at_the_same_address(lesson, cast, client):
    withdraw_lesson(lesson, user=cast.dung, reason=" VNeID đổi  màn hình bước 2. ")
    page = client.get(lesson.url).text
    assert "Bài này tạm ngưng vì VNeID đổi màn hình bước 2. Cô chú khoan làm" in page
    assert "Mở ứng dụng." not in page
    assert "tạm ngưng" in client.get("/bai/").text


def test_taking_down_and_putting_up_are_in_the_log(lesson, cast):
    withdraw_lesson(lesson, user=cast.dung, reason="sai bước 2")
    restore_lesson(lesson, user=cast.thu)
    logged = PageLogEntry.objects.filter(action__startswith="courses.").order_by("pk")
    assert [(e.action, e.user_id, e.data) for e in logged] == [
        ("courses.withdraw", cast.dung.pk, {"reason": "sai bước 2"}),
        ("courses.restore", cast.thu.pk, {"reason": "sai bước 2"}),
    ]
    assert "sai bước 2" in logged[0].message


def test_a_lesson_put_up_again_is_whole(lesson, cast, client):
    before = client.get(lesson.url).content
    withdraw_lesson(lesson, user=cast.dung, reason="sai bước 2")
    restore_lesson(lesson, user=cast.dung)
    assert client.get(lesson.url).content == before


@pytest.mark.parametrize("name", ["tam", "lan", "hanh", "thao"])
def test_who_may_not_withdraw_can_neither_take_down_nor_put_up(name, lesson, cast):
    with pytest.raises(PermissionDenied):
        withdraw_lesson(lesson, user=getattr(cast, name), reason="sai bước 2")
    withdraw_lesson(lesson, user=cast.dung, reason="sai bước 2")
    with pytest.raises(PermissionDenied):
        restore_lesson(lesson, user=getattr(cast, name))


def test_taking_down_needs_a_reason_and_happens_once(lesson, cast):
    with pytest.raises(ValidationError, match="lý do"):
        withdraw_lesson(lesson, user=cast.dung, reason="  ")
    withdraw_lesson(lesson, user=cast.dung, reason="sai bước 2")
    with pytest.raises(ValidationError, match="đã tạm gỡ rồi"):
        withdraw_lesson(lesson, user=cast.dung, reason="sai bước 3")


def test_a_lesson_whose_date_has_passed_is_not_put_up_by_hand(
    lapsing, cast, time_machine
):
    withdraw_lesson(lapsing, user=cast.dung, reason="sai bước 2")
    time_machine.move_to("2027-03-01 08:00 +0700")
    with pytest.raises(ValidationError, match="Đã qua ngày gỡ"):
        restore_lesson(lapsing, user=cast.dung)


def test_publishing_an_older_draft_does_not_put_a_lesson_up(lesson, cast):
    draft = lesson.save_revision()
    withdraw_lesson(lesson, user=cast.dung, reason="sai bước 2")
    draft.publish()
    assert LessonPage.objects.get(pk=lesson.pk).withdrawn_reason == "sai bước 2"


# --- the page for staff ------------------------------------------------------------------


def test_the_editor_takes_down_and_puts_up_on_one_page(lesson, cast, client):
    url = f"/so/bai/{lesson.number}/tam-go/"
    sign_in(client, cast.dung)
    assert "Tạm gỡ ngay" in client.get(url).text
    answer = client.post(url, {"reason": "sai bước 2"}, follow=True)
    assert "Bài này tạm ngưng vì sai bước 2." in answer.text
    assert "Cho bà con làm theo lại" in client.get(url).text
    client.post(url, {"restore": "1"})
    assert LessonPage.objects.get().withdrawn_at is None


def test_a_withdrawal_without_reason_is_asked_for_again(lesson, cast, client):
    sign_in(client, cast.mai)
    answer = client.post(f"/so/bai/{lesson.number}/tam-go/", {"reason": ""})
    assert answer.status_code == 200
    assert LessonPage.objects.get().withdrawn_at is None


def test_the_page_is_closed_to_who_may_not_and_to_guests(lesson, cast, client):
    url = f"/so/bai/{lesson.number}/tam-go/"
    assert client.get(url).status_code == 302
    sign_in(client, cast.tam)
    assert client.get(url).status_code == 403
    assert client.post(url, {"reason": "sai bước 2"}).status_code == 403
    assert LessonPage.objects.get().withdrawn_at is None
