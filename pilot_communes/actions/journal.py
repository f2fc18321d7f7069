"""One change of the map: what it makes and changes, kept so that undo is exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models
from wagtail.log_actions import log

from pilot_communes.models import MapChange, Unit
from pilot_communes.signals import map_changed, map_changing

Row = dict[str, str | None]


def row_of(instance: models.Model) -> Row:
    """Every column of a row as text, None kept: what JSON can hold and compare."""
    return {
        field.attname: (
            None
            if getattr(instance, field.attname) is None
            else field.value_to_string(instance)
        )
        for field in instance._meta.concrete_fields
        if not field.primary_key
    }


def rows_of(label: str, keys: Iterable[int]) -> dict[int, Row]:
    """The rows of a model as they stand in the database now."""
    found = apps.get_model(label)._base_manager.in_bulk(list(keys))
    return {key: row_of(instance) for key, instance in found.items()}


class Journal:
    """Collects the writes of one change; `finish()` keeps, logs and tells them."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self._made: dict[str, list[models.Model]] = {}
        self._changed: dict[str, dict[int, dict[str, Row]]] = {}

    def make(self, instance: models.Model) -> Any:
        instance.save(force_insert=True)
        self._made.setdefault(instance._meta.label_lower, []).append(instance)
        return instance

    def change(self, instance: models.Model, **values: Any) -> None:
        label = instance._meta.concrete_model._meta.label_lower
        old = row_of(instance)
        for name, value in values.items():
            setattr(instance, name, value)
        instance.save()
        new = rows_of(label, [instance.pk])[instance.pk]
        names = [name for name in new if new[name] != old[name]]
        entry = self._changed.setdefault(label, {}).setdefault(
            instance.pk, {"old": {}, "new": {}}
        )
        for name in names:
            entry["old"].setdefault(name, old[name])
            entry["new"][name] = new[name]

    def units_touched(self) -> set[int]:
        label = Unit._meta.label_lower
        touched = set(self._changed.get(label, ()))
        touched |= {unit.pk for unit in self._made.get(label, ())}
        placement = "pilot_communes.placement"
        touched |= {row.unit_id for row in self._made.get(placement, ())}
        return touched

    def add_to(self, change: MapChange) -> None:
        """Keep these writes with a change made earlier, so that its undo takes them too."""
        changed = change.record["changed"]
        for label, rows in self._changed.items():
            for key, entry in rows.items():
                kept = changed.setdefault(label, {}).setdefault(
                    str(key), {"old": {}, "new": {}}
                )
                kept["old"] = entry["old"] | kept["old"]
                kept["new"] |= entry["new"]
        change.save(update_fields=["record"])

    def finish(
        self,
        kind: str,
        *,
        effective_on: dt.date,
        decree: str,
        grounds: Iterable[Unit],
        before: Iterable[Unit],
        after: Iterable[Unit],
        words: tuple[list[str], list[str]],
        **more: Any,
    ) -> MapChange:
        """Write the `MapChange` with its record, log it, tell the rooms above.

        `grounds` are the units whose coordinators answer for it; `words` the names
        before and after, as the history shows them.
        """
        grounds, before, after = list(grounds), list(before), list(after)
        map_changing.send(
            sender=MapChange,
            journal=self,
            kind=kind,
            effective_on=effective_on,
            before=before,
            after=after,
        )
        before = sorted(unit.pk for unit in before)
        after = sorted(unit.pk for unit in after)
        made_units = self._made.get(Unit._meta.label_lower, ())
        record = {
            "made": {
                label: rows_of(label, [instance.pk for instance in instances])
                for label, instances in self._made.items()
            },
            "changed": self._changed,
            "units": sorted(self.units_touched() | set(before) | set(after)),
            "before": before,
            "after": after,
            "codes": sorted(unit.code for unit in made_units),
            "words": {"before": words[0], "after": words[1]},
            **more,
        }
        change = MapChange.objects.create(
            kind=kind, effective_on=effective_on, decree=decree, record=record
        )
        change.grounds.set(grounds)
        log(
            instance=change,
            action=f"pilot_communes.{kind}",
            user=self.user,
            data={
                "effective_on": effective_on.isoformat(),
                "decree": decree,
                "grounds": [unit.pk for unit in grounds],
                "old": words[0],
                "new": words[1],
            },
        )
        tell(change, user=self.user, undone=False)
        return change


def tell(change: MapChange, *, user: Any, undone: bool) -> None:
    """Send `map_changed`; what the user reaches is read again."""
    if user is not None:
        user.forget_reach()
    record = change.record
    map_changed.send(
        sender=MapChange,
        change=change,
        unit_ids=list(record["units"]),
        before=list(record["before"]),
        after=list(record["after"]),
        undone=undone,
    )
