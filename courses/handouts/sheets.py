"""What stands on a handout, as plain data for the typesetter: no layout, no markup."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import segno
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import LegalDocument, LessonPage
from home.models import ContactSettings, CustomImage

# As on the page, so that a photograph is scaled once for both.
RENDITION = "max-656x768|format-webp"
# No column beside a drawing holds a longer word; addresses may break after these signs.
_LONG_WORD = re.compile(r"\S{20,}")
_JOINT = re.compile(r"(?<=[./@-])(?=\S)")
DATE = "%d/%m/%Y"


@dataclasses.dataclass(frozen=True)
class Sheet:
    """One lesson as it stands on paper on a day.

    `facts` is everything printed; `pictures` are the drawings of its steps by the key under
    which `facts` names them. Two sheets with one digest are the same sheet.
    """

    number: int
    slug: str
    facts: dict[str, Any]
    pictures: dict[str, CustomImage]

    @property
    def digest(self) -> str:
        """Of all that is printed; a picture counts by its file, whose name never changes."""
        parts = [json.dumps(self.facts, ensure_ascii=False, sort_keys=True)]
        parts += [f"{key} {image.file.name}" for key, image in self.pictures.items()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]

    def drawn(self) -> dict[str, Any]:
        """The facts with the drawings in them, as the typesetter takes them."""
        drawings = {key: drawing(image) for key, image in self.pictures.items()}
        return self.facts | {"pictures": drawings}


def sheet_of(lesson: LessonPage, on: dt.date) -> Sheet:
    """The handout of a lesson that may be followed on that day."""
    return sheets_of([lesson], on)[0]


def sheets_of(lessons: Sequence[LessonPage], on: dt.date) -> list[Sheet]:
    """Handouts of several lessons; the number of queries does not grow with them."""
    office = ContactSettings.current()
    cited = _documents(lessons)
    return [_sheet(lesson, on, office, cited.get(lesson.pk, [])) for lesson in lessons]


def _documents(lessons: Sequence[LessonPage]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = (
        LegalDocument.objects.filter(in_lessons__lesson__in=[row.pk for row in lessons])
        .order_by("in_lessons__sort_order")
        .values_list("in_lessons__lesson", "number_sign")
    )
    for lesson, sign in rows:
        found.setdefault(lesson, []).append(sign)
    return found


def _sheet(
    lesson: LessonPage, on: dt.date, office: ContactSettings, documents: list[str]
) -> Sheet:
    pictures: dict[str, CustomImage] = {}
    steps = []
    for number, block in enumerate(lesson.steps, 1):
        image = block.value.get("picture")
        if image is not None:
            pictures[str(number)] = image
        steps.append(
            {
                "number": number,
                "text": breakable(block.value["text"]),
                "network": bool(block.value.get("network")),
                "warning": breakable(block.value.get("warning") or ""),
            }
        )
    facts = {
        "number": lesson.number,
        "title": lesson.title,
        "task": lesson.task,
        "programme": settings.PROGRAMME_NAME,
        "office": office.organisation,
        "phone": office.phone,
        "address": address_of(lesson, office),
        "need": [breakable(block.value) for block in lesson.need],
        "steps": steps,
        "interrupted": [breakable(block.value) for block in lesson.interrupted],
        "stuck": [
            {
                "text": breakable(block.value["text"]),
                "go": breakable(block.value["go"]),
                "bring": breakable(block.value.get("bring") or ""),
            }
            for block in lesson.stuck
        ],
        "documents": documents,
        "words": _words(lesson, on),
        "qr": qr(lesson),
    }
    return Sheet(lesson.number, lesson.slug, facts, pictures)


def _words(lesson: LessonPage, on: dt.date) -> dict[str, str]:
    number, minutes = lesson.number, lesson.minutes
    return {
        "lesson": _("Lesson no. %(number)s") % {"number": number},
        "lesson_minutes": _("Lesson no. %(number)s · %(minutes)s minutes")
        % {"number": number, "minutes": minutes},
        "need": _("Have ready"),
        "network": _("needs the network"),
        "note": _("Please note"),
        "interrupted": _("If you are interrupted"),
        "stuck": _("Where are you stuck?"),
        "bring": _("Bring:"),
        "ask": _(
            "Ask the digital team of your hamlet, or the commune's public service "
            "centre. Say “lesson no. %(number)s”."
        )
        % {"number": number},
        "call": _("Call:"),
        "read_again": _("To read it again, type this address:"),
        "never": _(
            "We never ask for your password, OTP code or bank card number; we never send "
            "a link by message; we never tell anybody to install an app from outside CH "
            "Play or App Store. Whoever does is an impostor: hang up and tell the commune "
            "police."
        ),
        "never_line": _(
            "We never ask for your password, OTP code or bank card number, and never "
            "send a link by message."
        ),
        "check_again": check_again(lesson, on),
        "being_checked": _being_checked(lesson, on),
        "as_of": _as_of(lesson),
        "basis": _("Basis:"),
        "appointment": _("Appointment slip"),
        "cut": _("Cut here"),
        "on_day": _("Appointment on"),
        "at_hour": _("at (hour)"),
        "at_place": _("in the place"),
        "to_bring": _("bringing along"),
        "ask_whom": _("Meet"),
        "my_step": _("I am at step"),
    }


def check_again(lesson: LessonPage, on: dt.date) -> str:
    """Until when the paper may be followed, as a sentence; empty without a date."""
    if lesson.withdraw_on is not None:
        last = lesson.withdraw_on - dt.timedelta(days=1)
        if lesson.review_by is None or last <= lesson.review_by:
            return _("Do not use after %(day)s") % {"day": f"{last:{DATE}}"}
    if lesson.review_by is None:
        return ""
    return _("Check again after %(day)s") % {"day": f"{lesson.review_by:{DATE}}"}


def _being_checked(lesson: LessonPage, on: dt.date) -> str:
    if lesson.state(on) != LessonPage.State.BEING_CHECKED:
        return ""
    return _(
        "This lesson is being checked again since %(day)s. Something may have changed; "
        "when your screen differs, ask the team before you go on."
    ) % {"day": f"{lesson.review_by:{DATE}}"}


def _as_of(lesson: LessonPage) -> str:
    published = lesson.last_published_at
    if published is None:
        return ""
    return _("Edition of %(day)s") % {"day": f"{timezone.localdate(published):{DATE}}"}


def address_of(lesson: LessonPage, office: ContactSettings) -> str:
    """Where to read it again, in letters to be typed or said; empty when none is known."""
    address = office.address_in_words
    # An address spelt as words is said, not typed: nothing is glued to it.
    return f"{address}/{lesson.number}" if address and " " not in address else address


def breakable(text: str) -> str:
    """The text with places to break in addresses that no narrow column would hold."""
    return _LONG_WORD.sub(lambda word: _JOINT.sub("\u200b", word[0]), text)


def qr(lesson: LessonPage) -> str:
    """The short address as a code for paper (SVG): in capitals, so that it is small."""
    host = ContactSettings().address_in_words
    if not host:
        return ""
    code = segno.make(f"{settings.SITE_URL}/{lesson.number}".upper(), error="m")
    out = io.BytesIO()
    code.save(out, kind="svg", border=0, xmldecl=False, svgns=True)
    return out.getvalue().decode()


def drawing(image: CustomImage) -> dict[str, Any] | None:
    """The bytes of a picture and their format; None when its file is gone."""
    try:
        if image.is_svg():
            with image.open_file() as file:
                return {"format": "svg", "svg": file.read().decode()}
        with image.get_rendition(RENDITION).file.open("rb") as file:
            return {"format": "webp", "bytes": list(file.read())}
    except (OSError, UnicodeDecodeError):
        return None


def names(lessons: Iterable[LessonPage]) -> str:
    """`1-12-4`: which lessons a file holds, in the order chosen, for its name."""
    return "-".join(str(lesson.number) for lesson in lessons)
