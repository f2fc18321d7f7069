"""One lesson made by hand, with everything that publishing asks for."""

from __future__ import annotations

import datetime as dt
import time

from django.core.cache import cache
from django.core.files.base import ContentFile
from wagtail.models import Collection, Locale, Page

from courses.models import (
    Blocker,
    CourseIndexPage,
    CoursePage,
    LegalDocument,
    LessonLegal,
    LessonPage,
    LessonRecording,
    LessonSkill,
    Skill,
)
from home.loading import ensure_home
from home.models import CustomImage

TODAY = dt.date(2026, 11, 20)
BLOCKERS = ("sim", "the-het-han", "may-cu-nfc", "mang", "khac")


def sign_in(client, user) -> None:
    """Sign in as somebody who has just shown the second factor."""
    client.force_login(user)
    session = client.session
    session["active_at"] = time.time() + 600
    session.save()


def make_facts() -> None:
    """A skill, a document and five blockers."""
    Skill.objects.get_or_create(code="thu", group="b", name="Đặt lại mật khẩu")
    LegalDocument.objects.get_or_create(
        code="nd-69-2024",
        number_sign="69/2024/NĐ-CP",
        title="Định danh điện tử",
        kind="nghi-dinh",
        source="press",
        confidence="found",
    )
    for order, code in enumerate(BLOCKERS):
        Blocker.objects.get_or_create(
            code=code, defaults={"label": code, "solver": "team", "order": order}
        )


def content(**changes) -> dict:
    """The fields of a complete lesson; name a field to change it."""
    fields = {
        "title": "Quên mật khẩu",
        "short_title": "Quên mật khẩu",
        "task": "Tự đặt lại mật khẩu.",
        "minutes": 4,
        "search_words": "quen mat khau, passcode",
        "need": [("item", "Thẻ căn cước")],
        "steps": [
            ("step", {"text": "Mở ứng dụng."}),
            ("step", {"text": "Bấm “Quên mật khẩu”.", "network": True}),
        ],
        "interrupted": [("sentence", "Làm lại từ bước 2.")],
        "stuck": [
            ("row", {"blocker": code, "text": f"Vướng {code}.", "go": "Hỏi tổ."})
            for code in BLOCKERS
        ],
        "questions": [("question", question(number)) for number in (1, 2, 3)],
        "guide": [
            (
                "guide",
                {
                    "minutes": 30,
                    "timing": [{"minutes": "30", "what": "Làm thử."}],
                    "mistakes": ["Gõ nhầm số."],
                    "say": ["Con quay mặt đi nha."],
                    "prepare": ["Chỗ có sóng."],
                },
            )
        ],
        "checked_on": TODAY,
        "review_by": TODAY + dt.timedelta(days=90),
        "owner_role": "Phòng biên tập",
    }
    return fields | changes


def question(number: int) -> dict:
    """A question whose first answer is right."""
    return {
        "text": f"Câu {number}?",
        "options": [
            {"text": f"Đúng {number}", "right": True, "why": f"Phải rồi {number}."},
            {"text": f"Sai {number}", "right": False, "why": f"Chưa phải {number}."},
        ],
    }


DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 264 396" role="img">'
    b'<rect x="1" y="1" width="262" height="394" rx="18" fill="#fff" stroke="#1B2521"/>'
    b'<text x="40" y="130" font-size="16">%s</text></svg>'
)


def make_drawing(words: str = "Quên mật khẩu?") -> CustomImage:
    """A drawn screen with some words on it."""
    image = CustomImage(title=words)
    image.file = ContentFile(DRAWING % words.encode(), name="tap.svg")
    image.save()
    return image


def target(label: str, y: int, *, right: bool = False) -> dict:
    """A place to tap across the drawing."""
    why = "Đúng rồi." if right else f"“{label}” chưa đúng chỗ, không sao cả."
    return {
        "x": 24,
        "y": y,
        "w": 216,
        "h": 48,
        "label": label,
        "right": right,
        "why": why,
    }


def practice(screens: int = 3, *, picture: CustomImage | None = None) -> dict:
    """A practice whose right place is the upper one of each screen."""
    return {
        "slug": "quen-mat-khau",
        "task": "Cô chú tập bấm “Quên mật khẩu”.",
        "done": f"Cô chú bấm đúng {screens} bước. Giờ làm thật được rồi.",
        "screens": [
            {
                "say": f"Bấm nút thứ {number}.",
                "picture": picture,
                "alt": "",
                "targets": [
                    target(f"Nút {number}", 100, right=True),
                    target("Đăng nhập", 300),
                ],
            }
            for number in range(1, screens + 1)
        ],
    }


def make_course(slug: str = "vneid", title: str = "VNeID") -> CoursePage:
    """A course under the one index, with a home page above."""
    index = CourseIndexPage.objects.first()
    if index is None:
        index = ensure_home().add_child(
            instance=CourseIndexPage(title="Tất cả bài", slug="bai")
        )
    course = CoursePage.objects.filter(slug=slug).first()
    if course is None:
        index.refresh_from_db()
        course = index.add_child(instance=CoursePage(title=title, slug=slug))
    return course


def make_draft(slug: str = "quen-mat-khau", **changes) -> LessonPage:
    """A complete lesson that nobody has published."""
    make_facts()
    course = make_course()
    course.refresh_from_db()
    lesson = LessonPage(slug=slug, live=False, **content(**changes))
    lesson.lesson_skills = [LessonSkill(skill=Skill.objects.get(code="thu"))]
    lesson.lesson_legal = [
        LessonLegal(document=LegalDocument.objects.get(code="nd-69-2024"))
    ]
    course.add_child(instance=lesson)
    return lesson


def make_lesson(slug: str = "quen-mat-khau", **changes) -> LessonPage:
    """A complete lesson, published."""
    lesson = make_draft(slug, **changes)
    lesson.save_revision().publish()
    return LessonPage.objects.get(pk=lesson.pk)


def make_recording(lesson: LessonPage, **changes) -> LessonRecording:
    """All steps of a lesson read aloud today; the file itself is left out."""
    fields = {
        "lesson": lesson,
        "from_step": 1,
        "to_step": len(lesson.steps),
        "audio": "ghi-am/bai.opus",
        "transcript": "Chào cô chú. Bước một: mở ứng dụng.",
        "seconds": 185,
        "bytes": 270_400,
        "mime": "audio/ogg",
    }
    return LessonRecording.objects.create(**(fields | changes))


def plant_the_tree() -> None:
    """The roots that Wagtail's migrations make, again after a flushed database."""
    Locale.objects.get_or_create(language_code="vi")
    if not Page.objects.exists():
        Page.add_root(instance=Page(title="Root", slug="root"))
    if not Collection.objects.exists():
        Collection.add_root(name="Root")
    cache.delete("wagtail_site_root_paths")
