"""What the editing page of a lesson asks of the database.

Prints one JSON object a line: `cms_lesson_editor_queries`, the statements of the second
opening of each lesson's editing page, as an editor; the worst lesson.
"""

from __future__ import annotations

import io
import json
import logging
import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from courses.models import LessonPage  # noqa: E402
from people.factors import SET_UP_HERE  # noqa: E402
from people.middleware import ACTIVE_AT  # noqa: E402
from people.models import User  # noqa: E402
from people.roles import Role  # noqa: E402
from pilot_communes.models import Unit  # noqa: E402
from tests import factories as make  # noqa: E402
from tests.databases import copies  # noqa: E402


def editor() -> Client:
    """A signed-in editor of the province."""
    user = make.make_user("soanbai", make.make_person("Người soạn"))
    make.give_role(
        user, Role.EDITOR, Unit.objects.filter(level="province", valid_to=None).get()
    )
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(pk=user.pk))
    session = client.session
    session[SET_UP_HERE] = True
    session[ACTIVE_AT] = time.time()
    session.save()
    return client


def measure() -> dict[str, int]:
    """Statements of a warm opening of each lesson's editing page."""
    client, found = editor(), {}
    for lesson in LessonPage.objects.order_by("number"):
        address = reverse("wagtailadmin_pages:edit", args=[lesson.pk])
        for _opening in range(2):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                answer = client.get(address)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answers {answer.status_code}.")
        found[lesson.slug] = len(asked)
    return found


def main() -> None:
    database = copies()
    database.create()
    logging.disable(logging.WARNING)
    try:
        call_command("load_programme", stdout=io.StringIO())
        found = measure()
    finally:
        database.destroy()
    print(
        json.dumps(
            {
                "name": "cms_lesson_editor_queries",
                "value": max(found.values()),
                "unit": "queries",
                "bar": 40,
                "median": statistics.median(found.values()),
                "database": connection.vendor,
                "lessons": dict(sorted(found.items(), key=lambda item: -item[1])),
            }
        )
    )


if __name__ == "__main__":
    main()
