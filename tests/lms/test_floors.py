"""The floors of the house hold."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.databases import ROOT

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACT = CONFIG["tool"]["importlinter"]["contracts"][0]
# Beside the house: they may look into every room, and no room looks at them.
BESIDE = {"bench", "scripts", "tests"}


def floors() -> list[set[str]]:
    return [{room.strip() for room in layer.split("|")} for layer in CONTRACT["layers"]]


def packages() -> set[str]:
    tracked = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*/__init__.py",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return {path.split("/")[0] for path in tracked if path.count("/") == 1} - BESIDE


def test_every_package_stands_on_exactly_one_floor():
    standing = [room for floor in floors() for room in floor]
    assert sorted(standing) == sorted(packages())
    assert len(standing) == len(set(standing))


def test_the_floors_are_those_of_the_plan():
    assert floors() == [
        {"lms"},
        {"reports"},
        {"attendance"},
        {"courses"},
        {"people"},
        {"pilot_communes", "home", "offline"},
        {"common"},
    ]


def test_the_contract_knows_every_package_and_has_no_exceptions():
    assert set(CONFIG["tool"]["importlinter"]["root_packages"]) == packages()
    assert "ignore_imports" not in CONTRACT


def test_no_room_imports_from_a_floor_above_or_beside_it():
    answer = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout


def test_foreign_keys_point_downwards_only():
    from django.apps import apps
    from django.contrib.auth import get_user_model

    # The login is named by a setting: Wagtail's own tables point to it from any floor.
    login = get_user_model()
    height = {room: -number for number, floor in enumerate(floors()) for room in floor}
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in height
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
        if field.related_model is not login
        if height.get(field.related_model._meta.app_label, -99)
        > height[model._meta.app_label]
    ]
    assert upward == []
