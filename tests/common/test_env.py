"""Settings that fail loudly and name the remedy."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from common.env import (
    env_bool,
    env_int,
    env_list,
    env_secret,
    env_str,
    names_in,
    read_env_file,
)
from tests.databases import ROOT


@pytest.mark.parametrize(
    ("word", "value"), [("True", True), ("on", True), ("0", False), ("", False)]
)
def test_a_switch_knows_its_words(monkeypatch, word, value):
    monkeypatch.setenv("X", word)
    assert env_bool("X") is value


def test_a_switch_refuses_other_words(monkeypatch):
    monkeypatch.setenv("X", "maybe")
    with pytest.raises(ImproperlyConfigured, match="write True or False"):
        env_bool("X")


def test_a_number_refuses_words(monkeypatch):
    monkeypatch.setenv("X", "nhiều")
    with pytest.raises(ImproperlyConfigured, match="whole number"):
        env_int("X", 1)


def test_empty_means_the_default(monkeypatch):
    monkeypatch.setenv("X", " ")
    assert env_str("X", "d") == "d"
    assert env_int("X", 7) == 7
    assert env_list("X", "a, b,") == ["a", "b"]


def test_a_secret_is_made_once_and_kept_to_its_owner(monkeypatch, tmp_path):
    monkeypatch.delenv("X", raising=False)
    file = tmp_path / "deep" / "secret"
    first = env_secret("X", file=file, debug=False)
    assert len(first) >= 40
    assert env_secret("X", file=file, debug=False) == first
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["secret"]


def test_a_short_secret_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("X", "ngắn")
    with pytest.raises(ImproperlyConfigured, match="too short"):
        env_secret("X", file=tmp_path / "s", debug=False)


def test_the_file_gives_what_the_environment_has_not(monkeypatch, tmp_path):
    file = tmp_path / ".env"
    file.write_text('# lời\n\nA_ONE="một hai"\nexport A_TWO=2\nA_THREE=x=y\n')
    monkeypatch.setenv("A_TWO", "của môi trường")
    for name in ("A_ONE", "A_THREE"):
        monkeypatch.delenv(name, raising=False)
    read_env_file(file)
    found = {name: os.environ.pop(name) for name in ("A_ONE", "A_THREE")}
    assert found == {"A_ONE": "một hai", "A_THREE": "x=y"}
    assert os.environ["A_TWO"] == "của môi trường"


def test_a_broken_line_of_the_file_is_named(tmp_path):
    file = tmp_path / ".env"
    file.write_text("A=1\nkhông có dấu bằng\n")
    with pytest.raises(ImproperlyConfigured, match=r"\.env, line 2"):
        read_env_file(file)


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("SITE_URL", "hoc.camau.gov.vn", "write the whole address"),
        ("DATABASE_URL", "mysql://x/y", "use sqlite:/// or postgresql://"),
        ("CACHE_URL", "memcached://x", "use redis://"),
        ("STORAGE_URL", "ftp://x", "use file:// or s3://"),
        ("WORKERS", "hai", "write a whole number"),
        ("OIDC_SERVER_URL", "https://vneid.example", "set OIDC_CLIENT_ID"),
        ("DEBUG", "có", "write True or False"),
        ("SECRET_KEY", "ngắn", "too short"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_names_the_remedy(
    tmp_path, name, value, remedy
):
    variables = {
        key: word
        for key, word in os.environ.items()
        if key not in {"DATABASE_URL", "CACHE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    answer = subprocess.run(
        [sys.executable, "-c", "import lms.settings"],
        cwd=ROOT,
        env=variables | {"DATA_DIR": str(tmp_path), name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert remedy in answer.stderr


def test_more_host_names_come_besides_our_own(tmp_path):
    """Without localhost the server could not ask itself whether it is up."""
    answer = subprocess.run(
        [
            sys.executable,
            "-c",
            "from lms import settings as s; print(s.SITE_URL, *s.ALLOWED_HOSTS)",
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "DATA_DIR": str(tmp_path),
            "ALLOWED_HOSTS": "hoc.example.vn",
            "PORT": "9100",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    site, *hosts = answer.stdout.split()
    assert site == "http://localhost:9100"
    assert {"localhost", "127.0.0.1", "hoc.example.vn"} <= set(hosts)


def test_a_misspelt_variable_is_refused_by_its_line(tmp_path):
    file = tmp_path / ".env"
    file.write_text("SITE_URl=https://hoc.camau.gov.vn\n")
    with pytest.raises(ImproperlyConfigured, match=r"line 1: SITE_URl is no setting"):
        read_env_file(file, known=frozenset({"SITE_URL"}))


def test_the_example_lists_every_variable_that_the_settings_read():
    read = set()
    for name in ("lms/settings.py", "common/backups.py"):
        text = (ROOT / name).read_text("utf-8")
        read |= set(re.findall(r'env_\w+\(\s*"([A-Z0-9_]+)"', text))
    # DATA_DIR and TESTING stand before the file is read, or are never written in it.
    assert read - names_in(ROOT / ".env.example") <= {"TESTING"}
