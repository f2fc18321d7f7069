"""Pictures as they may be kept: without the place, the phone and the hour they were taken.

Bytes without metadata are left exactly as they are; others are written again without it,
turned upright first when the camera said so. Drawings (SVG) are `home`'s to clean.
"""

from __future__ import annotations

import io
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
# An exposure of 50 megapixels is more than any phone of our people makes.
MAX_PIXELS = 50_000_000
_ORIENTATION = 0x0112


def extension(name: str) -> str:
    """The lower-case ending of a file's name, without the dot."""
    return PurePath(name).suffix.lower().lstrip(".")


def is_picture(name: str) -> bool:
    """Does this name promise a picture that `clean_picture` knows?"""
    return extension(name) in FORMATS


def clean_picture(name: str, data: bytes) -> bytes:
    """The picture without the metadata of the camera.

    Raises ValidationError when the bytes are not the picture that the name promises.
    """
    ending = extension(name)
    if ending in FORMATS:
        return _clean_bitmap(data, FORMATS[ending])
    return data


def _broken() -> ValidationError:
    return ValidationError(
        _("This picture cannot be read. Choose another one, or take it again."),
        code="broken_picture",
    )


def _clean_bitmap(data: bytes, form: str) -> bytes:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format != form or image.width * image.height > MAX_PIXELS:
                raise _broken()
            image.load()
            if not _tells_something(image, data):
                return data
            return _written_again(image, form)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _broken() from error


def _tells_something(image: Image.Image, data: bytes) -> bool:
    """Is there anything beside the pixels and their colour profile?"""
    quiet = {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "dpi",
        "icc_profile",
        "gamma",
        "srgb",
        "chromaticity",
        "transparency",
        "adobe",
        "adobe_transform",
        "progressive",
        "progression",
        "interlace",
        "aspect",
        "loop",
        "duration",
        "background",
        "timestamp",
        "default_image",
        "bbox",
        "palette",
    }
    if set(image.info) - quiet or len(image.getexif()):
        return True
    # Segments that Pillow does not show: other application data, text after the image.
    return any(mark in data for mark in (b"Exif\x00", b"http://ns.adobe.com/", b"GPS"))


def _written_again(image: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    profile = image.info.get("icc_profile")
    options: dict[str, object] = {"icc_profile": profile} if profile else {}
    upright = image.getexif().get(_ORIENTATION, 1) == 1
    if form == "JPEG":
        # "keep" writes the same coefficients again, without a second loss.
        options |= {"quality": "keep"} if upright else {"quality": 90, "optimize": True}
    elif form == "WEBP":
        options |= {"quality": 90, "method": 4}
    if not upright:
        image = ImageOps.exif_transpose(image)
    kept_format = image.format
    for key in ("exif", "xmp", "comment", "photoshop", "XML:com.adobe.xmp"):
        image.info.pop(key, None)
    image.format = kept_format or form
    if form == "PNG":
        clean = Image.new(image.mode, image.size)
        if image.mode == "P":
            clean.putpalette(image.getpalette(image.palette.mode), image.palette.mode)
        clean.paste(image)
        if "transparency" in image.info:
            options["transparency"] = image.info["transparency"]
        image = clean
    image.save(out, format=form, exif=b"", **options)
    return out.getvalue()
