"""A small school, and the real one loaded once for the tests that read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction

PROGRAMME = Path(__file__).parents[2] / "lms" / "programme"


@pytest.fixture(autouse=True)
def forget_addresses(request):
    """The roots of sites are remembered in the cache, which may outlive a test."""
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
        cache.delete("wagtail_site_root_paths")


@pytest.fixture
def cache_in_memory(settings):
    """The addresses of sites are remembered without a query, whatever the cache is."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }


@pytest.fixture(autouse=True)
def on_the_day(time_machine):
    """The tests live on 20 November 2026, in the morning."""
    time_machine.move_to("2026-11-20 09:00 +0700", tick=True)


@pytest.fixture
def lesson(db):
    """A small complete lesson, published today."""
    from tests.courses.making import make_lesson

    return make_lesson()


@pytest.fixture
def editor(cast, client):
    """Anh Dũng, signed in, with a course to write in."""
    from courses.editors import follow_roles
    from tests.courses.making import make_course, make_facts, sign_in

    make_facts()
    make_course()
    follow_roles(cast.dung)
    sign_in(client, cast.dung)
    return cast.dung


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The sources, loaded once for a module and rolled back after it."""
    from courses.loading import load_facts, load_lessons
    from home.loading import load_pages

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        cache.delete("wagtail_site_root_paths")
        load_facts(PROGRAMME)
        load_pages()
        load_lessons()
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.fixture
def lessons(loaded, db):
    """Every lesson of the sources, published, by number."""
    from courses.models import LessonPage

    return LessonPage.objects.order_by("number")
