"""Nothing secret or personal is in the repository."""

from __future__ import annotations

import re
import subprocess

from tests.databases import ROOT

PATTERNS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "token": re.compile(r"\b(?:ghp|gho|glpat|xox[bp])[_-][A-Za-z0-9_-]{20,}"),
    "password in an address": re.compile(
        r"\b(?:postgres(?:ql)?|redis|smtp)://[^\s:/@\"'{]+:[^\s@\"'{…]+@"
    ),
    "assigned secret": re.compile(
        r"^\s*(?:SECRET_KEY|PEPPER|[A-Z_]*PASSWORD|[A-Z_]*TOKEN)\s*=\s*[\"']?[A-Za-z0-9+/=_-]{16,}",
        re.M,
    ),
}
# The patterns themselves.
ALLOWED = {"tests/lms/test_secrets.py"}
FORBIDDEN_NAMES = re.compile(
    r"(^|/)(\.env|secret_key|pepper|id_rsa|.*\.(sqlite3|pem|p12|key|dump|sealed))$"
)
# Vietnamese mobile numbers; 0900 000 0xx and 0912 345 678 are the invented ones.
MOBILE = re.compile(r"(?<![\d.])0[35789]\d{8}(?!\d)")
INVENTED = re.compile(
    r"^(09000000\d\d|0912345678|0987654321|09\d0000000|0[35789]0{5,}\d*)$"
)


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    return [name for name in listed.decode().split("\0") if name]


def texts():
    for name in tracked():
        path = ROOT / name
        if not path.is_file() or name in ALLOWED:
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_secret_is_kept_in_a_file():
    found = [
        f"{name}: {kind}"
        for name, text in texts()
        for kind, pattern in PATTERNS.items()
        # Tests invent passwords; a key or an address in them would still be real.
        if not (kind == "assigned secret" and name.startswith("tests/"))
        if pattern.search(text)
    ]
    assert found == []


def test_no_database_key_or_dump_is_tracked():
    assert [name for name in tracked() if FORBIDDEN_NAMES.search(name)] == []


def test_no_real_telephone_number_stands_outside_the_programme_data():
    found = [
        f"{name}: {number}"
        for name, text in texts()
        if not name.startswith(("lms/programme/", "lms/demo/", "tests/"))
        for number in MOBILE.findall(text)
        if not INVENTED.match(number)
    ]
    assert found == []


def test_the_patterns_find_what_they_are_for():
    planted = {
        "private key": "-----BEGIN RSA PRIVATE KEY-----",
        "AWS key": "AKIA" + "A1" * 8,
        "token": "ghp_" + "a1" * 12,
        "password in an address": "postgresql://toso:matkhau@db/toso",
        "assigned secret": "SECRET_KEY = 'abcdefghijklmnop1234'",
    }
    assert {
        kind for kind, text in planted.items() if PATTERNS[kind].search(text)
    } == set(PATTERNS)
