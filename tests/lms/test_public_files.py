"""The two text files that machines ask for."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from home.models import ContactSettings

pytestmark = pytest.mark.django_db


def fields(client) -> dict[str, str]:
    response = client.get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    return dict(line.split(": ", 1) for line in response.text.splitlines())


def test_security_txt_names_the_contact_of_the_settings(client, settings):
    settings.SECURITY_CONTACT = "mailto:an-ninh@example.vn"
    assert fields(client)["Contact"] == "mailto:an-ninh@example.vn"


@pytest.mark.parametrize(
    ("phone", "contact"),
    [("0900 000 000", "tel:+84900000000"), ("", "http://localhost:8000/")],
)
def test_without_it_the_office_number_or_the_site_stands_there(
    client, settings, phone, contact
):
    settings.SECURITY_CONTACT = ""
    settings.SITE_URL = "http://localhost:8000"
    ContactSettings.objects.create(phone=phone)
    assert fields(client)["Contact"] == contact


def test_security_txt_expires_within_a_year_and_not_soon(client):
    expires = dt.datetime.fromisoformat(fields(client)["Expires"])
    left = expires - timezone.now()
    assert dt.timedelta(days=90) < left < dt.timedelta(days=365)


def test_reading_security_txt_writes_nothing(client):
    client.get("/.well-known/security.txt")
    assert ContactSettings.objects.count() == 0


def test_robots_stay_out_of_the_rooms_of_staff(client):
    text = client.get("/robots.txt").text
    assert text.startswith("User-agent: *\n")
    for path in ("/soan/", "/vao/", "/so/", "/xa/", "/tinh/", "/api/"):
        assert f"Disallow: {path}\n" in text
    assert "Disallow: /bai/" not in text
