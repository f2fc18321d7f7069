""" "Sửa bước 4": what a publication says about the steps it changed, for sixty days."""

from __future__ import annotations

import datetime as dt

import pytest

from courses.changes import difference
from courses.models import LessonChange, LessonPage
from tests.courses.making import TODAY, make_draft, make_lesson

STEPS = [{"text": f"Cầm thẻ {n}."} for n in (1, 2, 3, 4, 5)]


@pytest.fixture
def lesson(db):
    return make_lesson(steps=[("step", step) for step in STEPS])


def republish(lesson, change, **fields) -> LessonPage:
    """Publish again with steps changed by a function on their raw blocks."""
    lesson = LessonPage.objects.get(pk=lesson.pk)
    raw = [dict(block) for block in lesson.steps.raw_data]
    raw = [{**block, "value": dict(block["value"])} for block in raw]
    change(raw)
    lesson.steps = LessonPage._meta.get_field("steps").stream_block.to_python(raw)
    for name, value in fields.items():
        setattr(lesson, name, value)
    lesson.save_revision().publish()
    return LessonPage.objects.get(pk=lesson.pk)


def say(number: int, text: str):
    def change(raw):
        raw[number - 1]["value"]["text"] = text

    return change


def told(lesson, on=TODAY) -> list[str]:
    return [str(change) for change in lesson.recent_changes(on)]


def test_a_first_publication_tells_of_no_change(lesson):
    assert told(lesson) == []


def test_a_changed_step_is_told_by_its_number_and_day(lesson):
    changed = republish(lesson, say(4, "Cầm thẻ mới."))
    assert told(changed) == ["Sửa ngày 20/11/2026: bước 4"]
    (change,) = changed.recent_changes(TODAY)
    assert (change.date, change.steps) == (TODAY, (4,))


@pytest.mark.parametrize("name", ["warning", "alt"])
def test_a_new_warning_or_description_is_a_change(lesson, name):
    def warn(raw):
        raw[0]["value"][name] = "Coi chừng."

    assert told(republish(lesson, warn)) == ["Sửa ngày 20/11/2026: bước 1"]


def test_a_mark_for_editors_and_another_title_change_no_step(lesson):
    def mark(raw):
        raw[0]["value"]["check"] = True
        raw[0]["value"]["check_note"] = "xem lại"

    assert told(republish(lesson, mark, title="Tên khác")) == []


def test_a_small_mistake_is_not_told(lesson):
    changed = republish(lesson, say(2, "Cầm thẻ hai."), small_fix=True)
    assert told(changed) == []
    again = republish(changed, say(3, "Cầm thẻ ba."), small_fix=False)
    assert told(again) == ["Sửa ngày 20/11/2026: bước 3"]


def test_a_step_put_in_between_moves_the_numbers_of_an_older_note(lesson):
    changed = republish(lesson, say(4, "Cầm thẻ mới."))
    new = {"type": "step", "value": {"text": "Ngồi xuống."}, "id": "moi"}
    moved = republish(changed, lambda raw: raw.insert(0, new))
    assert told(moved) == ["Sửa ngày 20/11/2026: bước 1, bước 5"]


def test_a_step_left_out_is_told_without_a_number(lesson):
    changed = republish(lesson, lambda raw: raw.pop(1))
    assert told(changed) == ["Sửa ngày 20/11/2026: bỏ 1 bước"]


def test_days_stand_apart_and_two_publications_of_a_day_together(lesson, time_machine):
    changed = republish(lesson, say(1, "Cầm một."))
    changed = republish(changed, say(3, "Cầm ba."))
    time_machine.move_to("2026-11-25 09:00 +0700")
    changed = republish(changed, say(3, "Cầm ba lần."))
    assert told(changed, dt.date(2026, 11, 25)) == [
        "Sửa ngày 25/11/2026: bước 3",
        "Sửa ngày 20/11/2026: bước 1, bước 3",
    ]


@pytest.mark.parametrize(("days", "shown"), [(59, True), (60, False)])
def test_a_change_is_told_for_sixty_days(lesson, days, shown):
    changed = republish(lesson, say(4, "Cầm thẻ mới."))
    assert bool(told(changed, TODAY + dt.timedelta(days=days))) is shown


def test_a_draft_and_a_scheduled_revision_tell_nothing_yet(lesson, time_machine):
    from django.core.management import call_command
    from django.utils import timezone

    page = LessonPage.objects.get(pk=lesson.pk)
    page.steps[0].value["text"] = "Cầm thẻ đỏ."
    page.go_live_at = timezone.now() + dt.timedelta(hours=1)
    page.save_revision().publish()
    assert LessonChange.objects.count() == 0
    time_machine.move_to("2026-11-20 10:01 +0700")
    call_command("publish_scheduled", verbosity=0)
    assert told(LessonPage.objects.get(pk=lesson.pk)) == ["Sửa ngày 20/11/2026: bước 1"]


def test_an_unpublished_lesson_that_comes_back_starts_anew(lesson):
    LessonPage.objects.get(pk=lesson.pk).unpublish()
    assert told(republish(lesson, say(1, "Cầm một."))) == []


def test_steps_with_new_ids_are_paired_by_what_they_say():
    """Loading a source again gives every block a new id."""
    old = [{"id": f"a{n}", "value": {"text": f"Bước {n}."}} for n in (1, 2, 3)]
    new = [{"id": f"b{n}", "value": {"text": f"Bước {n}."}} for n in (1, 2, 3)]
    assert not difference(old, new)
    new[1]["value"] = {"text": "Khác."}
    assert difference(old, new).steps == ("b2",)
    assert difference(old, new).removed == 0
    assert difference(old, new[:1]).removed == 2


def test_a_copy_takes_no_notes_along(lesson):
    changed = republish(lesson, say(4, "Cầm thẻ mới."))
    copy = changed.copy(update_attrs={"slug": "ban-sao"}, keep_live=False)
    assert copy.changes.count() == 0


def test_a_draft_that_was_never_public_has_no_notes(db):
    assert make_draft().recent_changes(TODAY) == []
