"""Pointers: idempotent, without rings, and undoing all of them is as if none had been."""

from __future__ import annotations

import itertools

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from people import actions
from people.canonical import FEW, canonical, canonical_of_uuids, clusters
from people.models import Person, PersonPointer
from tests import factories as make

COUNT = 6
step = st.one_of(
    st.tuples(st.just("merge"), st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)),
    st.tuples(st.just("undo"), st.integers(0, 20), st.just(0)),
)


class Sequences(TestCase):
    """Any sequence of merges and undos."""

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(step, max_size=14))
    def test_follow_a_plain_model(self, steps):
        people = [make.make_person(f"Người {n}") for n in range(COUNT)]
        keys = [person.pk for person in people]
        model: dict[int, int] = {}
        made: list[PersonPointer] = []

        def end(pk: int) -> int:
            while pk in model:
                pk = model[pk]
            return pk

        for what, first, second in steps:
            if what == "merge":
                ends = end(keys[first]), end(keys[second])
                if ends[0] == ends[1]:
                    with self.assertRaises(ValidationError):
                        actions.merge_persons(
                            people[first], into=people[second], user=None
                        )
                else:
                    made.append(
                        actions.merge_persons(
                            people[first], into=people[second], user=None
                        )
                    )
                    model[ends[0]] = ends[1]
            elif made:
                pointer = made.pop(first % len(made))
                actions.unmerge(pointer, user=None)
                del model[pointer.from_person_id]
            found = canonical(keys)
            assert found == {pk: end(pk) for pk in keys}
            assert canonical(found.values()) == {pk: pk for pk in set(found.values())}
            grouped = clusters(keys)
            assert sorted(pk for group in grouped.values() for pk in group) == keys
            assert all(found[pk] == root for root, g in grouped.items() for pk in g)
            assert set(Person.objects.known().values_list("pk", flat=True)) == set(
                found.values()
            )
        for pointer in made:
            actions.unmerge(pointer, user=None)
        assert canonical(keys) == {pk: pk for pk in keys}
        assert not PersonPointer.objects.filter(undone_at=None).exists()


def chain_of(length: int) -> list[Person]:
    people = [make.make_person(f"Người {n}") for n in range(length)]
    PersonPointer.objects.bulk_create(
        PersonPointer(from_person=first, to_person=second)
        for first, second in itertools.pairwise(people)
    )
    return people


@pytest.mark.parametrize(("length", "queries"), [(1, 1), (2, 2), (3, 3), (9, 3)])
def test_a_chain_of_any_length_is_followed_in_three_queries(
    db, length, queries, django_assert_num_queries
):
    people = chain_of(length)
    with django_assert_num_queries(queries):
        assert canonical([people[0].pk]) == {people[0].pk: people[-1].pk}


def test_many_at_once_cost_one_query(db, django_assert_num_queries):
    people = chain_of(3)
    asked = [person.pk for person in people] + list(range(10**6, 10**6 + FEW))
    with django_assert_num_queries(1):
        ends = canonical(asked)
    assert ends[people[0].pk] == people[2].pk
    assert ends[10**6] == 10**6


def test_nobody_costs_nothing(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert canonical([]) == {}


def test_a_ring_that_came_from_elsewhere_ends_at_its_least_key(db):
    people = chain_of(3)
    PersonPointer.objects.create(from_person=people[2], to_person=people[0])
    least = people[0].pk
    assert canonical([p.pk for p in people]) == {p.pk: least for p in people}


def test_public_ids_lead_to_the_person_they_stand_for(db):
    people = chain_of(4)
    found = canonical_of_uuids([people[0].uuid, people[3].uuid])
    end = (people[3].pk, people[3].uuid)
    assert found == {people[0].uuid: end, people[3].uuid: end}
