"""Static names that live on, two media stores, pictures without their past."""

from __future__ import annotations

import io
import json
import re
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import Client
from PIL import Image

from common.pictures import clean_picture
from common.storage import (
    KEEP_STATIC_DAYS,
    EvidenceFileStorage,
    PublicFileStorage,
    StaticStorage,
    immutable_name,
)

GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F


def photo(form: str = "JPEG", *, orientation: int = 1, size=(40, 20)) -> bytes:
    """A picture that says where and with what it was taken."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[MAKE] = "May cua chi Lan"
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (8.0, 36.0, 1.0)
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


def plain(form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, form)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "form"), [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP")]
)
def test_a_picture_loses_what_the_camera_told(name, form):
    before = photo(form)
    with Image.open(io.BytesIO(before)) as image:
        assert len(image.getexif())
    after = clean_picture(name, before)
    assert b"Lan" not in after
    with Image.open(io.BytesIO(after)) as image:
        assert (image.format, image.size, len(image.getexif())) == (form, (40, 20), 0)


def test_a_picture_lying_on_its_side_is_turned_upright():
    after = clean_picture("a.jpg", photo(orientation=6))
    with Image.open(io.BytesIO(after)) as image:
        assert image.size == (20, 40)
        red, _green, blue = image.getpixel((10, 5))
        assert blue > red


@pytest.mark.parametrize(
    ("name", "form"), [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP")]
)
def test_a_picture_that_tells_nothing_keeps_its_bytes(name, form):
    data = plain(form)
    assert clean_picture(name, data) is data


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.jpg", b"not a picture"), ("a.png", plain("JPEG")), ("a.jpg", photo()[:200])],
)
def test_bytes_that_are_not_the_named_picture_are_refused(name, data):
    with pytest.raises(ValidationError):
        clean_picture(name, data)


def test_a_public_name_holds_the_digest_of_the_bytes(tmp_path):
    store = PublicFileStorage(location=tmp_path, base_url="/tep/")
    first = store.save("tranh/buoc-1.png", ContentFile(plain("PNG")))
    other = store.save("tranh/buoc-1.png", ContentFile(photo("PNG")))
    assert re.fullmatch(r"tranh/buoc-1\.[0-9a-f]{12}\.png", first)
    assert re.fullmatch(r"tranh/buoc-1\.[0-9a-f]{12}\.png", other)
    assert first != other
    assert b"Lan" not in Path(store.path(other)).read_bytes()


def test_an_immutable_name_fits_its_column():
    name = immutable_name("original_images/" + "a" * 120 + ".jpg", "0" * 12, 100)
    assert len(name) == 100
    assert name.endswith(f".{'0' * 12}.jpg")


def test_evidence_is_clean_private_and_without_an_address(tmp_path):
    store = EvidenceFileStorage(location=tmp_path / "evidence")
    name = store.save("to/anh.jpg", ContentFile(photo()))
    path = Path(store.path(name))
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert b"Lan" not in path.read_bytes()
    with pytest.raises(ValueError, match="no address"):
        store.url(name)


def test_a_public_file_is_served_for_ever_and_runs_nothing(db, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / "tranh.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    response = Client().get("/tep/tranh.svg")
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"<svg")
    assert "immutable" in response.headers["Cache-Control"]
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    response.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("huong-dan.pdf", "application/pdf"),
        ("danh-sach.csv", "text/csv"),
        ("trang.html", "text/html"),
        ("tranh.svg.gz", "application/octet-stream"),
        ("khong-duoi", "application/octet-stream"),
    ],
)
def test_what_is_no_picture_is_kept_and_never_opened_here(
    db, settings, tmp_path, name, kind
):
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / name).write_bytes(b"<script>alert(1)</script>")
    response = Client().get(f"/tep/{name}")
    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    response.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.webp", "image/webp"),
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.svg", "image/svg+xml"),
    ],
)
def test_pictures_stand_in_the_page_by_their_own_kind(
    db, settings, tmp_path, name, kind
):
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / name).write_bytes(b"x")
    response = Client().get(f"/tep/{name}")
    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Disposition"].startswith("inline")
    response.close()


@pytest.mark.parametrize(
    "path",
    ["../evidence/to.jpg", "..%2fevidence%2fto.jpg", "khong-co.svg", "a%00b", ""],
)
def test_nothing_outside_the_public_store_is_served(db, settings, tmp_path, path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "to.jpg").write_bytes(b"to giay")
    settings.MEDIA_ROOT = str(tmp_path / "public")
    assert Client().get(f"/tep/{path}").status_code in (400, 404)


@pytest.fixture
def static(tmp_path):
    """A static store in a folder of its own."""
    return StaticStorage(location=tmp_path, base_url="/tinh-te/")


def collect(store: StaticStorage, text: str) -> str:
    """Collect one stylesheet with this text; returns its hashed name."""
    path = Path(store.path("a.css"))
    path.write_text(text)
    source = FileSystemStorage(location=path.parent)
    paths = {"a.css": (source, "a.css")}
    for _name, _hashed, processed in store.post_process(paths, dry_run=False):
        if isinstance(processed, Exception):
            raise processed
    return store.hashed_files[store.hash_key("a.css")]


def test_modules_that_import_modules_are_collected_however_deep(static):
    root = Path(static.location)
    for number in range(9):
        (root / f"m{number}.js").write_text(f'import "./m{number + 1}.js";\n')
    (root / "m9.js").write_text("export {};\n")
    source = FileSystemStorage(location=root)
    paths = {f"m{n}.js": (source, f"m{n}.js") for n in range(10)}
    done = list(static.post_process(paths, dry_run=False))
    assert [answer for _name, _hashed, answer in done if answer is not True] == []


def test_our_modules_import_each_other_in_no_circle():
    # Each name carries its content, so that one cannot be named before the other.
    root = Path(settings.BASE_DIR)
    files = {p.resolve() for p in root.glob("*/static/**/*.js")}
    imports = {
        path: {
            (path.parent / found).resolve()
            for found in re.findall(
                r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""", path.read_text()
            )
        }
        for path in files
    }
    assert len(files) > 10
    while leaves := {path for path in imports if not imports[path] & imports.keys()}:
        for path in leaves:
            del imports[path]
    assert sorted(path.name for path in imports) == []


def test_a_name_of_yesterday_stays_served_and_goes_after_ninety_days(static):
    first = collect(static, "a{b:c}")
    second = collect(static, "a{b:d}")
    assert first != second
    assert Path(static.path(first)).exists()
    assert set(static.retired()) == {first}

    record = Path(static.path(static.retired_name))
    long_ago = time.time() - (KEEP_STATIC_DAYS + 1) * 24 * 3600
    record.write_text(json.dumps({first: long_ago}))
    collect(static, "a{b:e}")
    assert not Path(static.path(first)).exists()
    assert Path(static.path(second)).exists()
    assert set(static.retired()) == {second}


def test_a_name_that_comes_back_is_no_longer_retired(static):
    first = collect(static, "a{b:c}")
    collect(static, "a{b:d}")
    assert collect(static, "a{b:c}") == first
    assert first not in static.retired()
