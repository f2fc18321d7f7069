"""Any change to anything a public page can show makes stored pages old."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction, Site

from common.models import ContentVersion
from common.public_content import registered
from courses.models import (
    Blocker,
    CourseIndexPage,
    CoursePage,
    Hotline,
    LegalDocument,
    LessonChange,
    LessonLegal,
    LessonPage,
    LessonRecording,
    LessonSkill,
    Skill,
)
from home.loading import ensure_home
from home.models import (
    ContactSettings,
    CustomImage,
    CustomRendition,
    HomePage,
    HomeRow,
    InformationPage,
)
from people.models import Consent, TeamMembership
from pilot_communes.actions import add_hamlets
from pilot_communes.models import Commune, SupportPoint, Team, TeamHamlet, Unit
from pilot_communes.plans import read_hamlets
from tests.courses.making import make_course, make_lesson, make_recording
from tests.factories import join_team, make_person, make_team, make_unit


def number() -> int:
    version = ContentVersion.objects.filter(pk=1).first()
    return version.number if version else 0


def a_picture() -> CustomImage:
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    image = CustomImage(title="x")
    image.file = ContentFile(picture.getvalue(), name="x.png")
    image.save()
    return image


def a_size() -> CustomRendition:
    image = a_picture()
    return CustomRendition.objects.create(
        image=image, filter_spec="max-5x5", file=image.file.name, width=5, height=5
    )


def a_commune() -> Unit:
    return make_unit("Đất Mũi", "commune", code="32248")


def a_commune_s_hamlet() -> Unit:
    return make_unit("Rạch Mới", "hamlet", code="32248001")


# How to make one row of each model that rooms have registered.
MAKE = {
    Blocker: lambda: Blocker.objects.create(code="x", label="x", solver="team"),
    Commune: lambda: Commune.objects.get(pk=a_commune().pk),
    ContactSettings: lambda: ContactSettings.objects.create(phone="1"),
    Consent: lambda: Consent.objects.create(
        person=make_person("x"), purpose=Consent.PUBLIC_PHONE, mode="screen"
    ),
    CourseIndexPage: lambda: make_course().get_parent().specific,
    CoursePage: make_course,
    CustomImage: a_picture,
    CustomRendition: lambda: a_size(),
    HomePage: ensure_home,
    HomeRow: lambda: HomeRow.objects.create(page=ensure_home(), target=make_course()),
    Hotline: lambda: Hotline.objects.create(code="x", number="1", confidence="found"),
    InformationPage: lambda: ensure_home().add_child(
        instance=InformationPage(title="x", slug="x", body="x")
    ),
    LegalDocument: lambda: LegalDocument.objects.create(
        code="x", kind="luat", confidence="found"
    ),
    LessonChange: lambda: LessonChange.objects.create(
        lesson=make_lesson(), revision_id=1, on=dt.date(2026, 11, 20), steps=["x"]
    ),
    LessonLegal: lambda: make_lesson().lesson_legal.get(),
    LessonPage: make_lesson,
    LessonRecording: lambda: make_recording(make_lesson()),
    LessonSkill: lambda: make_lesson().lesson_skills.get(),
    Page: lambda: Page.objects.get(pk=make_course().pk),
    PageViewRestriction: lambda: PageViewRestriction.objects.create(
        page=make_course(), restriction_type="login"
    ),
    Redirect: lambda: Redirect.objects.create(old_path="/x", redirect_link="/y"),
    Site: lambda: Site.objects.get() if ensure_home() else None,
    Skill: lambda: Skill.objects.create(code="x", group="a", name="x"),
    SupportPoint: lambda: SupportPoint.objects.create(
        commune=a_commune(), name="x", valid_from=dt.date(2026, 1, 1)
    ),
    Team: lambda: make_team("x", a_commune()),
    TeamHamlet: lambda: make_team("x", a_commune(), a_commune_s_hamlet()).hamlets.get(),
    TeamMembership: lambda: join_team(
        make_person("x"), make_team("x", a_commune()), "leader"
    ),
    Unit: a_commune,
}


def test_every_model_of_the_rooms_below_has_a_row_here():
    below = [
        model
        for model in registered()
        if model._meta.app_label not in ("attendance", "reports", "lms")
    ]
    assert set(below) == set(MAKE)


@pytest.mark.parametrize("model", MAKE, ids=lambda model: model._meta.label)
def test_making_and_changing_a_row_makes_stored_pages_old(model, db):
    before = number()
    row = MAKE[model]()
    made = number()
    assert made > before
    assert isinstance(row, model)
    row.save()
    assert number() > made


@pytest.mark.parametrize(
    "model",
    [m for m in MAKE if m not in (Unit, Commune, Site, HomePage)],
    ids=lambda model: model._meta.label,
)
def test_deleting_a_row_makes_stored_pages_old(model, db):
    row = MAKE[model]()
    before = number()
    row.delete()
    assert number() > before


def test_moving_a_page_makes_stored_pages_old(db):
    lesson = make_lesson()
    other = make_course("khac", "Khác")
    before = number()
    lesson.move(other, pos="last-child")
    assert number() > before


def test_what_no_public_page_shows_makes_nothing_old(db):
    before = number()
    make_unit("Rạch Mới", "hamlet", code="32248001")
    person = make_person("Nguyễn Thị Bảy")
    Consent.objects.create(person=person, purpose="register", mode="room")
    assert number() == before
    # A hamlet comes upon the pages of communes by a change of the map.


def test_a_change_of_the_map_makes_stored_pages_old(ground):
    before = number()
    add_hamlets(
        ground.dat_mui,
        read_hamlets("Xóm Mới", ground.dat_mui),
        user=None,
        valid_from=dt.date(2026, 11, 1),
        decree="Quyết định 1",
    )
    assert number() > before


def test_a_change_that_is_undone_leaves_stored_pages_as_they_were(db):
    make_lesson()
    before = number()
    with pytest.raises(RuntimeError), transaction.atomic():
        Skill.objects.create(code="y", group="a", name="y")
        assert number() == before + 1
        raise RuntimeError
    assert number() == before
