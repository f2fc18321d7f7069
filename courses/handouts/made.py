"""Finished handouts with their names: from the shelf, or made now and kept there."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable

from courses.handouts import setting, shelf
from courses.handouts.sheets import Sheet
from courses.models import LessonPage

PAPERS = ("a5", "a4")
PREVIEW = "xem-truoc"
_PAGE = re.compile(rb"/Type\s*/Page\b")


@dataclasses.dataclass(frozen=True)
class File:
    """The bytes of a picture or a sheet."""

    data: bytes

    @property
    def kilobytes(self) -> int:
        """Its weight as it is told to people, never 0."""
        return max(1, round(len(self.data) / 1000))

    @property
    def pages(self) -> int:
        """How many sides of paper it takes."""
        return len(_PAGE.findall(self.data))


def name(lesson: LessonPage, kind: str = "") -> str:
    """`bai-12-quen-mat-khau`, with `-a5` or the like: letters that every system keeps."""
    return f"bai-{lesson.number}-{lesson.slug}{f'-{kind}' if kind else ''}"


def digest(sheet: Sheet) -> str:
    """Of the text, the drawings and the layout together."""
    both = f"{sheet.digest} {setting.layout()}"
    return hashlib.sha256(both.encode()).hexdigest()[:20]


def picture(sheet: Sheet) -> File:
    """The tall picture for Zalo, at most 150 KB."""
    return _kept(sheet, "picture", lambda: setting.picture(sheet.drawn()))


def preview(sheet: Sheet) -> File:
    """What a forwarded link shows."""
    return _kept(sheet, "preview", lambda: setting.preview(sheet.drawn()))


def paper(sheet: Sheet, size: str) -> File:
    """The sheet of that size ("a5", "a4")."""
    return _kept(sheet, size, lambda: setting.paper(sheet.drawn(), size))


def _kept(sheet: Sheet, kind: str, make: Callable[[], bytes]) -> File:
    return File(shelf.kept(sheet.number, kind, digest(sheet), make))
