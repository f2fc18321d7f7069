"""How much of which unit goes where, exact to twelve digits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from pilot_communes.actions.rights import refuse
from pilot_communes.frames import largest_remainder
from pilot_communes.models import Unit

SHARE_UNIT = 10**12


def proportions(
    takes: list[Mapping[int, Fraction | Decimal | int]], old: list[Unit]
) -> list[dict[int, Fraction]]:
    """For each new unit what it takes of each old unit; of one old unit they sum to one."""
    whole = {unit.pk: Fraction(0) for unit in old}
    for taken in takes:
        for key, amount in taken.items():
            if amount <= 0:
                raise refuse(_("Every part must be more than nothing."), "empty_part")
            whole[key] += Fraction(amount)
    for unit in old:
        if not whole[unit.pk]:
            raise refuse(
                _("Please say where %(unit)s goes.") % {"unit": unit.full_name},
                "left_over",
            )
    return [
        {key: Fraction(amount) / whole[key] for key, amount in taken.items()}
        for taken in takes
    ]


def twelve_digits(shares: dict[Any, Fraction]) -> dict[Any, Decimal]:
    """The shares as the database keeps them; they sum to exactly one."""
    rounded = largest_remainder(shares.values(), SHARE_UNIT)
    if 0 in rounded:
        raise refuse(_("A part is too small to be counted."), "too_small")
    return {
        key: Decimal(value) / SHARE_UNIT
        for key, value in zip(shares, rounded, strict=True)
    }


def forward(
    parts: list[dict[int, Fraction]], old: list[Unit]
) -> list[dict[int, Decimal]]:
    """How much of each old unit goes to each new one; of one old unit exactly one."""
    found: list[dict[int, Decimal]] = [{} for _part in parts]
    for unit in old:
        shares = {
            index: taken[unit.pk]
            for index, taken in enumerate(parts)
            if unit.pk in taken
        }
        for index, share in twelve_digits(shares).items():
            found[index][unit.pk] = share
    return found


def back(
    parts: list[dict[int, Fraction]], weights: dict[int, Fraction]
) -> list[dict[int, Decimal]]:
    """How much of each new unit came from each old one, the old ones being weighed."""
    return [
        twelve_digits({key: share * weights[key] for key, share in taken.items()})
        for taken in parts
    ]
