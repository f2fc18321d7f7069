"""Undo is the exact identity, or a refusal that says why."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from common.models import ImportRun
from pilot_communes.actions import (
    Part,
    add_hamlets,
    declare_base,
    merge_units,
    move_unit,
    names_on,
    preview_moving,
    preview_renaming,
    preview_undoing,
    redraw_units,
    rename_unit,
    serve_hamlet,
    undo_change,
)
from pilot_communes.frames import the_map
from pilot_communes.models import MapChange, PopulationFigure, Unit
from pilot_communes.plans import read_hamlets
from tests import factories as make

DAY = dt.date(2026, 8, 1)
DECREE = "12/NQ-HĐND"
pytestmark = pytest.mark.usefixtures("on_the_day")


def rename(unit, user, name, day=DAY):
    return rename_unit(unit, user=user, name=name, effective_on=day, decree=DECREE)


def add(commune, user, text, day=DAY):
    return add_hamlets(
        commune, read_hamlets(text, commune), user=user, valid_from=day, decree=DECREE
    )


def merge(units, user, name="Rạch Tư", day=DAY):
    return merge_units(units, user=user, name=name, effective_on=day, decree=DECREE)


def refused(change, user):
    with pytest.raises(ValidationError) as refusal:
        undo_change(change, user=user)
    with pytest.raises(ValidationError) as foreseen:
        preview_undoing(change, user=user)
    assert foreseen.value.code == refusal.value.code
    return refusal.value.code


def test_added_hamlets_are_undone_with_their_import(cast, ground, snapshot):
    before = snapshot()
    change = add(ground.dat_mui, cast.hanh, "Ấp Một\t120\nẤp Hai")
    assert snapshot() != before
    undo_change(change, user=cast.hanh)
    assert snapshot() == before
    assert ImportRun.objects.get().status == ImportRun.Status.UNDONE


def test_a_code_is_not_given_again_after_undo(cast, ground):
    first = add(ground.dat_mui, cast.hanh, "Một")
    undo_change(first, user=cast.hanh)
    second = add(ground.dat_mui, cast.hanh, "Hai")
    assert first.record["codes"] == ["32248003"]
    assert second.record["codes"] == ["32248004"]


def test_a_name_is_restored_and_was_known_meanwhile(cast, ground, snapshot):
    before = snapshot()
    change = rename(ground.rach_moi, cast.hanh, "Rạch Mới A")
    unit = Unit.objects.get(pk=ground.rach_moi.pk)
    assert (unit.name, unit.sort_name) == ("Rạch Mới A", "rach moi a")
    day_before = DAY - dt.timedelta(days=1)
    assert names_on([unit], day_before) == {unit.pk: "ấp Rạch Mới"}
    assert names_on([unit], DAY) == {unit.pk: "ấp Rạch Mới A"}
    undo_change(change, user=cast.hanh)
    assert snapshot() == before


def test_a_move_goes_with_its_history_and_comes_back(cast, ground, snapshot):
    before = snapshot()
    asked = {"parent": ground.tan_an, "effective_on": DAY, "decree": DECREE}
    assert len(preview_moving(ground.rach_moi, user=cast.mai, **asked).notes) == 2
    change = move_unit(ground.rach_moi, user=cast.mai, **asked)
    assert the_map().parent_on(ground.rach_moi.pk, DAY) == ground.tan_an.pk
    assert ground.rach_moi.pk in Unit.objects.under(ground.tan_an).values_list(
        "pk", flat=True
    )
    for user, reaches in ((cast.dao, True), (cast.hanh, False)):
        user.forget_reach()
        assert user.has_perm("pilot_communes.change_map", ground.rach_moi) is reaches
    undo_change(change, user=cast.mai)
    assert snapshot() == before


def test_moving_needs_both_communes(cast, ground):
    for user in (cast.hanh, cast.dao):
        with pytest.raises(PermissionDenied):
            move_unit(
                ground.rach_moi,
                user=user,
                parent=ground.tan_an,
                effective_on=DAY,
                decree=DECREE,
            )


@pytest.mark.parametrize(
    ("unit", "parent", "code"),
    [
        ("rach_moi", "dat_mui", "same_parent"),
        ("rach_moi", "province", "levels"),
        ("unknown", "tan_an", "leaf"),
    ],
)
def test_a_move_that_cannot_be_is_refused(cast, ground, unit, parent, code):
    with pytest.raises(ValidationError) as refusal:
        move_unit(
            getattr(ground, unit),
            user=cast.mai,
            parent=getattr(ground, parent),
            effective_on=DAY,
            decree=DECREE,
        )
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("unit", "asked", "code"),
    [
        ("rach_moi", {"name": "Rạch Mới"}, "same_name"),
        ("rach_moi", {"name": "KINH TƯ"}, "name_taken"),
        ("rach_moi", {"effective_on": dt.date(2026, 12, 1)}, "day"),
        ("rach_moi", {"effective_on": dt.date(2024, 12, 1)}, "day"),
        ("rach_moi", {"kind": "phuong"}, "kind"),
        ("unknown", {}, "leaf"),
    ],
)
def test_a_renaming_that_cannot_be_is_refused(cast, ground, unit, asked, code):
    asked = {"name": "Khác", "effective_on": DAY, "decree": DECREE} | asked
    for act in (rename_unit, preview_renaming):
        with pytest.raises(ValidationError) as refusal:
            act(getattr(ground, unit), user=cast.hanh, **asked)
        assert refusal.value.code == code


def test_the_sibling_may_not_undo(cast, ground, snapshot):
    change = rename(ground.rach_moi, cast.hanh, "Khác")
    before = snapshot()
    for user in (cast.dao, cast.tam, cast.thao):
        with pytest.raises(PermissionDenied):
            undo_change(change, user=user)
    assert snapshot() == before


def test_a_change_is_undone_once(cast, ground):
    change = rename(ground.rach_moi, cast.hanh, "Khác")
    undo_change(change, user=cast.hanh)
    assert refused(MapChange.objects.get(pk=change.pk), cast.hanh) == "undone"


def test_a_change_with_a_later_one_on_it_stays(cast, ground):
    first = merge([ground.rach_moi, ground.kinh_tu], cast.hanh)
    new = Unit.objects.get(pk=first.record["after"][0])
    second = rename(new, cast.hanh, "Khác")
    assert refused(first, cast.hanh) == "later_change"
    undo_change(second, user=cast.hanh)
    undo_change(first, user=cast.hanh)


def test_a_unit_in_use_is_not_undone(cast, ground):
    change = add(ground.dat_mui, cast.hanh, "Một")
    new = Unit.objects.get(pk=change.record["after"][0])
    make.make_session(new)
    assert refused(change, cast.hanh) == "in_use"


def test_a_hamlet_that_a_team_took_over_is_not_undone(cast, ground):
    change = add(ground.dat_mui, cast.hanh, "Một")
    new = Unit.objects.get(pk=change.record["after"][0])
    serve_hamlet(ground.team, user=cast.hanh, hamlet=new, since=DAY)
    assert refused(change, cast.hanh) == "in_use"


def test_a_row_edited_since_is_not_thrown_away(cast, ground):
    change = add(ground.dat_mui, cast.hanh, "Một\t120")
    figure = PopulationFigure.objects.get()
    declare_base(
        figure.unit,
        user=cast.hanh,
        group="households",
        value=130,
        date=figure.date,
        source="UBND xã",
    )
    assert refused(change, cast.hanh) == "changed_since"


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "merge", "split", "share", "rename", "move"]),
        st.integers(0, 50),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=6,
)


def step(ground, user, what, pick, weight, number):
    """One operation on whatever stands now; None when it cannot be done there."""
    day = DAY + dt.timedelta(days=number)
    communes = [ground.dat_mui, ground.tan_an]
    commune = communes[pick % 2]
    hamlets = list(Unit.objects.under(commune, day).named().order_by("pk"))
    name = f"Ấp {number} {pick}"
    if what == "add":
        return add(commune, user, f"{name};{weight * 10}", day)
    if not hamlets:
        return None
    first = hamlets[pick % len(hamlets)]
    second = hamlets[(pick + 1) % len(hamlets)]
    common = {"user": user, "effective_on": day, "decree": DECREE}
    if what == "merge":
        return None if first == second else merge([first, second], user, name, day)
    if what == "split":
        parts = [Part(f"{name} {i}", {first.pk: weight + i}) for i in range(2)]
        return redraw_units([first], parts=parts, **common)
    if what == "share":
        if first == second:
            return None
        parts = [
            Part(f"{name} A", {first.pk: weight, second.pk: 1}),
            Part(f"{name} B", {first.pk: 1, second.pk: weight}),
        ]
        return redraw_units([first, second], parts=parts, **common)
    if what == "rename":
        return rename_unit(first, name=name, **common)
    return move_unit(first, parent=communes[1 - pick % 2], **common)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(operations=OPERATIONS, facts=st.lists(st.integers(0, 1000), max_size=8))
def test_totals_hold_through_any_operations_and_undo_in_reverse_is_the_identity(
    cast, ground, snapshot, operations, facts
):
    with transaction.atomic():
        for number, unit in enumerate(
            (ground.rach_moi, ground.kinh_tu, ground.ong_trang)
        ):
            PopulationFigure.objects.create(
                unit=unit,
                group="households",
                value=100 + number,
                date=make.BEGAN,
                source="x",
                quality="declared",
            )
        hosts = [ground.rach_moi, ground.kinh_tu, ground.ong_trang, ground.unknown]
        stored = [
            (hosts[fact % 4].pk, make.BEGAN + dt.timedelta(days=fact)) for fact in facts
        ]
        done, pictures, added = [], [], 0
        for number, (what, pick, weight) in enumerate(operations, start=1):
            was = snapshot()
            try:
                with transaction.atomic():
                    change = step(ground, cast.quan, what, pick, weight, number)
            except ValidationError:
                assert snapshot() == was
                continue
            if change is None:
                continue
            pictures.append(was)
            done.append(change)
            if what == "add":
                added += weight * 10
            check_totals(stored, done)
        event(f"{len(done)} of {len(operations)} operations stood")
        standing = sum(
            PopulationFigure.objects.filter(
                unit__valid_to=None, unit__level="hamlet", group="households"
            ).values_list("value", flat=True)
        )
        assert standing == 303 + added
        for change in reversed(done):
            undo_change(change, user=cast.quan)
            assert snapshot() == pictures.pop()
        transaction.set_rollback(True)


def check_totals(stored, done):
    the = the_map()
    days = [change.effective_on for change in done]
    for frame in (None, make.BEGAN, dt.date(2020, 1, 1), dt.date(2030, 1, 1), *days):
        for shares in the.place_many(stored, frame):
            assert sum(share.share for share in shares) == 1
        for unit_id, date in stored:
            assert (
                sum(s.share for s in the.place_in_communes(unit_id, date, frame)) == 1
            )
