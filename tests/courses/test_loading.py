"""Loading: once, again, after an editor, after the source changed."""

from __future__ import annotations

import shutil

import pytest

from courses.loading import (
    CONTENT,
    UnknownCode,
    load_facts,
    load_lessons,
)
from courses.models import (
    Blocker,
    Hotline,
    LegalDocument,
    LessonPage,
    PlainWord,
    Skill,
)
from courses.publishing import IncompleteLesson
from home.models import CustomImage, HomePage
from tests.courses.conftest import PROGRAMME

SLUG = "quen-mat-khau"
URL = f"/bai/vneid/{SLUG}/"


@pytest.fixture
def source(tmp_path, time_machine):
    """A content folder with one real lesson, the day after it was checked."""
    time_machine.move_to("2026-11-24 09:00 +0700")
    shutil.copy(CONTENT / "courses.toml", tmp_path / "courses.toml")
    shutil.copytree(CONTENT / "lessons" / SLUG, tmp_path / "lessons" / SLUG)
    return tmp_path


def change(source, old: str, new: str) -> None:
    path = source / "lessons" / SLUG / "lesson.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def facts(db):
    return load_facts(PROGRAMME)


# --- lessons ------------------------------------------------------------------------


def test_a_changed_source_renews_a_lesson_that_nobody_touched(facts, source):
    load_lessons(source)
    change(source, 'text = "Mở ứng dụng VNeID trên điện thoại."', 'text = "Mở VNeID."')
    again = load_lessons(source)
    lesson = LessonPage.objects.get()
    assert again.renewed == [URL]
    assert lesson.steps[0].value["text"] == "Mở VNeID."
    assert lesson.number == 12


def test_a_changed_picture_renews_the_lesson_and_keeps_the_old_picture(facts, source):
    load_lessons(source)
    old = LessonPage.objects.get().steps[0].value["picture"]
    drawing = source / "lessons" / SLUG / "pictures" / "buoc-1.svg"
    drawing.write_bytes(drawing.read_bytes().replace(b"9:00", b"9:01"))
    assert load_lessons(source).renewed == [URL]
    new = LessonPage.objects.get().steps[0].value["picture"]
    assert new.pk != old.pk
    assert CustomImage.objects.filter(pk=old.pk).exists()


def test_a_practice_is_loaded_with_its_drawings_and_renewed_with_them(facts, source):
    load_lessons(source)
    (block,) = LessonPage.objects.get().practices
    assert block.value["slug"] == SLUG
    first = block.value["screens"][0]
    assert first["picture"].source.startswith(f"{SLUG}/tap-1-1.svg@")
    assert sum(target["right"] for target in first["targets"]) == 1
    drawing = source / "lessons" / SLUG / "pictures" / "tap-1-1.svg"
    drawing.write_bytes(
        drawing.read_bytes().replace(b"</svg>", b"<path d='M0 0'/></svg>")
    )
    assert load_lessons(source).renewed == [URL]
    (block,) = LessonPage.objects.get().practices
    assert block.value["screens"][0]["picture"].pk != first["picture"].pk


@pytest.mark.parametrize("published", [True, False])
def test_what_an_editor_changed_is_left_alone_and_named(facts, source, published):
    load_lessons(source)
    lesson = LessonPage.objects.get()
    lesson.task = "Sửa tay."
    revision = lesson.save_revision()
    if published:
        revision.publish()
    change(source, 'text = "Mở ứng dụng VNeID trên điện thoại."', 'text = "Mở VNeID."')
    again = load_lessons(source)
    assert (again.left_alone, again.renewed) == ([URL], [])
    latest = LessonPage.objects.get().get_latest_revision_as_object()
    assert latest.task == "Sửa tay."
    assert latest.steps[0].value["text"] == "Mở ứng dụng VNeID trên điện thoại."


def test_a_withdrawn_lesson_stays_withdrawn_when_its_source_changes(facts, source):
    load_lessons(source)
    LessonPage.objects.update(
        withdrawn_at="2026-11-20T00:00Z", withdrawn_reason="sai bước 2"
    )
    change(source, "minutes = 4", "minutes = 5")
    assert load_lessons(source).renewed == [URL]
    lesson = LessonPage.objects.get()
    assert (lesson.minutes, lesson.withdrawn_reason) == (5, "sai bước 2")


def test_a_home_page_that_an_editor_arranged_keeps_its_rows(facts, source):
    load_lessons(source)
    home = HomePage.objects.get()
    home.rows = []
    home.save_revision().publish()
    HomePage.objects.get().revisions.update(user=None)
    home.refresh_from_db()
    from people.models import User

    editor = User.objects.create(username="dung")
    home.save_revision(user=editor).publish()
    load_lessons(source)
    assert HomePage.objects.get().rows.count() == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"b-vneid-mat-khau"', '"khong-co"', "no skill 'khong-co'"),
        ('"nd-69-2024"', '"khong-co"', "no legaldocument 'khong-co'"),
        ('blocker = "sim"', 'blocker = "khong-co"', "no blocker 'khong-co'"),
        ('course = "vneid"', 'course = "khong-co"', "no course 'khong-co'"),
        ('replacement = ""', 'replacement = "khong-co"', "no replacement 'khong-co'"),
    ],
)
def test_a_source_that_names_what_is_not_there_is_refused_by_name(
    facts, source, old, new, said
):
    change(source, old, new)
    with pytest.raises(UnknownCode, match=said):
        load_lessons(source)


def test_a_source_that_lacks_something_leaves_no_lesson_behind(facts, source):
    change(source, 'owner = "Phòng biên tập"', 'owner = ""')
    with pytest.raises(IncompleteLesson, match="người phụ trách"):
        load_lessons(source)
    assert not LessonPage.objects.exists()


# --- facts ------------------------------------------------------------------------------


def test_the_programme_gives_skills_blockers_hotlines_documents_and_words(facts):
    tables = (Skill, Blocker, Hotline, LegalDocument, PlainWord)
    counts = [model.objects.count() for model in tables]
    assert counts == [35, 22, 11, 67, 17]
    assert len(facts.made) == sum(counts)
    assert Blocker.objects.filter(is_referral=True).count() == 3
    old = LegalDocument.objects.get(code="nd-13-2023")
    assert old.replaced_by.code == "nd-356-2025"


def test_loading_facts_twice_changes_nothing(facts):
    again = load_facts(PROGRAMME)
    assert (again.made, again.renewed, again.left_alone) == ([], [], [])


def test_a_row_changed_on_the_screen_is_left_alone(facts, tmp_path):
    Hotline.objects.filter(code="cong-an-113").update(name="Công an tỉnh")
    for path in PROGRAMME.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(
            text.replace("113,Công an,", "113,Cảnh sát,").replace(
                "115,Cấp cứu,", "115,Cấp cứu y tế,"
            ),
            encoding="utf-8",
        )
    again = load_facts(tmp_path)
    assert again.left_alone == ["hotline cong-an-113"]
    assert again.renewed == ["hotline cap-cuu-115"]
    assert Hotline.objects.get(code="cong-an-113").name == "Công an tỉnh"
    assert Hotline.objects.get(code="cap-cuu-115").name == "Cấp cứu y tế"
