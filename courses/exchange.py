"""One lesson as one file: `lesson.toml` as our sources are written, and its pictures.

What comes back in becomes a draft and nothing else: no lesson is published, no number is
taken twice, and what an editor wrote stays in the history of the page.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import re
import stat
import tomllib
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.log_actions import log

from common.pictures import clean_picture
from courses import loading
from courses.models import CoursePage, LessonNumber, LessonPage
from home.loading import digest_of
from home.svg import UnsafeSVG, clean_svg

if TYPE_CHECKING:
    from home.models import CustomImage
    from people.models import User

SOURCE = "lesson.toml"
FOLDER = "pictures"
ENDINGS = ("svg", "png", "jpg", "jpeg", "webp")
# A whole lesson weighs 60 KB; ten times that is somebody's mistake.
LARGEST_PARCEL = 2_000_000
LARGEST_INSIDE = 4_000_000
LARGEST_SOURCE = 200_000
MOST_PICTURES = 80
# Every file of a parcel is of one day, so that the same lesson gives the same bytes.
_SOME_DAY = (2026, 1, 1, 0, 0, 0)
_PICTURE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class BadParcel(ValidationError):
    """This file is no lesson that may come in; says why in words."""


class AlreadyThere(ValidationError):
    """The lesson is there and says something else; `parts` names what differs."""

    def __init__(self, page: LessonPage, parts: list[str]) -> None:
        self.page, self.parts = page, parts
        super().__init__(
            _(
                "Lesson %(number)s “%(title)s” is already here and differs in: %(parts)s."
            )
            % {
                "number": page.number,
                "title": page.title,
                "parts": ", ".join(parts),
            }
        )


@dataclasses.dataclass(frozen=True)
class Parcel:
    """A lesson outside a database: the source and its pictures by name."""

    source: dict[str, Any]
    pictures: dict[str, bytes]

    @property
    def digest(self) -> str:
        """The digest that loading from source files would remember."""
        ordered = [self.pictures[name] for name in loading.described(self.source)]
        return digest_of(self.source, *ordered)


@dataclasses.dataclass(frozen=True)
class Brought:
    """What an import did."""

    page: LessonPage
    made: bool
    changed: bool
    notes: tuple[str, ...] = ()


# --- out ------------------------------------------------------------------------------


def parcel_of(page: LessonPage) -> Parcel:
    """The latest draft of a lesson as a source with its pictures."""
    lesson = page.get_latest_revision_as_object()
    pictures: dict[str, bytes] = {}
    source: dict[str, Any] = {
        "number": lesson.number,
        "slug": lesson.slug,
        "course": lesson.get_parent().slug,
        "title": lesson.title,
        "short_title": lesson.short_title,
        "task": lesson.task,
        "minutes": lesson.minutes,
        "search_words": [
            w.strip() for w in lesson.search_words.split(",") if w.strip()
        ],
        "skills": [row.skill.code for row in lesson.lesson_skills.all()],
        "legal": [row.document.code for row in lesson.lesson_legal.all()],
        "checked_on": lesson.checked_on,
        "review_by": lesson.review_by,
        "withdraw_on": lesson.withdraw_on,
        "owner": lesson.owner_role,
        "replacement": lesson.replacement.slug if lesson.replacement else "",
        "need": [block.value for block in lesson.need],
        "steps": [
            _step(block.value, number, pictures)
            for number, block in enumerate(lesson.steps, 1)
        ],
        "interrupted": {"text": [block.value for block in lesson.interrupted]},
        "stuck": [
            {name: block.value.get(name) or "" for name in _STUCK}
            for block in lesson.stuck
        ],
        "questions": [_question(block.value) for block in lesson.questions],
        "guide": _guide(lesson),
        "practices": [
            _practice(block.value, number, pictures)
            for number, block in enumerate(lesson.practices, 1)
        ],
    }
    kept = ("checked_on", "review_by", "withdraw_on", "practices")
    return Parcel({k: v for k, v in source.items() if v or k not in kept}, pictures)


_STUCK = ("blocker", "text", "go", "bring")
_GUIDE = ("mistakes", "say", "prepare")
_TARGET = ("x", "y", "w", "h", "label", "right", "why")


def _step(value: Mapping[str, Any], number: int, pictures: dict[str, bytes]) -> dict:
    step: dict[str, Any] = {"text": value.get("text") or ""}
    if value.get("picture"):
        step["picture"] = _put(value["picture"], f"buoc-{number}", pictures)
    for name in ("alt", "network", "warning", "check", "check_note"):
        if value.get(name):
            step[name] = value[name]
    return step


def _question(value: Mapping[str, Any]) -> dict:
    return {
        "text": value.get("text") or "",
        "options": [
            {
                "text": option.get("text") or "",
                "right": bool(option.get("right")),
                "why": option.get("why") or "",
            }
            for option in value.get("options") or ()
        ],
    }


def _guide(lesson: LessonPage) -> dict:
    value: Mapping[str, Any] = next((block.value for block in lesson.guide), {})
    return {
        "minutes": value.get("minutes") or 0,
        "timing": [[row["minutes"], row["what"]] for row in value.get("timing") or ()],
        **{name: list(value.get(name) or ()) for name in _GUIDE},
    }


def _practice(
    value: Mapping[str, Any], number: int, pictures: dict[str, bytes]
) -> dict:
    screens = []
    for place, screen in enumerate(value.get("screens") or (), 1):
        row: dict[str, Any] = {"say": screen.get("say") or ""}
        if screen.get("picture"):
            row["picture"] = _put(screen["picture"], f"tap-{number}-{place}", pictures)
        if screen.get("alt"):
            row["alt"] = screen["alt"]
        row["targets"] = [
            {name: target.get(name) for name in _TARGET}
            | {"right": bool(target["right"])}
            for target in screen.get("targets") or ()
        ]
        screens.append(row)
    return {
        "slug": value.get("slug") or f"tap-{number}",
        "task": value.get("task") or "",
        "done": value.get("done") or "",
        "screens": screens,
    }


def _put(image: CustomImage, wanted: str, pictures: dict[str, bytes]) -> str:
    """Take a picture along; returns its name, that of its source where it has one."""
    with image.open_file() as file:
        content = file.read()
    name = image.source.partition("/")[2].partition("@")[0]
    if not _PICTURE.fullmatch(name):
        name = f"{wanted}{PurePosixPath(image.file.name).suffix.lower()}"
    stem, dot, ending = name.rpartition(".")
    extra = 2
    while pictures.get(name, content) != content:
        name, extra = f"{stem}-{extra}{dot}{ending}", extra + 1
    pictures[name] = content
    return name


def packed(parcel: Parcel) -> bytes:
    """The parcel as a zip file; the same lesson gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        files = {SOURCE: written(parcel.source).encode()}
        files |= {f"{FOLDER}/{n}": parcel.pictures[n] for n in sorted(parcel.pictures)}
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _SOME_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return out.getvalue()


def written(source: Mapping[str, Any]) -> str:
    """A source as TOML, in the order of its keys."""
    return "\n".join(_lines(source, ())).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    nested = {}
    for key, value in table.items():
        if isinstance(value, Mapping) or _is_tables(value):
            nested[key] = value
        else:
            yield f"{key} = {_value(value)}"
    for key, value in nested.items():
        name = ".".join((*path, key))
        for row in [value] if isinstance(value, Mapping) else value:
            yield ""
            yield f"[{name}]" if isinstance(value, Mapping) else f"[[{name}]]"
            yield from _lines(row, (*path, key))


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    # JSON's escapes are TOML's; DEL is the one that JSON lets through.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


# --- in -------------------------------------------------------------------------------


def read_parcel(data: bytes) -> Parcel:
    """Open a parcel that came from outside. Raises BadParcel, in words."""
    if len(data) > LARGEST_PARCEL:
        raise BadParcel(
            _("The file is larger than 2 MB; a lesson is never that large.")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = dict(_unpacked(archive))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise BadParcel(
            _("The file is not a lesson that was exported here.")
        ) from error
    if SOURCE not in files:
        raise BadParcel(_("There is no lesson.toml in the file."))
    source = _parsed(files.pop(SOURCE))
    faults = list(shape_faults(source))
    if faults:
        raise BadParcel(
            _("The lesson in the file is not written as ours are: %(faults)s.")
            % {"faults": "; ".join(faults[:5])}
        )
    pictures = {
        PurePosixPath(name).name: _clean(PurePosixPath(name).name, content)
        for name, content in files.items()
    }
    for name in loading.described(source):
        if name not in pictures:
            raise BadParcel(_("The picture %(name)s is missing.") % {"name": name})
    wanted = loading.described(source)
    return Parcel(source, {n: c for n, c in pictures.items() if n in wanted})


def _unpacked(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries = archive.infolist()
    if len(entries) > MOST_PICTURES + 2:
        raise BadParcel(_("There are too many files in it."))
    room, seen = LARGEST_INSIDE, set()
    for entry in entries:
        if entry.is_dir() and entry.filename == f"{FOLDER}/":
            continue
        if not _is_ours(entry) or entry.filename in seen:
            raise BadParcel(
                _("“%(name)s” does not belong into a lesson.")
                % {"name": entry.filename[:80]}
            )
        seen.add(entry.filename)
        most = min(room, LARGEST_SOURCE if entry.filename == SOURCE else room)
        with archive.open(entry) as file:
            # What the entry says of its size may be a lie.
            content = file.read(most + 1)
        if len(content) > most:
            raise BadParcel(_("What is in it is too large for a lesson."))
        room -= len(content)
        yield entry.filename, content


def _is_ours(entry: zipfile.ZipInfo) -> bool:
    mode = entry.external_attr >> 16
    if (mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)) or entry.flag_bits & 0x1:
        return False
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return False
    if entry.filename == SOURCE:
        return True
    folder, _slash, name = entry.filename.partition("/")
    ending = name.rpartition(".")[2]
    return folder == FOLDER and bool(_PICTURE.fullmatch(name)) and ending in ENDINGS


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        source = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadParcel(_("The lesson.toml in the file cannot be read.")) from error
    return _composed(source)


def _composed(value: Any) -> Any:
    """Every text in the form in which we store it (NFC)."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_composed(item) for item in value]
    if isinstance(value, dict):
        return {key: _composed(item) for key, item in value.items()}
    return value


def _clean(name: str, content: bytes) -> bytes:
    try:
        if name.endswith(".svg"):
            return clean_svg(content)
        return clean_picture(name, content)
    except (UnsafeSVG, ValidationError) as error:
        said = " ".join(getattr(error, "messages", None) or [str(error)])
        raise BadParcel(f"{name}: {said}") from error


# What each key holds: a kind, a longest text, or a table of keys. "?" may be missing.
_STEP = {
    "text": 200,
    "picture?": 80,
    "alt?": 200,
    "network?": bool,
    "warning?": 200,
    "check?": bool,
    "check_note?": 300,
}
_SHAPE: dict[str, Any] = {
    "number": int,
    "slug": 100,
    "course": 100,
    "title": 255,
    "short_title": 26,
    "task": 200,
    "minutes": int,
    "search_words": [100],
    "skills": [40],
    "legal": [60],
    "checked_on?": dt.date,
    "review_by?": dt.date,
    "withdraw_on?": dt.date,
    "owner": 120,
    "replacement": 100,
    "need": [255],
    "steps": [_STEP],
    "interrupted": {"text": [255]},
    "stuck": [{"blocker": 40, "text": 240, "go": 240, "bring": 160}],
    "questions": [{"text": 240, "options": [{"text": 160, "right": bool, "why": 240}]}],
    "guide": {
        "minutes": int,
        "timing": [[240]],
        "mistakes": [300],
        "say": [300],
        "prepare": [300],
    },
    "practices?": [
        {
            "slug": 60,
            "task": 160,
            "done": 200,
            "screens": [
                {
                    "say": 200,
                    "picture?": 80,
                    "alt?": 200,
                    "targets": [
                        {
                            "x": int,
                            "y": int,
                            "w": int,
                            "h": int,
                            "label": 60,
                            "right": bool,
                            "why": 240,
                        }
                    ],
                }
            ],
        }
    ],
}
MOST_ROWS = 100


def shape_faults(source: dict[str, Any]) -> Iterator[str]:
    """Every place at which a source is not written as ours are."""
    yield from _misshapen(source, _SHAPE, "")
    for name in ("slug", "course"):
        if isinstance(source.get(name), str) and not _SLUG.fullmatch(source[name]):
            yield name
    if isinstance(source.get("number"), int) and not 0 < source["number"] < 1_000_000:
        yield "number"
    for row in source.get("guide", {}).get("timing", []) if not _bad(source) else ():
        if len(row) != 2:
            yield "guide.timing"


def _bad(source: dict[str, Any]) -> bool:
    return any(True for _fault in _misshapen(source, _SHAPE, ""))


def _misshapen(value: Any, shape: Any, place: str) -> Iterator[str]:
    if isinstance(shape, dict):
        yield from _misshapen_table(value, shape, place)
    elif isinstance(shape, list):
        if not isinstance(value, list) or len(value) > MOST_ROWS:
            yield place
            return
        for number, item in enumerate(value, 1):
            yield from _misshapen(item, shape[0], f"{place} {number}")
    elif isinstance(shape, int):
        # PostgreSQL keeps no text with the character of number nought.
        if not isinstance(value, str) or len(value) > shape or "\0" in value:
            yield place
    # A truth is a number to Python, a moment is a day: neither may stand for the other.
    elif type(value) is not shape or (shape is int and not 0 <= value < 1_000_000):
        yield place


def _misshapen_table(value: Any, shape: dict[str, Any], place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield place
        return
    known = {key.rstrip("?") for key in shape}
    yield from (f"{place}.{key}".lstrip(".")[:80] for key in value.keys() - known)
    for key, inner in shape.items():
        name = key.rstrip("?")
        if name in value:
            yield from _misshapen(value[name], inner, f"{place}.{name}".lstrip("."))
        elif not key.endswith("?"):
            yield f"{place}.{name}".lstrip(".")


@transaction.atomic
def import_lesson(
    parcel: Parcel, *, user: User | None, replace: bool = False
) -> Brought:
    """Bring a lesson in as a draft; what stands on residents' pages does not move.

    A lesson with this address in this course gets the parcel as its newest draft, and
    only with `replace`, because it may hold what an editor wrote. Raises PermissionDenied,
    BadParcel, and AlreadyThere naming what differs.
    """
    if user is not None and not user.has_perm("courses.edit"):
        raise PermissionDenied
    source = parcel.source
    course = CoursePage.objects.filter(slug=source["course"]).first()
    if course is None:
        raise BadParcel(
            _("There is no group of lessons with the address “%(slug)s” here.")
            % {"slug": source["course"]}
        )
    page = LessonPage.objects.child_of(course).filter(slug=source["slug"]).first()
    if page is None:
        return _added(course, parcel, user)
    now = parcel_of(page)
    # Its own number stays with a lesson, whatever the parcel calls it.
    comparable = Parcel({**source, "number": now.source["number"]}, parcel.pictures)
    if now.digest == comparable.digest:
        return Brought(page, made=False, changed=False)
    if not replace:
        raise AlreadyThere(page, differing_parts(now, comparable))
    draft = page.get_latest_revision_as_object()
    _write(draft, parcel)
    draft.save_revision(user=user, log_action=True, clean=False)
    _note(page, user, parcel)
    return Brought(page, made=False, changed=True)


def _added(course: CoursePage, parcel: Parcel, user: User | None) -> Brought:
    source, notes = parcel.source, []
    page = LessonPage(live=False, slug=source["slug"])
    if LessonNumber.objects.filter(number=source["number"]).exists():
        notes.append(
            _("Number %(number)s is taken here, so the lesson gets the next one.")
            % {"number": source["number"]}
        )
    else:
        page.number = source["number"]
    _write(page, parcel)
    course.refresh_from_db()
    course.add_child(instance=page)
    page.save_revision(user=user, log_action=True)
    if source["replacement"] and page.replacement_id is None:
        notes.append(
            _("The replacement lesson “%(slug)s” is not here; choose one.")
            % {"slug": source["replacement"]}
        )
    _note(page, user, parcel)
    return Brought(page, made=True, changed=True, notes=tuple(notes))


def _write(page: LessonPage, parcel: Parcel) -> None:
    source = {"checked_on": None, "review_by": None, **parcel.source}
    try:
        loading.fill(page, source, parcel.pictures)
    except loading.UnknownCode as error:
        raise BadParcel(
            _("The file names something that is not in the tables here: %(what)s.")
            % {"what": error}
        ) from error
    if not source["guide"]["minutes"] and not source["guide"]["timing"]:
        page.guide = []
    other = LessonPage.objects.filter(slug=source["replacement"]).first()
    page.replacement = other if source["replacement"] else None


def _note(page: LessonPage, user: User | None, parcel: Parcel) -> None:
    log(page, "courses.import", user=user, data={"digest": parcel.digest[:16]})


# Keys that are not called like the field of the page that holds them.
_FIELD_OF = {"owner": "owner_role"}
_NAMES = {
    "course": gettext_lazy("group of lessons"),
    "skills": gettext_lazy("Skills"),
    "legal": gettext_lazy("Legal basis"),
    FOLDER: gettext_lazy("pictures"),
}


def differing_parts(old: Parcel, new: Parcel) -> list[str]:
    """What differs between two parcels, named as on the form, pictures included."""
    keys = dict.fromkeys((*old.source, *new.source))
    parts = [key for key in keys if old.source.get(key) != new.source.get(key)]
    if old.pictures != new.pictures:
        parts.append(FOLDER)
    return [_part_name(key) for key in parts]


def _part_name(key: str) -> str:
    if key in _NAMES:
        return str(_NAMES[key])
    return str(LessonPage._meta.get_field(_FIELD_OF.get(key, key)).verbose_name)
