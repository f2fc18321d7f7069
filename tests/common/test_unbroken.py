"""Numbers stay beside the word they belong to."""

from __future__ import annotations

import pytest
from django.template import Context, Template

from common.templatetags.unbroken import unbroken


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Kích hoạt VNeID mức 2", "Kích hoạt VNeID mức~2"),
        ("10.000 đồng trong 3 phút", "10.000~đồng trong 3~phút"),
        ("ngày 20 tháng 11", "ngày 20~tháng~11"),
        ("Bài số 12", "Bài số~12"),
        ("Hai mẹo nhỏ", "Hai mẹo nhỏ"),
    ],
)
def test_a_number_is_not_torn_from_its_word(text, kept):
    assert unbroken(text) == kept.replace("~", "\u00a0")


def test_what_an_editor_typed_is_still_escaped():
    page = Template("{% load unbroken %}{{ text|unbroken }}")
    assert page.render(Context({"text": "<b>mức 2"})) == "&lt;b&gt;mức\u00a02"
