"""What stands on the ground goes along when units are redrawn."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pilot_communes.actions.journal import Journal
from pilot_communes.actions.rights import open_placement, refuse
from pilot_communes.frames import largest_remainder
from pilot_communes.models import (
    MapChange,
    PhaseMembership,
    Placement,
    PopulationFigure,
    Succession,
    Team,
    TeamHamlet,
    Unit,
)
from pilot_communes.querysets import today

if TYPE_CHECKING:
    from pilot_communes.actions.redrawing import Part

Group = PopulationFigure.Group
Quality = PopulationFigure.Quality
# Which figure weighs the old units against each other, best first.
WEIGHTS = (Group.HOUSEHOLDS, Group.RESIDENTS, Group.ADULTS)
WORST_FIRST = (Quality.ESTIMATED, Quality.DECLARED, Quality.PUBLISHED)


@dataclasses.dataclass(frozen=True)
class Inherited:
    """A population figure of a new unit, computed from those of the old ones."""

    part: int
    group: str
    value: int
    date: dt.date
    quality: str


def inherit_figures(
    old: Sequence[Unit], parts: Sequence[Mapping[int, Fraction]], effective_on: dt.date
) -> tuple[list[Inherited], dict[int, Fraction], list[str]]:
    """Figures of the new units, the weights of the old ones, and what to tell.

    A figure is inherited only when every old unit has it; the sum over the new units is
    the sum over the old ones.
    """
    newest = PopulationFigure.objects.newest(unit.pk for unit in old)
    found: list[Inherited] = []
    notes: list[str] = []
    complete: list[str] = []
    for group in Group:
        rows = [newest.get((unit.pk, group)) for unit in old]
        if any(row is None for row in rows):
            if any(row is not None for row in rows):
                notes.append(
                    _(
                        "%(group)s: not every unit has a figure, so the new one gets none. "
                        "Please declare it afterwards."
                    )
                    % {"group": str(Group(group).label).capitalize()}
                )
            continue
        complete.append(group)
        found.extend(_inherit(group, rows, parts, effective_on))
    weights = dict.fromkeys((unit.pk for unit in old), Fraction(1))
    for group in WEIGHTS:
        if group in complete and all(newest[unit.pk, group].value for unit in old):
            weights = {unit.pk: Fraction(newest[unit.pk, group].value) for unit in old}
            break
    return found, weights, notes


def _inherit(
    group: str,
    rows: list[PopulationFigure],
    parts: Sequence[Mapping[int, Fraction]],
    effective_on: dt.date,
) -> list[Inherited]:
    values = [0] * len(parts)
    qualities: list[set[str]] = [set() for _part in parts]
    for row in rows:
        takers = [i for i, taken in enumerate(parts) if row.unit_id in taken]
        amounts = largest_remainder([parts[i][row.unit_id] for i in takers], row.value)
        for index, amount in zip(takers, amounts, strict=True):
            values[index] += amount
            qualities[index].add(row.quality if len(takers) == 1 else Quality.ESTIMATED)
    date = max([effective_on, *(row.date for row in rows)])
    return [
        Inherited(
            part=index,
            group=group,
            value=values[index],
            date=date,
            quality=min(qualities[index], key=WORST_FIRST.index),
        )
        for index in range(len(parts))
    ]


def write_figures(
    journal: Journal, figures: Sequence[Inherited], new: Sequence[Unit]
) -> None:
    for figure in figures:
        journal.make(
            PopulationFigure(
                unit=new[figure.part],
                date=figure.date,
                group=figure.group,
                value=figure.value,
                source=_("computed from the units before the change"),
                quality=figure.quality,
            )
        )


def carry_service(
    journal: Journal, heirs: Sequence[tuple[Unit, list[Unit]]], effective_on: dt.date
) -> None:
    """Teams that serve an old hamlet serve what it became, from that day on."""
    since: dict[tuple[int, int], dt.date] = {}
    for old, successors in heirs:
        for row in TeamHamlet.objects.filter(hamlet=old, valid_to=None).order_by("pk"):
            begins = max(effective_on, row.valid_from)
            journal.change(row, valid_to=begins)
            for unit in successors:
                key = (row.team_id, unit.pk)
                since[key] = min(begins, since.get(key, begins))
    for (team_id, hamlet_id), begins in sorted(since.items()):
        journal.make(
            TeamHamlet(team_id=team_id, hamlet_id=hamlet_id, valid_from=begins)
        )


def check_hamlets(
    parts: Sequence[Part], old: Sequence[Unit], effective_on: dt.date
) -> None:
    """Every hamlet of the old communes goes to exactly one new one."""
    standing = Unit.objects.filter(
        placements__parent__in=old, placements__valid_to=None, is_unknown=False
    )
    asked = [key for part in parts for key in part.hamlets]
    if sorted(asked) != sorted(standing.values_list("pk", flat=True)):
        raise refuse(
            _("Please say for every hamlet which new commune it goes to, once."),
            "hamlets",
        )
    for hamlet in standing:
        open_placement(hamlet, effective_on)


def move_hamlets(
    journal: Journal,
    parts: Sequence[Part],
    new: Sequence[Unit],
    effective_on: dt.date,
    decree: str,
) -> None:
    for part, commune in zip(parts, new, strict=True):
        for placement in Placement.objects.filter(
            unit__in=part.hamlets, valid_to=None
        ).order_by("unit_id"):
            journal.change(placement, valid_to=effective_on)
            journal.make(
                Placement(
                    unit_id=placement.unit_id,
                    parent=commune,
                    valid_from=effective_on,
                    decree=decree,
                )
            )


def close_leaves(
    journal: Journal, old: Sequence[Unit], effective_on: dt.date
) -> dict[int, Unit]:
    """End the leaves of the old communes; they are returned by commune."""
    found: dict[int, Unit] = {}
    for placement in (
        Placement.objects.filter(
            parent__in=old, valid_to=None, unit__is_unknown=True, unit__valid_to=None
        )
        .select_related("unit")
        .order_by("unit_id")
    ):
        journal.change(placement.unit, valid_to=effective_on)
        journal.change(placement, valid_to=effective_on)
        found[placement.parent_id] = placement.unit
    return found


def carry_phase(
    journal: Journal,
    old: Sequence[Unit],
    new: Sequence[Unit],
    effective_on: dt.date,
    decree: str,
) -> None:
    """A new commune stands in the phase that all the old ones stood in."""
    rows = list(
        PhaseMembership.objects.filter(commune__in=old, valid_to=None).order_by("pk")
    )
    for row in rows:
        journal.change(row, valid_to=max(effective_on, row.valid_from))
    phases = {row.phase_id for row in rows}
    if len(phases) == 1 and len(rows) == len(old):
        begins = max([effective_on, *(row.valid_from for row in rows)])
        for commune in new:
            journal.make(
                PhaseMembership(
                    phase_id=rows[0].phase_id,
                    commune=commune,
                    valid_from=begins,
                    decision=decree,
                )
            )


def carry_teams(
    journal: Journal, old: Iterable[int], effective_on: dt.date, date: dt.date
) -> int:
    """Teams of communes that ended belong to the commune that took over their hamlets.

    To the one with most of the hamlets that the team serves; without any, to the one
    with most of the old commune. A commune is written on the team without dates, so a
    change that lies ahead of `date` carries nobody yet: `carry_due_teams` does on its
    day. Returns how many teams were carried.
    """
    if effective_on > date:
        return 0
    links = list(
        Succession.objects.filter(
            predecessor__in=old,
            effective_on=effective_on,
            predecessor__level=Unit.Level.COMMUNE,
        ).order_by("-share_forward", "successor_id")
    )
    heirs: dict[int, list[int]] = {}
    for link in links:
        heirs.setdefault(link.predecessor_id, []).append(link.successor_id)
    teams = Team.objects.select_for_update().filter(commune__in=heirs)
    count = 0
    for team in teams.order_by("pk"):
        # A team that had ended before stays with the commune that it was of.
        if team.valid_to is None or team.valid_to > effective_on:
            heir = _heir(team, heirs[team.commune_id], effective_on)
            journal.change(team, commune_id=heir)
            count += 1
    return count


def _heir(team: Team, successors: Sequence[int], effective_on: dt.date) -> int:
    served = TeamHamlet.objects.valid_on(effective_on).filter(team=team)
    placed = list(
        Placement.objects.valid_on(effective_on)
        .filter(unit__in=served.values("hamlet"), parent__in=successors)
        .values_list("parent_id", flat=True)
    )
    return max(successors, key=lambda pk: (placed.count(pk), -successors.index(pk)))


@transaction.atomic
def carry_due_teams(date: dt.date | None = None) -> int:
    """The daily look: changes of communes that took effect; returns how many teams moved.

    What is carried is kept with the change, so that undoing it stays exact.
    """
    date = date or today()
    ended = Team.objects.filter(
        commune__valid_to__lte=date, commune__level=Unit.Level.COMMUNE
    )
    communes = set(ended.values_list("commune", flat=True))
    count = 0
    if not communes:
        return count
    standing = MapChange.objects.standing().filter(
        kind__in=(MapChange.Kind.MERGE, MapChange.Kind.SPLIT), effective_on__lte=date
    )
    # Earlier ones first: a commune that took over may have ended since.
    for change in standing.select_for_update().order_by("effective_on", "pk"):
        old = communes & set(change.record["before"])
        if not old:
            continue
        journal = Journal(None)
        carried = carry_teams(journal, old, change.effective_on, date)
        if carried:
            journal.add_to(change)
            communes |= set(change.record["after"])
            count += carried
    return count


def notes(old: Sequence[Unit], effective_on: dt.date) -> list[str]:
    """What the change carries along, in sentences."""
    found = []
    teams = (
        TeamHamlet.objects.filter(hamlet__in=old, valid_to=None)
        .values("team")
        .distinct()
        .count()
    )
    if teams:
        found.append(
            ngettext(
                "%(count)d team goes on serving the new units.",
                "%(count)d teams go on serving the new units.",
                teams,
            )
            % {"count": teams}
        )
    if old[0].level == Unit.Level.COMMUNE:
        rows = PhaseMembership.objects.filter(commune__in=old, valid_to=None)
        phases = set(rows.values_list("phase_id", flat=True))
        if phases and (len(phases) > 1 or rows.count() != len(old)):
            found.append(
                _("The old communes stand in different phases; please decide again.")
            )
        found.append(
            _(
                "Teams go along with their hamlets. Whoever coordinates an old commune "
                "goes on answering for its ground inside the new one; please appoint who "
                "answers for the whole."
            )
        )
    return found
