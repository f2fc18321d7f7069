"""Which person a person is: following the pointers that merges wrote."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from people.models import Person, PersonPointer

# A list longer than this is cheaper answered by reading every merge there is.
FEW = 400


class Identity(NamedTuple):
    """The key and public id of a canonical person."""

    pk: int
    uuid: uuid.UUID


def _active() -> dict[int, int]:
    return dict(
        PersonPointer.objects.filter(undone_at=None).values_list(
            "from_person_id", "to_person_id"
        )
    )


def _pointers_from(person_ids: Iterable[int]) -> dict[int, int]:
    return dict(
        PersonPointer.objects.filter(
            undone_at=None, from_person_id__in=person_ids
        ).values_list("from_person_id", "to_person_id")
    )


def _end_of(person_id: int, pointers: dict[int, int]) -> int:
    """Follow the pointers; a ring (which actions never write) ends at its least key."""
    path = [person_id]
    while (following := pointers.get(path[-1])) is not None:
        if following in path:
            return min(path[path.index(following) :])
        path.append(following)
    return path[-1]


def canonical(person_ids: Iterable[int]) -> dict[int, int]:
    """For each person key the key of the person it stands for (at most three queries).

    Merges are shallow: two look-ups answer chains of one and of two; a longer chain
    reads all pointers once.
    """
    asked = set(person_ids)
    if not asked:
        return {}
    if len(asked) > FEW:
        pointers = _active()
        return {pk: _end_of(pk, pointers) for pk in asked}
    pointers = _pointers_from(asked)
    for last in (False, True):
        unknown = set(pointers.values()) - set(pointers) - asked
        if not unknown:
            break
        found = _active() if last else _pointers_from(unknown)
        if not found:
            break
        pointers |= found
    return {pk: _end_of(pk, pointers) for pk in asked}


def canonical_of_uuids(uuids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Identity]:
    """For each known public id the person it stands for (at most five queries)."""
    keys = dict(Person.objects.filter(uuid__in=set(uuids)).values_list("uuid", "pk"))
    ends = canonical(keys.values())
    own = {pk: public for public, pk in keys.items()}
    missing = set(ends.values()) - set(own)
    if missing:
        own |= dict(Person.objects.filter(pk__in=missing).values_list("pk", "uuid"))
    return {public: Identity(ends[pk], own[ends[pk]]) for public, pk in keys.items()}


def clusters(person_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """For each canonical person of those asked, every key that stands for it (one query)."""
    pointers = _active()
    ends = {_end_of(pk, pointers) for pk in person_ids}
    members: dict[int, set[int]] = {end: {end} for end in ends}
    for pk in pointers:
        end = _end_of(pk, pointers)
        if end in members:
            members[end].add(pk)
    return {end: frozenset(keys) for end, keys in members.items()}
