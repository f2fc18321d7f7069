"""Merging writes a pointer and moves nothing; undoing it leaves everything as it was."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from people import actions, signals
from people.models import Person, PersonPointer
from tests import factories as make
from tests.people.dump import all_rows

OWN = "people_"


def people_tables() -> dict[str, list[str]]:
    """Every table of the room but the pointers' own."""
    return {
        name: rows
        for name, rows in all_rows().items()
        if name.startswith(OWN) and name != "people_personpointer"
    }


@pytest.fixture
def twins(cast, ground):
    household = make.make_household("Trần Văn Hai", ground.rach_moi)
    twin = make.make_person(
        "Nguyễn Thị Bẩy",
        ground.rach_moi,
        household=household,
        birth_year=1963,
        phone="0900000001",
        card_code="ABCD2345",
    )
    actions.record_consent(twin, user=cast.hanh, mode="room")
    return twin, cast.bay


def test_merge_and_undo_is_the_identity_on_every_table(cast, twins):
    twin, bay = twins
    before = people_tables()
    pointer = actions.merge_persons(twin, into=bay, user=cast.hanh)
    assert people_tables() == before
    actions.unmerge(pointer, user=cast.hanh)
    assert people_tables() == before
    assert not PersonPointer.objects.filter(undone_at=None).exists()


def test_only_the_person_that_stays_is_listed(cast, twins):
    twin, bay = twins
    actions.merge_persons(twin, into=bay, user=cast.hanh)
    known = Person.objects.visible_to(cast.hanh).known()
    assert bay in known
    assert twin not in known


def test_preview_names_what_contradicts(cast, twins):
    twin, bay = twins
    preview = actions.preview_merge(twin, into=bay, user=cast.hanh)
    said = {(row.ours, row.theirs) for row in preview.conflicts}
    assert said == {
        ("Nguyễn Thị Bẩy", "Nguyễn Thị Bảy"),
        ("1963", "1962"),
        ("0900000001", ""),
        ("ABCD2345", ""),
    }


def test_one_person_cannot_be_merged_again_with_itself(cast, twins):
    twin, bay = twins
    actions.merge_persons(twin, into=bay, user=cast.hanh)
    for first, second in ((twin, bay), (bay, twin), (bay, bay)):
        with pytest.raises(ValidationError) as refused:
            actions.merge_persons(first, into=second, user=cast.hanh)
        assert refused.value.code == "one_already"
    assert PersonPointer.objects.count() == 1


def test_rooms_above_hear_of_both_in_the_transaction(cast, twins):
    twin, bay = twins
    heard = []

    def listen(sender, person_ids, from_id, to_id, signal, **kwargs):
        heard.append((signal, person_ids, from_id, to_id))

    signals.person_merged.connect(listen)
    signals.person_unmerged.connect(listen)
    try:
        pointer = actions.merge_persons(twin, into=bay, user=cast.hanh)
        actions.unmerge(pointer, user=cast.hanh)
    finally:
        signals.person_merged.disconnect(listen)
        signals.person_unmerged.disconnect(listen)
    both = sorted([twin.pk, bay.pk])
    assert heard == [
        (signals.person_merged, both, twin.pk, bay.pk),
        (signals.person_unmerged, both, twin.pk, bay.pk),
    ]


def test_the_sibling_commune_merges_nothing_here(cast, twins):
    twin, bay = twins
    for user in (cast.dao, cast.tam, cast.mai, cast.quan):
        with pytest.raises(PermissionDenied):
            actions.merge_persons(twin, into=bay, user=user)
    pointer = actions.merge_persons(twin, into=bay, user=cast.hanh)
    with pytest.raises(PermissionDenied):
        actions.unmerge(pointer, user=cast.dao)


def test_a_merge_across_communes_needs_both_and_hides_nobody(cast, ground, twins):
    _twin, bay = twins
    away = make.make_person("Nguyễn Thị Bảy", ground.ong_trang)
    with pytest.raises(PermissionDenied):
        actions.merge_persons(bay, into=away, user=cast.hanh)
    actions.note_reached(
        [actions.Reached(away.pk, ground.rach_moi.pk, away.created_at.date())]
    )
    actions.merge_persons(bay, into=away, user=cast.hanh)
    # The team that knew her under the other record finds her, and so does her own.
    assert away in Person.objects.visible_to(cast.tam).known()
    assert away in Person.objects.visible_to(cast.son).known()
    assert bay not in Person.objects.visible_to(cast.son)


def test_an_undone_merge_is_not_undone_twice(cast, twins):
    pointer = actions.merge_persons(twins[0], into=twins[1], user=cast.hanh)
    actions.unmerge(pointer, user=cast.hanh)
    with pytest.raises(ValidationError) as refused:
        actions.unmerge(pointer, user=cast.hanh)
    assert refused.value.code == "undone"
