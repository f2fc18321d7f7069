"""Outlines of units from a GeoJSON file that the owner supplies.

The file is read whole, every fault is named by its feature, and it is applied at once or
not at all. What is kept is geometry only: two coordinates a point, five decimals (about
one metre), closed rings; all properties of the file are dropped.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.names import clean_name
from pilot_communes.models import Boundary, Unit

MAX_BYTES = 50 * 1024 * 1024
MAX_POINTS = 2_000_000
DECIMALS = 5
# Viet Nam with its islands: swapped coordinates and other projections fall outside.
LONGITUDES = (101.0, 118.0)
LATITUDES = (6.0, 24.0)


@dataclasses.dataclass(frozen=True)
class BoundaryPlan:
    """A file that was read: geometry by code of the unit, and what is wrong."""

    geometries: dict[str, dict[str, Any]]
    errors: tuple[str, ...]


class Fault(ValueError):
    """What is wrong with one geometry."""


def read_boundaries(path: Path, *, code_property: str = "code") -> BoundaryPlan:
    """Read a FeatureCollection; faults become errors with the feature's number."""
    if path.stat().st_size > MAX_BYTES:
        return BoundaryPlan({}, (_("The file is larger than 50 MB."),))
    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return BoundaryPlan({}, (_("The file is not JSON in UTF-8."),))
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or collection.get("type") != "FeatureCollection":
        return BoundaryPlan({}, (_("The file is not a GeoJSON FeatureCollection."),))
    geometries: dict[str, dict[str, Any]] = {}
    errors: list[str] = []
    for number, feature in enumerate(features, start=1):
        try:
            code, geometry = _read_feature(feature, code_property)
            if code in geometries:
                raise Fault(_("code %(code)s appears twice") % {"code": code})
            geometries[code] = geometry
        except Fault as fault:
            errors.append(
                _("Feature %(number)d: %(fault)s.") % {"number": number, "fault": fault}
            )
    if not geometries and not errors:
        errors.append(_("The file holds no feature."))
    return BoundaryPlan(geometries, tuple(errors))


@transaction.atomic
def import_boundaries(plan: BoundaryPlan, *, source: str, user: Any = None) -> int:
    """Store the outlines of units that stand today; returns how many changed.

    Raises ValidationError with all errors when the file has any, or names a code under
    which no unit, or more than one, stands today.
    """
    errors = list(plan.errors)
    units: dict[str, list[Unit]] = {}
    for unit in Unit.objects.valid_on().filter(code__in=plan.geometries):
        units.setdefault(unit.code, []).append(unit)
    for code in plan.geometries:
        if len(units.get(code, ())) != 1:
            errors.append(
                _("No unit stands today under code %(code)s.") % {"code": code}
            )
    source = clean_name(source)
    if not source:
        errors.append(_("Please say where the file comes from."))
    if errors:
        raise ValidationError(errors)
    known = {
        boundary.unit_id: boundary.geometry
        for boundary in Boundary.objects.filter(unit__code__in=plan.geometries)
    }
    changed = []
    for code, geometry in plan.geometries.items():
        (unit,) = units[code]
        if known.get(unit.pk) == geometry:
            continue
        Boundary.objects.update_or_create(
            unit=unit,
            defaults={
                "geometry": geometry,
                "source": source[:200],
                "imported_at": timezone.now(),
            },
        )
        changed.append(unit)
    for unit in changed:
        log(
            instance=unit,
            action="pilot_communes.import_boundaries",
            user=user,
            data={"source": source[:200], "new": unit.pk not in known},
        )
    return len(changed)


def _read_feature(feature: Any, code_property: str) -> tuple[str, dict[str, Any]]:
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise Fault(_("not a feature"))
    properties = feature.get("properties")
    code = properties.get(code_property) if isinstance(properties, Mapping) else None
    if not isinstance(code, str) or not code.strip():
        raise Fault(_("no text in the property “%(name)s”") % {"name": code_property})
    return code.strip(), clean_geometry(feature.get("geometry"))


def clean_geometry(geometry: Any) -> dict[str, Any]:
    """The geometry as it is kept; raises Fault saying what is wrong with it."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    coordinates = geometry.get("coordinates") if kind else None
    if kind == "Polygon":
        return {"type": kind, "coordinates": _clean_polygon(coordinates)}
    if kind == "MultiPolygon" and isinstance(coordinates, list) and coordinates:
        polygons = [_clean_polygon(polygon) for polygon in coordinates]
        return {"type": kind, "coordinates": polygons}
    raise Fault(_("only Polygon and MultiPolygon are taken"))


def _clean_polygon(rings: Any) -> list[list[list[float]]]:
    if not isinstance(rings, list) or not rings:
        raise Fault(_("a polygon without rings"))
    if sum(len(ring) for ring in rings if isinstance(ring, list)) > MAX_POINTS:
        raise Fault(_("too many points"))
    return [_clean_ring(ring) for ring in rings]


def _clean_ring(ring: Any) -> list[list[float]]:
    if not isinstance(ring, list):
        raise Fault(_("a polygon without rings"))
    points: list[list[float]] = []
    for point in ring:
        cleaned = _clean_point(point)
        if not points or points[-1] != cleaned:
            points.append(cleaned)
    if len(points) < 4:
        raise Fault(_("a ring of fewer than four points"))
    if points[0] != points[-1]:
        raise Fault(_("a ring that is not closed"))
    return points


def _clean_point(point: Any) -> list[float]:
    if (
        not isinstance(point, list)
        or len(point) < 2
        or not all(
            isinstance(part, int | float) and not isinstance(part, bool)
            for part in point[:2]
        )
        or not all(math.isfinite(part) for part in point[:2])
    ):
        raise Fault(_("a point that is not two numbers"))
    lon, lat = point[:2]
    if not (LONGITUDES[0] <= lon <= LONGITUDES[1]) or not (
        LATITUDES[0] <= lat <= LATITUDES[1]
    ):
        raise Fault(_("a point outside Viet Nam (longitude first, WGS 84)"))
    return [round(float(lon), DECIMALS), round(float(lat), DECIMALS)]
