"""Lessons and facts from their source files; idempotent, and never over an editor.

A page is written again only while its latest revision is the one that loading made; a
row of facts only while it still says what loading wrote.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import models, transaction

from courses.editors import ensure_editors
from courses.models import (
    Blocker,
    CourseIndexPage,
    CoursePage,
    Hotline,
    LegalDocument,
    LessonLegal,
    LessonPage,
    LessonSkill,
    PlainWord,
    Skill,
)
from home.loading import Loaded, digest_of, ensure_home
from home.models import CustomImage, HomePage, HomeRow

CONTENT = Path(__file__).parent / "content"
# The rows of a new home page, in the order in which people ask (design brief 3.3).
# Their drawings stand beside them.
FIRST_ROWS = {
    "quen-mat-khau": HomeRow.Icon.PASSWORD,
    "kich-hoat-muc-2": HomeRow.Icon.CARD,
    "co-phai-lua-dao": HomeRow.Icon.SHIELD,
    "vao-cong-dich-vu-cong": HomeRow.Icon.PAPERS,
    "tra-tien-vietqr": HomeRow.Icon.QR,
}

# The numbers that every page ends with; the others keep the order of the file.
FIRST_HOTLINES = ("dich-vu-cong-18001096", "cong-an-113", "cuoc-goi-rac-156")


class UnknownCode(ValueError):
    """A source names a skill, document, blocker, course or lesson that is not there."""


# --- facts --------------------------------------------------------------------------


def load_facts(folder: Path) -> Loaded:
    """Skills, blockers, hotlines and legal documents from the CSV files of a folder.

    Rows are found by their code. A row that was changed on the screen is left alone.
    """
    with transaction.atomic():
        loaded = Loaded()
        for row in _rows(folder / "skills.csv"):
            _load_row(
                Skill,
                row["code"],
                loaded,
                group=row["group"],
                name=row["name"],
                order=int(row["order"]),
            )
        for row in _rows(folder / "blockers.csv"):
            _load_row(
                Blocker,
                row["code"],
                loaded,
                label=row["label"],
                solver=row["solver"],
                is_referral=row["referred"] == "true",
                advice=row["advice"],
                order=int(row["order"]),
            )
        for number, row in enumerate(_rows(folder / "hotlines.csv"), 1):
            _load_row(
                Hotline,
                row["code"],
                loaded,
                number=row["number"],
                name=row["name"],
                what_for=row["what_for"],
                source=row["source"],
                confidence=row["confidence"],
                checked_on=row["checked_on"] or None,
                needs_check=row["needs_check"] == "true",
                is_public=row["public"] == "true",
                order=_place(row["code"], number),
            )
        for row in _rows(folder / "plain_words.csv"):
            _load_row(
                PlainWord,
                row["code"],
                loaded,
                word=row["word"],
                plain=row["plain"],
                note=row["note"],
            )
        documents = list(_rows(folder / "legal_documents.csv"))
        for row in documents:
            _load_row(
                LegalDocument,
                row["code"],
                loaded,
                number_sign=row["number_sign"],
                title=row["title"],
                kind=row["kind"],
                issued_on=row["issued_on"] or None,
                in_force_from=row["in_force_from"] or None,
                in_force_to=row["in_force_to"] or None,
                source=row["source"],
                confidence=row["confidence"],
                note=row["note"],
            )
        _link_replacements(documents, loaded)
        return loaded


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _load_row(
    model: type[models.Model], code: str, loaded: Loaded, **values: Any
) -> None:
    name = f"{model._meta.model_name} {code}"
    wanted = _digest(values)
    row = model._default_manager.filter(code=code).first()
    if row is None:
        model._default_manager.create(code=code, source_digest=wanted, **values)
        loaded.made.append(name)
        return
    if row.source_digest != _digest({field: getattr(row, field) for field in values}):
        loaded.left_alone.append(name)
    elif row.source_digest == wanted:
        loaded.unchanged.append(name)
    else:
        for field, value in values.items():
            setattr(row, field, value)
        row.source_digest = wanted
        row.save()
        loaded.renewed.append(name)


def _place(code: str, number: int) -> int:
    if code in FIRST_HOTLINES:
        return 1 + FIRST_HOTLINES.index(code)
    return 10 * number


def _digest(values: dict[str, Any]) -> str:
    text = json.dumps(
        {name: "" if value is None else str(value) for name, value in values.items()},
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _link_replacements(rows: list[dict[str, str]], loaded: Loaded) -> None:
    """Say which document replaced which, for those that loading has just made."""
    made = {name.partition(" ")[2] for name in loaded.made}
    by_code = LegalDocument.objects.in_bulk(field_name="code")
    for row in rows:
        if row["replaced_by"] and row["code"] in made:
            document = by_code[row["code"]]
            document.replaced_by = by_code[row["replaced_by"]]
            document.save(update_fields=["replaced_by"])


# --- lessons ------------------------------------------------------------------------


def load_lessons(path: Path = CONTENT) -> Loaded:
    """Make the index, the courses and every lesson of a content folder, and publish them.

    Each lesson is one transaction: a wrong one is named and leaves nothing behind.
    Raises UnknownCode and IncompleteLesson.
    """
    loaded = Loaded()
    home = ensure_home()
    ensure_editors()
    with transaction.atomic():
        courses = _load_courses(home, path, loaded)
    replacements = {}
    sources = [
        (file.parent, tomllib.loads(file.read_text(encoding="utf-8")))
        for file in path.glob("lessons/*/lesson.toml")
    ]
    # A new site lists them as people ask for them: that is how the numbers were given.
    for folder, source in sorted(sources, key=lambda pair: pair[1]["number"]):
        if source["course"] not in courses:
            raise UnknownCode(f"{folder.name}: there is no course {source['course']!r}")
        with transaction.atomic():
            _load_lesson(courses[source["course"]], folder, source, loaded)
        if source.get("replacement"):
            replacements[source["number"]] = source["replacement"]
    _link_lessons(replacements)
    _fill_first_rows(home)
    return loaded


def _load_courses(home: HomePage, path: Path, loaded: Loaded) -> dict[str, CoursePage]:
    index = CourseIndexPage.objects.child_of(home).first()
    if index is None:
        index = home.add_child(
            instance=CourseIndexPage(title="Tất cả bài", slug="bai", live=False)
        )
        index.save_revision().publish()
        loaded.made.append("/bai/")
    courses = {}
    source = tomllib.loads((path / "courses.toml").read_text(encoding="utf-8"))
    for row in sorted(source["courses"], key=lambda row: row["order"]):
        course = CoursePage.objects.child_of(index).filter(slug=row["slug"]).first()
        if course is None:
            index.refresh_from_db()
            course = index.add_child(
                instance=CoursePage(
                    title=row["title"],
                    slug=row["slug"],
                    summary=row["summary"],
                    live=False,
                )
            )
            course.save_revision().publish()
            loaded.made.append(f"/bai/{row['slug']}/")
        courses[row["slug"]] = course
    return courses


def _load_lesson(
    course: CoursePage, folder: Path, source: dict, loaded: Loaded
) -> None:
    pictures = {
        name: (folder / "pictures" / name).read_bytes() for name in described(source)
    }
    digest = digest_of(source, *pictures.values())
    name = f"/bai/{source['course']}/{source['slug']}/"
    lesson = LessonPage.objects.filter(number=source["number"]).first()
    if lesson is None:
        lesson = LessonPage(live=False, number=source["number"], slug=source["slug"])
        fill(lesson, source, pictures)
        course.refresh_from_db()
        course.add_child(instance=lesson)
        loaded.made.append(name)
    elif lesson.latest_revision_id != lesson.source_revision:
        loaded.left_alone.append(name)
        return
    elif lesson.source_digest == digest:
        loaded.unchanged.append(name)
        return
    else:
        fill(lesson, source, pictures)
        loaded.renewed.append(name)
    revision = lesson.save_revision()
    # Judged by the day it was checked: a system set up after the day of review gets the
    # lesson with its warning, not a refusal.
    lesson.publish(revision, as_of=source["checked_on"])
    # What loading remembers is no content: no signal, no new version of public pages.
    LessonPage.objects.filter(pk=lesson.pk).update(
        source_digest=digest, source_revision=revision.pk
    )


def fill(lesson: LessonPage, source: dict, pictures: dict[str, bytes]) -> None:
    """Put a source into a page, unsaved. Raises UnknownCode."""
    for name in ("title", "short_title", "task", "minutes", "checked_on", "review_by"):
        setattr(lesson, name, source[name])
    lesson.withdraw_on = source.get("withdraw_on")
    lesson.owner_role = source["owner"]
    lesson.search_words = ", ".join(source["search_words"])
    lesson.seo_title = ""
    lesson.search_description = source["task"]
    descriptions = described(source)
    images = {
        name: _picture(source, name, content, descriptions[name])
        for name, content in pictures.items()
    }
    known = set(Blocker.objects.values_list("code", flat=True))
    for row in source["stuck"]:
        if row["blocker"] not in known:
            raise UnknownCode(f"{source['slug']}: no blocker {row['blocker']!r}")
    lesson.need = [("item", item) for item in source["need"]]
    lesson.steps = [
        (
            "step",
            {
                "text": step["text"],
                "picture": images.get(step.get("picture")),
                "alt": step.get("alt", ""),
                "network": step.get("network", False),
                "warning": step.get("warning", ""),
                "check": step.get("check", False),
                "check_note": step.get("check_note", ""),
            },
        )
        for step in source["steps"]
    ]
    lesson.interrupted = [
        ("sentence", sentence) for sentence in source["interrupted"]["text"]
    ]
    lesson.stuck = [("row", row) for row in source["stuck"]]
    lesson.questions = [("question", question) for question in source["questions"]]
    lesson.practices = [
        ("practice", _practice(practice, images))
        for practice in source.get("practices", ())
    ]
    guide = source["guide"]
    lesson.guide = [
        (
            "guide",
            {
                **guide,
                "timing": [
                    {"minutes": minutes, "what": what}
                    for minutes, what in guide["timing"]
                ],
            },
        )
    ]
    lesson.lesson_skills = [
        LessonSkill(skill=row, sort_order=order)
        for order, row in enumerate(_known(Skill, source["skills"], source["slug"]))
    ]
    lesson.lesson_legal = [
        LessonLegal(document=row, sort_order=order)
        for order, row in enumerate(
            _known(LegalDocument, source["legal"], source["slug"])
        )
    ]


def _known(model: type[models.Model], codes: list[str], slug: str) -> list[Any]:
    rows = model._default_manager.in_bulk(codes, field_name="code")
    for code in codes:
        if code not in rows:
            raise UnknownCode(f"{slug}: no {model._meta.model_name} {code!r}")
    return [rows[code] for code in codes]


def _practice(practice: dict, images: dict[str, CustomImage]) -> dict:
    """A practice of a source as the blocks hold it."""
    return {
        "slug": practice["slug"],
        "task": practice["task"],
        "done": practice["done"],
        "screens": [
            {
                "say": screen["say"],
                "picture": images.get(screen.get("picture")),
                "alt": screen.get("alt", ""),
                "targets": [dict(target) for target in screen["targets"]],
            }
            for screen in practice["screens"]
        ],
    }


def described(source: dict) -> dict[str, str]:
    """Every picture of a source, steps before practices, with what it shows."""
    found = {}
    screens = [
        screen
        for practice in source.get("practices", ())
        for screen in practice["screens"]
    ]
    for part in (*source["steps"], *screens):
        if part.get("picture"):
            text = part.get("alt") or part.get("text") or part["say"]
            found.setdefault(part["picture"], text)
    return found


def _picture(source: dict, name: str, content: bytes, alt: str) -> CustomImage:
    """The image of this very file; a changed file is a new image, old revisions keep theirs."""
    digest = hashlib.sha256(content).hexdigest()[:16]
    key = f"{source['slug']}/{name}@{digest}"
    image = CustomImage.objects.filter(source=key).first()
    if image is None:
        image = CustomImage(
            title=f"Bài {source['number']}: {name}", description=alt[:255], source=key
        )
        image.file = ContentFile(content, name=f"{source['slug']}-{name}")
        image.save()
    return image


def _link_lessons(replacements: dict[int, str]) -> None:
    for number, slug in replacements.items():
        other = LessonPage.objects.filter(slug=slug).first()
        if other is None:
            raise UnknownCode(f"lesson {number}: there is no replacement {slug!r}")
        LessonPage.objects.filter(number=number, replacement=None).update(
            replacement=other
        )


def _fill_first_rows(home: HomePage) -> None:
    """Put the tasks people ask for on a home page that nobody has filled yet."""
    home = HomePage.objects.get(pk=home.pk)
    if home.rows.exists() or home.revisions.exclude(user=None).exists():
        return
    by_slug = {
        lesson.slug: lesson
        for lesson in LessonPage.objects.live().filter(slug__in=FIRST_ROWS)
    }
    home.rows = [
        HomeRow(
            target_id=by_slug[slug].pk,
            label=by_slug[slug].short_title,
            icon=icon,
            sort_order=n,
        )
        for n, (slug, icon) in enumerate(FIRST_ROWS.items())
        if slug in by_slug
    ]
    home.save_revision().publish()
