"""Which households bear the name of somebody who is erased, and how sure that is.

A child learns "for the household of bà Lượm", a wife walks in and names the head of her
household: both make a household that holds a name and no link to the person. Many people
bear one name, so the name alone never decides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from common.names import fold_name
from people.models import Encounter, Household, Person, Residence
from people.registry import Made, personal_data


@dataclasses.dataclass(frozen=True)
class Namesakes:
    """`own` households lose the name with the person; of `doubtful` ones somebody decides.

    Both in the order of their keys.
    """

    own: tuple[Household, ...] = ()
    doubtful: tuple[Household, ...] = ()


def namesakes(persons: Sequence[Person]) -> Namesakes:
    """The households of these records (of one person), and those of the same name.

    A person's own are those that it heads, those that it lives or lived in and that
    bear its name, and those of its name that its own entry, or a register that names
    it, brought. Where somebody else of that name is known in the same hamlet, a register
    proves nothing. A household headed by somebody else, or in which a living person of
    that name lives, is nobody's to ask about.
    """
    keys = [person.pk for person in persons]
    names = _Names(persons)
    lived_in = Household.objects.filter(residences__person__in=keys).values("pk")
    linked = Household.objects.filter(Q(head__in=keys) | Q(pk__in=lived_in))
    own = {
        household.pk: household
        for household in linked
        if household.head_id in keys
        or (household.head_id is None and names.are_on(household))
    }
    others = _unlinked(names).exclude(pk__in=linked.values("pk")).order_by("pk")
    alike = [household for household in others if names.are_on(household)]
    alike = _not_somebody_elses(alike, names, keys)
    made: dict[int, Made] = {}
    for entry in personal_data:
        for pk, how in entry.made(persons, alike).items():
            made[pk] = max(how, made.get(pk, how))
    contested = _contested(alike, names, keys)
    doubtful = []
    for household in alike:
        how = made.get(household.pk)
        if how == Made.BY_PERSON or (
            how == Made.BY_REGISTER and household.pk not in contested
        ):
            own[household.pk] = household
        else:
            doubtful.append(household)
    return Namesakes(tuple(own[pk] for pk in sorted(own)), tuple(doubtful))


class _Names:
    """What the records are called: names, and usual names of two words or more."""

    def __init__(self, persons: Sequence[Person]) -> None:
        self.usual = {fold_name(person.usual_name) for person in persons}
        # One word alone (Bảy, Út) is half the hamlet.
        self.usual = {name for name in self.usual if " " in name}
        self.all = {fold_name(person.name) for person in persons} | self.usual
        self.all.discard("")

    def are_on(self, household: Household) -> bool:
        return (
            fold_name(household.head_name) in self.all
            or fold_name(household.usual_name) in self.usual
        )

    def are_of(self, person: Person) -> bool:
        return (
            fold_name(person.name) in self.all
            or fold_name(person.usual_name) in self.usual
        )


def _unlinked(names: _Names):
    if not names.all:
        return Household.objects.none()
    bearing = reduce(or_, (Q(search__contains=name) for name in sorted(names.all)))
    return Household.objects.filter(bearing, head=None)


def _not_somebody_elses(
    households: Sequence[Household], names: _Names, keys: Sequence[int]
) -> list[Household]:
    """Without those in which a living person of that name lives."""
    if not households:
        return []
    rows = (
        Person.objects.filter(
            erased_at=None,
            residences__valid_to=None,
            residences__household__in=[household.pk for household in households],
        )
        .exclude(pk__in=keys)
        .values_list("residences__household", "name", "usual_name")
    )
    taken = {
        household
        for household, name, usual in rows
        if names.are_of(Person(name=name, usual_name=usual))
    }
    return [household for household in households if household.pk not in taken]


def _contested(
    households: Sequence[Household], names: _Names, keys: Sequence[int]
) -> set[int]:
    """Those standing in a hamlet where somebody else of that name is known."""
    if not households:
        return set()
    bearing = reduce(or_, (Q(search__contains=name) for name in sorted(names.all)))
    others = Person.objects.known().filter(bearing).exclude(pk__in=keys)
    others = [other.pk for other in others.order_by("pk") if names.are_of(other)]
    if not others:
        return set()
    homes = Residence.objects.filter(person__in=others, hamlet__isnull=False)
    met = Encounter.objects.filter(person__in=others)
    ground = homes.values("hamlet").union(met.values("hamlet"))
    standing = Residence.objects.filter(
        household__in=[household.pk for household in households], hamlet__in=ground
    )
    return set(standing.values_list("household", flat=True))
