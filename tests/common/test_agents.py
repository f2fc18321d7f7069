"""A browser's name, as its owner knows it."""

from __future__ import annotations

import pytest

from common.templatetags.agents import agent_words

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            f"Mozilla/5.0 (Linux; Android 9; SM-J400F) {WEBKIT} Chrome/90.0.4430.91 "
            "Mobile Safari/537.36",
            "Chrome – Android",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 9; SM-J400F; wv) {WEBKIT} Version/4.0 "
            "Chrome/90.0 Mobile Safari/537.36 Zalo android/1",
            "Zalo – Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) "
            "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.0 Safari/604.1",
            "Safari – iPhone",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/120.0 Safari/537.36 "
            "Edg/120.0",
            "Edge – Windows",
        ),
        ("curl/8", "trình duyệt khác"),
        ("", "trình duyệt khác"),
    ],
)
def test_a_browser_has_a_name_that_its_owner_knows(agent, words):
    assert agent_words(agent) == words
