"""Probes and the page of the machine room."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import override_settings
from django.utils import timezone

from common import health
from common.health import Verdict
from common.models import JobRun
from people.factors import SET_UP_HERE

pytestmark = pytest.mark.django_db

STATUS_QUERIES = 17


@pytest.fixture(autouse=True)
def fresh():
    health.forget_readiness()
    yield
    health.forget_readiness()


def test_live_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/suc-khoe/song/")
    assert (response.status_code, response.text) == (200, "song\n")
    assert "no-store" in response.headers["Cache-Control"]


def test_ready_says_well_or_not_and_nothing_else(client):
    response = client.get("/suc-khoe/san-sang/")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "checks": {
            "database": True,
            "migrations": True,
            "cache": True,
            "media": True,
            "disk": True,
        },
    }


def test_not_ready_without_disk_space(client):
    with override_settings(MIN_FREE_DISK_MB=10**9):
        response = client.get("/suc-khoe/san-sang/")
    assert response.status_code == 503
    assert response.json()["checks"]["disk"] is False


def test_not_ready_when_files_cannot_be_stored(client, settings, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    settings.MEDIA_ROOT = str(blocked / "media")
    response = client.get("/suc-khoe/san-sang/")
    assert response.status_code == 503
    assert response.json()["checks"]["media"] is False


def test_not_ready_while_tables_are_old(client, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(health, "unapplied_migrations", lambda: ["people.0009_more"])
    response = client.get("/suc-khoe/san-sang/")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] is False


def test_a_check_that_breaks_is_not_well():
    def broken() -> Verdict:
        raise OSError

    check = health.HealthCheck("x", "Thử", broken)
    assert health.ask(check).ok is False


def enter(client, user) -> None:
    """Sign in as somebody who has shown the second factor."""
    client.force_login(user)
    session = client.session
    session[SET_UP_HERE] = True
    session.save()


def test_the_page_is_for_administrators_and_auditors(client, cast):
    seen = {}
    for name in ("quan", "thao", "mai", "hanh", "tam", "dung"):
        enter(client, getattr(cast, name))
        seen[name] = client.get("/suc-khoe/").status_code
    assert seen == {
        "quan": 200,
        "thao": 200,
        "mai": 403,
        "hanh": 403,
        "tam": 403,
        "dung": 403,
    }


def test_the_page_asks_for_the_second_factor_first(client, cast):
    client.force_login(cast.quan)
    assert client.get("/suc-khoe/").status_code == 302


def test_a_stranger_is_sent_to_sign_in(client):
    response = client.get("/suc-khoe/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/vao/")


def test_late_and_failed_jobs_stand_on_the_page(client, cast):
    JobRun.objects.create(
        job="lms.backup",
        due=timezone.now() - dt.timedelta(days=2),
        host="h",
        status="failed",
        message="OSError",
        attempts=3,
    )
    enter(client, cast.quan)
    text = client.get("/suc-khoe/").text
    assert "OSError" in text
    assert text.count('class="tag warn"') >= 2


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_however_many_runs_there_are(
    client, cast, count, settings, django_assert_num_queries
):
    # The shared cache may be the database: it is asked elsewhere.
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }
    for number in range(count):
        JobRun.objects.create(
            job=f"a.{number}",
            due=timezone.now(),
            host="h",
            status="failed",
            message="OSError",
        )
    enter(client, cast.quan)
    client.get("/suc-khoe/")
    with django_assert_num_queries(STATUS_QUERIES):
        client.get("/suc-khoe/")
