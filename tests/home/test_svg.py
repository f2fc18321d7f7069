"""Hostile drawings: whatever the list does not name is gone."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from home.models import CustomImage
from home.svg import UnsafeSVG, clean_svg, inline_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 216 384"'
GOOD = f'{HEAD}><rect x="5" width="9" fill="#fff"/><text x="1">Mẫu</text></svg>'


def drawn(inner: str, root: str = "") -> bytes:
    return f"{HEAD}{root}>{inner}<rect x='7'/></svg>".encode()


HOSTILE = {
    "script": drawn("<script>alert(1)</script>"),
    "script with a prefix": drawn(
        "<s:script xmlns:s='http://www.w3.org/2000/svg'>alert(1)</s:script>"
    ),
    "script of html": drawn(
        "<script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>"
    ),
    "handler": drawn("", ' onload="alert(1)"'),
    "handler on a shape": drawn('<rect onclick="alert(1)"/>'),
    "style": drawn("<style>@import 'https://evil.example/a.css'</style>"),
    "style attribute": drawn('<g style="background:url(https://evil.example)"/>'),
    "link": drawn('<a href="javascript:alert(1)"><rect/></a>'),
    "xlink": drawn(
        '<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:alert(1)"/>'
    ),
    "foreign object": drawn("<foreignObject><b>alert(1)</b></foreignObject>"),
    "picture from elsewhere": drawn('<image href="https://evil.example/x.png"/>'),
    "use from elsewhere": drawn('<use href="https://evil.example/a.svg#x"/>'),
    "fill from elsewhere": drawn('<rect fill="url(https://evil.example/a.svg#x)"/>'),
    "fill in escapes": drawn('<rect fill="\\75rl(https://evil.example)"/>'),
    "animation": drawn('<animate attributeName="href" to="javascript:alert(1)"/>'),
    "set": drawn('<set attributeName="onclick" to="alert(1)"/>'),
    "entity for a value": drawn('<rect fill="&#117;rl(https://evil.example)"/>'),
    "comment": drawn("<!-- alert(1) https://evil.example -->"),
    "instruction": drawn('<?xml-stylesheet href="https://evil.example/a.css"?>'),
    "identifier": drawn('<g id="evil.example" class="evil.example"/>'),
    "svg in svg": drawn('<svg onload="alert(1)"><script>alert(1)</script></svg>'),
    "words in a shape": drawn("<rect>evil.example<title>alert(1)</title></rect>"),
}
BAD = re.compile(
    rb"script|alert|evil|javascript|style|onload|onclick|href|foreign|<image|<use|"
    rb"url\(|animate|<set|<!--|<\?|\bid=|class=",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_could_act_or_reach_out_is_gone_and_the_drawing_stays(name):
    clean = clean_svg(HOSTILE[name])
    assert BAD.search(clean) is None
    assert b'viewBox="0 0 216 384"' in clean
    assert b'<rect x="7"' in clean


REFUSED = {
    "a billion laughs": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    + drawn("<text>&b;</text>"),
    "a file of the server": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    + drawn("<text>&a;</text>"),
    "a document type": b'<!DOCTYPE svg PUBLIC "-//W3C" "http://evil.example">'
    + drawn(""),
    "no drawing": b"<html><body/></html>",
    "a drawing without namespace": b"<svg><rect/></svg>",
    "broken": GOOD.encode()[:-4],
    "nothing": b"",
    "too large": drawn("<rect/>" * 80_000),
    "too deep": drawn("<g>" * 60 + "</g>" * 60),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_safe_drawing_is_refused_in_words(name):
    with pytest.raises(UnsafeSVG, match=r"\w"):
        clean_svg(REFUSED[name])


def test_cleaning_twice_changes_nothing():
    once = clean_svg(GOOD.encode())
    assert clean_svg(once) == once


def test_words_and_shapes_of_a_good_drawing_stay():
    clean = clean_svg(GOOD.encode()).decode()
    assert '<rect x="5" width="9" fill="#fff" />' in clean
    assert '<text x="1">Mẫu</text>' in clean


def test_a_drawing_in_a_page_is_named_and_sized():
    shown = inline_svg(
        GOOD.replace("viewBox", 'width="9" height="8" viewBox').encode(),
        label='Bấm "Gửi" <đây>',
        width=216,
        height=384,
    )
    assert shown.startswith(
        '<svg role="img" aria-label="Bấm &quot;Gửi&quot; &lt;đây&gt;" width="216" '
        'height="384" viewBox="0 0 216 384">'
    )
    assert "xmlns" not in shown


def test_a_drawing_put_into_the_library_is_stored_clean(db):
    image = CustomImage(title="x")
    image.file = ContentFile(HOSTILE["script"], name="x.svg")
    image.save()
    with image.open_file() as file:
        stored = file.read()
    assert BAD.search(stored) is None
    assert image.file_size == len(stored)
    assert (image.width, image.height) == (216, 384)


@pytest.mark.parametrize("name", ["a file of the server", "broken"])
def test_the_form_says_what_is_wrong_with_a_drawing(name, db):
    image = CustomImage(title="x", width=1, height=1)
    image.file.save("x.svg", ContentFile(GOOD.encode()), save=False)
    image.file.file = ContentFile(REFUSED[name])
    image.file._committed = False
    with pytest.raises(ValidationError) as refusal:
        image.clean()
    assert list(refusal.value.message_dict) == ["file"]
