"""Adding hamlets to the map: from a pasted list, at once or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.models import ImportRun
from pilot_communes.actions.codes import next_codes
from pilot_communes.actions.journal import Journal
from pilot_communes.actions.preview import Line, Preview
from pilot_communes.actions.rights import (
    CHANGE_BASE,
    CHANGE_MAP,
    check_day,
    checked_decree,
    demand,
    lock,
    refuse,
)
from pilot_communes.models import MapChange, Placement, PopulationFigure, Unit
from pilot_communes.plans import HamletPlan, HamletRow
from pilot_communes.querysets import today


def preview_adding(commune: Unit, plan: HamletPlan, *, user: Any) -> Preview:
    """What `add_hamlets` would add; the plan carries the errors of its rows."""
    demand(user, CHANGE_MAP, commune)
    codes = next_codes(commune, len(plan.rows))
    return Preview(
        before=(),
        after=tuple(
            Line(
                name=f"{_unit(row, code=code).full_name} ({code})",
                households=row.households,
            )
            for row, code in zip(plan.rows, codes, strict=True)
        ),
        notes=tuple(warning.sentence for warning in plan.warnings),
    )


@transaction.atomic
def add_hamlets(
    commune: Unit,
    plan: HamletPlan,
    *,
    user: Any,
    valid_from: dt.date,
    decree: str,
) -> MapChange:
    """Add the hamlets of a plan under a commune, with the bases that the list names.

    Raises PermissionDenied, and ValidationError when a row is wrong or the day does not
    lie in the commune's life. Kept as an `ImportRun`, undone with `undo_change`.
    """
    (commune,) = lock([commune])
    demand(user, CHANGE_MAP, commune)
    if any(row.figures for row in plan.rows):
        demand(user, CHANGE_BASE, commune)
    check_day(valid_from)
    decree = checked_decree(decree)
    if commune.level != Unit.Level.COMMUNE or not commune.is_valid_on(valid_from):
        raise refuse(
            _("%(commune)s does not stand on that day.")
            % {"commune": commune.full_name},
            "not_standing",
        )
    plan = plan.checked_against(commune, valid_from)
    if plan.errors:
        raise refuse(plan.errors[0].sentence, "rows")
    if not plan.rows:
        raise refuse(_("The list is empty."), "empty")
    journal = Journal(user)
    codes = next_codes(commune, len(plan.rows))
    new = []
    for row, code in zip(plan.rows, codes, strict=True):
        unit = journal.make(_unit(row, code=code, valid_from=valid_from, decree=decree))
        journal.make(
            Placement(unit=unit, parent=commune, valid_from=valid_from, decree=decree)
        )
        for group, value in row.figures.items():
            journal.make(
                PopulationFigure(
                    unit=unit,
                    date=today(),
                    group=group,
                    value=value,
                    source=_("declared by the commune"),
                    quality=PopulationFigure.Quality.DECLARED,
                )
            )
        new.append(unit)
    run = ImportRun.objects.create(
        kind="hamlets",
        status=ImportRun.Status.APPLIED,
        source_digest=hashlib.sha256(plan.source.encode()).hexdigest(),
        rows=len(new),
        made={Unit._meta.label_lower: [unit.pk for unit in new]},
    )
    return journal.finish(
        MapChange.Kind.ADD,
        effective_on=valid_from,
        decree=decree,
        grounds=[commune],
        before=[],
        after=new,
        words=([], [unit.full_name for unit in new]),
        demand=[commune.pk],
        import_run=run.pk,
    )


def _unit(row: HamletRow, **fields: Any) -> Unit:
    return Unit(
        level=Unit.Level.HAMLET,
        kind=row.kind,
        name=row.name,
        order=row.number,
        is_difficult=row.is_difficult,
        is_minority=row.is_minority,
        **fields,
    )
