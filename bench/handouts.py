"""What a group in Zalo is sent, and how long it takes to make.

Prints one JSON object a line: `lesson_picture_bytes`, the picture of each lesson, worst
first, with the narrowest width; `lesson_handout_seconds`, the slowest making of a
picture or an A5 sheet (made once for each edition and then kept).
"""

from __future__ import annotations

import io
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import translation  # noqa: E402
from PIL import Image  # noqa: E402

from courses.handouts import made  # noqa: E402
from courses.handouts.setting import LARGEST_PICTURE  # noqa: E402
from courses.handouts.sheets import sheet_of  # noqa: E402
from courses.models import LessonPage  # noqa: E402
from pilot_communes.querysets import today  # noqa: E402
from tests.databases import copies  # noqa: E402

SLOWEST = 4.0


def measure() -> dict[str, tuple[int, int, float]]:
    """Bytes and width of each lesson's picture, and seconds for picture and A5."""
    found = {}
    on = today()
    for lesson in LessonPage.objects.visible_to(None).to_follow(on).order_by("number"):
        began = time.perf_counter()
        sheet = sheet_of(lesson, on)
        data = made.picture(sheet).data
        made.paper(sheet, "a5")
        seconds = time.perf_counter() - began
        with Image.open(io.BytesIO(data)) as image:
            found[lesson.slug] = (len(data), image.width, seconds)
    return found


def say(name: str, unit: str, bar: float, values: dict[str, float], **more) -> None:
    worst_first = dict(sorted(values.items(), key=lambda item: -item[1]))
    line = {
        "name": name,
        "value": max(values.values()),
        "unit": unit,
        "bar": bar,
        "median": statistics.median(values.values()),
        "database": connection.vendor,
        "lessons": worst_first,
    }
    print(json.dumps(line | more))


def main() -> None:
    database = copies()
    database.create()
    logging.disable(logging.WARNING)
    # As long an address as a real one, and a shelf on which nothing lies yet.
    settings.SITE_URL = "https://hoc.camau.gov.vn"
    translation.activate("vi")
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings.DATA_DIR = folder
            call_command("load_programme", stdout=io.StringIO())
            found = measure()
    finally:
        database.destroy()
    say(
        "lesson_picture_bytes",
        "bytes",
        LARGEST_PICTURE,
        {slug: size for slug, (size, _width, _seconds) in found.items()},
        narrowest=min(width for _size, width, _seconds in found.values()),
    )
    say(
        "lesson_handout_seconds",
        "s",
        SLOWEST,
        {slug: round(seconds, 2) for slug, (_size, _width, seconds) in found.items()},
    )


if __name__ == "__main__":
    main()
