"""Registries: filled by higher rooms, asked by lower ones."""

from __future__ import annotations

import types

import pytest
from django.core.checks import run_checks

from common.registries import AlreadyRegistered, Item, Registry, navigation
from common.templatetags.navigation import navigation as tabs


@pytest.fixture
def entry():
    """An entry of the real navigation, taken away again."""
    made = []

    def add(item: Item) -> Item:
        made.append(item.url_name)
        return navigation.register(item)

    yield add
    for url_name in made:
        navigation.unregister(url_name)


def test_entries_come_in_their_own_order():
    registry = Registry("words", key=str, order=len)
    for word in ("bốn mươi", "ba", "một"):
        registry.register(word)
    assert list(registry) == ["ba", "một", "bốn mươi"]
    assert len(registry) == 3
    assert "ba" in registry


def test_a_second_entry_under_one_key_is_refused():
    registry = Registry("words", key=str)
    registry.register("một")
    with pytest.raises(AlreadyRegistered, match="words: 'một' is registered twice"):
        registry.register("một")


def user(*permissions: str):
    return types.SimpleNamespace(
        is_authenticated=True, has_perm=lambda verb: verb in permissions
    )


def test_a_user_sees_only_the_tabs_that_open(entry):
    entry(Item("a", 1, "Mở", "health-live", ""))
    entry(Item("b", 2, "Kín", "health-ready", "room.secret"))
    labels = [tab.label for tab in tabs({"user": user()})]
    assert "Mở" in labels
    assert "Kín" not in labels
    assert "Kín" in [tab.label for tab in tabs({"user": user("room.secret")})]


def test_one_of_several_permissions_opens_a_tab():
    item = Item("a", 1, "Sổ", "health", ("room.one", "room.two"))
    assert item.is_open_to(user("room.two"))
    assert not item.is_open_to(user("room.three"))


def test_nobody_signed_in_has_no_tabs():
    assert tabs({"user": types.SimpleNamespace(is_authenticated=False)}) == []
    assert tabs({}) == []


def test_a_tab_without_a_page_is_found_by_the_checks(entry):
    assert [e for e in run_checks() if e.id == "toso.E004"] == []
    entry(Item("a", 1, "Lạc", "nowhere-at-all", ""))
    problems = [error for error in run_checks() if error.id == "toso.E004"]
    assert len(problems) == 1
    assert "nowhere-at-all" in problems[0].msg
