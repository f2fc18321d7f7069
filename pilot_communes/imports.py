"""Loading the map of a province from its data files, again and again without harm.

Every row is found by its code and first day; what is there already is left as somebody
may have changed it on the screen. `lms/programme/README.md` describes the files.
"""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models, transaction
from wagtail.log_actions import log

from pilot_communes.actions.codes import new_leaf
from pilot_communes.models import (
    ContextFigure,
    MapChange,
    Phase,
    Placement,
    PopulationFigure,
    Succession,
    Unit,
)

RESIDENTS = PopulationFigure.Group.RESIDENTS
COMPARATORS = {"gt": "> ", "ge": "≥ ", "lt": "< ", "le": "≤ ", "eq": ""}
# Stated with every population figure of a commune (README of the data files).
POPULATION_SOURCE = "Bản đồ công khai về sắp xếp đơn vị hành chính năm 2025"
PROVINCE_SOURCE = "Công bố khi hợp nhất tỉnh"

Rows = Iterable[Mapping[str, str]]


class Loading:
    """What is there already, read once, and what this loading makes."""

    def __init__(self, decrees: Mapping[str, str]) -> None:
        self.decrees = decrees
        self.made: Counter[str] = Counter()
        self.unit_ids: list[int] = []
        self.units = {(unit.code, unit.valid_from): unit for unit in Unit.objects.all()}
        self.placed = set(Placement.objects.values_list("unit_id", flat=True))
        self.linked = set(
            Succession.objects.values_list(
                "predecessor_id", "successor_id", "effective_on"
            )
        )
        self.counted = set(
            PopulationFigure.objects.filter(group=RESIDENTS).values_list(
                "unit_id", "date"
            )
        )
        self.waiting: dict[type[models.Model], list[models.Model]] = {}

    def add(self, instance: models.Model) -> None:
        """A row that no other row of the files points to; written by `flush`."""
        self.waiting.setdefault(type(instance), []).append(instance)
        self.made[instance._meta.model_name] += 1

    def flush(self) -> None:
        for model, rows in self.waiting.items():
            model._base_manager.bulk_create(rows)
        self.waiting = {}

    def decree(self, code: str) -> str:
        """The number that people know a decree by."""
        return self.decrees.get(code, code)

    def standing(self, level: str, code: str, date: dt.date | None) -> Unit:
        """The unit of that code that stood on that day; KeyError without one."""
        for unit in self.units.values():
            if (unit.level, unit.code) == (level, code) and unit.is_valid_on(date):
                return unit
        raise KeyError(f"No {level} {code} stands on {date}.")


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a UTF-8 file with a heading."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def load_units(folder: Path, *, user: Any = None) -> Counter[str]:
    """Load provinces, communes, former units, populations, phases and context figures.

    `folder` holds the files of the programme. Returns how many rows of each kind were
    made; a second call makes none. Raises KeyError or ValueError for a file that does not
    keep to its README, and then writes nothing.
    """
    loading = Loading(_decrees(folder / "legal_documents.csv"))
    load_provinces(read_csv(folder / "provinces.csv"), loading)
    load_communes(read_csv(folder / "communes.csv"), loading)
    load_former_units(read_csv(folder / "former_units.csv"), loading)
    load_phases(folder / "phases.toml", loading)
    load_context_figures(read_csv(folder / "context_figures.csv"), loading)
    loading.flush()
    if loading.unit_ids:
        _keep(loading, user=user)
    return +loading.made


def load_provinces(rows: Rows, loading: Loading) -> None:
    """Provinces and what they were made of; successors must stand in the same rows."""
    rows = list(rows)
    units = {row["code"]: _unit(row, Unit.Level.PROVINCE, loading) for row in rows}
    for row in rows:
        unit = units[row["code"]]
        if row["population"]:
            _population(
                unit,
                row["population"],
                row["population_quality"],
                _date(row["population_as_of"]) or unit.valid_from,
                PROVINCE_SOURCE,
                loading,
            )
        if row["successor_code"]:
            _succession(unit, units[row["successor_code"]], row, loading)


def load_communes(rows: Rows, loading: Loading) -> None:
    """The communes of today, placed in their province, each with its unknown leaf."""
    for row in rows:
        date = _date(row["valid_from"])
        province = loading.standing(Unit.Level.PROVINCE, row["province_code"], date)
        unit = _unit(
            row,
            Unit.Level.COMMUNE,
            loading,
            lat=_decimal(row["lat"]),
            lon=_decimal(row["lon"]),
            area_km2=_decimal(row["area_km2"]),
            tile_col=int(row["tile_col"]),
            tile_row=int(row["tile_row"]),
        )
        _placement(unit, province, row, loading)
        _population(
            unit,
            row["population"],
            row["population_quality"],
            unit.valid_from,
            POPULATION_SOURCE,
            loading,
        )
        _leaf(unit, row, loading)


def load_former_units(rows: Rows, loading: Loading) -> None:
    """What stood before, one row for each link to a commune of today."""
    for row in rows:
        named = dict(row)
        if row["district"]:
            # Two wards of one number are told apart by their town.
            named["name"] = f"{row['name']} ({row['district']})"
        date = _date(row["valid_from"])
        province = loading.standing(Unit.Level.PROVINCE, row["former_province"], date)
        unit = _unit(named, Unit.Level.COMMUNE, loading)
        _placement(unit, province, row, loading)
        _leaf(unit, row, loading)
        successor = loading.units[row["successor_code"], _date(row["valid_to"])]
        _succession(unit, successor, row, loading)


def load_phases(path: Path, loading: Loading) -> None:
    """Phases without communes: the province decides who stands in them."""
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["phases"]:
        _phase, made = Phase.objects.get_or_create(
            code=row["code"],
            defaults={
                "name": row["name"],
                "order": row["order"],
                "is_pilot": row["kind"] == "pilot",
                # Only a day that the source gives is a day; a year is not.
                "starts_on": (
                    row.get("starts_on")
                    if row.get("starts_on_precision", "day") == "day"
                    else None
                ),
                "aim": row["goal"],
                "criteria": row["readiness"],
            },
        )
        loading.made["phase"] += made


def load_context_figures(rows: Rows, loading: Loading) -> None:
    """Targets and ranks of the programme, each with source and date."""
    for row in rows:
        value = Decimal(row["value"])
        number = f"{value.normalize():f}".replace(".", ",")
        _figure, made = ContextFigure.objects.get_or_create(
            code=row["code"],
            defaults={
                "label": row["label"],
                "value": value,
                "value_text": COMPARATORS[row["comparator"]] + number,
                "unit": row["unit"],
                "as_of": _date(row["as_of"]),
                "target_year": int(row["target_year"]) if row["target_year"] else None,
                "source": row["source"],
                "confidence": row["confidence"],
            },
        )
        loading.made["context figure"] += made


def _keep(loading: Loading, *, user: Any) -> None:
    """The first map is a change of the map too; it cannot be undone."""
    units = Unit.objects.filter(pk__in=loading.unit_ids)
    first = units.filter(valid_to=None).order_by("valid_from").first()
    if first is None:
        return
    change = MapChange.objects.create(
        kind=MapChange.Kind.IMPORT,
        effective_on=first.valid_from,
        decree=first.decree,
        record={
            "final": True,
            "made": {},
            "changed": {},
            "units": sorted(loading.unit_ids),
            "before": [],
            "after": sorted(loading.unit_ids),
            "words": {"before": [], "after": []},
        },
    )
    change.grounds.set(units.exclude(level=Unit.Level.HAMLET))
    log(
        instance=change,
        action="pilot_communes.import",
        user=user,
        data={"made": dict(loading.made)},
    )


def _decrees(path: Path) -> dict[str, str]:
    return {
        row[
            "code"
        ]: f"{KIND_OF_DECREE.get(row['kind'], '')} {row['number_sign']}".strip()
        for row in read_csv(path)
    }


KIND_OF_DECREE = {"nghi-quyet": "Nghị quyết", "nghi-dinh": "Nghị định"}


def _unit(row: Mapping[str, str], level: str, loading: Loading, **more: Any) -> Unit:
    valid_from = _date(row["valid_from"])
    if valid_from is None or row["kind"] not in Unit.Kind:
        raise ValueError(f"{row['code']}: kind and first day are needed.")
    unit = loading.units.get((row["code"], valid_from))
    if unit is not None:
        return unit
    unit = Unit(
        code=row["code"],
        valid_from=valid_from,
        level=level,
        kind=row["kind"],
        name=row["name"],
        valid_to=_date(row.get("valid_to", "")),
        decree=loading.decree(row["decree"]),
        **more,
    )
    return _keep_unit(unit, loading)


def _keep_unit(unit: Unit, loading: Loading) -> Unit:
    unit.save()
    loading.units[unit.code, unit.valid_from] = unit
    loading.unit_ids.append(unit.pk)
    loading.made[str(unit.level)] += 1
    return unit


def _leaf(commune: Unit, row: Mapping[str, str], loading: Loading) -> None:
    leaf = new_leaf(commune)
    leaf = loading.units.get((leaf.code, leaf.valid_from)) or _keep_unit(leaf, loading)
    _placement(leaf, commune, row, loading)


def _placement(
    unit: Unit, parent: Unit, row: Mapping[str, str], loading: Loading
) -> None:
    # A unit that has since been moved keeps its own placements.
    if unit.pk in loading.placed:
        return
    loading.placed.add(unit.pk)
    loading.add(
        Placement(
            unit=unit,
            parent=parent,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            decree=loading.decree(row["decree"]),
        )
    )


def _succession(old: Unit, new: Unit, row: Mapping[str, str], loading: Loading) -> None:
    key = (old.pk, new.pk, new.valid_from)
    if key in loading.linked:
        return
    loading.linked.add(key)
    exact = row["share_quality"] == row["share_back_quality"] == "exact"
    loading.add(
        Succession(
            predecessor=old,
            successor=new,
            effective_on=new.valid_from,
            decree=loading.decree(row["decree"]),
            share_forward=Decimal(row["share_forward"]),
            share_back=Decimal(row["share_back"]),
            quality=(
                Succession.Quality.EXACT if exact else Succession.Quality.ESTIMATED
            ),
        )
    )


def _population(
    unit: Unit, value: str, quality: str, date: dt.date, source: str, loading: Loading
) -> None:
    if (unit.pk, date) in loading.counted:
        return
    loading.counted.add((unit.pk, date))
    loading.add(
        PopulationFigure(
            unit=unit,
            group=RESIDENTS,
            date=date,
            value=int(value),
            quality=quality,
            source=source,
        )
    )


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None
