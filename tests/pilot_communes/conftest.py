"""Tables of the map, compared whole; and what the coordinator's screens start from."""

import datetime as dt

import pytest
import time_machine

from pilot_communes.models import (
    PhaseMembership,
    Placement,
    PopulationFigure,
    ReadinessItem,
    Succession,
    SupportPoint,
    Target,
    Team,
    TeamHamlet,
    Unit,
)
from tests.conftest import TODAY

TABLES = (
    Unit,
    Placement,
    Succession,
    PopulationFigure,
    Team,
    TeamHamlet,
    PhaseMembership,
    ReadinessItem,
    Target,
    SupportPoint,
)


def picture() -> dict[str, list[tuple]]:
    """Every row and column of every table that a change of the map may touch."""
    return {
        model._meta.label: sorted(model.objects.values_list(), key=lambda row: row[0])
        for model in TABLES
    }


@pytest.fixture
def snapshot():
    return picture


@pytest.fixture
def on_the_day():
    """The day of the cast, at noon in Cà Mau."""
    noon = dt.datetime.combine(TODAY, dt.time(12), dt.timezone(dt.timedelta(hours=7)))
    with time_machine.travel(noon, tick=False):
        yield TODAY
