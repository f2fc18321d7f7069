"""Our own codes of hamlets, and the leaf for "hamlet not known"."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pilot_communes.actions.rights import refuse
from pilot_communes.models import MapChange, Placement, Unit

SERIAL_DIGITS = 3
LEAF_NAMES = {Unit.Kind.AP: "ấp chưa rõ", Unit.Kind.KHOM: "khóm chưa rõ"}


def next_codes(commune: Unit, count: int) -> list[str]:
    """Fresh hamlet codes: the commune's code and three digits, none given before.

    A code that an undone change gave is not given again either: it may stand on paper.
    Raises ValidationError when the commune has used up its numbers.
    """
    length = len(commune.code) + SERIAL_DIGITS
    given = set(
        Unit.objects.filter(code__startswith=commune.code).values_list(
            "code", flat=True
        )
    )
    for record in MapChange.objects.exclude(undone_at=None).values_list(
        "record", flat=True
    ):
        given.update(record.get("codes", ()))
    last = max(
        (
            int(code[-SERIAL_DIGITS:])
            for code in given
            if len(code) == length
            and code.startswith(commune.code)
            and code[-SERIAL_DIGITS:].isdigit()
        ),
        default=0,
    )
    if last + count >= 10**SERIAL_DIGITS:
        raise refuse(
            _("%(commune)s has no hamlet numbers left.")
            % {"commune": commune.full_name},
            "no_codes",
        )
    return [
        f"{commune.code}{number:0{SERIAL_DIGITS}d}"
        for number in range(last + 1, last + count + 1)
    ]


def new_leaf(commune: Unit) -> Unit:
    """The commune's "hamlet not known" leaf, not saved yet."""
    kind = Unit.Kind.KHOM if commune.kind == Unit.Kind.PHUONG else Unit.Kind.AP
    return Unit(
        level=Unit.Level.HAMLET,
        kind=kind,
        code=f"{commune.code}{0:0{SERIAL_DIGITS}d}",
        name=LEAF_NAMES[kind],
        valid_from=commune.valid_from,
        valid_to=commune.valid_to,
        is_unknown=True,
    )


def unknown_leaf(commune: Unit) -> Unit:
    """The leaf that takes what is known only by commune; made when it is missing."""
    placement = (
        Placement.objects.filter(parent=commune, unit__is_unknown=True)
        .select_related("unit")
        .order_by("-valid_from")
        .first()
    )
    if placement is not None:
        return placement.unit
    leaf = new_leaf(commune)
    leaf, _made = Unit.objects.get_or_create(
        code=leaf.code,
        valid_from=leaf.valid_from,
        defaults={
            "level": leaf.level,
            "kind": leaf.kind,
            "name": leaf.name,
            "valid_to": leaf.valid_to,
            "is_unknown": True,
        },
    )
    Placement.objects.get_or_create(
        unit=leaf,
        valid_from=leaf.valid_from,
        defaults={"parent": commune, "valid_to": leaf.valid_to},
    )
    return leaf
