"""“Cô chú làm được chưa?”: counted without a name, once, and only for the editor."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.jobs import jobs
from common.models import ContentVersion
from courses import telling
from courses.models import StepReport
from courses.models.told import StepReportQuerySet
from tests.courses.making import make_lesson


@pytest.fixture(autouse=True)
def nobody_has_told_yet(db):
    cache.clear()


@pytest.fixture
def strict_client() -> Client:
    """A browser that the CSRF check would refuse if there were one."""
    return Client(enforce_csrf_checks=True)


def counts() -> list[tuple]:
    rows = StepReport.objects.order_by("kind", "step")
    return [(row.kind, row.step, row.count) for row in rows]


def test_the_lesson_asks_with_three_buttons_and_the_number_of_each_step(lesson, client):
    page = client.get(lesson.url).text
    assert f'<form class="told" method="post" action="{lesson.told_url}">' in page
    buttons = ("Làm được rồi", "Chưa được", "Báo bước này")
    assert [f">{words}</button>" in page for words in buttons] == [True] * 3
    assert page.count("<option>") == len(lesson.steps) == 2


@pytest.mark.parametrize(
    ("form", "counted", "said"),
    [
        ({"ket-qua": "done"}, ("done", 0, 1), "Cô chú làm được rồi, hay quá."),
        ({"ket-qua": "not"}, ("not", 0, 1), "Không sao đâu cô chú."),
        ({"ket-qua": "stuck", "buoc": "2"}, ("stuck", 2, 1), "Bước 2 đã được báo"),
        ({"ket-qua": "stuck"}, ("stuck", 0, 1), "Người soạn bài đã được báo"),
        # The list of steps is sent with every button; only who is stuck means it.
        ({"ket-qua": "done", "buoc": "1"}, ("done", 0, 1), "hay quá"),
        ({"ket-qua": "stuck", "buoc": "99"}, ("stuck", 0, 1), "đã được báo"),
        ({"ket-qua": "stuck", "buoc": "²"}, ("stuck", 0, 1), "đã được báo"),
    ],
)
def test_what_is_told_is_counted_and_answered_kindly(
    form, counted, said, lesson, strict_client
):
    response = strict_client.post(lesson.told_url, form)
    assert response.status_code == 200
    assert said in response.text
    assert counts() == [counted]


def test_telling_twice_counts_twice_and_the_same_telling_once(lesson, client):
    for _ in range(2):
        client.post(lesson.told_url, {"ket-qua": "done"})
    same = {"ket-qua": "stuck", "buoc": "1", "ma": str(uuid.uuid4())}
    for _ in range(3):
        assert client.post(lesson.told_url, same).status_code == 200
    assert counts() == [("done", 0, 2), ("stuck", 1, 1)]


def test_a_script_gets_no_page(lesson, client):
    told = {"ket-qua": "done", "ma": str(uuid.uuid4())}
    response = client.post(
        lesson.told_url, told, headers={"Accept": "application/json"}
    )
    assert (response.status_code, response.content) == (204, b"")
    wrong = client.post(lesson.told_url, {}, headers={"Accept": "application/json"})
    assert wrong.status_code == 400
    assert wrong.json() == {"message": "Xin chọn một câu trả lời."}


def test_a_form_that_says_nothing_leads_back_to_the_question(lesson, client):
    response = client.post(lesson.told_url, {"ket-qua": "<b>"})
    assert (response.status_code, response.url) == (302, f"{lesson.url}#lam-duoc")
    assert counts() == []


def test_telling_sets_no_cookie_keeps_no_name_and_leaves_stored_pages_alone(
    lesson, client, cast
):
    before = ContentVersion.objects.get().number
    client.force_login(cast.tam)
    with CaptureQueriesContext(connection) as queries:
        response = client.post(lesson.told_url, {"ket-qua": "done"})
    assert response.cookies == {}
    assert response.headers["Cache-Control"] == "no-store"
    assert ContentVersion.objects.get().number == before
    (row,) = StepReport.objects.values()
    assert set(row) == {"id", "lesson_id", "revision", "week", "kind", "step", "count"}
    wrote = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE"))]
    assert [sql for sql in wrote if "people_" in sql] == []


def test_the_revision_that_was_read_is_counted_apart(lesson, client):
    first = lesson.live_revision_id
    lesson.task = "Làm lại."
    lesson.save_revision().publish()
    lesson.refresh_from_db()
    other = make_lesson("khac").live_revision_id
    for revision in (first, lesson.live_revision_id, other, "x", ""):
        client.post(lesson.told_url, {"ket-qua": "done", "ban": revision})
    found = StepReport.objects.order_by("revision").values_list("revision", "count")
    assert list(found) == [(0, 3), (first, 1), (lesson.live_revision_id, 1)]


def test_a_flood_is_told_that_it_is_not_counted(lesson, client, monkeypatch):
    monkeypatch.setattr(telling, "MOST", 2)
    answers = [client.post(lesson.told_url, {"ket-qua": "done"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "chưa đếm được" in answers[2].text
    assert counts() == [("done", 0, 2)]
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.post(lesson.told_url, {"ket-qua": "done"}).status_code == 200


def test_after_ten_minutes_the_same_address_may_tell_again(
    lesson, client, monkeypatch, time_machine
):
    monkeypatch.setattr(telling, "MOST", 1)
    told = [client.post(lesson.told_url, {"ket-qua": "done"}) for _ in range(2)]
    time_machine.move_to("2026-11-20 09:11 +0700")
    told.append(client.post(lesson.told_url, {"ket-qua": "done"}))
    assert [answer.status_code for answer in told] == [200, 429, 200]


def test_a_week_is_one_row_and_the_next_week_another(lesson, client, time_machine):
    for moment in ("2026-11-20 09:00", "2026-11-22 23:59", "2026-11-23 00:01"):
        time_machine.move_to(f"{moment} +0700")
        client.post(lesson.told_url, {"ket-qua": "not"})
    rows = StepReport.objects.order_by("week").values_list("week", "count")
    assert list(rows) == [(dt.date(2026, 11, 16), 2), (dt.date(2026, 11, 23), 1)]


def test_a_withdrawn_lesson_is_not_asked_about_but_a_late_answer_counts(lesson, client):
    lesson.withdraw_on = dt.date(2026, 11, 20)
    lesson.save()
    assert 'id="lam-duoc"' not in client.get(lesson.url).text
    assert client.post(lesson.told_url, {"ket-qua": "done"}).status_code == 200
    assert counts() == [("done", 0, 1)]


def test_a_tab_opened_again_leads_to_the_question_and_counts_nothing(lesson, client):
    response = client.get(lesson.told_url)
    assert (response.status_code, response.url) == (302, f"{lesson.url}#lam-duoc")
    assert counts() == []


def test_only_lessons_that_are_there_can_be_told_of(lesson, client):
    assert client.put(lesson.told_url).status_code == 405
    assert client.post("/bai/an-toan/quen-mat-khau/lam-duoc/").status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_where_most_are_stuck_is_one_query_worst_first(
    many, db, django_assert_num_queries
):
    lesson = make_lesson()
    week = dt.date(2026, 11, 16)
    for step in range(1, many + 1):
        for revision in (1, 2):
            StepReport.objects.create(
                lesson=lesson,
                kind="stuck",
                step=step,
                week=week,
                revision=revision,
                count=step,
            )
    old = {"lesson": lesson, "kind": "stuck", "step": 1, "count": 99}
    StepReport.objects.create(**old, week=week - dt.timedelta(days=7))
    StepReport.objects.create(lesson=lesson, kind="done", week=week, count=99)
    with django_assert_num_queries(1):
        rows = list(StepReport.objects.stuck_most(dt.date(2026, 11, 18)))
    assert [(row["step"], row["people"]) for row in rows] == [
        (step, 2 * step) for step in range(many, 0, -1)
    ]
    assert rows[0]["lesson__title"] == lesson.title


def test_two_first_tellings_at_the_same_moment_are_both_counted(lesson, monkeypatch):
    said = telling.Told(StepReport.Kind.NOT)
    telling.tell(lesson, said)
    update, looks = StepReportQuerySet.update, []

    def sees_nothing_at_first(rows, **values):
        looks.append(values)
        return update(rows, **values) if len(looks) > 1 else 0

    monkeypatch.setattr(StepReportQuerySet, "update", sees_nothing_at_first)
    telling.tell(lesson, said)
    assert counts() == [("not", 0, 2)]


def test_counts_are_kept_for_a_year_and_a_job_deletes_older_ones(lesson):
    for week in (dt.date(2025, 11, 17), dt.date(2025, 11, 24)):
        StepReport.objects.create(lesson=lesson, kind="done", week=week, count=1)
    jobs["courses.forget_old_reports"].run()
    assert [row.week for row in StepReport.objects.all()] == [dt.date(2025, 11, 24)]


def test_a_telling_that_could_not_be_written_may_be_sent_again(lesson, monkeypatch):
    told = telling.Told(StepReport.Kind.DONE, id=uuid.uuid4())

    def fail(*args):
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(telling, "_count", fail)
        with pytest.raises(OSError):
            telling.tell(lesson, told)
    assert telling.tell(lesson, told) is True
    assert telling.tell(lesson, told) is False
