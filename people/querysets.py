"""Questions about many people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q

from common.names import fold_name
from pilot_communes.querysets import DatedQuerySet, today


def _holding(date, prefix: str = "") -> Q:
    """Rows that hold on that day, seen through a relation."""
    return (Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gt": date})) & (
        Q(**{f"{prefix}valid_from": None}) | Q(**{f"{prefix}valid_from__lte": date})
    )


class PersonQuerySet(models.QuerySet):
    def _related(self, name: str) -> models.QuerySet:
        return self.model._meta.get_field(name).related_model._base_manager

    def known(self) -> PersonQuerySet:
        """Without tombstones and without persons that point to another."""
        pointing = self._related("pointers").filter(
            undone_at=None, from_person=OuterRef("pk")
        )
        return self.filter(~Exists(pointing), erased_at=None)

    def named(self) -> PersonQuerySet:
        """People we hold a name or a telephone number of."""
        return self.exclude(name="", usual_name="", phone="")

    def living_in(self, hamlet_ids: Iterable[int], date=None) -> PersonQuerySet:
        """People whose residence on that day lies in one of these hamlets."""
        homes = self._related("residences").filter(
            _holding(date or today()),
            hamlet_id__in=set(hamlet_ids),
            person__isnull=False,
        )
        return self.filter(pk__in=homes.values("person_id"))

    def living_with(self, household_ids: Iterable[int], date=None) -> PersonQuerySet:
        """People whose residence on that day names one of these households."""
        homes = self._related("residences").filter(
            _holding(date or today()),
            household_id__in=set(household_ids),
            person__isnull=False,
        )
        return self.filter(pk__in=homes.values("person_id"))

    def matching(self, text: str) -> PersonQuerySet:
        """Folded search over name and usual name; every word must occur.

        Eight characters that are a card code find the card's holder.
        """
        code = text.replace(" ", "").replace("-", "").upper()
        rows = self
        for word in fold_name(text).split()[:6]:
            rows = rows.filter(search__contains=word)
        if len(code) == 8 and code.isalnum() and code.isascii():
            return rows | self.filter(card_code=code)
        return rows

    def visible_to(self, user: Any) -> PersonQuerySet:
        """People the user may see: who lived, or was met, on the ground in reach.

        A record that was merged into another opens the record it points to, so that a
        merge across two communes hides nobody from the team that knows them.
        """
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        units = reach.units_with("people.view_person")
        homes = self._related("residences").filter(
            hamlet_id__in=units, person__isnull=False
        )
        met = self._related("encounters").filter(hamlet_id__in=units)
        members = self._related("team_memberships").filter(
            Q(team__commune_id__in=reach.units_with("people.manage_team"))
            | Q(team_id__in=reach.team_ids)
        )
        direct = [rows.order_by().values("person_id") for rows in (homes, met, members)]
        direct.append(self._related("user").filter(pk=user.pk).values("person_id"))
        # One UNION: the database gathers a few keys and looks them up, instead of
        # testing every person against each subquery.
        pointers = self._related("pointers").filter(undone_at=None)
        pointed = pointers.filter(from_person_id__in=direct[0].union(*direct[1:]))
        again = pointers.filter(from_person_id__in=pointed.values("to_person_id"))
        keys = direct[0].union(
            *direct[1:], pointed.values("to_person_id"), again.values("to_person_id")
        )
        return self.filter(pk__in=keys)

    def by_name(self) -> PersonQuerySet:
        return self.order_by("sort_name", "birth_year", "pk")


class HouseholdQuerySet(models.QuerySet):
    def _residences(self) -> models.QuerySet:
        return self.model._meta.get_field("residences").related_model._base_manager

    def standing_in(self, hamlet_ids: Iterable[int], date=None) -> HouseholdQuerySet:
        """Households whose own residence on that day lies in one of these hamlets."""
        homes = self._residences().filter(
            _holding(date or today()), person=None, hamlet_id__in=set(hamlet_ids)
        )
        return self.filter(pk__in=homes.values("household_id"))

    def to_name(self) -> HouseholdQuerySet:
        """Households that may stand on a list: those erased have no name to stand with."""
        return self.exclude(erased_at__isnull=False, head_name="", usual_name="")

    def matching(self, text: str) -> HouseholdQuerySet:
        rows = self
        for word in fold_name(text).split()[:6]:
            rows = rows.filter(search__contains=word)
        return rows

    def visible_to(self, user: Any) -> HouseholdQuerySet:
        """Households that stand, or stood, on the ground in reach."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        homes = self._residences().filter(
            hamlet_id__in=reach.units_with("people.view_person"),
            household__isnull=False,
        )
        return self.filter(pk__in=homes.values("household_id"))

    def along_the_route(self) -> HouseholdQuerySet:
        return self.order_by("route", "order", "pk")


class MembershipQuerySet(DatedQuerySet):
    def visible_to(self, user: Any) -> MembershipQuerySet:
        """Memberships of the user's own teams and of teams on ground he manages."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        return self.filter(
            Q(team__commune_id__in=reach.units_with("people.manage_team"))
            | Q(team_id__in=reach.team_ids)
        )

    def leading(self, date: dt.date | None = None) -> MembershipQuerySet:
        """Leaders and deputies of that day (today by default), the leader first."""
        leads = self.valid_on(date).filter(position__in=["leader", "deputy"])
        return leads.order_by("-position", "pk")

    def called_by_residents(self, date: dt.date | None = None) -> MembershipQuerySet:
        """Those who lead, have a number, and agreed themselves that residents see it."""
        consents = (
            self.model._meta.get_field("person")
            .related_model._meta.get_field("consents")
            .related_model._base_manager
        )
        agreed = consents.filter(
            person=OuterRef("person"),
            purpose=consents.model.PUBLIC_PHONE,
            withdrawn_at=None,
        )
        return (
            self.leading(date)
            .filter(Exists(agreed), phone_public=True)
            .exclude(person__phone="")
        )


class AssignmentQuerySet(DatedQuerySet):
    def visible_to(self, user: Any) -> AssignmentQuerySet:
        """Roles held in units where the user appoints, and his own."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        units = reach.units_with("people.appoint") | reach.units_with(
            "people.view_audit"
        )
        return self.filter(Q(unit_id__in=units) | Q(user_id=user.pk))


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> UserQuerySet:
        """Logins of team members where the user invites, of officers where he appoints."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        reach = user.reach()
        if reach.everything:
            return self
        memberships = (
            self.model._meta.get_field("person")
            .related_model._meta.get_field("team_memberships")
            .related_model._base_manager
        )
        members = memberships.filter(
            team__commune_id__in=reach.units_with("people.invite")
        )
        assignments = self.model._meta.get_field("assignments").related_model
        officers = assignments._base_manager.filter(
            unit_id__in=reach.units_with("people.appoint")
        )
        return self.filter(
            Q(person_id__in=members.values("person_id"))
            | Q(pk__in=officers.values("user_id"))
            | Q(pk=user.pk)
        )

    def with_second_factor(self) -> UserQuerySet:
        """With a column that says whether a second factor is set up."""
        factors = self.model._meta.get_field("authenticator").related_model
        return self.annotate(
            has_second_factor=Exists(
                factors._base_manager.filter(user=OuterRef("pk"), type="totp")
            )
        )


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):
    use_in_migrations = True
