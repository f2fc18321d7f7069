"""Is it said as people say it? Office words, long sentences, two actions in one step.

Everything here advises; only a telephone number in the text keeps a lesson from being
published, because numbers change and stand in a dated table.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from courses.models import LessonPage, PlainWord

WORDS_IN_A_SENTENCE = 18
# Mobile and landline numbers and service lines; a citizen's number has twelve digits.
PHONE_NUMBER = re.compile(
    r"(?<![\w.,])((?:\(?0|\+84)(?:[ .)-]{0,2}\d){8,10}|1[89]00[ .-]?\d{3,4})"
    r"(?![ .-]?\d|\w)"
)
# The short emergency numbers are also plain numbers: only who calls means the line.
SHORT_LINE = re.compile(
    r"\b(?:gọi|alo|báo|quay|bấm|tổng đài|đường dây)\b[^.!?\d]{0,24}\b(11[1-5])"
    r"(?!\.?\d| (?:hộ|người|đồng|ngàn|triệu|lần|bước)\b|\w)",
    re.IGNORECASE,
)
# The invented number of every drawing.
_INVENTED = "0900000000"
# What follows one of these is a second action.
# "Xong rồi," and "rồi mới" only say when.
_AND_THEN = re.compile(
    r"\b(rồi(?!,| thì| mới)|sau đó|(?<!chưa )xong thì|tiếp theo)\b", re.IGNORECASE
)
# A step that begins like this touches a screen, which a picture should show.
_TOUCHES = re.compile(r"^(bấm|gõ|chọn|mở|quét|kéo|vuốt|chạm)\b", re.IGNORECASE)
_ENDS = re.compile(r"(?<=[.?!])[”\"]?\s+")
_QUOTED = re.compile(r"“[^”]*”")


@dataclasses.dataclass(frozen=True)
class Remark:
    """One thing to say more plainly, and where it stands."""

    field: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclasses.dataclass(frozen=True)
class Text:
    """One text of a lesson as residents read it."""

    field: str
    place: str
    words: str


def texts_of(lesson: LessonPage) -> Iterator[Text]:
    """Every text of a lesson that residents read, with the words for its place."""
    yield Text("title", _("Title"), lesson.title or "")
    yield Text("short_title", _("Short title"), lesson.short_title or "")
    yield Text("task", _("What one can do"), lesson.task or "")
    for block in lesson.need or ():
        yield Text("need", _("What to have ready"), block.value)
    for number, block in enumerate(lesson.steps or (), 1):
        place = _("Step %(number)s") % {"number": number}
        for name in ("text", "warning", "alt"):
            yield Text("steps", place, block.value.get(name) or "")
    for block in lesson.interrupted or ():
        yield Text("interrupted", _("If interrupted"), block.value)
    for number, block in enumerate(lesson.stuck or (), 1):
        place = _("Stuck, row %(number)s") % {"number": number}
        for name in ("text", "go", "bring"):
            yield Text("stuck", place, block.value.get(name) or "")
    yield from _practised(lesson)
    for number, block in enumerate(lesson.questions or (), 1):
        place = _("Question %(number)s") % {"number": number}
        yield Text("questions", place, block.value.get("text") or "")
        for option in block.value.get("options") or ():
            yield Text("questions", place, option.get("text") or "")
            yield Text("questions", place, option.get("why") or "")


def _practised(lesson: LessonPage) -> Iterator[Text]:
    for block in lesson.practices or ():
        practice = block.value
        yield Text("practices", _("Practice"), practice.get("task") or "")
        for number, screen in enumerate(practice.get("screens") or (), 1):
            place = _("Practice, screen %(number)s") % {"number": number}
            yield Text("practices", place, screen.get("say") or "")
            for target in screen.get("targets") or ():
                yield Text("practices", place, target.get("why") or "")
        yield Text("practices", _("Practice"), practice.get("done") or "")


def sentences(text: str) -> list[str]:
    """Split at a full stop, question or exclamation mark that ends a sentence."""
    return [part for part in _ENDS.split(text) if part]


def without_quotes(text: str) -> str:
    """The text without the words on buttons, which are quoted as they are."""
    return _QUOTED.sub("", text)


def active_words() -> list[PlainWord]:
    """The list of office words that editors keep, in one query."""
    from courses.models import PlainWord  # noqa: PLC0415 -- models import this room

    return list(PlainWord.objects.filter(is_active=True))


def remarks(
    lesson: LessonPage, words: Sequence[PlainWord] | None = None
) -> list[Remark]:
    """Everything in a lesson that could be said more plainly, in the order of the form."""
    words = active_words() if words is None else words
    found: list[Remark] = []
    for text in texts_of(lesson):
        found += _long_sentences(text)
        found += _office_words(text, words)
    found += _steps(lesson)
    return list(dict.fromkeys(found))


def _long_sentences(text: Text) -> Iterator[Remark]:
    for sentence in sentences(text.words):
        count = len(sentence.split())
        if count > WORDS_IN_A_SENTENCE:
            yield Remark(
                text.field,
                text.place,
                _("a sentence of %(count)s words, at most 18: “%(sentence)s”")
                % {"count": count, "sentence": _short(sentence)},
            )


def _office_words(text: Text, words: Iterable[PlainWord]) -> Iterator[Remark]:
    said = without_quotes(text.words)
    for word in words:
        if re.search(rf"\b{re.escape(word.word)}\b", said, re.IGNORECASE):
            yield Remark(
                text.field,
                text.place,
                _("instead of “%(word)s” say: %(plain)s")
                % {"word": word.word, "plain": word.plain},
            )


def _steps(lesson: LessonPage) -> Iterator[Remark]:
    for number, block in enumerate(lesson.steps or (), 1):
        value: Any = block.value
        place = _("Step %(number)s") % {"number": number}
        said = without_quotes(value.get("text") or "")
        if _AND_THEN.search(said):
            yield Remark("steps", place, _("perhaps two actions: one step is one tap"))
        if _TOUCHES.match(said.strip()) and not value.get("picture"):
            yield Remark("steps", place, _("no picture shows where the finger goes"))
        if value.get("alt") and not value.get("picture"):
            yield Remark("steps", place, _("describes a picture that is not there"))


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


def numbers_to_call(lesson: LessonPage) -> Iterator[tuple[str, str]]:
    """Field and sentence for each telephone number that stands in the text.

    The one rule of wording that keeps a lesson from being published.
    """
    for text in texts_of(lesson):
        found = PHONE_NUMBER.search(text.words) or SHORT_LINE.search(text.words)
        if found and re.sub(r"\D", "", found[1]) != _INVENTED:
            yield (
                text.field,
                _(
                    "%(place)s: the number %(number)s does not belong into a lesson. "
                    "Numbers stand in the table of hotlines, with the day they were "
                    "checked."
                )
                % {"place": text.place, "number": found[1]},
            )
