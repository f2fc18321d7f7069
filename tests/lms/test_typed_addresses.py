"""Addresses typed from a sheet of paper, on a keyboard that begins with a capital."""

from __future__ import annotations

import pytest

from lms.middleware import as_meant
from tests.courses.making import make_lesson


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/Bai/", "/bai/"),
        ("/BAI", "/bai/"),
        ("/Gần nhà/Đất Mũi", "/gan-nha/dat-mui/"),
        ("/12 ", "/12/"),
        ("/ 12.", "/12/"),
        ("/Vao", "/vao/"),
    ],
)
def test_a_typed_address_means_the_one_on_paper(typed, meant):
    assert as_meant(typed) == meant
    assert as_meant(meant) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "/",
        "/bai/khong-co/",
        "/khong-co",
        "/SO/lich/",
        "/Soan/",
        "/XA/",
        "/Tinh/xa/32248/",
        "/VAO/moi/",
        "/API/v1/",
        "/Wp-Login.PHP",
        "/tep/Anh.PNG",
        "/tep/A\0B",
        "/tinh-te/A",
    ],
)
def test_files_screens_of_staff_and_what_is_spelled_well_are_left_alone(typed):
    assert as_meant(typed) == ""


def test_it_never_leads_to_another_site():
    assert as_meant("//Evil") == "/evil/"
    assert as_meant("/\\Evil/") == "/evil/"


def test_a_lesson_opens_however_its_address_is_typed(db, client):
    lesson = make_lesson()
    typed = lesson.url.upper()
    assert client.get(typed, follow=True).redirect_chain == [(lesson.url, 302)]
    assert client.get("/Bai/?tim=Mat+khau").headers["Location"] == "/bai/?tim=Mat+khau"
    opened = client.get("/%201%20", follow=True)
    assert opened.redirect_chain == [("/1/", 302), (lesson.url, 302)]


def test_what_is_nowhere_is_not_found_after_one_step(db, client):
    response = client.get("/Khong-Co/", follow=True)
    assert response.status_code == 404
    assert response.redirect_chain == [("/khong-co/", 302)]
    assert client.post("/Khong-Co/").status_code == 404
