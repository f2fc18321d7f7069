"""Where the demonstration is not loaded: beside real data, without DEMO, on ruins."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from lms.demo import build as demo
from lms.demo.clock import at
from people.models import Person
from pilot_communes.models import Phase
from tests import factories as make

DAY = dt.date(2026, 11, 3)


@pytest.fixture
def programme(db, settings):
    """A map and a phase, as `load_programme` leaves them."""
    settings.DEMO = True
    province = make.make_unit("Cà Mau", "province", code="96")
    make.make_unit("Đất Mũi", "commune", parent=province, code="32248")
    Phase.objects.create(code="dot-1", name="Đợt 1", order=1)


def test_without_demo_nothing_is_loaded(programme, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("load_demo")
    with pytest.raises(RuntimeError), at(DAY, dt.time(8)):
        pass
    assert not Person.objects.exists()


def test_beside_real_people_nothing_is_loaded(programme):
    make.make_person("Nguyễn Văn Thật")
    with pytest.raises(CommandError):
        call_command("load_demo")
    assert Person.objects.count() == 1


def test_a_loading_that_broke_off_is_named(programme, monkeypatch):
    def fall(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(demo, "Doorkeeper", fall)
    with pytest.raises(OSError, match="no space"):
        demo.build(DAY, say=lambda text: None)
    with pytest.raises(CommandError):
        call_command("load_demo")
    assert demo.is_broken_off() and not demo.is_told()
