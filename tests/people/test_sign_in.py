"""The door: passwords, codes on paper, the second step, and who may try how often."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.test import Client
from django.utils import timezone

from people import actions
from people.models import User
from tests import factories as make

DOOR = "/vao/"
NEXT = "/vao/tiep/"


def sign_in(user: User, password: str = make.PASSWORD, client: Client | None = None):
    client = client or Client()
    response = client.post(DOOR, {"login": user.username, "password": password})
    return client, response


def digits_now(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def test_a_team_leader_signs_in_and_begins_with_the_sessions(cast):
    client, response = sign_in(cast.tam)
    assert response.url == NEXT
    assert client.get(NEXT).url == "/so/"


def test_a_wrong_password_is_answered_in_vietnamese_and_does_not_say_which(
    cast, client
):
    _client, response = sign_in(cast.tam, "sai-mat-khau")
    unknown = client.post(DOOR, {"login": "khong-co-ai", "password": "sai-mat-khau"})
    sentence = "Tên đăng nhập và mật khẩu không khớp"
    assert sentence in response.content.decode()
    assert sentence in unknown.content.decode()


def test_an_officer_sets_up_the_second_step_before_any_screen(cast):
    client, _response = sign_in(cast.hanh)
    assert client.get(NEXT).url == "/vao/hai-lop/bat/"
    assert client.get("/xa/dan/").url.startswith("/vao/hai-lop/bat/")
    page = client.get("/vao/hai-lop/bat/").content.decode()
    secret = re.search(r'class="code">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
    wrong = client.post("/vao/hai-lop/bat/", {"code": "000000"})
    assert wrong.status_code == 200
    done = client.post("/vao/hai-lop/bat/", {"code": digits_now(secret)})
    assert done.url == "/vao/ma-du-phong/"
    codes = re.findall(
        r"<li class=\"row code\">(\w+)<", client.get(done.url).content.decode()
    )
    assert len(codes) == 10
    # Shown once.
    again = client.get(done.url).content.decode()
    assert not any(code in again for code in codes)
    assert client.get(NEXT).url == "/xa/"
    assert client.get("/xa/dan/").status_code == 200
    stored = Authenticator.objects.get(user=cast.hanh, type="totp")
    assert secret not in str(stored.data)


@pytest.fixture
def hanh_with_app(cast):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(cast.hanh, secret)
    return cast.hanh, secret


def test_the_second_step_is_asked_at_each_sign_in(hanh_with_app):
    hanh, secret = hanh_with_app
    client, response = sign_in(hanh)
    assert response.url == "/vao/hai-lop/"
    assert client.get("/xa/dan/").status_code == 302
    assert client.post("/vao/hai-lop/", {"code": "000000"}).status_code == 200
    assert client.post("/vao/hai-lop/", {"code": digits_now(secret)}).url == NEXT
    assert client.get("/xa/dan/").status_code == 200


def test_a_session_without_the_second_step_is_sent_to_show_it(hanh_with_app):
    hanh, secret = hanh_with_app
    client = Client()
    client.force_login(hanh)
    response = client.get("/xa/dan/")
    assert response.url.startswith("/vao/hai-lop/xac-nhan/")
    back = client.post(response.url, {"code": digits_now(secret), "next": "/xa/dan/"})
    assert back.url == "/xa/dan/"
    assert client.get("/xa/dan/").status_code == 200


def test_wrong_second_steps_are_stopped(hanh_with_app):
    hanh, secret = hanh_with_app
    client, _response = sign_in(hanh)
    for _try in range(5):
        client.post("/vao/hai-lop/", {"code": "000000"})
    assert client.post("/vao/hai-lop/", {"code": digits_now(secret)}).status_code == 200
    assert client.get("/xa/dan/").status_code == 302


@pytest.mark.parametrize(
    ("name", "screen"),
    [
        ("tam", "/so/"),
        ("lan", "/so/"),
        ("hanh", "/xa/"),
        ("mai", "/tinh/"),
        ("dung", "/soan/"),
        ("thu", "/soan/"),
        ("quan", "/tinh/"),
        ("thao", "/tinh/"),
    ],
)
def test_everybody_begins_where_the_work_is(cast, enter, name, screen):
    assert enter(getattr(cast, name)).get(NEXT).url == screen


def test_several_hats_begin_with_ones_own_sessions(cast, ground, enter):
    make.join_team(cast.persons.hanh, ground.team, "member")
    assert enter(cast.hanh).get(NEXT).url == "/so/"


def test_a_login_without_work_is_told_whom_to_call(db, enter):
    nobody = make.make_user("tv99999", make.make_person("Chưa Có Việc"))
    assert enter(nobody).get(NEXT).status_code == 200


def test_thirty_people_behind_one_hotspot_sign_in(db, ground):
    for number in range(30):
        person = make.make_person(f"Tổ viên {number}", ground.rach_moi)
        user = make.make_user(f"tv{10000 + number}", person)
        make.join_team(person, ground.team)
        client = Client(REMOTE_ADDR="203.0.113.7")
        # Every third types it wrong once.
        if number % 3 == 0:
            sign_in(user, "nham-mat-khau", client)
        _client, response = sign_in(user, client=client)
        assert response.status_code == 302, number


def test_guessing_at_one_name_is_stopped_from_wherever_it_comes(cast):
    for number in range(5):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}")
        sign_in(cast.tam, f"doan-{number}", client)
    _client, response = sign_in(cast.tam, client=Client(REMOTE_ADDR="203.0.113.99"))
    assert response.status_code == 200
    assert "năm phút" in response.content.decode()
    # Others behind the same address are not touched.
    _client, other = sign_in(cast.lan, client=Client(REMOTE_ADDR="203.0.113.1"))
    assert other.status_code == 302
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6)):
        _client, later = sign_in(cast.tam, client=Client(REMOTE_ADDR="203.0.113.99"))
        assert later.status_code == 302


def test_nobody_signs_up(client, db):
    page = client.get("/vao/dang-ky/")
    assert page.status_code == 200
    client.post("/vao/dang-ky/", {"username": "ke-la", "password1": "Mat-khau-dai-1"})
    assert not User.objects.exists()


def test_signing_out_takes_a_post(cast, enter):
    client = enter(cast.tam)
    client.get("/vao/thoat/")
    assert client.get(NEXT).url == "/so/"
    client.post("/vao/thoat/")
    assert client.get(NEXT).url.startswith(DOOR)


def test_the_doors_of_the_cms_lead_to_ours(client, db):
    for path, goal in (
        ("/soan/login/", DOOR),
        ("/soan/password_reset/", "/vao/quen/"),
        ("/soan/account/", "/vao/toi/"),
        ("/soan/users/", "/tinh/quyen/"),
        ("/soan/groups/1/", "/tinh/quyen/"),
    ):
        assert client.get(path).url == goal, path
    assert client.get("/soan/").url.startswith(DOOR)


def test_a_code_on_paper_opens_once_and_asks_for_a_password(cast, ground):
    person = make.make_person("Út Mới", ground.rach_moi)
    make.join_team(person, ground.team)
    issued = actions.invite(person, user=cast.hanh)
    client = Client()
    typed = {"username": issued.login.username.upper(), "code": issued.code.lower()}
    response = client.post("/vao/ma/", typed)
    assert response.url == "/vao/mat-khau/"
    # Nothing else opens before the password is chosen.
    assert client.get("/so/").url == "/vao/mat-khau/"
    assert client.get(NEXT).url == "/vao/mat-khau/"
    short = client.post("/vao/mat-khau/", {"password": "ngan", "again": "ngan"})
    assert short.status_code == 200
    unlike = client.post(
        "/vao/mat-khau/", {"password": "Song-nuoc-Ca-Mau", "again": "Song-nuoc"}
    )
    assert unlike.status_code == 200
    chosen = {"password": "Song-nuoc-Ca-Mau", "again": "Song-nuoc-Ca-Mau"}
    assert client.post("/vao/mat-khau/", chosen).url == NEXT
    assert client.get(NEXT).url == "/so/"
    assert Client().post("/vao/ma/", typed).status_code == 200
    _client, response = sign_in(issued.login, "Song-nuoc-Ca-Mau")
    assert response.url == NEXT


def test_a_chosen_password_ends_every_other_session(cast):
    old, _response = sign_in(cast.tam)
    new, _response = sign_in(cast.tam)
    data = {
        "old": make.PASSWORD,
        "password": "Song-nuoc-Ca-Mau",
        "again": "Song-nuoc-Ca-Mau",
    }
    assert new.post("/vao/mat-khau/", data | {"old": "sai"}).status_code == 200
    assert new.post("/vao/mat-khau/", data).url == NEXT
    assert new.get(NEXT).url == "/so/"
    assert old.get(NEXT).url.startswith(DOOR)


def test_everywhere_else_is_signed_out_on_request(cast):
    here, _response = sign_in(cast.tam)
    there, _response = sign_in(cast.tam)
    assert "máy này" in here.get("/vao/toi/").content.decode()
    here.post("/vao/thoat-het/")
    assert here.get(NEXT).url == "/so/"
    assert there.get(NEXT).url.startswith(DOOR)


def test_a_sleeping_login_is_told_whom_to_call(cast):
    User.objects.filter(pk=cast.tam.pk).update(is_active=False)
    client, response = sign_in(cast.tam)
    assert response.url == "/vao/tam-khoa/"
    assert client.get(NEXT).url.startswith(DOOR)


def test_guests_get_no_cookie_and_no_session_at_the_door_of_lessons(client, db):
    for path in ("/vao/quen/", "/vao/dang-ky/"):
        response = client.get(path)
        assert response.status_code == 200
        assert settings.SESSION_COOKIE_NAME not in response.cookies
