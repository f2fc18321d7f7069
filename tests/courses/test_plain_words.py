"""The plain-words check advises; one rule of it forbids."""

from __future__ import annotations

import pytest

from courses.actions import publish_lesson
from courses.models import PlainWord
from courses.plain_words import remarks
from courses.publishing import Draft, IncompleteLesson, faults
from tests.courses.making import make_draft


@pytest.fixture
def words(db):
    PlainWord.objects.create(word="tích hợp", plain="thêm vào")
    PlainWord.objects.create(word="truy cập", plain="vào, mở", is_active=False)


def said(**changes) -> list[str]:
    return [str(remark) for remark in remarks(make_draft(**changes))]


def steps(*texts: str) -> list[tuple]:
    return [("step", {"text": text}) for text in texts]


def test_plain_steps_leave_nothing_to_say(words):
    assert said(steps=steps("Cầm thẻ căn cước trên tay.")) == []


def test_an_office_word_is_named_with_what_people_say(words):
    assert said(steps=steps("Cần tích hợp giấy tờ.")) == [
        "Bước 1: thay vì “tích hợp”, hãy viết: thêm vào"
    ]


@pytest.mark.parametrize(
    "text", ["Xem chữ “Tích hợp thông tin”.", "Truy cập trang này."]
)
def test_words_on_buttons_and_words_out_of_use_are_left_alone(text, words):
    assert said(steps=steps(text)) == []


def test_a_sentence_of_nineteen_words_is_long_and_one_of_eighteen_is_not(words):
    assert said(steps=steps(" ".join(["chữ"] * 18) + ".")) == []
    (remark,) = said(slug="hai", steps=steps(" ".join(["chữ"] * 19) + "."))
    assert remark.startswith("Bước 1: câu dài 19 tiếng, tối đa 18: “chữ chữ")


def test_two_short_sentences_are_not_one_long_one(words):
    text = " ".join(["chữ"] * 12) + ". " + " ".join(["chữ"] * 12) + "."
    assert said(steps=steps(text)) == []


def test_a_step_with_two_actions_and_without_a_picture_is_named(words):
    assert said(steps=steps("Bấm nút xanh rồi gõ tên.")) == [
        "Bước 1: có thể là hai việc: một bước, một lần chạm tay",
        "Bước 1: chưa có hình chỉ chỗ ngón tay chạm vào",
    ]


@pytest.mark.parametrize(
    "text", ["Vào được VNeID rồi, chờ một lát.", "Xem đúng tên rồi mới trả."]
)
def test_words_that_only_say_when_are_no_second_action(text, words):
    lesson = make_draft(steps=[("step", {"text": text})])
    assert remarks(lesson, words) == []


def test_a_description_without_its_picture_is_named(words):
    draft = [("step", {"text": "Cầm thẻ.", "alt": "Mặt trước của thẻ."})]
    assert said(steps=draft) == ["Bước 1: có lời tả mà không có hình"]


def test_every_text_that_residents_read_is_looked_at(words):
    option = {"text": "Có", "right": True, "why": "Tích hợp là vậy."}
    other = {"text": "Không", "right": False, "why": "Chưa phải."}
    screen = {
        "say": "Tích hợp đi.",
        "targets": [
            {
                "label": "A",
                "right": True,
                "why": "Đúng.",
                "x": 0,
                "y": 0,
                "w": 48,
                "h": 48,
            }
        ],
    }
    found = said(
        title="Tích hợp",
        need=[("item", "Tích hợp")],
        steps=[("step", {"text": "Cầm thẻ.", "warning": "Không tích hợp."})],
        interrupted=[("sentence", "Tích hợp lại.")],
        stuck=[("row", {"blocker": "sim", "text": "Sim.", "go": "Đi tích hợp."})],
        practices=[
            ("practice", {"task": "Tập.", "screens": [screen], "done": "Xong."})
        ],
        questions=[("question", {"text": "Hỏi?", "options": [option, other]})],
    )
    assert [remark.partition(":")[0] for remark in found] == [
        "Tên",
        "Cần có sẵn",
        "Bước 1",
        "Nếu bị dừng",
        "Vướng, dòng 1",
        "Tập bấm, màn hình 1",
        "Câu hỏi 1",
    ]


# --- the one rule that forbids --------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Gọi 0912 345 678.",
        "Gọi 1800 1096 nha.",
        "Gọi 113.",
        "Gọi 02903.831.234",
        "Gọi ngay số 113 nha.",
        "Alo +84 912 345 678.",
        "Gọi (0290) 3 831 234.",
        "Gọi 0912-345-678.",
    ],
)
def test_a_number_to_call_in_the_text_is_not_published(text, db):
    lesson = make_draft(steps=steps(text))
    (fault,) = faults(Draft.of_page(lesson))
    assert fault.field == "steps"
    assert "Số gọi để trong bảng đường dây nóng" in fault.message
    with pytest.raises(IncompleteLesson):
        publish_lesson(lesson, user=None)


@pytest.mark.parametrize(
    "text",
    [
        "Bấm 12 số.",
        "Trả 10.000.000 đồng.",
        "Ngày 20/11.",
        "Tìm nhà 115 đường Lý Văn Lâm.",
        "Xã có 112 hộ.",
        "Báo tổ có 113 người.",
        "Xem số 079 123 456 789 trên thẻ.",
    ],
)
def test_other_numbers_are_no_numbers_to_call(text, db):
    assert faults(Draft.of_page(make_draft(steps=steps(text)))) == []


def test_the_check_asks_for_the_words_once(words, django_assert_num_queries):
    lesson = make_draft(steps=steps("Cầm thẻ.", "Bấm nút.", "Gõ tên."))
    with django_assert_num_queries(1):
        remarks(lesson)
