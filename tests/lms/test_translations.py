"""Every word that a person sees exists in Vietnamese."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
import wagtail
from django.utils.translation.trans_real import DjangoTranslation

from lms import translations
from lms.translations import (
    ConflictingWords,
    Message,
    broken_placeholders,
    messages_of_code,
    messages_of_template,
    untranslated,
    used_messages,
)

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def test_every_message_of_code_and_templates_has_vietnamese_words():
    messages = used_messages()
    assert len(messages) > 300
    assert [f"{m.place}: {m.msgid!r}" for m in untranslated(messages)] == []


def test_the_fragments_agree_on_the_words_of_a_message():
    translations.merge(strict=True)


def test_translations_keep_the_placeholders_of_their_message():
    assert broken_placeholders() == []


def test_english_does_not_stand_in_the_place_of_vietnamese():
    same = [
        entry.msgid
        for entry in translations.merge(strict=False)
        if entry.msgid == translations._words(entry)
        and re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", PLACEHOLDER.sub("", entry.msgid))
    ]
    assert same == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('_("one")', [("one", "", "")]),
        ('gettext_lazy("a" "b")', [("ab", "", "")]),
        ('ngettext("one", "many", n)', [("one", "many", "")]),
        ('pgettext("time", "second")', [("second", "", "time")]),
        ('npgettext("c", "one", "many", n)', [("one", "many", "c")]),
        ("_(name)", []),
        ('other("one")', []),
        ('translation.gettext("one")', [("one", "", "")]),
    ],
)
def test_messages_are_found_in_code(source, found):
    messages = messages_of_code(Path("x.py"), source)
    assert [(m.msgid, m.plural, m.context) for m in messages] == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "one" %}', [("one", "")]),
        ('{% translate "one (two), three" as x %}', [("one (two), three", "")]),
        ('{{ _("one") }}', [("one", "")]),
        ('{% if a == _("one") %}{% endif %}', [("one", "")]),
        (
            "{% blocktranslate with n=x %}{{ n }} here{% endblocktranslate %}",
            [("%(n)s here", "")],
        ),
        (
            "{% blocktranslate count n=x %}{{ n }} day{% plural %}{{ n }} days"
            "{% endblocktranslate %}",
            [("%(n)s day", "%(n)s days")],
        ),
        ("<p>plain (text)</p>", []),
    ],
)
def test_messages_are_found_in_templates(source, found):
    template = "{% load i18n %}" + source
    messages = messages_of_template(Path("x.html"), template)
    assert [(m.msgid, m.plural) for m in messages] == found


@pytest.fixture
def fragments(tmp_path, settings):
    """A catalogue folder of its own."""
    settings.LOCALE_PATHS = [tmp_path]
    folder = tmp_path / "vi" / "LC_MESSAGES" / "parts"
    folder.mkdir(parents=True)

    def write(name: str, **words: str) -> None:
        file = polib.POFile()
        for msgid, msgstr in words.items():
            file.append(polib.POEntry(msgid=msgid, msgstr=msgstr))
        file.save(str(folder / f"{name}.po"))

    return write


def test_a_rooms_word_stands_before_the_one_for_the_cms(fragments):
    """Wagtail's own screens share the catalogue; they must not stop a room."""
    fragments("a", Move="Chuyển")
    fragments("wagtail", Move="Dời", Publish="Đăng")
    fragments("x", Publish="Đăng bài")
    words = {e.msgid: e.msgstr for e in translations.merge(strict=True)}
    assert words == {"Move": "Chuyển", "Publish": "Đăng bài"}


def test_fragments_become_one_compiled_catalogue(fragments):
    fragments("a", one="một", two="hai")
    fragments("b", two="hai", three="ba")
    assert translations.is_stale()
    path = translations.compile_messages()
    assert {e.msgid: e.msgstr for e in polib.mofile(str(path))} == {
        "one": "một",
        "two": "hai",
        "three": "ba",
    }
    assert not translations.is_stale()


def test_two_words_for_one_message_are_a_mistake_with_both_names(fragments):
    fragments("a", place="nơi")
    fragments("b", place="địa điểm")
    with pytest.raises(ConflictingWords, match=r"nơi in a\.po but địa điểm in b\.po"):
        translations.compile_messages()


def test_a_lost_or_foreign_placeholder_is_found(fragments):
    fragments("a", **{"%(n)s days": "ngày", "%(n)s hours": "%(m)s giờ"})
    assert len(broken_placeholders()) >= 2


def test_an_untranslated_message_is_named(fragments):
    fragments("a", one="một")
    messages = [Message("one"), Message("two", place="x.py:1")]
    assert [m.place for m in untranslated(messages)] == ["x.py:1"]


def test_the_scripts_of_the_cms_speak_vietnamese():
    folder = Path(wagtail.__file__).parent / "admin" / "locale"
    asked = polib.pofile(str(folder / "en" / "LC_MESSAGES" / "djangojs.po"))
    given = DjangoTranslation("vi", domain="djangojs", localedirs=[str(folder)])
    assert given.gettext("Collapse all") == "Gập hết lại"
    assert (
        given.ngettext("%(num)s error", "%(num)s errors", 3) == "%(num)s chỗ chưa đúng"
    )
    keys = given._catalog.keys()
    known = {key if isinstance(key, str) else key[0] for key in keys}
    assert [entry.msgid for entry in asked if entry.msgid not in known] == []
