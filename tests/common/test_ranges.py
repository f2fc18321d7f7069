"""A player of sound may ask for a part of a public file."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

SOUND = bytes(range(100))


@pytest.fixture
def address(settings, tmp_path) -> str:
    settings.MEDIA_ROOT = tmp_path
    return default_storage.url(default_storage.save("a.mp3", ContentFile(SOUND)))


def test_the_whole_file_says_that_parts_can_be_had(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Accept-Ranges"] == "bytes"
    assert b"".join(response) == SOUND


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-1", 0, 1),
        ("bytes=90-", 90, 99),
        ("bytes=-5", 95, 99),
        ("bytes=-500", 0, 99),
        ("bytes=50-500", 50, 99),
    ],
)
def test_a_part_is_exactly_what_was_asked_for(asked, first, last, client, address):
    response = client.get(address, headers={"Range": asked})
    assert response.status_code == 206
    assert response.content == SOUND[first : last + 1]
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/100"
    assert response.headers["Content-Type"] == "audio/mpeg"
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=9-3", "bytes=-0"])
def test_a_part_outside_the_file_is_refused(asked, client, address):
    response = client.get(address, headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */100"


@pytest.mark.parametrize("asked", ["", "bytes=-", "bytes=0-1,5-6", "lines=1-2"])
def test_what_is_no_single_range_gets_the_whole(asked, client, address):
    response = client.get(address, headers={"Range": asked})
    assert response.status_code == 200
    assert b"".join(response) == SOUND
