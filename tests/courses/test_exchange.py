"""A lesson as one file: out, in, the same; and everything that may not come in."""

from __future__ import annotations

import io
import stat
import struct
import tomllib
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.exchange import (
    AlreadyThere,
    BadParcel,
    Parcel,
    import_lesson,
    packed,
    parcel_of,
    read_parcel,
    written,
)
from courses.loading import CONTENT, load_facts
from courses.models import CoursePage, LessonNumber, LessonPage
from home.models import CustomImage
from tests.courses.conftest import PROGRAMME
from tests.courses.making import (
    make_course,
    make_draft,
    make_lesson,
    sign_in,
)
from tests.courses.test_weight import drawing

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect /></svg>'


@pytest.fixture
def full(db):
    """A lesson with everything that a lesson can have."""
    image, screen = drawing("mot", "Nút"), drawing("hai", "Màn hình")
    target = {
        "label": "Nút",
        "right": True,
        "why": "Đúng.",
        "x": 8,
        "y": 8,
        "w": 90,
        "h": 60,
    }
    return make_lesson(
        steps=[
            ("step", {"text": "Mở “máy”.", "picture": image, "alt": "Hình \\ một"}),
            ("step", {"text": "Bấm.", "network": True, "warning": "Đừng đọc mã."}),
            ("step", {"text": "Xem.", "check": True, "check_note": "xem lại"}),
        ],
        practices=[
            (
                "practice",
                {
                    "slug": "tap",
                    "task": "Tập.",
                    "done": "Xong.",
                    "screens": [
                        {"say": f"Bấm {n}.", "picture": screen, "targets": [target]}
                        for n in (1, 2, 3)
                    ],
                },
            )
        ],
    )


def forget_everything() -> None:
    """The lessons go; the tables and the group of lessons stay, as in a new system."""
    LessonPage.objects.all().delete()
    LessonNumber.objects.all().delete()
    CustomImage.objects.all().delete()
    for course in CoursePage.objects.all():
        course.refresh_from_db()


def test_out_and_in_again_is_the_same_lesson(full):
    first = parcel_of(full)
    data = packed(first)
    forget_everything()
    brought = import_lesson(read_parcel(data), user=None)
    again = parcel_of(brought.page)
    assert (brought.made, again.digest) == (True, first.digest)
    assert again.source == first.source
    assert again.pictures == first.pictures
    assert packed(again) == data


def test_what_comes_in_is_a_draft(full):
    data = packed(parcel_of(full))
    forget_everything()
    page = import_lesson(read_parcel(data), user=None).page
    page = LessonPage.objects.get(pk=page.pk)
    assert (page.live, page.number, page.has_unpublished_changes) == (False, 1, True)


def test_a_half_written_draft_goes_out_and_comes_in(db):
    draft = make_draft(
        checked_on=None, review_by=None, guide=[], questions=[], steps=[], stuck=[]
    )
    first = parcel_of(draft)
    data = packed(first)
    forget_everything()
    page = import_lesson(read_parcel(data), user=None).page
    assert parcel_of(page).digest == first.digest
    assert (page.checked_on, len(page.guide)) == (None, 0)


def test_a_source_file_goes_through_the_system_unchanged(db):
    """For the lessons with practices: what loading remembers is what comes out."""
    from courses.loading import load_lessons

    load_facts(PROGRAMME)
    folders = sorted(CONTENT.glob("lessons/*/lesson.toml"))
    chosen = [f.parent for f in folders if "[[practices]]" in f.read_text("utf-8")][:3]
    for folder in [*chosen, CONTENT / "lessons" / "lo-bi-lua"]:
        source = tomllib.loads((folder / "lesson.toml").read_text("utf-8"))
        pictures = {p.name: p.read_bytes() for p in (folder / "pictures").iterdir()}
        make_course(source["course"], "Nhóm")
        page = import_lesson(Parcel(source, pictures), user=None).page
        out = parcel_of(page).source
        if source.get("replacement"):
            out["replacement"] = source["replacement"]
        assert out == source
    assert load_lessons


def test_an_edit_in_the_cms_is_not_overwritten_without_saying(full):
    parcel = read_parcel(packed(parcel_of(full)))
    draft = LessonPage.objects.get()
    draft.task = "Câu của biên tập."
    draft.save_revision()
    with pytest.raises(AlreadyThere, match="khác ở: làm được gì"):
        import_lesson(parcel, user=None)
    latest = LessonPage.objects.get().get_latest_revision_as_object()
    assert latest.task == "Câu của biên tập."


def test_replacing_adds_a_draft_and_keeps_what_residents_read(full):
    parcel = parcel_of(full)
    changed = Parcel({**parcel.source, "task": "Câu trong tệp."}, parcel.pictures)
    revisions = full.revisions.count()
    brought = import_lesson(read_parcel(packed(changed)), user=None, replace=True)
    page = LessonPage.objects.get()
    assert (brought.made, brought.changed) == (False, True)
    assert (page.live, page.task) == (True, "Tự đặt lại mật khẩu.")
    assert page.get_latest_revision_as_object().task == "Câu trong tệp."
    assert page.revisions.count() == revisions + 1


def test_the_same_lesson_again_changes_nothing(full):
    brought = import_lesson(read_parcel(packed(parcel_of(full))), user=None)
    assert (brought.made, brought.changed) == (False, False)
    assert LessonPage.objects.get().revisions.count() == full.revisions.count()


def test_a_number_that_is_taken_is_not_given_twice(full):
    data = packed(parcel_of(full))
    forget_everything()
    other = make_lesson("khac", number=full.number)
    brought = import_lesson(read_parcel(data), user=None)
    assert brought.page.number == other.number + 1
    assert "đã cho bài khác" in brought.notes[0]


def test_a_missing_group_or_code_is_named(full):
    parcel = parcel_of(full)
    for key, value, said in [
        ("course", "khong-co", "Ở đây chưa có nhóm bài nào có địa chỉ “khong-co”"),
        ("skills", ["khong-co"], "khong-co"),
    ]:
        spoilt = Parcel({**parcel.source, "slug": "moi", key: value}, parcel.pictures)
        with pytest.raises(BadParcel, match=said), transaction.atomic():
            import_lesson(read_parcel(packed(spoilt)), user=None)
    assert LessonPage.objects.count() == 1


# --- what may not come in --------------------------------------------------------------


def zipped(files: dict[str, bytes], **attributes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in attributes.items():
                setattr(entry, attribute, value)
            archive.writestr(entry, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def outside() -> Parcel:
    """A lesson of our sources, without a database."""
    folder = CONTENT / "lessons" / "quen-mat-khau"
    source = tomllib.loads((folder / "lesson.toml").read_text("utf-8"))
    pictures = {p.name: p.read_bytes() for p in (folder / "pictures").iterdir()}
    return Parcel(source, pictures)


@pytest.fixture(scope="module")
def source(outside) -> bytes:
    return written(outside.source).encode()


@pytest.mark.parametrize(
    "name",
    [
        "../lesson.toml",
        "/etc/passwd",
        "pictures/../../x.svg",
        "pictures/a/b.svg",
        "pictures\\x.svg",
        "pictures/x.html",
        "pictures/x.SVG",
        "pictures/.svg",
        "script.js",
        "pictures/á.svg",
    ],
)
def test_a_file_with_another_name_or_path_is_refused(name, source):
    with pytest.raises(BadParcel, match="không phải là phần của một bài"):
        read_parcel(zipped({"lesson.toml": source, name: SVG}))


def test_links_and_doubles_are_refused(source):
    link = zipped({"lesson.toml": source}, external_attr=(stat.S_IFLNK | 0o777) << 16)
    with pytest.raises(BadParcel, match="không phải là phần của một bài"):
        read_parcel(link)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("lesson.toml", source)
        archive.writestr("lesson.toml", source)
    with pytest.raises(BadParcel):
        read_parcel(out.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked(source):
    bomb = zipped({"lesson.toml": source, "pictures/a.svg": b"0" * 50_000_000})
    assert len(bomb) < 100_000
    with pytest.raises(BadParcel, match="lớn quá mức"):
        read_parcel(bomb)
    lying = bytearray(bomb)
    # The size that the directory of the archive states for the drawing: 9 bytes.
    at = lying.rindex(b"pictures/a.svg") - 46 + 24
    struct.pack_into("<I", lying, at, 9)
    with pytest.raises(BadParcel):
        read_parcel(bytes(lying))


@pytest.mark.parametrize("kind", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, 99])
def test_what_is_packed_in_another_way_is_refused(kind, source):
    data = bytearray(zipped({"lesson.toml": source}))
    for head, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", data, data.index(head) + place, kind)
    with pytest.raises(BadParcel):
        read_parcel(bytes(data))


@pytest.mark.parametrize(
    "line",
    [f"minutes = {'9' * 5000}", "checked_on = 2026-13-45", 'title = "a\\u0000b"'],
)
def test_a_value_that_no_database_keeps_is_refused(line, outside):
    key = line.partition(" =")[0]
    rest = {name: value for name, value in outside.source.items() if name != key}
    with pytest.raises(BadParcel):
        read_parcel(zipped({"lesson.toml": f"{line}\n{written(rest)}".encode()}))


def test_too_large_too_many_and_no_zip_are_refused(source):
    with pytest.raises(BadParcel, match="lớn hơn 2 MB"):
        read_parcel(b"0" * 2_000_001)
    many = {f"pictures/{n}.svg": SVG for n in range(90)}
    with pytest.raises(BadParcel, match="quá nhiều"):
        read_parcel(zipped({"lesson.toml": source, **many}))
    with pytest.raises(BadParcel, match="không phải là bài đã xuất"):
        read_parcel(b"PK nothing")
    with pytest.raises(BadParcel, match=r"không có lesson\.toml"):
        read_parcel(zipped({"pictures/a.svg": SVG}))
    with pytest.raises(BadParcel, match="Không đọc được"):
        read_parcel(zipped({"lesson.toml": b"title = \xff"}))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": 5}, "title"),
        ({"number": True}, "number"),
        ({"number": -1}, "number"),
        ({"minutes": "4"}, "minutes"),
        ({"slug": "../x"}, "slug"),
        ({"steps": "x"}, "steps"),
        ({"steps": [{"text": "x" * 201}]}, "steps 1.text"),
        ({"steps": [{"text": "x", "on": "y"}]}, "steps 1.on"),
        ({"questions": [{"text": "x"}]}, "questions 1.options"),
        ({"guide": {}}, "guide.minutes"),
        ({"need": ["x"] * 101}, "need"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_source_that_is_not_written_as_ours_is_refused_with_its_place(
    change, place, outside
):
    spoilt = {**outside.source, **change}
    with pytest.raises(BadParcel, match=place):
        read_parcel(zipped({"lesson.toml": written(spoilt).encode()}))


def test_a_hostile_drawing_comes_in_clean_or_not_at_all(outside):
    parcel = outside
    name = parcel.source["steps"][0]["picture"]
    evil = SVG.replace(b"<rect", b"<script>x()</script><rect onload='x()'")
    pictures = {**parcel.pictures, name: evil}
    clean = read_parcel(packed(Parcel(parcel.source, pictures))).pictures[name]
    assert b"script" not in clean
    assert b"onload" not in clean
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha">]>' + SVG
    with pytest.raises(BadParcel, match=name):
        read_parcel(packed(Parcel(parcel.source, {**pictures, name: bomb})))


def test_a_picture_that_is_none_or_missing_is_refused(outside):
    parcel = outside
    with pytest.raises(BadParcel, match="Thiếu hình"):
        read_parcel(packed(Parcel(parcel.source, {})))
    steps = [{"text": "x", "picture": "a.png"}]
    source = {**parcel.source, "steps": steps}
    pictures = {**parcel.pictures, "a.png": b"not a picture"}
    with pytest.raises(BadParcel, match=r"a\.png"):
        read_parcel(packed(Parcel(source, pictures)))


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.lists(TEXTS, max_size=3), st.integers(0, 999), st.dates())
def test_whatever_is_written_is_read_again(text, texts, number, day):
    source = {
        "a": text,
        "b": texts,
        "c": number,
        "d": day,
        "e": True,
        "f": [{"g": text, "h": [{"i": number}]}],
        "j": {"k": [[text, text]], "l": False},
    }
    assert tomllib.loads(written(source)) == source


# --- at the desk and by command ---------------------------------------------------------


def upload(client, data: bytes, **more):
    file = SimpleUploadedFile("bai.zip", data, "application/zip")
    return client.post("/soan/bai/nhap/", {"parcel": file, **more}, follow=True)


def test_an_editor_exports_and_brings_in_again(editor, client):
    # Without pictures: Wagtail leaves the files of their thumbnails open.
    lesson = make_lesson()
    response = client.get(f"/soan/bai/{lesson.pk}/tep/")
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="bai-1-quen-mat-khau.zip"'
    )
    data = response.content
    page = client.get(f"/soan/pages/{lesson.pk}/edit/").text
    assert f"/soan/bai/{lesson.pk}/tep/" in page
    assert (
        "/soan/bai/nhap/" in client.get(f"/soan/pages/{lesson.get_parent().pk}/").text
    )
    assert "giống từng chữ" in upload(client, data).text

    draft = LessonPage.objects.get()
    draft.task = "Câu của biên tập."
    draft.save_revision()
    asked = upload(client, data)
    assert "đã có ở đây và khác ở" in asked.text
    assert "Muốn ghi tệp này thành bản nháp mới" in asked.text
    done = upload(client, data, replace="on")
    assert "Đã nhập thành bản nháp." in done.text
    assert LessonPage.objects.get().get_latest_revision_as_object().task == lesson.task


def test_a_file_that_is_no_lesson_is_refused_in_words(editor, client):
    assert "không phải là bài đã xuất" in upload(client, b"x" * 30).text


def test_who_does_not_edit_neither_exports_nor_imports(full, cast, client):
    sign_in(client, cast.mai)
    assert client.get(f"/soan/bai/{full.pk}/tep/").status_code == 302
    assert client.get("/soan/bai/nhap/").status_code == 302


def test_the_commands_do_the_same(full, tmp_path, capsys):
    path = tmp_path / "bai.zip"
    call_command("export_lesson", "1", output=path)
    assert path.read_bytes() == packed(parcel_of(full))
    call_command("import_lesson", path)
    assert "unchanged" in capsys.readouterr().out
    forget_everything()
    call_command("import_lesson", path)
    assert "1 quen-mat-khau: made" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no lesson 99"):
        call_command("export_lesson", "99")
    path.write_bytes(b"x")
    with pytest.raises(CommandError, match="không phải là bài đã xuất"):
        call_command("import_lesson", path)
