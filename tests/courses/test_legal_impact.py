"""A law lapses: everything that leans on it is named, before and after it is saved."""

from __future__ import annotations

import datetime as dt
import types

import pytest
from wagtail.models import PageLogEntry

from attendance.actions import plan_session
from courses.editors import follow_roles
from courses.impact import set_last_days
from courses.models import (
    Blocker,
    Hotline,
    LegalDocument,
    LessonPage,
    PlainWord,
    Skill,
)
from courses.where_used import leaning_on, lessons_of, where_used
from tests.courses.making import TODAY, make_draft, make_lesson, make_recording, sign_in

LAST = dt.date(2027, 2, 28)
FIRST_WITHOUT = LAST + dt.timedelta(days=1)


@pytest.fixture
def editor(cast, client):
    follow_roles(cast.dung)
    sign_in(client, cast.dung)
    return cast.dung


@pytest.fixture
def world(cast, ground, editor):
    """Two lessons on one document, a recording, and three sessions to come of one."""
    first, second = (
        make_lesson("mot", title="Bài một"),
        make_lesson("hai", title="Bài hai"),
    )
    make_recording(first)
    for days in (1, 2, 3):
        plan_session(
            user=cast.tam,
            host=ground.rach_moi,
            team=ground.team,
            date=TODAY + dt.timedelta(days=days),
            lessons=[first, second],
        )
    plan_session(
        user=cast.tam,
        host=ground.rach_moi,
        team=ground.team,
        date=TODAY - dt.timedelta(days=5),
        lessons=[first],
    )
    return types.SimpleNamespace(
        first=first, second=second, document=LegalDocument.objects.get()
    )


def sent(document, **changes) -> dict:
    data = {
        "code": document.code,
        "number_sign": document.number_sign,
        "title": document.title,
        "kind": document.kind,
        "issued_on": "",
        "in_force_from": "",
        "in_force_to": "",
        "replaced_by": "",
        "source": document.source,
        "confidence": document.confidence,
        "note": "",
    }
    return data | changes


def edit_url(document) -> str:
    return f"/soan/legaldocument/edit/{document.pk}/"


# --- where it is used -----------------------------------------------------------------


def test_a_document_names_lessons_recordings_prints_and_sessions_to_come(world):
    used = where_used(world.document)
    assert used.sentence() == "2 bài, 1 bản thu âm, 2 tờ in, 3 buổi sắp tới"
    assert [lesson.title for lesson in used.lessons] == ["Bài một", "Bài hai"]
    sessions = used.others[-1]
    assert sessions.rows[0].label.startswith("21/11/2026 · ")


def test_practices_are_named_with_their_lesson(db):
    practice = {
        "task": "Cô chú tập bấm.",
        "done": "Xong.",
        "screens": [{"say": "Bấm.", "targets": []}],
    }
    lesson = make_draft(practices=[("practice", practice)])
    (practices, *_others) = leaning_on([lesson]).others
    assert (practices.words, practices.rows[0].label) == (
        "1 bài tập bấm",
        "Cô chú tập bấm.",
    )


@pytest.mark.parametrize(
    ("model", "code"), [(Skill, "thu"), (LegalDocument, "nd-69-2024"), (Blocker, "sim")]
)
def test_each_fact_knows_its_lessons(model, code, db):
    lesson = make_lesson()
    assert lessons_of(model.objects.get(code=code)) == [lesson]


def test_a_blocker_of_no_lesson_is_used_nowhere(db):
    make_lesson()
    other = Blocker.objects.create(code="si", label="Không phải “sim”", solver="team")
    assert not where_used(other)


@pytest.mark.parametrize(
    ("table", "model"),
    [("skill", Skill), ("blocker", Blocker), ("legaldocument", LegalDocument)],
)
def test_the_edit_page_of_a_fact_says_where_it_is_used(table, model, editor, client):
    make_lesson(title="Bài dùng đến")
    row = model.objects.order_by("pk").first()
    page = client.get(f"/soan/{table}/edit/{row.pk}/").text
    assert "Đang dùng ở đâu" in page
    assert "Bài dùng đến" in page


def test_a_hotline_and_a_plain_word_say_where_they_stand(editor, client):
    line = Hotline.objects.create(
        code="x", number="1", name="Sở", confidence="found", is_public=True
    )
    assert "Trang “Số cần gọi”" in client.get(f"/soan/hotline/edit/{line.pk}/").text
    word = PlainWord.objects.create(word="tích hợp", plain="thêm vào")
    assert word.code == "tich-hop"
    assert client.get(f"/soan/plainword/edit/{word.pk}/").status_code == 200


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_asks_the_same_for_one_and_three(
    many, cast, ground, django_assert_num_queries
):
    lessons = [make_lesson(f"bai-{n}") for n in range(many)]
    for lesson in lessons:
        make_recording(lesson)
        plan_session(
            user=cast.tam,
            host=ground.rach_moi,
            team=ground.team,
            date=TODAY + dt.timedelta(days=1),
            lessons=[lesson],
        )
    document = LegalDocument.objects.get()
    with django_assert_num_queries(6):
        where_used(document)


# --- before it is saved ---------------------------------------------------------------


def test_entering_an_end_shows_what_leans_on_it_and_saves_nothing_yet(world, client):
    response = client.post(
        edit_url(world.document), sent(world.document, in_force_to="2027-02-28")
    )
    assert response.status_code == 200
    assert "2 bài, 1 bản thu âm, 2 tờ in, 3 buổi sắp tới" in response.text
    assert "có hiệu lực đến hết ngày 28/02/2027" in response.text
    assert LegalDocument.objects.get().in_force_to is None


def test_confirming_saves_and_leads_to_the_same_list(world, client):
    data = sent(world.document, in_force_to="2027-02-28") | {"seen": "1"}
    response = client.post(edit_url(world.document), data, follow=True)
    assert LegalDocument.objects.get().in_force_to == LAST
    assert (
        response.redirect_chain[-1][0] == f"/soan/van-ban/{world.document.pk}/dua-vao/"
    )
    assert "2 bài, 1 bản thu âm, 2 tờ in, 3 buổi sắp tới" in response.text
    assert 'value="01/03/2027"' in response.text
    assert 'value="15/02/2027"' in response.text


def test_the_asking_page_carries_everything_that_was_typed(world, client):
    data = sent(world.document, in_force_to="2027-02-28", note="theo Điều 9")
    page = client.post(edit_url(world.document), data).text
    for name, value in data.items():
        assert f'name="{name}" value="{value}"' in page


def test_a_replacement_is_asked_about_as_well(world, client):
    other = LegalDocument.objects.create(
        code="moi", number_sign="9/2026/NĐ-CP", kind="nghi-dinh", confidence="found"
    )
    page = client.post(
        edit_url(world.document), sent(world.document, replaced_by=str(other.pk))
    ).text
    assert "được thay bằng 9/2026/NĐ-CP" in page


def test_another_note_and_a_document_without_lessons_are_saved_at_once(world, client):
    url = edit_url(world.document)
    assert client.post(url, sent(world.document, note="x")).status_code == 302
    alone = LegalDocument.objects.create(
        code="moi",
        number_sign="9/2026",
        title="x",
        kind="luat",
        confidence="found",
        source="x",
    )
    response = client.post(edit_url(alone), sent(alone, in_force_to="2027-02-28"))
    assert response.url == "/soan/legaldocument/"


# --- the two dates ----------------------------------------------------------------------


def give_dates(client, document, chosen, *, follow=True, **changes):
    data = {
        "lessons": [lesson.pk for lesson in chosen],
        "warn_on": "2027-02-15",
        "withdraw_on": "2027-03-01",
    }
    url = f"/soan/van-ban/{document.pk}/dua-vao/"
    return client.post(url, data | changes, follow=follow)


@pytest.fixture
def ending(world):
    LegalDocument.objects.update(in_force_to=LAST)
    world.document.refresh_from_db()
    return world


def test_the_chosen_lessons_get_both_dates_where_residents_read_them(ending, client):
    page = give_dates(client, ending.document, [ending.first])
    assert "Đã ghi ngày cho 1 bài." in page.text
    first, second = LessonPage.objects.order_by("number")
    assert (first.withdraw_on, first.review_by) == (FIRST_WITHOUT, dt.date(2027, 2, 14))
    assert second.withdraw_on is None
    assert first.state(dt.date(2027, 2, 14)) == first.State.OPEN
    assert first.state(dt.date(2027, 2, 15)) == first.State.BEING_CHECKED
    assert first.state(LAST) == first.State.BEING_CHECKED
    assert first.state(FIRST_WITHOUT) == first.State.WITHDRAWN
    entry = PageLogEntry.objects.get(action="courses.last_days")
    assert entry.data["withdraw_on"] == "01/03/2027"


def test_a_draft_in_work_keeps_its_text_and_gets_the_dates(ending, editor):
    lesson = LessonPage.objects.get(pk=ending.first.pk)
    lesson.task = "Câu mới đang viết."
    lesson.save_revision(user=editor)
    set_last_days(lesson, user=editor, warn_on=None, withdraw_on=FIRST_WITHOUT)
    now = LessonPage.objects.get(pk=lesson.pk)
    assert (now.task, now.withdraw_on) == ("Tự đặt lại mật khẩu.", FIRST_WITHOUT)
    draft = now.get_latest_revision_as_object()
    assert (draft.task, draft.withdraw_on) == ("Câu mới đang viết.", FIRST_WITHOUT)
    assert now.has_unpublished_changes


def test_a_lesson_without_a_draft_has_none_afterwards(ending, editor):
    done = set_last_days(
        ending.first, user=editor, warn_on=None, withdraw_on=FIRST_WITHOUT
    )
    assert not done.has_unpublished_changes
    assert done.live_revision.content["withdraw_on"] == "2027-03-01"


def test_dates_that_come_earlier_stay(ending, editor):
    early = dt.date(2027, 1, 15)
    LessonPage.objects.filter(pk=ending.first.pk).update(withdraw_on=early)
    done = set_last_days(
        ending.first, user=editor, warn_on=None, withdraw_on=FIRST_WITHOUT
    )
    assert done.withdraw_on == early


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"withdraw_on": "2027-03-02"}, "trễ nhất là ngày 01/03/2027"),
        ({"warn_on": "2027-03-01"}, "Ngày báo phải trước ngày gỡ."),
        ({"lessons": []}, "Anh chị chọn ít nhất một bài."),
    ],
)
def test_wrong_dates_are_refused_in_words(change, said, ending, client):
    page = give_dates(client, ending.document, [ending.first], **change)
    assert said in page.text
    assert LessonPage.objects.get(pk=ending.first.pk).withdraw_on is None


def test_who_does_not_edit_sees_and_changes_nothing(ending, cast, client):
    sign_in(client, cast.mai)
    url = f"/soan/van-ban/{ending.document.pk}/dua-vao/"
    assert client.get(url).status_code == 302
    give_dates(client, ending.document, [ending.first], follow=False)
    assert LessonPage.objects.get(pk=ending.first.pk).withdraw_on is None
