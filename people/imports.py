"""Pasted lists of households: read, checked, shown, then applied at once and undoable."""

from __future__ import annotations

import dataclasses
import hashlib

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.models import ImportRun
from common.names import clean_name, fold_name
from people.checks import require
from people.models import Household, Residence, User
from pilot_communes.models import Unit

KIND = "people.households"
MOST_ROWS = 500


@dataclasses.dataclass(frozen=True)
class Row:
    """One line: its number, what it says, and why it cannot be taken (empty if it can)."""

    number: int
    head_name: str
    usual_name: str
    route: str
    problem: str = ""


def read_households(text: str, *, hamlet: Unit) -> list[Row]:
    """The rows of a pasted list, every one checked; nothing is written.

    Columns are separated by tab, semicolon or bar. A household that stands in the hamlet
    already, or twice in the list, is marked and passed over.
    """
    standing = set(
        Household.objects.standing_in([hamlet.pk]).values_list(
            "head_name", "usual_name"
        )
    )
    seen = {(fold_name(head), fold_name(usual)) for head, usual in standing}
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = line.replace("|", "\t").replace(";", "\t").split("\t")
        head, usual, route = (clean_name(cell) for cell in [*cells, "", ""][:3])
        problem = ""
        key = (fold_name(head), fold_name(usual))
        if not head:
            problem = _("The name of the head is missing.")
        elif len(head) > 120 or len(usual) > 80 or len(route) > 80:
            problem = _("The line is too long.")
        elif key in seen:
            problem = _("This household is on the list already.")
        seen.add(key)
        rows.append(Row(number, head, usual, route, problem))
    if len(rows) > MOST_ROWS:
        raise ValidationError(
            _("At most %(count)s lines at once. Paste the rest afterwards."),
            code="too_many",
            params={"count": MOST_ROWS},
        )
    return rows


@transaction.atomic
def apply_households(text: str, *, hamlet: Unit, user: User | None) -> ImportRun:
    """Add every good row of the list, in its order. Raises PermissionDenied."""
    require(user, "people.change_household", hamlet)
    rows = [row for row in read_households(text, hamlet=hamlet) if not row.problem]
    places: dict[str, int] = {}
    for route, order in (
        Household.objects.standing_in([hamlet.pk])
        .order_by("order")
        .values_list("route", "order")
    ):
        places[route] = order
    households = []
    for row in rows:
        places[row.route] = places.get(row.route, 0) + 1
        household = Household(
            head_name=row.head_name,
            usual_name=row.usual_name,
            route=row.route,
            order=places[row.route],
        )
        household.search = fold_name(f"{row.head_name} {row.usual_name}")
        households.append(household)
    Household.objects.bulk_create(households, batch_size=200)
    Residence.objects.bulk_create(
        [Residence(household=household, hamlet=hamlet) for household in households],
        batch_size=200,
    )
    run = ImportRun.objects.create(
        kind=KIND,
        status=ImportRun.Status.APPLIED,
        source_digest=hashlib.sha256(text.encode()).hexdigest(),
        rows=len(households),
        made={"people.household": [household.pk for household in households]},
    )
    log(hamlet, "people.import_households", user=user, data={"rows": len(households)})
    return run


@transaction.atomic
def undo_households(run: ImportRun, *, user: User | None) -> int:
    """Take an applied list away again; returns how many households went.

    Raises ValidationError when people live in one of them by now.
    """
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    keys = run.made.get("people.household", [])
    ground = Residence.objects.filter(household__in=keys, hamlet__isnull=False)
    units = Unit.objects.filter(pk__in=ground.values("hamlet_id"))
    require(user, "people.change_household", *units)
    if run.kind != KIND or run.status != ImportRun.Status.APPLIED:
        raise ValidationError(_("This list was taken away already."), code="undone")
    if Residence.objects.filter(household__in=keys, person__isnull=False).exists():
        raise ValidationError(
            _("People were entered in these households, so the list stays."),
            code="used",
        )
    Residence.objects.filter(household__in=keys, person=None).delete()
    Household.objects.filter(pk__in=keys).delete()
    run.status = ImportRun.Status.UNDONE
    run.undone_at = timezone.now()
    run.save(update_fields=["status", "undone_at"])
    log(run, "people.undo_import", user=user, data={"rows": len(keys)})
    return len(keys)
