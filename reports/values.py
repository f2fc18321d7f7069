"""The computed indicators of a place or of all places, as sentences with their bases."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from pilot_communes.models import Unit
from reports.coverage import Coverage, Row
from reports.indicators import INDICATORS, Indicator
from reports.measures import MEASURES, OUTCOMES, Measure
from reports.words import no_data, number_words, percent_words

OUTCOME_WORDS: dict[str, Callable[[], str]] = {
    "alone": lambda: _("did it alone"),
    "helped": lambda: _("did it with help"),
    "not_yet": lambda: _("could not do it yet"),
    "referred": lambda: _("referred to police, bank or operator"),
}


@dataclasses.dataclass(frozen=True)
class Value:
    """An indicator with what can be said of it now."""

    indicator: Indicator
    text: str


def values_of(coverage: Coverage, rows: Sequence[Row]) -> list[Value]:
    """I05–I09, I11, I13 and I14 over these places together.

    A share is given only where every one of the places has its base.
    """
    total = coverage.totals(rows)
    sessions = total.get("sessions", 0)
    communes = [row for row in rows if row.place.level == Unit.Level.COMMUNE]
    texts: dict[str, str] = {}
    if len(communes) > 1:
        held = sum(1 for row in communes if row.amounts.get("sessions"))
        texts["I05"] = _part(held, len(communes), _("communes"))
    texts["I06"] = _over(coverage, rows, MEASURES["ap"])
    texts["I07"] = _over(coverage, rows, MEASURES["ho"])
    texts["I08"] = _(
        "%(visits)s visits: %(named)s with a name, %(nameless)s without"
    ) % {
        "visits": number_words(total.get("visits", 0)),
        "named": number_words(total.get("named", 0)),
        "nameless": number_words(total.get("nameless", 0)),
    }
    texts["I09"] = _("%(people)s; beside them %(nameless)s visits without a name") % {
        "people": _over(coverage, rows, MEASURES["nguoi"]),
        "nameless": number_words(total.get("nameless", 0)),
    }
    if sessions:
        texts["I11"] = _(
            "%(sessions)s sessions, %(mean)s visits each; %(cancelled)s cancelled apart"
        ) % {
            "sessions": number_words(sessions),
            "mean": _tenths(Fraction(total.get("visits", 0), sessions)),
            "cancelled": number_words(total.get("cancelled", 0)),
        }
    texts["I13"] = _outcomes(total)
    met = sum(n for name, n in total.items() if name.startswith("blocker/"))
    texts["I14"] = _("%(count)s visits with a blocker") % {"count": number_words(met)}
    nothing = not sessions
    return [
        Value(INDICATORS[code], no_data() if nothing else texts.get(code, no_data()))
        for code in ("I05", "I06", "I07", "I08", "I09", "I11", "I13", "I14")
        if code in texts or code != "I05"
    ]


def _over(coverage: Coverage, rows: Sequence[Row], measure: Measure) -> str:
    number = sum(row.number(measure) for row in rows)
    bases = [coverage.base_of(row, measure) for row in rows]
    whole = sum(base.value for base in bases if base is not None)
    if not whole or any(base is None for base in bases):
        return f"{number_words(number)} {measure.unit}"
    text = _part(number, whole, str(measure.unit))
    if any(base is not None and base.estimated for base in bases):
        text += f" ({_('estimated')})"
    return text


def _part(number: int, whole: int, unit: str) -> str:
    return _("%(number)s/%(whole)s %(unit)s (%(percent)s)") % {
        "number": number_words(number),
        "whole": number_words(whole),
        "unit": unit,
        "percent": percent_words(Fraction(100 * number, whole)),
    }


def _outcomes(total: dict[str, int]) -> str:
    known = sum(total.get(f"outcome/{outcome}", 0) for outcome in OUTCOMES)
    if not known:
        return no_data()
    parts = [
        f"{words()} {_part(total.get(f'outcome/{code}', 0), known, _('visits'))}"
        for code, words in OUTCOME_WORDS.items()
    ]
    unrecorded = number_words(total.get("outcome/unrecorded", 0))
    return "; ".join(
        [*parts, _("%(count)s not recorded, apart") % {"count": unrecorded}]
    )


def _tenths(number: Fraction) -> str:
    return percent_words(number).removesuffix("\u00a0%")
