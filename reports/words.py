"""Figures in words: the number, its base, where the base is from, and as of when."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from pilot_communes.models import PopulationFigure

if TYPE_CHECKING:
    from reports.coverage import Base, Coverage, Row

Quality = PopulationFigure.Quality


def no_data() -> str:
    """The fixed sentence for what nobody has recorded."""
    return _("No data yet – this is not zero.")


def day_words(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"


def moment_words(moment: dt.datetime) -> str:
    """`17:00 ngày 20/11/2026`."""
    moment = timezone.localtime(moment)
    return _("%(time)s on %(day)s") % {
        "time": f"{moment:%H:%M}",
        "day": day_words(moment.date()),
    }


def number_words(number: int | Fraction) -> str:
    """With the separators of the language: 1.234."""
    separator = formats.get_format("THOUSAND_SEPARATOR")
    return f"{int(number):,}".replace(",", separator)


def percent_words(percent: Fraction, *, digits: int = 1) -> str:
    """`37,0 %`; rounded half up, as people do on paper."""
    scaled = percent * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    text = formats.number_format(whole / 10**digits, digits)
    return f"{text}\u00a0%" if digits else f"{text}%"


def source_words(base: Base) -> str:
    """Who says how large the base is, and on which day."""
    said = {
        Quality.DECLARED: _("declared by %(source)s on %(day)s"),
        Quality.PUBLISHED: _("from %(source)s, %(day)s"),
        Quality.ESTIMATED: _("estimated, from %(source)s, %(day)s"),
    }[Quality(base.quality)]
    return said % {"source": base.source, "day": day_words(base.date)}


def value_words(coverage: Coverage, row: Row) -> str:
    """The number of a place with all that it stands on, as one sentence."""
    measure = coverage.measure
    if not row.has_data(measure):
        return no_data()
    number = number_words(row.number(measure))
    percent = row.percent()
    if percent is None or row.base is None:
        text = _("%(number)s %(unit)s; figures as of %(moment)s.") % {
            "number": number,
            "unit": measure.unit,
            "moment": moment_words(coverage.as_of),
        }
    else:
        text = _(
            "%(percent)s (%(number)s/%(base)s %(unit)s; base %(source)s; "
            "figures as of %(moment)s)."
        ) % {
            "percent": percent_words(percent),
            "number": number,
            "base": number_words(row.base.value),
            "unit": measure.unit,
            "source": source_words(row.base),
            "moment": moment_words(coverage.as_of),
        }
        if row.base.estimated:
            text += " " + _("The base is estimated.")
    if row.estimated:
        text += " " + _("Estimated: the map was redrawn.")
    return text


def last_words(last_held: dt.date | None, day: dt.date) -> str:
    """When the last session was, and how long ago."""
    if last_held is None:
        return _("no session yet")
    days = (day - last_held).days
    if days == 0:
        return _("%(day)s, today") % {"day": day_words(last_held)}
    return _("%(day)s, %(days)s days ago") % {"day": day_words(last_held), "days": days}
