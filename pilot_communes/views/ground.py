"""Looking at the ground: communes, their hamlets, bases, support points."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from common.names import fold_name
from pilot_communes.actions import (
    add_support_point,
    change_support_point,
    close_support_point,
    declare_bases,
)
from pilot_communes.forms import BasesForm, ClosingForm, SupportPointForm
from pilot_communes.models import (
    Placement,
    PopulationFigure,
    SupportPoint,
    TeamHamlet,
    Unit,
)
from pilot_communes.views.base import (
    CHANGE_BASE,
    CHANGE_MAP,
    CHANGE_SUPPORT_POINT,
    PAGE_SIZE,
    SECTION,
    GroundFormView,
    GroundView,
)

BASES_PAGE = 30
HOUSEHOLDS = PopulationFigure.Group.HOUSEHOLDS
ADULTS = PopulationFigure.Group.ADULTS


@method_decorator(never_cache, name="dispatch")
class Communes(LoginRequiredMixin, TemplateView):
    """The communes whose map the user may change; with one commune, that one."""

    template_name = "pilot_communes/index.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        communes = Unit.objects.communes().where_may(request.user, CHANGE_MAP).by_name()
        first = list(communes[:2])
        if not first:
            raise PermissionDenied(CHANGE_MAP)
        if len(first) == 1:
            return redirect("pilot_communes:commune", first[0].code)
        search = fold_name(request.GET.get("tim", ""))
        if search:
            communes = communes.filter(sort_name__contains=search)
        page = Paginator(communes, PAGE_SIZE).get_page(request.GET.get("page"))
        return self.render_to_response(
            self.get_context_data(
                section=SECTION,
                page=page,
                search=request.GET.get("tim", ""),
                rows=self._rows(page),
            )
        )

    def _rows(self, page: Page) -> list[tuple[Unit, int]]:
        counts = dict(
            Placement.objects.valid_on()
            .filter(parent__in=list(page), unit__is_unknown=False)
            .order_by()
            .values_list("parent")
            .annotate(count=Count("pk"))
        )
        return [(commune, counts.get(commune.pk, 0)) for commune in page]


class HamletsMixin:
    """The named hamlets of the commune today, a page of them."""

    page_size = PAGE_SIZE

    @functools.cached_property
    def page(self) -> Page:
        hamlets = (
            Unit.objects.under(self.commune)
            .valid_on()
            .named()
            .visible_to(self.request.user)
            .by_name()
        )
        return Paginator(hamlets, self.page_size).get_page(self.request.GET.get("page"))


class CommuneGround(HamletsMixin, GroundView):
    """A commune: its hamlets, and what can be done with them."""

    template_name = "pilot_communes/commune.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hamlets = list(self.page)
        newest = PopulationFigure.objects.newest(
            [self.commune.pk, *(hamlet.pk for hamlet in hamlets)]
        )
        teams: dict[int, list[str]] = {}
        for row in (
            TeamHamlet.objects.valid_on()
            .filter(hamlet__in=hamlets)
            .select_related("team")
            .order_by("pk")
        ):
            teams.setdefault(row.hamlet_id, []).append(row.team.name)
        return super().get_context_data(**kwargs) | {
            "page": self.page,
            "bases": [newest.get((self.commune.pk, g)) for g in PopulationFigure.Group],
            "rows": [
                {
                    "hamlet": hamlet,
                    "households": newest.get((hamlet.pk, HOUSEHOLDS)),
                    "adults": newest.get((hamlet.pk, ADULTS)),
                    "teams": teams.get(hamlet.pk, ()),
                }
                for hamlet in hamlets
            ],
        }


class Bases(HamletsMixin, GroundFormView):
    """Declare households and adults, for the commune and a page of hamlets."""

    permission = CHANGE_BASE
    template_name = "pilot_communes/bases.html"
    form_class = BasesForm
    title = _("Declare bases")
    page_size = BASES_PAGE

    def get_form_kwargs(self) -> dict[str, Any]:
        units = [self.commune, *self.page]
        newest = PopulationFigure.objects.newest(unit.pk for unit in units)
        return super().get_form_kwargs() | {"units": units, "newest": newest}

    def write(self, form: BasesForm) -> None:
        count = declare_bases(
            self.commune,
            user=self.request.user,
            figures=form.figures,
            date=form.cleaned_data["date"],
            source=form.cleaned_data["source"],
        )
        self.done = ngettext(
            "%(count)d number was written down.",
            "%(count)d numbers were written down.",
            count,
        ) % {"count": count}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"page": self.page}


class SupportPoints(GroundView):
    """The support points of the commune, open ones first."""

    permission = CHANGE_SUPPORT_POINT
    template_name = "pilot_communes/support_points.html"
    title = _("Support points")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        points = (
            SupportPoint.objects.visible_to(self.request.user)
            .filter(commune=self.commune)
            .select_related("hamlet")
            .order_by(F("valid_to").desc(nulls_first=True), "name", "pk")
        )
        page = Paginator(points, PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {"page": page}


class SupportPointFormView(GroundFormView):
    permission = CHANGE_SUPPORT_POINT
    form_class = SupportPointForm
    button = _("Save")
    done = _("Saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"commune": self.commune}

    def get_success_url(self) -> str:
        return reverse("pilot_communes:support-points", args=[self.commune.code])


class AddSupportPoint(SupportPointFormView):
    """Open a support point."""

    title = _("New support point")

    def write(self, form: SupportPointForm) -> None:
        add_support_point(self.commune, user=self.request.user, **form.values)


class OneSupportPointMixin:
    @functools.cached_property
    def point(self) -> SupportPoint:
        return get_object_or_404(
            SupportPoint.objects.visible_to(self.request.user),
            uuid=self.kwargs["point"],
            commune=self.commune,
            valid_to=None,
        )


class ChangeSupportPoint(OneSupportPointMixin, SupportPointFormView):
    """Correct what is said of a support point."""

    title = _("Correct the support point")

    def get_form_kwargs(self) -> dict[str, Any]:
        # A copy: the form writes into it before the action compares old and new.
        copy = SupportPoint.objects.get(pk=self.point.pk)
        return super().get_form_kwargs() | {"instance": copy}

    def write(self, form: SupportPointForm) -> None:
        change_support_point(self.point, user=self.request.user, **form.values)


class CloseSupportPoint(OneSupportPointMixin, GroundFormView):
    """Close a support point from a day on."""

    permission = CHANGE_SUPPORT_POINT
    form_class = ClosingForm
    title = _("Close the support point")
    button = _("Close it")
    done = _("The support point is closed.")

    def write(self, form: ClosingForm) -> None:
        close_support_point(
            self.point, user=self.request.user, closed_on=form.cleaned_data["closed_on"]
        )

    def get_success_url(self) -> str:
        return reverse("pilot_communes:support-points", args=[self.commune.code])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"subject": self.point.name}
