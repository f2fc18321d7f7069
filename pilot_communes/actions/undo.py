"""Taking a change of the map back, exactly, or saying why not."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from common.models import ImportRun
from pilot_communes.actions.journal import rows_of, tell
from pilot_communes.actions.preview import Line, Preview
from pilot_communes.actions.rights import CHANGE_MAP, demand, refuse
from pilot_communes.models import MapChange, Unit

UNIT = Unit._meta.label_lower


@transaction.atomic
def undo_change(change: MapChange, *, user: Any) -> MapChange:
    """Restore every row as it was before the change; only the `MapChange` remains.

    Raises PermissionDenied unless the user answers today for all of its ground, and
    ValidationError with the reason when something later stands on it.
    """
    change = MapChange.objects.select_for_update().get(pk=change.pk)
    record = _check(change, user=user)
    made = {label: sorted(map(int, rows)) for label, rows in record["made"].items()}
    for label, keys in made.items():
        if label != UNIT:
            _rows(label).filter(pk__in=keys).delete()
    for label, rows in record["changed"].items():
        for key, row in rows.items():
            _restore(label, int(key), row["old"])
    _rows(UNIT).filter(pk__in=made.get(UNIT, ())).delete()
    change.undone_at = timezone.now()
    change.save(update_fields=["undone_at"])
    if "import_run" in record:
        ImportRun.objects.filter(pk=record["import_run"]).update(
            status=ImportRun.Status.UNDONE, undone_at=change.undone_at
        )
    log(
        instance=change,
        action="pilot_communes.undo",
        user=user,
        data={"old": record["words"]["after"], "new": record["words"]["before"]},
    )
    tell(change, user=user, undone=True)
    return change


def preview_undoing(change: MapChange, *, user: Any) -> Preview:
    """What `undo_change` would do; raises what it would raise."""
    record = _check(change, user=user)
    return Preview(
        before=tuple(Line(name) for name in record["words"]["after"]),
        after=tuple(Line(name) for name in record["words"]["before"]),
        notes=(),
    )


def _check(change: MapChange, *, user: Any) -> dict[str, Any]:
    record = change.record
    demand(user, CHANGE_MAP, *Unit.objects.filter(pk__in=record.get("demand", ())))
    if record.get("final"):
        raise refuse(_("The map as it was first loaded cannot be undone."), "final")
    if change.undone_at is not None:
        raise refuse(_("This change has been undone already."), "undone")
    touched = set(record["units"])
    for later in (
        MapChange.objects.standing().filter(pk__gt=change.pk).order_by("pk").iterator()
    ):
        if touched & set(later.record.get("units", ())):
            raise refuse(
                _(
                    "A later change stands on this one: %(kind)s, %(date)s (%(decree)s). "
                    "Please undo that one first."
                )
                % {
                    "kind": later.get_kind_display(),
                    "date": f"{later.effective_on:%d/%m/%Y}",
                    "decree": later.decree,
                },
                "later_change",
            )
    _check_rows(record)
    _check_nothing_stands_on(record)
    return record


def _check_rows(record: dict[str, Any]) -> None:
    """Every row must still be as the change left it."""
    expected: dict[str, dict[int, dict[str, Any]]] = {}
    for label, rows in record["made"].items():
        expected[label] = {int(key): row for key, row in rows.items()}
    for label, rows in record["changed"].items():
        for key, row in rows.items():
            expected.setdefault(label, {})[int(key)] = row["new"]
    for label, rows in expected.items():
        now = rows_of(label, rows)
        for key, row in rows.items():
            if key not in now or any(now[key][name] != row[name] for name in row):
                raise refuse(
                    _(
                        "Something that this change wrote (%(what)s) was edited since, "
                        "so it cannot be undone as a whole."
                    )
                    % {"what": apps.get_model(label)._meta.verbose_name},
                    "changed_since",
                )


def _check_nothing_stands_on(record: dict[str, Any]) -> None:
    """Nothing outside the change may point to a unit that it made."""
    units = [int(key) for key in record["made"].get(UNIT, ())]
    if not units:
        return
    found = []
    for relation in Unit._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.many_to_many:
            continue
        model = relation.related_model
        if model is MapChange.grounds.through:
            continue
        label = model._meta.label_lower
        # What the change itself wrote there goes, or goes back to where it was.
        own = [*record["made"].get(label, ()), *record["changed"].get(label, ())]
        if (
            model._base_manager.filter(**{f"{relation.field.name}__in": units})
            .exclude(pk__in=[int(key) for key in own])
            .exists()
        ):
            found.append(str(model._meta.verbose_name))
    if found:
        raise refuse(
            _(
                "Since then records were made in the new units (%(what)s). "
                "They would lose their place, so the change stays."
            )
            % {"what": ", ".join(sorted(set(found)))},
            "in_use",
        )


def _rows(label: str) -> models.QuerySet:
    return apps.get_model(label)._base_manager.all()


def _restore(label: str, key: int, old: dict[str, str | None]) -> None:
    meta = apps.get_model(label)._meta
    values = {}
    for name, text in old.items():
        field = meta.get_field(name)
        values[name] = None if text is None else field.to_python(text)
    _rows(label).filter(pk=key).update(**values)
