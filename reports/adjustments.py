"""What changed after a report was sent: every difference with its cause.

A sent report is a snapshot and stays as it was. Three numbers stand beside each other:
*đã gửi* (as sent), *bổ sung* (the sum of the adjustments) and *hiện tại* (as counted
now); the first two always make the third.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Q, Sum

from pilot_communes.models import Placement
from reports.coverage import THEN, Coverage
from reports.models import Adjustment, PeriodReport
from reports.spans import Span


def figures_now(report: PeriodReport) -> dict[str, int]:
    """The commune's figures for the period by name, as then, as counted now."""
    coverage = Coverage(
        span=Span.of_period(report.period), frame=THEN, commune=report.commune_id
    )
    for row in coverage.communes():
        if row.place.id == report.commune_id:
            return {name: number for name, number in row.shown.items() if number}
    return {}


def note(
    hamlets: Collection[int],
    days: Collection[str],
    *,
    cause: str,
    session_id: int | None = None,
) -> list[Adjustment]:
    """Sums of these hamlets and days changed: bring the reports of their ground up to date.

    Runs last in the transaction that changed the sums.
    """
    ground = _communes_of(hamlets)
    return reconcile(
        frozen().filter(
            period__starts_on__lte=dt.date.fromisoformat(max(days)),
            period__ends_on__gt=dt.date.fromisoformat(min(days)),
            commune__in=ground,
        ),
        cause=cause,
        session_id=session_id,
    )


def note_map(
    units: Collection[int], since: dt.date, *, cause: str = Adjustment.Cause.MAP
) -> list[Adjustment]:
    """The map changed around these units from a day on."""
    ground = _communes_of(units) | set(units)
    return reconcile(
        frozen().filter(period__ends_on__gt=since, commune__in=ground), cause=cause
    )


def frozen():
    """Reports that were sent and whose figures therefore stand still."""
    return PeriodReport.objects.filter(status__in=PeriodReport.FROZEN)


def reconcile(
    reports: Iterable[PeriodReport], *, cause: str, session_id: int | None = None
) -> list[Adjustment]:
    """Write down, with the cause, what the figures now differ from what is written."""
    made: list[Adjustment] = []
    rows = reports.select_related("period").order_by("pk")
    for report in rows.select_for_update(of=("self",)):
        written = figures_written(report)
        now = figures_now(report)
        for name in sorted(written.keys() | now.keys()):
            difference = now.get(name, 0) - written.get(name, 0)
            if difference:
                made.append(
                    Adjustment(
                        report=report,
                        cause=cause,
                        measure=name,
                        difference=difference,
                        session_id=session_id,
                    )
                )
    return Adjustment.objects.bulk_create(made)


def figures_written(report: PeriodReport) -> dict[str, int]:
    """What was sent plus what was noted since; a second sending begins anew."""
    figures = dict(report.sent_figures)
    since = report.adjustments.filter(made_at__gte=report.sent_at)
    rows = since.order_by().values("measure")
    for row in rows.annotate(whole=Sum("difference")):
        figures[row["measure"]] = figures.get(row["measure"], 0) + row["whole"]
    return figures


@dataclasses.dataclass(frozen=True)
class Line:
    """One figure of a sent report: as sent, what came after, and now."""

    measure: str
    sent: int
    added: int

    @property
    def now(self) -> int:
        return self.sent + self.added


def lines_of(report: PeriodReport, names: Iterable[str]) -> list[Line]:
    """These figures of a sent report with what came after it was sent."""
    now = figures_written(report)
    return [
        Line(
            name,
            report.sent_figures.get(name, 0),
            now.get(name, 0) - report.sent_figures.get(name, 0),
        )
        for name in names
    ]


def _communes_of(units: Collection[int]) -> set[int]:
    """Every unit that these ever stood in, and those of the units that followed them."""
    near = Q(unit__in=units) | Q(unit__origins__predecessor__in=units)
    near |= Q(unit__successions__successor__in=units)
    return set(Placement.objects.filter(near).values_list("parent_id", flat=True))
