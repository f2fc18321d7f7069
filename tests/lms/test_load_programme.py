"""Loading the programme: whole, from sources, and twice the same."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.core.management import call_command

from attendance.models import ServerEpoch
from courses.loading import CONTENT
from courses.models import Blocker, Hotline, LegalDocument, LessonPage, Skill
from home.models import HomePage
from people.models import ConsentText, Person, User
from pilot_communes.models import (
    Hamlet,
    Phase,
    PhaseMembership,
    PopulationFigure,
    SupportPoint,
    Team,
    Unit,
)

pytestmark = pytest.mark.django_db

# What loading touches again without changing: the index follows the pages.
NOT_CONTENT = (
    "wagtailsearch",
    "modelsearch",
    "sessions",
    "contenttypes",
    "django_tasks",
)


def load() -> str:
    out = io.StringIO()
    call_command("load_programme", stdout=out)
    return out.getvalue()


def rows() -> dict[str, list]:
    """Every row of every table, in order of its key."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in NOT_CONTENT or model._meta.proxy:
            continue
        if not model._meta.managed:
            continue
        key = model._meta.pk.attname
        found[model._meta.label] = list(model._base_manager.order_by(key).values_list())
    return found


def test_the_province_is_whole_and_the_second_time_changes_nothing():
    load()
    today = Unit.objects.communes().filter(valid_to=None)
    assert today.count() == 64
    assert today.filter(kind="xa").count() == 55
    assert today.filter(kind="phuong").count() == 9
    assert PopulationFigure.objects.filter(unit__in=today).count() == 64
    assert Unit.objects.filter(origins__isnull=False).distinct().count() == 65
    assert Phase.objects.count() == 3
    sources = sorted(CONTENT.glob("lessons/*/lesson.toml"))
    assert LessonPage.objects.live().count() == len(sources) >= 6
    assert HomePage.objects.live().count() == 1
    assert ServerEpoch.objects.count() == 1
    assert all(
        model.objects.exists()
        for model in (Skill, Blocker, Hotline, LegalDocument, ConsentText)
    )
    before = rows()
    assert load() == ""
    after = rows()
    changed = [label for label in before if before[label] != after[label]]
    assert changed == []


def test_nothing_is_invented():
    load()
    assert Hamlet.objects.filter(is_unknown=False).count() == 0
    assert [
        model.__name__
        for model in (Team, SupportPoint, Person, User, PhaseMembership)
        if model.objects.exists()
    ] == []


def test_what_an_editor_or_coordinator_changed_stays():
    load()
    Hotline.objects.filter(code="cong-an-113").update(number="113 (xã)")
    Unit.objects.filter(code="32248", valid_to=None).update(name="Đất Mũi Mới")
    load()
    assert Hotline.objects.get(code="cong-an-113").number == "113 (xã)"
    assert Unit.objects.get(code="32248", valid_to=None).name == "Đất Mũi Mới"


def test_the_site_takes_its_address_from_the_settings(settings):
    from wagtail.models import Site

    from home.models import ContactSettings

    settings.SITE_URL = "https://hoc.example.vn"
    settings.HTTPS = True
    load()
    site = Site.objects.get(is_default_site=True)
    assert (site.hostname, site.port) == ("hoc.example.vn", 443)
    assert ContactSettings.current().site_address == "hoc.example.vn"
