"""Which lessons a phone can keep, alone or as a group (`offline.registry`)."""

from __future__ import annotations

from django.urls import reverse

from common.registries import OfflineFile, offline_files
from courses.models import CoursePage, LessonPage
from home.ask import Door, doors
from offline.registry import Group, Keepable, Shelf, shelves

# Practice, questions and what is said of a lesson belong to it; sheets and pictures for
# the gallery do not: whoever wants one keeps it in the gallery.
PARTS = ("tap", "cau-hoi", "nghe")
MOST_LESSONS = 60


def find(course: str, slug: str) -> Group | None:
    """The lesson at /bai/<course>/<slug>/, or all of the group; None when there is none."""
    group = CoursePage.objects.live().public().filter(slug=course).first()
    if group is None:
        return None
    url = f"/bai/{group.slug}/"
    lessons = (
        LessonPage.objects.visible_to(None)
        .to_follow()
        .child_of(group)
        .order_by("path")
        .defer_streamfields()
    )
    if slug:
        lessons = lessons.filter(slug=slug)
    found = tuple(
        Keepable(lesson.number, lesson.title, f"{url}{lesson.slug}/")
        for lesson in lessons[:MOST_LESSONS]
    )
    if not found:
        return None
    if slug:
        return Group(found[0].title, found[0].url, found)
    return Group(group.title, url, found)


def put_on_the_shelf() -> None:
    """Lessons can be kept, with the scripts of practice and questions; a door leads there."""
    doors.register(Door("this_phone", lambda request: reverse("this_phone")))
    shelves.register(Shelf("lessons", PARTS, find))
    for path in ("courses/tap.js", "courses/cau-hoi.js"):
        offline_files.register(OfflineFile(path, "phone"))
