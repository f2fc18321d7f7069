"""Roles and teams when communes are merged or split: nobody gains, nobody loses."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from people import actions
from people.models import Person, RoleAssignment, TeamMembership, User
from people.reach import Reach
from people.roles import Role
from pilot_communes.actions import (
    Part,
    carry_due_teams,
    merge_units,
    redraw_units,
    rename_unit,
    split_unit,
    undo_change,
)
from pilot_communes.models import MapChange, Placement, Team, TeamHamlet, Unit
from tests import factories as make
from tests.conftest import TODAY

DAY = dt.date(2026, 8, 1)
LATER = dt.date(2027, 1, 1)
DECREE = "12/NQ-HĐND"
COORDINATOR = Role.COMMUNE_COORDINATOR
CHANGE_MAP = "pilot_communes.change_map"
TABLES = (Unit, Placement, Team, TeamHamlet, RoleAssignment, TeamMembership)


@pytest.fixture(autouse=True)
def on_the_day():
    import time_machine

    noon = dt.datetime.combine(TODAY, dt.time(5), dt.UTC)
    with time_machine.travel(noon, tick=False):
        yield


def picture():
    return {
        model._meta.label: sorted(model.objects.values_list(), key=lambda row: row[0])
        for model in TABLES
    }


def merge(cast, *communes, day=DAY, name="Mũi Cà Mau", code="32248"):
    change = merge_units(
        list(communes),
        user=cast.mai,
        name=name,
        code=code,
        effective_on=day,
        decree=DECREE,
    )
    return change, Unit.objects.get(pk=change.record["after"][0])


def split(cast, commune, north, south, day=DAY):
    change = split_unit(
        commune,
        user=cast.mai,
        parts=[
            Part("Bắc", {commune.pk: 1}, code="32201", hamlets=tuple(north)),
            Part("Nam", {commune.pk: 1}, code="32202", hamlets=tuple(south)),
        ],
        effective_on=day,
        decree=DECREE,
    )
    return change, list(
        Unit.objects.filter(pk__in=change.record["after"]).order_by("pk")
    )


def hamlets_of(user, date=None, permission="people.erase_person"):
    """The named hamlets standing on that day that a login answers for."""
    reach = Reach.of(User.objects.get(pk=user.pk), date)
    standing = Unit.objects.hamlets().valid_on(date).named()
    return set(standing.filter(pk__in=reach.units_with(permission)))


def may(user, unit, permission=CHANGE_MAP):
    return User.objects.get(pk=user.pk).has_perm(permission, unit)


def test_who_coordinated_a_part_answers_for_that_part_of_the_new_commune(cast, ground):
    near = make.make_person("Người Gần", ground.rach_moi)
    far = make.make_person("Người Xa", ground.ong_trang)
    _change, new = merge(cast, ground.dat_mui, ground.tan_an)
    assert hamlets_of(cast.hanh) == {ground.rach_moi, ground.kinh_tu}
    assert hamlets_of(cast.dao) == {ground.ong_trang}
    assert may(cast.hanh, new) and may(cast.dao, new)
    seen = Person.objects.visible_to(User.objects.get(pk=cast.hanh.pk))
    assert seen.filter(pk=near.pk).exists()
    assert not seen.filter(pk=far.pk).exists()
    held = RoleAssignment.objects.valid_on().get(user=cast.hanh)
    assert (held.unit, held.within, held.valid_from, held.role) == (
        new,
        ground.dat_mui,
        DAY,
        COORDINATOR,
    )
    assert held.place == "xã Mũi Cà Mau, phần địa bàn xã Đất Mũi cũ"
    ended = RoleAssignment.objects.get(user=cast.hanh, unit=ground.dat_mui)
    assert ended.valid_to == DAY
    assert ModelLogEntry.objects.filter(action="people.carry_role").count() == 2


def test_who_answers_for_a_part_redraws_that_part_only(cast, ground):
    far = make.make_unit("Xóm Chài", "hamlet", parent=ground.tan_an)
    merge(cast, ground.dat_mui, ground.tan_an)
    hanh = User.objects.get(pk=cast.hanh.pk)
    asked = {"effective_on": DAY + dt.timedelta(days=9), "decree": DECREE}
    for act in (
        lambda user: merge_units([ground.ong_trang, far], user=user, name="X", **asked),
        lambda user: merge_units(
            [ground.rach_moi, ground.ong_trang], user=user, name="X", **asked
        ),
        lambda user: rename_unit(ground.ong_trang, user=user, name="X", **asked),
    ):
        with pytest.raises(PermissionDenied):
            act(hanh)
    change = merge_units(
        [ground.rach_moi, ground.kinh_tu], user=hanh, name="Rạch Tư", **asked
    )
    assert {unit.name for unit in hamlets_of(hanh)} == {"Rạch Tư"}
    with pytest.raises(PermissionDenied):
        undo_change(change, user=User.objects.get(pk=cast.dao.pk))
    undo_change(change, user=User.objects.get(pk=hanh.pk))
    assert hamlets_of(hanh) == {ground.rach_moi, ground.kinh_tu}


def test_as_it_was_before_the_day_stays_as_it_was(cast, ground):
    before = hamlets_of(cast.hanh, DAY - dt.timedelta(days=1))
    merge(cast, ground.dat_mui, ground.tan_an)
    assert hamlets_of(cast.hanh, DAY - dt.timedelta(days=1)) == before
    assert hamlets_of(cast.hanh, DAY) == before


def test_who_coordinated_all_of_it_coordinates_the_whole(cast, ground):
    make.give_role(cast.hanh, COORDINATOR, ground.tan_an)
    _change, new = merge(cast, ground.dat_mui, ground.tan_an)
    held = RoleAssignment.objects.valid_on().get(user=cast.hanh)
    assert (held.unit, held.within) == (new, None)
    assert hamlets_of(cast.hanh) == {ground.rach_moi, ground.kinh_tu, ground.ong_trang}
    assert hamlets_of(cast.dao) == {ground.ong_trang}


def test_who_coordinated_a_commune_coordinates_all_its_parts(cast, ground):
    _change, (north, south) = split(
        cast, ground.dat_mui, [ground.rach_moi.pk], [ground.kinh_tu.pk]
    )
    held = RoleAssignment.objects.valid_on().filter(user=cast.hanh)
    assert {(row.unit, row.within) for row in held} == {(north, None), (south, None)}
    assert hamlets_of(cast.hanh) == {ground.rach_moi, ground.kinh_tu}
    assert may(cast.hanh, north) and may(cast.hanh, south)
    assert not may(cast.dao, north)


def test_a_part_follows_its_ground_through_further_changes(cast, ground):
    _change, new = merge(cast, ground.dat_mui, ground.tan_an)
    _change, (north, south) = split(
        cast,
        new,
        [ground.rach_moi.pk, ground.kinh_tu.pk],
        [ground.ong_trang.pk],
        DAY + dt.timedelta(days=9),
    )
    assert hamlets_of(cast.hanh) == {ground.rach_moi, ground.kinh_tu}
    assert hamlets_of(cast.dao) == {ground.ong_trang}
    assert may(cast.hanh, north) and not may(cast.hanh, south)
    assert may(cast.dao, south) and not may(cast.dao, north)


def test_undoing_a_merge_is_as_if_it_never_was(cast, ground):
    make.give_role(cast.hanh, COORDINATOR, ground.tan_an)
    before = picture()
    reached = {name: hamlets_of(getattr(cast, name)) for name in ("hanh", "dao", "tam")}
    change, _new = merge(cast, ground.dat_mui, ground.tan_an)
    assert picture() != before
    undo_change(change, user=cast.mai)
    assert picture() == before
    assert reached == {name: hamlets_of(getattr(cast, name)) for name in reached}


def test_a_role_that_was_changed_since_is_not_thrown_away_by_undo(cast, ground):
    change, _new = merge(cast, ground.dat_mui, ground.tan_an)
    held = RoleAssignment.objects.valid_on().get(user=cast.hanh)
    actions.end_role(held, user=User.objects.get(pk=cast.mai.pk))
    with pytest.raises(ValidationError) as refused:
        undo_change(change, user=cast.mai)
    assert refused.value.code == "changed_since"


def test_who_is_appointed_for_the_whole_needs_no_part(cast, ground):
    _change, new = merge(cast, ground.dat_mui, ground.tan_an)
    mai = User.objects.get(pk=cast.mai.pk)
    actions.appoint(cast.hanh, user=mai, role=COORDINATOR, unit=new)
    (held,) = RoleAssignment.objects.valid_on().filter(user=cast.hanh)
    assert (held.unit, held.within) == (new, None)
    assert ground.ong_trang in hamlets_of(cast.hanh)


def test_what_had_ended_stays_ended_and_what_is_to_begin_begins(cast, ground):
    gone = make.make_user("gone")
    make.give_role(gone, COORDINATOR, ground.dat_mui)
    RoleAssignment.objects.filter(user=gone).update(valid_to=DAY)
    coming = make.make_user("coming")
    make.give_role(coming, COORDINATOR, ground.dat_mui, since=LATER)
    ending = make.make_user("ending")
    make.give_role(ending, COORDINATOR, ground.dat_mui)
    RoleAssignment.objects.filter(user=ending).update(valid_to=LATER)
    change, new = merge(cast, ground.dat_mui, ground.tan_an)
    assert RoleAssignment.objects.filter(user=gone).count() == 1
    assert hamlets_of(coming) == set()
    assert hamlets_of(coming, LATER) == {ground.rach_moi, ground.kinh_tu}
    assert hamlets_of(ending) == {ground.rach_moi, ground.kinh_tu}
    assert hamlets_of(ending, LATER) == set()
    assert RoleAssignment.objects.get(user=ending, unit=new).valid_to == LATER
    undo_change(change, user=cast.mai)
    assert RoleAssignment.objects.get(user=coming).valid_from == LATER


def test_teams_go_along_with_their_hamlets(cast, ground):
    ended = make.make_team("Tổ cũ", ground.dat_mui)
    Team.objects.filter(pk=ended.pk).update(valid_to=DAY)
    _change, new = merge(cast, ground.dat_mui, ground.tan_an)
    of = dict(Team.objects.values_list("pk", "commune"))
    assert of == {
        ground.team.pk: new.pk,
        ground.other_team.pk: new.pk,
        ended.pk: ground.dat_mui.pk,
    }
    leaders = hamlets_of(cast.tam, permission="attendance.plan_session")
    assert leaders == {ground.rach_moi}
    hanh = User.objects.get(pk=cast.hanh.pk)
    team = Team.objects.get(pk=ground.team.pk)
    actions.serve_hamlets(
        team, user=hanh, hamlets=[ground.rach_moi, ground.kinh_tu], since=TODAY
    )


def test_a_team_of_a_split_commune_goes_where_most_of_its_hamlets_went(cast, ground):
    both = make.make_team("Tổ liên ấp", ground.dat_mui, ground.rach_moi, ground.kinh_tu)
    bare = make.make_team("Tổ chưa có ấp", ground.dat_mui)
    south_only = make.make_team("Tổ Kinh Tư", ground.dat_mui, ground.kinh_tu)
    _change, (north, south) = split(
        cast, ground.dat_mui, [ground.rach_moi.pk], [ground.kinh_tu.pk]
    )
    of = dict(Team.objects.values_list("pk", "commune"))
    assert of[south_only.pk] == south.pk
    assert of[ground.team.pk] == north.pk
    assert of[both.pk] == of[bare.pk] == north.pk


def test_a_change_that_lies_ahead_waits_for_its_day(cast, ground):
    import time_machine

    before = picture()
    change, new = merge(cast, ground.dat_mui, ground.tan_an, day=LATER)
    assert may(cast.hanh, ground.dat_mui)
    assert Team.objects.get(pk=ground.team.pk).commune == ground.dat_mui
    assert carry_due_teams(LATER - dt.timedelta(days=1)) == 0
    with time_machine.travel(dt.datetime(2027, 1, 1, 5, tzinfo=dt.UTC), tick=False):
        assert hamlets_of(cast.hanh, LATER) == {ground.rach_moi, ground.kinh_tu}
        assert carry_due_teams() == 2
        assert carry_due_teams() == 0
        assert Team.objects.get(pk=ground.team.pk).commune == new
        mai = User.objects.get(pk=cast.mai.pk)
        undo_change(MapChange.objects.get(pk=change.pk), user=mai)
    assert picture() == before


# --- whatever happens --------------------------------------------------------------------


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "split", "merge hamlets", "split hamlet", "mix"]),
        st.integers(0, 50),
        st.integers(0, 50),
    ),
    min_size=1,
    max_size=5,
)


class World:
    """Three communes of two hamlets; which pieces of ground each hamlet stands on."""

    def __init__(self) -> None:
        self.user = make.make_user("chu-may", is_superuser=True)
        self.province = make.make_unit("Tỉnh", "province")
        self.pieces: dict[int, set[int]] = {}
        owned: list[set[int]] = []
        self.communes = []
        for c in range(3):
            commune = make.make_unit(f"Xã {c}", "commune", parent=self.province)
            self.communes.append(commune)
            owned.append(set())
            for h in range(2):
                hamlet = make.make_unit(f"Ấp {c} {h}", "hamlet", parent=commune)
                self.pieces[hamlet.pk] = {hamlet.pk}
                owned[c].add(hamlet.pk)
                make.make_team(f"Tổ {c} {h}", commune, hamlet)
        self.owners = []
        for number, mine in enumerate([(0,), (1,), (2,), (0, 1), (0, 1, 2), ()]):
            user = make.make_user(f"dieu-phoi-{number}")
            for c in mine:
                make.give_role(user, COORDINATOR, self.communes[c])
            self.owners.append((user, set().union(*(owned[c] for c in mine))))

    def standing(self, commune, day):
        return list(Unit.objects.under(commune, day).named().order_by("pk"))

    def do(self, what, first, second, number):
        """Carry one operation out; None when it cannot be done here."""
        day = DAY + dt.timedelta(days=number)
        communes = list(
            Unit.objects.under(self.province, day).valid_on(day).order_by("pk")
        )
        common = {"user": self.user, "effective_on": day, "decree": DECREE}
        one = communes[first % len(communes)]
        other = communes[second % len(communes)]
        hamlets = self.standing(one, day)
        if what in ("merge", "mix"):
            if one == other:
                return None
            if what == "merge":
                return merge_units(
                    [one, other],
                    name=f"Xã mới {number}",
                    code=f"33{number:03d}",
                    **common,
                )
            pool = [*hamlets, *self.standing(other, day)]
            cut = 1 + second % max(1, len(pool) - 1)
            weights = {one.pk: 1, other.pk: 1}
            return redraw_units(
                [one, other],
                parts=[
                    Part(
                        f"Xã {number} {side}",
                        weights,
                        code=f"34{number}{side}0",
                        hamlets=tuple(h.pk for h in part),
                    )
                    for side, part in enumerate((pool[:cut], pool[cut:]))
                ],
                **common,
            )
        if what == "split":
            cut = 1 + second % max(1, len(hamlets))
            return redraw_units(
                [one],
                parts=[
                    Part(
                        f"Xã {number} {side}",
                        {one.pk: 1},
                        code=f"35{number}{side}0",
                        hamlets=tuple(h.pk for h in part),
                    )
                    for side, part in enumerate((hamlets[:cut], hamlets[cut:]))
                ],
                **common,
            )
        if not hamlets:
            return None
        if what == "merge hamlets":
            chosen = {hamlets[0], hamlets[second % len(hamlets)]}
            if len(chosen) < 2:
                return None
            change = merge_units(
                sorted(chosen, key=lambda u: u.pk), name=f"Ấp {number}", **common
            )
        else:
            old = hamlets[second % len(hamlets)]
            parts = [Part(f"Ấp {number} {side}", {old.pk: 1}) for side in range(2)]
            change = redraw_units([old], parts=parts, **common)
        ground = set().union(*(self.pieces[pk] for pk in change.record["before"]))
        for pk in change.record["after"]:
            self.pieces[pk] = set(ground)
        return change

    def check(self, day):
        standing = Unit.objects.hamlets().valid_on(day).named()
        mine = [h for h in standing if h.pk in self.pieces]
        for user, ground in self.owners:
            reached = {h.pk for h in hamlets_of(user, day)}
            assert reached == {h.pk for h in mine if self.pieces[h.pk] & ground}
        closed = Team.objects.filter(commune__valid_to__lte=day)
        assert not closed.exists()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(operations=OPERATIONS)
def test_nobody_gains_ground_and_nobody_loses_it_through_any_changes_and_undo(
    db, operations
):
    with transaction.atomic():
        world = World()
        world.check(DAY)
        done, pictures = [], []
        for number, (what, first, second) in enumerate(operations, start=1):
            was = picture()
            try:
                with transaction.atomic():
                    change = world.do(what, first, second, number)
            except ValidationError:
                assert picture() == was
                continue
            if change is None:
                continue
            done.append(change)
            pictures.append(was)
            world.check(DAY + dt.timedelta(days=number))
        event(f"{len(done)} of {len(operations)} stood")
        for change in reversed(done):
            undo_change(change, user=world.user)
            assert picture() == pictures.pop()
        transaction.set_rollback(True)
