"""Doors: how a test gets a browser in which somebody is signed in."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from people.factors import SET_UP_HERE


@pytest.fixture
def enter():
    """A browser with that login signed in, the second factor shown."""

    def entered(user, *, second_factor: bool = True) -> Client:
        client = Client()
        client.force_login(user)
        if second_factor:
            session = client.session
            session[SET_UP_HERE] = True
            session.save()
        return client

    return entered


@pytest.fixture(autouse=True)
def own_counters(settings):
    """Attempts are counted in the shared cache; each test counts for itself."""
    default = settings.CACHES["default"] | {"KEY_PREFIX": uuid.uuid4().hex}
    settings.CACHES = {"default": default}


@pytest.fixture
def own_clock_cache(settings):
    """A cache that goes by this process's clock, so that a test can travel in time."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": uuid.uuid4().hex}}


@pytest.fixture(autouse=True)
def data_folder(tmp_path, settings):
    """Each test keeps its own list of erasures."""
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR
