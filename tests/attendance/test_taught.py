"""The text that a session taught, and what a leader should know before the next one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from attendance.actions import plan_session
from attendance.models import TrainingSession
from attendance.taught import freeze_lessons, lessons_of
from courses.models import LessonPage
from tests.courses.making import TODAY, make_lesson, sign_in


@pytest.fixture(autouse=True)
def on_the_day(time_machine):
    time_machine.move_to("2026-11-20 09:00 +0700", tick=True)


@pytest.fixture
def lesson(db):
    steps = [("step", {"text": f"Cầm thẻ {n}."}) for n in (1, 2, 3, 4)]
    return make_lesson(steps=steps)


def change(lesson, number: int, text: str) -> LessonPage:
    lesson = LessonPage.objects.get(pk=lesson.pk)
    lesson.steps[number - 1].value["text"] = text
    lesson.save_revision().publish()
    return LessonPage.objects.get(pk=lesson.pk)


@pytest.fixture
def planned(cast, ground, lesson):
    """A session on 22 November at seven in the evening."""
    return plan_session(
        user=cast.tam,
        host=ground.rach_moi,
        team=ground.team,
        date=TODAY + dt.timedelta(days=2),
        starts_at=dt.time(19),
        lessons=[lesson],
    )


@pytest.fixture
def held(planned, lesson, time_machine):
    """It was held; the lesson was changed the day before, and again the day after."""
    time_machine.move_to("2026-11-21 09:00 +0700")
    taught = change(lesson, 2, "Cầm thẻ mới.")
    TrainingSession.objects.filter(pk=planned.pk).update(status="closed")
    time_machine.move_to("2026-11-23 09:00 +0700")
    change(lesson, 4, "Cầm thẻ khác.")
    planned.refresh_from_db()
    return planned, taught


def test_a_coming_session_tells_which_steps_were_changed(planned, lesson, time_machine):
    (row,) = lessons_of(planned)
    assert (row.changes, row.is_older) == ((), False)
    change(lesson, 4, "Cầm thẻ khác.")
    (row,) = lessons_of(planned)
    assert [str(told) for told in row.changes] == ["Sửa ngày 20/11/2026: bước 4"]


def test_a_session_taught_the_text_that_was_public_when_it_began(held):
    session, taught = held
    (row,) = lessons_of(session)
    assert row.revision == taught.live_revision_id
    assert row.is_older
    assert row.changes == ()


def test_the_night_writes_down_what_was_taught(held, lesson, time_machine):
    session, taught = held
    link = session.session_lessons.get()
    assert link.revision_id == lesson.live_revision_id
    TrainingSession.objects.update(state_at=timezone.now())
    assert freeze_lessons() == "1 changed"
    link.refresh_from_db()
    assert link.revision_id == taught.live_revision_id
    assert freeze_lessons() == "0 changed"


def test_a_planned_session_is_not_frozen(planned, lesson):
    change(lesson, 2, "Cầm thẻ mới.")
    TrainingSession.objects.update(state_at=timezone.now())
    assert freeze_lessons() == "0 changed"
    assert planned.session_lessons.get().revision_id == lesson.live_revision_id


def test_a_text_of_the_same_day_that_came_later_was_not_taught(
    planned, lesson, time_machine
):
    TrainingSession.objects.filter(pk=planned.pk).update(status="closed")
    planned.refresh_from_db()
    time_machine.move_to("2026-11-22 20:00 +0700")
    later = change(lesson, 2, "Cầm thẻ mới.")
    (row,) = lessons_of(planned)
    assert row.revision == lesson.live_revision_id != later.live_revision_id


def test_the_session_leads_to_the_text_as_it_was_taught(held, cast, client):
    session, taught = held
    sign_in(client, cast.tam)
    url = f"/so/bai/{taught.number}/ban/{taught.live_revision_id}/"
    assert f'href="{url}"' in client.get(f"/so/buoi/{session.uuid}/").text
    page = client.get(url).text
    assert "Cầm thẻ mới." in page
    assert "Cầm thẻ khác." not in page
    assert "Bài hôm nay đã khác: bước 4." in page
    assert "Con quay mặt đi nha." in page


def test_a_draft_that_was_never_public_is_not_shown_to_the_team(lesson, cast, client):
    draft = LessonPage.objects.get(pk=lesson.pk)
    draft.task = "Câu đang viết dở."
    revision = draft.save_revision()
    sign_in(client, cast.tam)
    assert client.get(f"/so/bai/{lesson.number}/ban/{revision.pk}/").status_code == 404
    other = make_lesson("khac")
    url = f"/so/bai/{lesson.number}/ban/{other.live_revision_id}/"
    assert client.get(url).status_code == 404


def test_the_text_stays_readable_when_the_lesson_is_not_public_any_more(
    lesson, cast, client
):
    LessonPage.objects.get(pk=lesson.pk).unpublish()
    sign_in(client, cast.tam)
    page = client.get(f"/so/bai/{lesson.number}/ban/{lesson.live_revision_id}/")
    assert "Bài này không còn đăng nữa." in page.text
    assert "Cầm thẻ 1." in page.text


def test_the_guide_tells_what_was_changed_of_late(lesson, cast, client):
    changed = change(lesson, 3, "Cầm thẻ ba.")
    sign_in(client, cast.tam)
    page = client.get(f"/so/bai/{changed.number}/huong-dan/").text
    assert "Sửa ngày 20/11/2026: bước 3" in page


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("status", ["planned", "closed"])
def test_lessons_of_a_session_cost_two_questions(
    many, status, cast, ground, django_assert_num_queries
):
    lessons = [make_lesson(f"bai-{n}") for n in range(many)]
    session = plan_session(
        user=cast.tam,
        host=ground.rach_moi,
        team=ground.team,
        date=TODAY,
        lessons=lessons,
    )
    session.status = status
    with django_assert_num_queries(2):
        assert len(lessons_of(session)) == many
