"""Questions about many units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from pilot_communes.models import Unit


def today() -> dt.date:
    """The date in Viet Nam; time is resolved once, at the edge."""
    return timezone.localdate()


class DatedQuerySet(models.QuerySet):
    """Rows that hold from `valid_from` (included) to `valid_to` (excluded)."""

    def valid_on(self, date: dt.date | None = None) -> DatedQuerySet:
        """Rows that hold on that day (today by default)."""
        date = date or today()
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=date)).filter(
            Q(valid_from=None) | Q(valid_from__lte=date)
        )

    def not_ended(self, date: dt.date | None = None) -> DatedQuerySet:
        """Rows that hold on that day (today by default) or begin later."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=date or today()))


class UnitQuerySet(DatedQuerySet):
    def provinces(self) -> UnitQuerySet:
        return self.filter(level="province")

    def communes(self) -> UnitQuerySet:
        return self.filter(level="commune")

    def hamlets(self) -> UnitQuerySet:
        return self.filter(level="hamlet")

    def under(self, parent: Unit | int, date: dt.date | None = None) -> UnitQuerySet:
        """Units placed directly under that parent on that day (today by default)."""
        date = date or today()
        parent_id = parent if isinstance(parent, int) else parent.pk
        return self.filter(
            Q(placements__valid_to=None) | Q(placements__valid_to__gt=date),
            placements__parent_id=parent_id,
            placements__valid_from__lte=date,
        )

    def ever_under(self, parent: Unit | int) -> UnitQuerySet:
        """Units that stood under that parent at any time."""
        parent_id = parent if isinstance(parent, int) else parent.pk
        return self.filter(
            pk__in=self.model._base_manager.filter(
                placements__parent_id=parent_id
            ).values("pk")
        )

    def visible_to(self, user: Any) -> UnitQuerySet:
        """Units that the user may see as staff: those in reach, and their parents.

        Whoever answers for the ground today sees its whole history, so units that
        were merged into today's units are in reach too.
        """
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        return self.filter(pk__in=reach.visible_unit_ids)

    def where_may(self, user: Any, permission: str) -> UnitQuerySet:
        """Units of today's map in which the user may do that."""
        units = self.valid_on()
        reach = user.reach()
        if reach.everything:
            return units
        return units.filter(pk__in=reach.units_with(permission))

    def named(self) -> UnitQuerySet:
        """Without the "hamlet not known" leaves."""
        return self.filter(is_unknown=False)

    def by_name(self) -> UnitQuerySet:
        return self.order_by("sort_name", "pk")


class MapChangeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> MapChangeQuerySet:
        """Changes of the ground that the user answers for."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        through = self.model.grounds.through.objects.filter(unit_id__in=reach.unit_ids)
        return self.filter(pk__in=through.values("mapchange_id"))

    def of(self, unit_ids: Iterable[int]) -> MapChangeQuerySet:
        """Changes of the ground of these communes, newest first."""
        through = self.model.grounds.through.objects.filter(unit_id__in=unit_ids)
        return self.filter(pk__in=through.values("mapchange_id")).order_by(
            "-made_at", "-pk"
        )

    def standing(self) -> MapChangeQuerySet:
        """Changes that were not taken back."""
        return self.filter(undone_at=None)


class PopulationQuerySet(models.QuerySet):
    def newest(
        self, unit_ids: Iterable[int], date: dt.date | None = None
    ) -> dict[tuple[int, str], Any]:
        """The newest figure of each (unit, group), on that day or before it.

        Without a day: the newest there is. One query.
        """
        rows = self.filter(unit_id__in=list(unit_ids))
        if date is not None:
            rows = rows.filter(date__lte=date)
        return {(row.unit_id, row.group): row for row in rows.order_by("date", "pk")}


class SupportPointQuerySet(DatedQuerySet):
    def visible_to(self, user: Any) -> SupportPointQuerySet:
        """Support points on the ground that the user answers for."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        return self.filter(commune_id__in=reach.unit_ids)
