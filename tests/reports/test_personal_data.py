"""What figures give out about a person, and what erasing leaves."""

import datetime as dt

import pytest

from people.registry import personal_data
from reports.models import FirstReach
from tests import factories as make
from tests.reports.register import hold

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 20)


def test_a_person_may_read_when_they_were_first_counted(ground):
    bay, other = (make.make_person(n, ground.rach_moi) for n in ("Bảy", "Tám"))
    hold(ground.rach_moi, DAY, [(bay, "helped"), other])
    assert personal_data["reports"].export([bay]) == [
        {"day": "2026-11-20", "skill": "", "reached": ["attended", "helped"]}
    ]


def test_erasing_leaves_the_sums_and_no_name(ground):
    bay = make.make_person("Bảy", ground.rach_moi)
    hold(ground.rach_moi, DAY, [bay])
    personal_data["reports"].erase([bay])
    assert FirstReach.objects.get().subject_id == bay.pk
