"""Fifteen minutes for staff, five for administrators; nothing typed is lost."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from tests import factories as make

NOW = dt.datetime(2026, 11, 20, 19, 0, tzinfo=dt.UTC)


def later(minutes: float):
    return time_machine.travel(NOW + dt.timedelta(minutes=minutes), tick=False)


@pytest.mark.parametrize(
    ("name", "path", "open_after", "locked_after"),
    [("hanh", "/xa/dan/", 14, 16), ("quan", "/tinh/quyen/", 4, 6)],
)
def test_an_idle_screen_locks(cast, enter, name, path, open_after, locked_after):
    with later(0):
        client = enter(getattr(cast, name))
        assert client.get(path).status_code == 200
    with later(open_after):
        assert client.get(path).status_code == 200
    with later(open_after + locked_after):
        response = client.get(path)
        assert response.status_code == 423
        assert "Mọi mục đã ghi vẫn còn" in response.content.decode()


def test_the_right_password_unlocks_and_leads_back(cast, enter):
    with later(0):
        client = enter(cast.hanh)
        client.get("/xa/dan/")
    with later(20):
        data = {"unlock_password": "sai", "unlock_came_by_get": "1"}
        assert client.post("/xa/dan/?tim=bay", data).status_code == 423
        data["unlock_password"] = make.PASSWORD
        assert client.post("/xa/dan/?tim=bay", data).url == "/xa/dan/?tim=bay"
        assert client.get("/xa/dan/").status_code == 200


def test_a_form_sent_behind_the_lock_arrives_after_unlocking(cast, enter, ground):
    path = f"/xa/dan/{cast.bay.uuid}/sua/"
    typed = {"name": "Nguyễn Thị Bảy", "birth_year": "1960", "usual_name": "Bảy"}
    with later(0):
        client = enter(cast.hanh)
        client.get(path)
    with later(20):
        page = client.post(path, typed)
        assert page.status_code == 423
        assert 'name="birth_year" value="1960"' in page.content.decode()
        cast.bay.refresh_from_db()
        assert cast.bay.birth_year == 1962
        client.post(path, typed | {"unlock_password": make.PASSWORD})
        cast.bay.refresh_from_db()
        assert cast.bay.birth_year == 1960
        assert client.get(path).status_code == 200


def test_guessing_at_the_lock_is_stopped(cast, enter):
    with later(0):
        client = enter(cast.hanh)
        client.get("/xa/dan/")
    with later(20):
        for _try in range(10):
            client.post("/xa/dan/", {"unlock_password": "sai"})
        data = {"unlock_password": make.PASSWORD, "unlock_came_by_get": "1"}
        assert client.post("/xa/dan/", data).status_code == 423


def test_the_lock_answers_programs_in_their_own_way(cast, enter):
    with later(0):
        client = enter(cast.hanh)
        client.get("/xa/dan/")
    with later(20):
        response = client.get("/xa/dan/", headers={"accept": "application/json"})
        assert (response.status_code, response.json()["error"]) == (423, "locked")


def test_unlocking_needs_the_forms_own_token(cast):
    with later(0):
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.tam)
        session = client.session
        session["active_at"] = (NOW - dt.timedelta(hours=1)).timestamp()
        session["idle_seconds"] = 900
        session.save()
        response = client.post("/xa/to/", {"unlock_password": make.PASSWORD})
        assert response.status_code == 403


def test_what_an_open_page_asks_by_itself_is_no_work(cast, enter):
    with later(0):
        client = enter(cast.quan)
        client.get("/tinh/quyen/")
    with later(4):
        client.get("/soan/editing-sessions/ping/")
    with later(6):
        assert client.get("/tinh/quyen/").status_code == 423


def test_public_pages_never_lock(cast, enter):
    with later(0):
        client = enter(cast.hanh)
        client.get("/xa/dan/")
    with later(600):
        assert client.get("/vao/quen/").status_code == 200
        assert client.get("/khong-co-trang-nay/").status_code == 404


def test_the_session_is_written_at_most_once_a_minute(
    cast, enter, django_assert_max_num_queries
):
    from django.contrib.sessions.models import Session

    with later(0):
        client = enter(cast.hanh)
        client.get("/xa/dan/")
        before = Session.objects.get().session_data
    with later(0.9):
        client.get("/xa/dan/")
        assert Session.objects.get().session_data == before
    with later(1.1):
        client.get("/xa/dan/")
        assert Session.objects.get().session_data != before
