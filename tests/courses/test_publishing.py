"""What publishing asks for, and that a draft may lack all of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from wagtail.models import Revision

from courses.actions import publish_lesson
from courses.models import LegalDocument, LessonNumber, LessonPage
from courses.publishing import Draft, IncompleteLesson, faults
from tests.courses.making import (
    BLOCKERS,
    TODAY,
    make_course,
    make_draft,
    make_lesson,
    question,
)


def missing(lesson: LessonPage) -> list[str]:
    return [fault.message for fault in faults(Draft.of_page(lesson))]


def rows(*codes: str) -> list[tuple]:
    return [("row", {"blocker": c, "text": "Vướng.", "go": "Hỏi tổ."}) for c in codes]


def two_right() -> list[tuple]:
    wrong = question(2)
    wrong["options"][1]["right"] = True
    return [("question", q) for q in (question(1), wrong, question(3))]


def no_why() -> list[tuple]:
    wrong = question(3)
    wrong["options"][1]["why"] = ""
    return [("question", q) for q in (question(1), question(2), wrong)]


SPOILT = [
    ({"short_title": ""}, ["Chưa có tên ngắn."]),
    ({"task": ""}, ["Chưa ghi học xong thì làm được gì."]),
    ({"owner_role": ""}, ["Chưa ghi người phụ trách bài này."]),
    ({"need": []}, ["Chưa ghi cần có sẵn gì, ít nhất một thứ."]),
    ({"steps": []}, ["Bài phải có ít nhất một bước."]),
    ({"steps": [("step", {"text": ""})]}, ["Bước 1 chưa có câu nào."]),
    (
        {"interrupted": []},
        [
            "Có bước cần mạng: phải ghi “Nếu bị dừng giữa chừng” (mất gì, không mất gì, "
            "làm lại từ bước mấy)."
        ],
    ),
    (
        {"stuck": rows(*BLOCKERS[:4])},
        ["Phần “Vướng chỗ nào?” phải có 5 đến 7 dòng; đang có 4."],
    ),
    (
        {"stuck": rows("a", "b", "c", "d", "e", "f", "g", "h")},
        ["Phần “Vướng chỗ nào?” phải có 5 đến 7 dòng; đang có 8."],
    ),
    (
        {"stuck": rows("sim", "sim", "mang", "khac", "may-cu-nfc")},
        ["Một vướng mắc đứng ở hai dòng."],
    ),
    (
        {"questions": [("question", question(1)), ("question", question(2))]},
        ["Phải có đúng 3 câu hỏi; đang có 2."],
    ),
    ({"questions": two_right()}, ["Câu hỏi 2 phải có đúng một câu trả lời đúng."]),
    (
        {"questions": no_why()},
        ["Câu hỏi 3: câu trả lời nào cũng phải có lời giải thích."],
    ),
    ({"checked_on": None}, ["Chưa ghi ngày kiểm tra các bước."]),
    (
        {"checked_on": TODAY + dt.timedelta(days=1)},
        ["Ngày kiểm tra còn ở phía trước."],
    ),
    ({"review_by": None}, ["Chưa ghi xem lại trước ngày nào."]),
    ({"review_by": TODAY}, ["Ngày xem lại đã qua rồi."]),
    ({"withdraw_on": TODAY}, ["Ngày gỡ đã qua rồi."]),
]


@pytest.mark.parametrize(("change", "said"), SPOILT, ids=lambda v: str(v)[:40])
def test_a_lesson_that_lacks_something_is_saved_but_not_published(db, change, said):
    lesson = make_draft(**change)
    assert missing(lesson) == said
    with pytest.raises(IncompleteLesson, match=r"\w") as refusal:
        publish_lesson(lesson, user=None)
    assert str(refusal.value) == " ".join(said)
    assert not LessonPage.objects.get(pk=lesson.pk).live


def test_a_complete_lesson_lacks_nothing(db):
    assert missing(make_draft()) == []


def test_steps_without_network_need_no_word_on_being_interrupted(db):
    lesson = make_draft(interrupted=[], steps=[("step", {"text": "Mở ứng dụng."})])
    assert missing(lesson) == []


def test_seven_rows_and_the_last_day_before_withdrawal_are_right(db):
    lesson = make_draft(
        stuck=rows(*"abcdefg"), withdraw_on=TODAY + dt.timedelta(days=1)
    )
    assert missing(lesson) == []


def test_a_lesson_without_skill_or_basis_is_not_published(db):
    lesson = make_draft()
    lesson.lesson_skills = []
    lesson.lesson_legal = []
    assert missing(lesson) == [
        "Chưa chọn kỹ năng: bài phải dạy ít nhất một kỹ năng.",
        "Chưa chọn căn cứ: bài phải dựa vào ít nhất một văn bản.",
    ]


@pytest.mark.parametrize(
    ("withdraw_on", "right"),
    [(None, False), (dt.date(2027, 3, 2), False), (dt.date(2027, 3, 1), True)],
)
def test_a_lesson_on_a_lapsing_law_is_withdrawn_the_day_after_at_the_latest(
    db, withdraw_on, right
):
    lesson = make_draft(withdraw_on=withdraw_on)
    LegalDocument.objects.update(in_force_to=dt.date(2027, 2, 28))
    said = "Căn cứ có ngày hết hiệu lực: bài phải gỡ vào ngày 01/03/2027 hoặc sớm hơn."
    assert missing(LessonPage.objects.get(pk=lesson.pk)) == ([] if right else [said])


def test_a_replaced_document_is_no_basis(db):
    lesson = make_draft()
    old = LegalDocument.objects.get()
    old.replaced_by = LegalDocument.objects.create(
        code="moi", number_sign="9/2026/NĐ-CP", kind="nghi-dinh", confidence="found"
    )
    old.save()
    assert missing(LessonPage.objects.get(pk=lesson.pk)) == [
        "Văn bản 69/2024/NĐ-CP đã được thay bằng 9/2026/NĐ-CP."
    ]


def test_a_scheduled_lesson_that_became_incomplete_holds_up_no_other(db):
    late = make_draft("cho-den-gio", go_live_at=timezone.now() + dt.timedelta(hours=1))
    late.save_revision().publish()
    revision = Revision.objects.get(approved_go_live_at__isnull=False)
    LegalDocument.objects.update(in_force_to=TODAY)
    revision.publish()
    late.refresh_from_db()
    revision.refresh_from_db()
    assert (late.live, revision.approved_go_live_at) == (False, None)


# --- numbers ------------------------------------------------------------------------


def test_a_lesson_without_a_number_gets_the_next_one(db):
    first = make_lesson("mot", number=12)
    second = make_lesson("hai")
    assert (first.number, second.number) == (12, 13)


def test_the_number_of_a_deleted_lesson_is_never_given_again(db):
    make_lesson("mot", number=12).delete()
    assert make_lesson("hai").number == 13
    assert LessonNumber.objects.get(number=12).page is None
    with pytest.raises(Exception, match="Số 12 đã cho bài khác rồi"):
        make_lesson("ba", number=12)


def test_a_copy_gets_a_number_of_its_own_and_is_not_withdrawn(db):
    lesson = make_lesson("mot", number=12)
    LessonPage.objects.filter(pk=lesson.pk).update(
        withdrawn_at=timezone.now(), withdrawn_reason="sai bước 2"
    )
    lesson.refresh_from_db()
    copy = lesson.copy(
        to=make_course("khac", "Khác"), update_attrs={"slug": "hai"}, keep_live=False
    )
    assert (copy.number, copy.withdrawn_at, copy.withdrawn_reason) == (13, None, "")
