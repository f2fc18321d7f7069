"""The scripts of the phone: small, and nothing that Chrome 90 or Safari 15 cannot read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from common.registries import offline_files
from common.storage import StaticStorage
from tests.databases import ROOT

SCRIPTS = sorted((ROOT / "offline" / "static" / "offline").glob("*.js"))
# What younger browsers know and ours need not: first Chrome and Safari with it.
TOO_YOUNG = {
    "static block of a class": r"\bstatic\s*\{",
    "private name in": r"#\w+\s+in\b",
    ".at()": r"\.at\(",
    "findLast": r"\.findLast(Index)?\(",
    "Object.hasOwn": r"Object\.hasOwn\b",
    "structuredClone": r"\bstructuredClone\(",
    "toSorted, toReversed, with": r"\.to(Sorted|Reversed|Spliced)\(|\]\.with\(",
    "Array.fromAsync": r"Array\.fromAsync",
    "groupBy": r"\bgroupBy\(",
    "AbortSignal.timeout": r"AbortSignal\.(timeout|any)",
    "crypto.randomUUID": r"\brandomUUID\(",
    "requestIdleCallback": r"\brequestIdleCallback\(",
    "scrollend": r"scrollend",
    "look-behind": r"\(\?<[=!]",
    "regular expression flag v or d": r"/[gimsuy]*[vd][gimsuy]*\.(exec|test)\(",
    "import attributes": r"\bimport\b[^;\n]*\bwith\s*\{",
    "hashbang or decorator": r"^#!|^\s*@\w+",
    "event.submitter": r"\.submitter\b",
    "showModal": r"\.showModal\(",
    "storage.estimate": r"storage\.estimate",
    "Promise.withResolvers": r"withResolvers",
}
# A module with `await` outside of a function holds up everything that imports it.
TOP_LEVEL_AWAIT = re.compile(
    r"^(?:(?:export )?(?:const|let|var) [^\n=]*= *)?await\b", re.MULTILINE
)
BEFORE_THE_FIRST_TAP = (
    "lms/first.js",
    "offline/trang.js",
    "offline/so.js",
)
STRING_OR_COMMENT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL
)


def bare(path: Path) -> str:
    return STRING_OR_COMMENT.sub(" ", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_browser_of_the_floor_reads_it(path):
    source = bare(path)
    found = {what for what, sign in TOO_YOUNG.items() if re.search(sign, source, re.M)}
    assert found == set()
    assert not TOP_LEVEL_AWAIT.search(source)


@pytest.mark.parametrize(
    ("young", "line"),
    [
        (".at()", "steps.at(-1)"),
        ("look-behind", "/(?<=a)b/"),
        ("crypto.randomUUID", "crypto.randomUUID()"),
        ("Object.hasOwn", "Object.hasOwn(a, 'b')"),
    ],
)
def test_the_signs_of_the_floor_find_what_is_too_young(young, line):
    assert re.search(TOO_YOUNG[young], line)


def test_at_most_five_thousand_bytes_run_before_the_first_tap():
    sizes = {
        name: len(Path(finders.find(name)).read_bytes())
        for name in BEFORE_THE_FIRST_TAP
    }
    assert sum(sizes.values()) <= 5_000, sizes
    # All that runs at once is named above: the rest waits for `import()`.
    entry = Path(finders.find("offline/trang.js")).read_text()
    assert re.findall(r'^import .* from "(.*)"', entry, re.M) == ["./so.js"]
    assert "import" not in Path(finders.find("offline/so.js")).read_text()


def test_all_scripts_of_a_lesson_weigh_at_most_forty_kilobytes():
    sizes = {
        file.path: len(Path(finders.find(file.path)).read_bytes())
        for file in offline_files
    }
    assert sum(sizes.values()) <= 40_000, sizes


def test_every_script_that_is_imported_is_kept_with_the_rest():
    kept = {Path(file.path).name for file in offline_files}
    for path in SCRIPTS:
        wanted = re.findall(r'(?:from|import\()\s*"\./(.+?)"', path.read_text())
        assert set(wanted) <= kept, path.name


def test_imports_between_scripts_are_hashed(tmp_path, settings):
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "common.storage.StaticStorage"}
    }
    others = [
        "wagtail*",
        "ninja",
        "rest_framework",
        "taggit",
        "admin",
        "account",
        "mfa",
        "attendance",
    ]
    call_command(
        "collectstatic", interactive=False, verbosity=0, ignore_patterns=others
    )
    storage = StaticStorage(location=tmp_path)
    entry = (tmp_path / storage.stored_name("offline/trang.js")).read_text()
    names = re.findall(r'(?:from|import\()\s*"(\./|\.\./)(.+?)"', entry)
    assert len(names) == 4
    for dots, name in names:
        assert re.search(r"\.[0-9a-f]{12}\.js$", name)
        assert (tmp_path / ("offline" if dots == "./" else "") / name).exists()
