"""The roots of sites are remembered in the cache, which may outlive a test."""

from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def forget_addresses(request):
    if "db" in request.fixturenames:
        request.getfixturevalue("db")
        cache.delete("wagtail_site_root_paths")
