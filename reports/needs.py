"""Where help is needed, with the reason in words: no league table."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Blocker
from people.models import RoleAssignment
from people.roles import Role
from reports.atlas import Place
from reports.coverage import Coverage, Row, State
from reports.words import number_words

# A blocker met more often than this in the span is worth a joint session.
REPEATED = 10
SHOWN = 5


@dataclasses.dataclass
class Need:
    """A commune that waits for somebody, why, and whom to call."""

    place: Place
    reasons: list[str]
    contacts: list[Contact] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Contact:
    """An officer as the province may see them: a name and a telephone of the office."""

    name: str
    phone: str


def needs_of(coverage: Coverage, rows: Iterable[Row]) -> list[Need]:
    """The communes to look after first: unknown, then stalled, then blocked."""
    found: list[tuple[tuple, Need]] = []
    rows = list(rows)
    repeated = {pk: met for pk, met in _repeated(rows).items() if met[1] >= REPEATED}
    labels = _labels({code for code, _count in repeated.values()})
    for row in rows:
        reasons = []
        rank = (3, 0)
        if row.missing:
            reasons.append(
                ngettext(
                    "%(count)s register has not come",
                    "%(count)s registers have not come",
                    row.missing,
                )
                % {"count": row.missing}
            )
            rank = (0, -row.missing)
        if row.state == State.STALLED and row.last_held is not None:
            days = (coverage.day - row.last_held).days
            reasons.append(_("no session for %(days)s days") % {"days": days})
            rank = min(rank, (1, -days))
        if row.place.id in repeated:
            code, count = repeated[row.place.id]
            reasons.append(
                _("“%(blocker)s” met %(count)s times")
                % {"blocker": labels.get(code, code), "count": number_words(count)}
            )
            rank = min(rank, (2, -count))
        if reasons:
            found.append(((*rank, row.place.sort_name), Need(row.place, reasons)))
    found.sort(key=lambda pair: pair[0])
    return _with_contacts([need for _rank, need in found[:SHOWN]])


def _repeated(rows: Iterable[Row]) -> dict[int, tuple[str, int]]:
    return {row.place.id: most_met(row.shown) for row in rows}


def _labels(codes: set[str]) -> dict[str, str]:
    if not codes:
        return {}
    return dict(Blocker.objects.filter(code__in=codes).values_list("code", "label"))


def most_met(shown: Mapping[str, int]) -> tuple[str, int]:
    """The blocker recorded most often, and how often."""
    counts = {
        name.removeprefix("blocker/"): number
        for name, number in shown.items()
        if name.startswith("blocker/")
    }
    code = min(counts, key=lambda c: (-counts[c], c), default="")
    return code, counts.get(code, 0)


def _with_contacts(needs: Sequence[Need]) -> list[Need]:
    if needs:
        of_unit: dict[int, list[Contact]] = {}
        rows = (
            RoleAssignment.objects.valid_on()
            .filter(
                role=Role.COMMUNE_COORDINATOR,
                unit__in=[need.place.id for need in needs],
                user__is_active=True,
                user__person__isnull=False,
            )
            .order_by("pk")
        )
        for unit, name, phone in rows.values_list(
            "unit", "user__person__name", "user__person__phone"
        ):
            of_unit.setdefault(unit, []).append(Contact(name, phone))
        for need in needs:
            need.contacts = of_unit.get(need.place.id, [])
    return list(needs)


@dataclasses.dataclass(frozen=True)
class Waiting:
    """A kind of blocker, who can solve it, and how often it was met."""

    label: str
    solver: str
    count: int


def blockers_of(shown: Mapping[str, int]) -> list[Waiting]:
    """I14: every blocker that was recorded, most often first."""
    known = {b.code: b for b in Blocker.objects.all()}
    found = []
    for name, count in shown.items():
        if not name.startswith("blocker/") or not count:
            continue
        code = name.removeprefix("blocker/")
        blocker = known.get(code)
        found.append(
            Waiting(
                blocker.label if blocker else code,
                str(blocker.get_solver_display()) if blocker else _("other"),
                count,
            )
        )
    return sorted(found, key=lambda w: (-w.count, w.label))


def sentences(coverage: Coverage, rows: Sequence[Row]) -> list[str]:
    """Three sentences: what happened, how people fared, and what is not known."""
    total = coverage.totals(rows)
    started = [row for row in rows if row.state != State.NOT_STARTED]
    if not started:
        return [
            _("No commune has started yet; %(count)s are waiting on the map.")
            % {"count": len(rows)}
        ]
    held = sum(1 for row in rows if row.amounts.get("sessions"))
    said = [
        _(
            "%(span)s: %(sessions)s sessions in %(communes)s of %(all)s communes; "
            "%(visits)s visits, %(named)s with a name and %(nameless)s without."
        )
        % {
            "span": capfirst(coverage.span.label),
            "sessions": number_words(total.get("sessions", 0)),
            "communes": held,
            "all": len(rows),
            "visits": number_words(total.get("visits", 0)),
            "named": number_words(total.get("named", 0)),
            "nameless": number_words(total.get("nameless", 0)),
        },
        _(
            "%(people)s people from %(households)s households; of the outcomes "
            "%(alone)s did it alone, %(helped)s with help, %(stuck)s not yet or referred."
        )
        % {
            "people": number_words(total.get("people/attended", 0)),
            "households": number_words(total.get("households/attended", 0)),
            "alone": number_words(total.get("outcome/alone", 0)),
            "helped": number_words(total.get("outcome/helped", 0)),
            "stuck": number_words(
                total.get("outcome/not_yet", 0) + total.get("outcome/referred", 0)
            ),
        },
    ]
    stalled = sum(row.state == State.STALLED for row in rows)
    unknown = sum(row.state == State.UNKNOWN for row in rows)
    missing = sum(row.missing for row in rows)
    said.append(
        _(
            "%(stalled)s communes have slowed down, %(unknown)s are not known; "
            "%(missing)s registers have not come."
        )
        % {"stalled": stalled, "unknown": unknown, "missing": missing}
    )
    return said
