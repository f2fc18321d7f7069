"""Pages for when something is wrong: calm, in the dress, and asking nothing that may be
broken."""

from __future__ import annotations

import re

import pytest
from django.db import DatabaseError
from django.test import Client, RequestFactory

from common.csp import csp_hash
from home.models import ContactSettings
from lms import views

NEVER = "Chúng tôi không bao giờ hỏi mật khẩu, mã OTP, số thẻ ngân hàng"


@pytest.fixture
def broken(monkeypatch) -> Client:
    """A site whose front page fails."""

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("wagtail.models.Page.serve", fail)
    monkeypatch.setattr("home.models.HomePage.serve", fail)
    return Client(raise_request_exception=False)


def test_a_page_that_breaks_says_so_kindly_and_keeps_its_policy(db, broken):
    response = broken.get("/")
    assert response.status_code == 500
    text = response.text
    assert "Trang này đang trục trặc" in text
    assert "Những gì đã ghi vẫn còn nguyên" in text
    assert NEVER in text
    assert "tel:" not in text
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert csp_hash(style) in response["Content-Security-Policy"]


def test_it_names_the_number_to_call_when_there_is_one(db, broken):
    ContactSettings.objects.create(phone="0290 3 000 000")
    text = broken.get("/").text
    assert '<a class="button" href="tel:02903000000">' in text
    assert "Gọi 0290 3 000 000" in text


def test_without_a_database_it_still_comes(monkeypatch):
    def gone():
        raise DatabaseError

    monkeypatch.setattr(ContactSettings, "current", gone)
    monkeypatch.setattr(ContactSettings, "last_known_phone", "0290.300.0000")
    response = views.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert NEVER in response.text
    assert 'href="tel:02903000000"' in response.text


def test_what_is_no_request_of_ours_gets_a_page_too(db):
    response = Client(raise_request_exception=False).get(
        "/", headers={"host": "evil.vn"}
    )
    assert response.status_code == 400
    assert "Máy chưa hiểu yêu cầu này" in response.text
