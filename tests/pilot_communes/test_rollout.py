"""Phases, targets, teams, support points and bases: who may, and what stays true."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry

from pilot_communes.actions import (
    add_support_point,
    change_support_point,
    check_readiness,
    close_support_point,
    create_team,
    declare_base,
    end_service,
    end_team,
    join_phase,
    leave_phase,
    serve_hamlet,
    set_target,
)
from pilot_communes.models import (
    MapChange,
    Phase,
    PhaseMembership,
    PopulationFigure,
    ReadinessItem,
    Target,
    TeamHamlet,
)
from pilot_communes.wagtail_hooks import VERBS
from tests import factories as make

DAY = dt.date(2026, 8, 1)
LATER = dt.date(2026, 10, 1)
pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def phases(db):
    criteria = [{"code": "a", "text": "Có quyết định lập tổ"}]
    return [
        Phase.objects.create(
            code=f"dot-{n}", name=f"Đợt {n}", order=n, criteria=criteria
        )
        for n in (1, 2)
    ]


def refused(act, *args, **kwargs):
    with pytest.raises(ValidationError) as refusal:
        act(*args, **kwargs)
    return refusal.value.code


def test_every_verb_that_is_logged_is_registered():
    registry.scan_for_actions()
    verbs = {f"pilot_communes.{verb}" for verb in (*VERBS, *MapChange.Kind.values)}
    assert verbs <= set(registry.formatters)


def test_a_commune_joins_a_phase_with_its_questions_and_goes_on_to_the_next(
    cast, ground, phases
):
    first, second = phases
    join_phase(ground.dat_mui, user=cast.mai, phase=first, joined_on=DAY)
    item = ReadinessItem.objects.get()
    assert (item.criterion, item.status) == ("Có quyết định lập tổ", "unknown")
    join_phase(ground.dat_mui, user=cast.mai, phase=second, joined_on=LATER)
    assert list(
        PhaseMembership.objects.order_by("pk").values_list(
            "phase__code", "valid_from", "valid_to"
        )
    ) == [("dot-1", DAY, LATER), ("dot-2", LATER, None)]
    leave_phase(ground.dat_mui, user=cast.mai, left_on=LATER)
    assert not PhaseMembership.objects.filter(valid_to=None).exists()
    entry = ModelLogEntry.objects.filter(action="pilot_communes.join_phase").latest(
        "pk"
    )
    assert entry.data == {"old": "dot-1", "new": "dot-2", "date": "2026-10-01"}


def test_what_cannot_be_in_a_phase_is_refused(cast, ground, phases):
    first, second = phases
    join = {"user": cast.mai, "phase": first}
    assert refused(join_phase, ground.rach_moi, joined_on=DAY, **join) == "not_standing"
    early = dt.date(2025, 1, 1)
    assert (
        refused(join_phase, ground.dat_mui, joined_on=early, **join) == "not_standing"
    )
    assert (
        refused(leave_phase, ground.dat_mui, user=cast.mai, left_on=DAY) == "no_phase"
    )
    join_phase(ground.dat_mui, joined_on=LATER, **join)
    assert refused(join_phase, ground.dat_mui, joined_on=LATER, **join) == "joined"
    assert (
        refused(join_phase, ground.dat_mui, user=cast.mai, phase=second, joined_on=DAY)
        == "too_early"
    )


@pytest.mark.parametrize("who", ["hanh", "dao", "tam", "thao"])
def test_only_the_province_moves_the_rollout(cast, ground, phases, who):
    user = getattr(cast, who)
    item = ReadinessItem.objects.create(
        phase=phases[0], commune=ground.dat_mui, criterion="x"
    )
    for act in (
        lambda: join_phase(ground.dat_mui, user=user, phase=phases[0], joined_on=DAY),
        lambda: leave_phase(ground.dat_mui, user=user, left_on=DAY),
        lambda: check_readiness(item, user=user, status="met"),
        lambda: set_target(
            user=user,
            indicator="I05",
            due_on=DAY,
            value=Decimal(1),
            unit=ground.dat_mui,
        ),
        lambda: set_target(
            user=user, indicator="I05", due_on=DAY, value=Decimal(1), phase=phases[0]
        ),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_readiness_check_is_answered(cast, ground, phases):
    join_phase(ground.dat_mui, user=cast.mai, phase=phases[0], joined_on=DAY)
    item = ReadinessItem.objects.get()
    check_readiness(item, user=cast.mai, status="met", evidence="QĐ 45")
    item.refresh_from_db()
    assert (item.status, item.evidence, item.checked_on) == (
        "met",
        "QĐ 45",
        dt.date(2026, 11, 20),
    )
    assert refused(check_readiness, item, user=cast.mai, status="maybe") == "status"


def test_a_target_is_set_and_set_again(cast, ground, phases):
    asked = {"user": cast.mai, "indicator": "I05", "due_on": DAY}
    for value in (Decimal(50), Decimal(60)):
        set_target(**asked, value=value, unit=ground.dat_mui)
        set_target(**asked, value=value, phase=phases[0])
    assert sorted(Target.objects.values_list("value", flat=True)) == [60, 60]
    assert refused(set_target, **asked, value=Decimal(1)) == "target_of"
    assert (
        refused(set_target, **asked, value=Decimal(-1), unit=ground.dat_mui) == "value"
    )


def test_a_team_is_set_up_serves_and_ends(cast, ground):
    team = create_team(
        ground.dat_mui,
        user=cast.hanh,
        name="Tổ ấp Kinh Tư",
        hamlets=[ground.kinh_tu],
        valid_from=DAY,
        decision="45/QĐ-UBND",
    )
    serve_hamlet(team, user=cast.hanh, hamlet=ground.rach_moi, since=LATER)
    again = serve_hamlet(team, user=cast.hanh, hamlet=ground.rach_moi, since=LATER)
    assert TeamHamlet.objects.filter(team=team).count() == 2
    end_service(team, user=cast.hanh, hamlet=ground.rach_moi, until=LATER)
    again.refresh_from_db()
    assert again.valid_to == LATER
    end_team(team, user=cast.hanh, until=LATER)
    assert not TeamHamlet.objects.filter(team=team, valid_to=None).exists()
    team.refresh_from_db()
    assert team.valid_to == LATER
    assert refused(end_team, team, user=cast.hanh, until=LATER) == "inactive"
    assert (
        refused(serve_hamlet, team, user=cast.hanh, hamlet=ground.kinh_tu, since=LATER)
        == "inactive"
    )


def test_a_team_that_cannot_be_is_refused(cast, ground):
    asked = {"user": cast.hanh, "valid_from": DAY}
    assert refused(create_team, ground.dat_mui, name=" ", **asked) == "no_name"
    assert refused(create_team, ground.rach_moi, name="Tổ", **asked) == "not_standing"
    assert (
        refused(
            end_service, ground.team, user=cast.hanh, hamlet=ground.kinh_tu, until=DAY
        )
        == "not_served"
    )
    assert (
        refused(end_team, ground.team, user=cast.hanh, until=dt.date(2025, 1, 1))
        == "too_early"
    )


def test_the_sibling_may_not_touch_team_base_or_support_point(cast, ground):
    point = add_support_point(
        ground.dat_mui, user=cast.hanh, name="Nhà văn hóa", valid_from=DAY
    )
    for user in (cast.dao, cast.son, cast.tam):
        for act in (
            lambda u=user: create_team(
                ground.dat_mui, user=u, name="Tổ", valid_from=DAY
            ),
            lambda u=user: serve_hamlet(
                ground.other_team, user=u, hamlet=ground.kinh_tu, since=DAY
            ),
            lambda u=user: end_team(ground.team, user=u, until=LATER),
            lambda u=user: end_service(
                ground.team, user=u, hamlet=ground.rach_moi, until=LATER
            ),
            lambda u=user: add_support_point(
                ground.dat_mui, user=u, name="Điểm", valid_from=DAY
            ),
            lambda u=user: change_support_point(point, user=u, hours="x"),
            lambda u=user: close_support_point(point, user=u, closed_on=LATER),
            lambda u=user: declare_base(
                ground.rach_moi,
                user=u,
                group="households",
                value=1,
                date=DAY,
                source="x",
            ),
        ):
            with pytest.raises(PermissionDenied):
                act()


def test_a_support_point_keeps_old_and_new_in_the_log(cast, ground):
    point = add_support_point(
        ground.dat_mui, user=cast.hanh, name="Nhà văn hóa", valid_from=DAY, hours="Sáng"
    )
    change_support_point(point, user=cast.hanh, hours="Chiều", name="Nhà văn hóa")
    entry = ModelLogEntry.objects.get(action="pilot_communes.change_support_point")
    assert entry.data == {"old": {"hours": "Sáng"}, "new": {"hours": "Chiều"}}
    close_support_point(point, user=cast.hanh, closed_on=LATER)
    assert (
        refused(close_support_point, point, user=cast.hanh, closed_on=LATER) == "closed"
    )


def test_a_base_is_declared_again_and_an_official_one_is_kept(cast, ground):
    asked = {"user": cast.hanh, "group": "households", "date": DAY, "source": "UBND xã"}
    declare_base(ground.rach_moi, value=318, **asked)
    declare_base(ground.rach_moi, value=319, **asked)
    declare_base(ground.rach_moi, value=319, **asked)
    assert PopulationFigure.objects.get().value == 319
    entries = ModelLogEntry.objects.filter(action="pilot_communes.declare_base")
    assert [e.data["figures"][0]["old"] for e in entries.order_by("pk")] == [None, 318]
    PopulationFigure.objects.update(quality="published")
    assert refused(declare_base, ground.rach_moi, value=1, **asked) == "published"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"value": -1}, "value"),
        ({"group": "cats"}, "value"),
        ({"source": " "}, "source"),
        ({"date": dt.date(2026, 12, 1)}, "future"),
    ],
)
def test_a_wrong_base_is_refused(cast, ground, asked, code):
    asked = {"group": "households", "value": 1, "date": DAY, "source": "x"} | asked
    assert refused(declare_base, ground.rach_moi, user=cast.hanh, **asked) == code
    assert not PopulationFigure.objects.exists()


def test_the_newest_figure_of_each_group_is_read_in_one_query(
    ground, django_assert_num_queries
):
    for day, value in ((make.BEGAN, 1), (DAY, 2), (LATER, 3)):
        PopulationFigure.objects.create(
            unit=ground.rach_moi,
            group="households",
            value=value,
            date=day,
            source="x",
            quality="declared",
        )
    with django_assert_num_queries(1):
        newest = PopulationFigure.objects.newest([ground.rach_moi.pk], DAY)
    assert newest[ground.rach_moi.pk, "households"].value == 2
