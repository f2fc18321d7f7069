"""Who might be the same person: suggestions for somebody to decide, never a merge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import fuzz, process

from common.names import fold_name
from people.models import Person
from people.querysets import PersonQuerySet
from pilot_communes.querysets import today

# Two folded names from this likeness on (of 100) are worth a look.
LIKELY = 85
# A hamlet has some hundreds of known people; more than this is not a hamlet.
MOST = 3000


class Likeness(NamedTuple):
    """A person who may be the one meant, and how alike the names are (of 100)."""

    person: Person
    score: float


def similar_to(
    name: str,
    *,
    hamlet_ids: Iterable[int],
    among: PersonQuerySet | None = None,
    birth_year: int | None = None,
    but_not: int | None = None,
    limit: int = 5,
) -> list[Likeness]:
    """Known people of these hamlets whose name or usual name sounds alike (two queries).

    Birth years that are both known may differ by two: people say "about".
    """
    wanted = fold_name(name)
    if not wanted:
        return []
    people = Person.objects.all() if among is None else among
    hamlet_ids = list(hamlet_ids)
    near = people.known().living_in(hamlet_ids) | people.known().filter(
        encounters__hamlet_id__in=hamlet_ids
    )
    rows = near.exclude(pk=but_not).distinct().order_by("pk")
    names: dict[int, str] = {}
    usual: dict[int, str] = {}
    for pk, full, short, year in rows.values_list(
        "pk", "name", "usual_name", "birth_year"
    )[:MOST]:
        if birth_year and year and abs(birth_year - year) > 2:
            continue
        names[pk] = fold_name(full)
        if short:
            usual[pk] = fold_name(short)
    scores: dict[int, float] = {}
    for choices in (names, usual):
        for _text, score, pk in process.extract(
            wanted,
            choices,
            scorer=fuzz.token_sort_ratio,
            score_cutoff=LIKELY,
            limit=limit,
        ):
            scores[pk] = max(score, scores.get(pk, 0))
    best = sorted(scores, key=lambda pk: (-scores[pk], pk))[:limit]
    found = Person.objects.in_bulk(best)
    return [Likeness(found[pk], scores[pk]) for pk in best]


def homes_of(person: Person) -> list[int]:
    """The hamlets in which to look for doubles of a person: lives in now, was met in."""
    lives = person.residences.valid_on(today()).exclude(hamlet=None)
    met = person.encounters.values_list("hamlet_id", flat=True)
    return sorted({*lives.values_list("hamlet_id", flat=True), *met})
