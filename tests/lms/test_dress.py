"""The dress holds: contrasts reckoned from the style sheets, forms beside colours."""

from __future__ import annotations

import itertools
import re

import pytest
from django.urls import reverse

from lms.parts import ICONS
from tests.attendance.screens import enter
from tests.databases import ROOT

TOKENS = ROOT / "lms/static/lms/tokens.css"
RAMP = ROOT / "reports/static/reports/figures.css"
ROOMS = (
    "attendance", "common", "courses", "home", "lms", "offline", "people",
    "pilot_communes", "reports",
)  # fmt: skip
# They dress the CMS, which knows none of our names.
FOR_THE_CMS = {"cms.css", "editing.css", "practice-editor.css"}
SHEETS = sorted(
    path
    for room in ROOMS
    for path in (ROOT / room / "static").rglob("*.css")
    if path.name not in FOR_THE_CMS
)
TEMPLATES = sorted(
    path for room in ROOMS for path in (ROOT / room / "templates").rglob("*.html")
)

# The ring on a drawn screen, which is paper-white in the dark too.
ON_PAPER = {("practice.css", "#d9561c")}
GROUNDS = ("ground", "surface", "sand")
TINTS = ("green-tint", "warn-tint", "error-tint")
# Words on grounds: WCAG 2.2 AA, 1.4.3. Whole sentences, links and headings stand on the
# tints of notes too.
WORDS = [
    *itertools.product(("text", "muted", "green"), GROUNDS + TINTS),
    *itertools.product(("warn", "error"), GROUNDS),
    ("warn", "warn-tint"),
    ("error", "error-tint"),
    ("on-green", "green"),
    ("on-action", "action"),
    ("action", "ground"),
    *((f"on-{step}", f"step-{step}") for step in range(1, 6)),
]
# Borders of fields, tiles, the ring of the finger and the focus: 1.4.11.
SHAPES = [
    *itertools.product(("control", "ring", "focus"), GROUNDS),
    *itertools.product(("warn", "error", "green"), GROUNDS),
    ("action", "ground"),
    ("action", "surface"),
    ("control", "step-1"),
]
# What design-brief §8.1 and §8.2 print: the sum that finds them is the right sum.
PRINTED = [
    ("light", "control", "ground", 4.20),
    ("light", "green", "sand", 7.21),
    ("light", "ring", "ground", 3.73),
    ("dark", "on-action", "action", 8.39),
    ("dark", "warn", "warn-tint", 8.71),
    ("light", "on-4", "step-4", 5.2),
    ("dark", "on-3", "step-3", 5.0),
]


def _colours(css: str, opening: str) -> dict[str, str]:
    start = css.index(opening) + len(opening)
    block = css[start : css.index("}", start)]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", block))


def _theme(name: str, *, chosen: bool = False) -> dict[str, str]:
    opening = {
        ("light", False): ':root, [data-theme="l"] {',
        ("dark", False): ':root:not([data-theme="l"]) {',
        ("dark", True): '[data-theme="d"] {',
    }[name, chosen]
    return _colours(TOKENS.read_text(), opening) | _colours(RAMP.read_text(), opening)


def _luminance(colour: str) -> float:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _lightness(colour: str) -> float:
    """CIE L*, 0 to 100."""
    y = _luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > 216 / 24389 else y * 24389 / 27


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_pair_of_colours_is_readable(name):
    theme = _theme(name)
    weak = [
        f"{front} on {back}: {_contrast(theme[front], theme[back]):.2f}"
        for pairs, least in ((WORDS, 4.5), (SHAPES, 3.0))
        for front, back in pairs
        if _contrast(theme[front], theme[back]) < least
    ]
    assert weak == []


@pytest.mark.parametrize(("name", "front", "back", "ratio"), PRINTED)
def test_the_ratios_are_those_of_the_design(name, front, back, ratio):
    theme = _theme(name)
    assert _contrast(theme[front], theme[back]) == pytest.approx(ratio, abs=0.06)


def test_a_theme_chosen_by_hand_is_the_one_that_the_phone_would_choose():
    assert _theme("dark", chosen=True) == _theme("dark")
    assert _theme("dark").keys() == _theme("light").keys()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_steps_of_the_map_are_even_in_lightness(name):
    theme = _theme(name)
    steps = [_lightness(theme[f"step-{step}"]) for step in range(1, 6)]
    jumps = [abs(b - a) for a, b in itertools.pairwise(steps)]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert all(13.5 <= jump <= 20 for jump in jumps), jumps


def test_words_take_colours_that_words_may_have():
    """The hairline, the border of a field and the ring are for shapes only."""
    wrong = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in SHEETS
        for found in re.findall(
            r"(?<![\w-])color:\s*var\(--(line|control|ring|sand|ground)\)",
            path.read_text(),
        )
    ]
    assert wrong == []


def test_colours_have_names_everywhere():
    """A colour written down in a page's own sheet would not turn dark."""
    wrong = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in SHEETS
        if path not in (TOKENS, RAMP)
        for found in re.findall(
            r"(?<!url\()#[0-9a-fA-F]{3,8}\b",
            re.sub(r"url\([^)]*\)", "", path.read_text().partition("@media print")[0]),
        )
        if re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", found)
        and (path.name, found) not in ON_PAPER
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "word"), [("warn", "<strong>"), ("error", "<strong>")]
)
def test_a_warning_and_an_error_are_told_apart_by_form_and_word(kind, word):
    """Their colours are nearly equal in lightness: tint, bar, drawing and word tell."""
    bare = [
        f"{path.relative_to(ROOT)}: {after[:60]!r}"
        for path in TEMPLATES
        for after in re.findall(
            rf'class="note {kind}"[^>]*>\s*(.{{0,80}})', path.read_text()
        )
        if not after.startswith(word)
    ]
    assert bare == []


def test_icons_are_one_hand():
    """24 grid, 2 px stroke, round caps, the colour of the text; at most one ring."""
    names = sorted(path.stem for path in ICONS.glob("*.svg"))
    assert len(names) >= 24
    for path in ICONS.glob("*.svg"):
        svg = path.read_text()
        assert svg.startswith(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" '
            'stroke="currentColor" stroke-width="2" stroke-linecap="round" '
            'stroke-linejoin="round">'
        ), path.name
        assert svg.count('class="ring"') == svg.count("#D9561C") <= 1, path.name
        assert len(svg) < 700, path.name


def test_the_page_of_parts_shows_every_drawing_and_state_in_both_themes(client, cast):
    enter(client, cast.dung)
    text = client.get(reverse("parts")).text
    for theme in ("l", "d"):
        assert f'data-theme="{theme}"' in text
    for words in ("trên máy này", "đã nhận", "đã tính", "chưa được nhận"):
        assert text.count(words) == 2
    for path in ICONS.glob("*.svg"):
        assert text.count(f"</svg>{path.stem}</li>") == 2


def test_the_page_of_parts_is_for_those_who_write_and_build(client, cast):
    for user in (cast.tam, cast.hanh, cast.mai):
        enter(client, user)
        assert client.get(reverse("parts")).status_code == 302
    client.logout()
    assert client.get(reverse("parts")).status_code == 302


def test_the_cms_wears_our_name_and_mark(client, cast):
    enter(client, cast.dung)
    text = client.get("/soan/").text
    assert "Tổ công nghệ số cộng đồng tỉnh Cà Mau</title>" in text
    assert "lms/mark.svg" in text
    assert "lms/cms.css" in text
    assert "guide.wagtail.org" not in text
