"""Households along their road or canal: /xa/ho/."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView, View

from common.models import ImportRun
from people import actions
from people.forms.persons import HouseholdForm, PasteForm
from people.imports import apply_households, read_households, undo_households
from people.models import Household, Person, Residence
from people.views.mixins import PAGE_SIZE, CommuneMixin, StaffMixin, hamlets_with


class HouseholdListView(CommuneMixin, TemplateView):
    """The households of a hamlet in the order of the boat."""

    permission = "people.change_household"
    section = "ho"
    template_name = "people/households.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        text = self.request.GET.get("tim", "").strip()
        wanted = self.request.GET.get("ap", "")
        chosen = [unit for unit in self.hamlets if str(unit.pk) == wanted]
        units = chosen or self.hamlets
        households = (
            Household.objects.visible_to(self.request.user)
            .standing_in([unit.pk for unit in units])
            .matching(text)
            .annotate(
                people=Count(
                    "residences__person",
                    filter=Q(
                        residences__valid_to=None,
                        residences__person__erased_at=None,
                    ),
                    distinct=True,
                )
            )
            .along_the_route()
        )
        return super().get_context_data(**kwargs) | {
            "page": Paginator(households, PAGE_SIZE).get_page(
                self.request.GET.get("page")
            ),
            "search": text,
            "hamlet": chosen[0] if chosen else None,
        }


class AddHouseholdView(CommuneMixin, FormView):
    """A new household."""

    permission = "people.change_household"
    section = "ho"
    template_name = "people/household_form.html"
    form_class = HouseholdForm

    def get_form_kwargs(self) -> dict[str, Any]:
        hamlets = hamlets_with(self.request.user, self.permission)
        return super().get_form_kwargs() | {"hamlets": hamlets}

    def get_initial(self) -> dict[str, Any]:
        return {"hamlet": self.request.GET.get("ap")}

    def form_valid(self, form: HouseholdForm) -> HttpResponse:
        with self.told(form):
            household = actions.add_household(
                user=self.request.user, **form.cleaned_data
            )
        if self.refused:
            return self.form_invalid(form)
        messages.success(self.request, _("The household is on the list."))
        return redirect("people:household", uuid=household.uuid)


class HouseholdView(StaffMixin, FormView):
    """One household: its entry and who lives there."""

    permission = "people.change_household"
    section = "ho"
    template_name = "people/household.html"
    form_class = HouseholdForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            visible = Household.objects.visible_to(request.user)
            self.household = get_object_or_404(visible, uuid=kwargs["uuid"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not request.user.has_perm(
            self.permission, self.household
        ):
            raise PermissionDenied(self.permission)
        return super().dispatch(request, *args, **kwargs)

    def home(self) -> Residence | None:
        return (
            self.household.residences.valid_on()
            .filter(person=None)
            .select_related("hamlet")
            .order_by("-pk")
            .first()
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        hamlets = hamlets_with(self.request.user, self.permission)
        return super().get_form_kwargs() | {"hamlets": hamlets}

    def get_initial(self) -> dict[str, Any]:
        home = self.home()
        return {
            "hamlet": home.hamlet_id if home else None,
            "head_name": self.household.head_name,
            "usual_name": self.household.usual_name,
            "route": self.household.route,
            "order": self.household.order,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people = Person.objects.visible_to(self.request.user).known()
        return super().get_context_data(**kwargs) | {
            "household": self.household,
            "home": self.home(),
            "may_erase": self.request.user.has_perm(
                "people.erase_person", self.household
            ),
            "people": people.living_with([self.household.pk]).by_name()[:50],
        }

    def form_valid(self, form: HouseholdForm) -> HttpResponse:
        data = dict(form.cleaned_data)
        hamlet = data.pop("hamlet")
        user = self.request.user
        with self.told(form), transaction.atomic():
            actions.change_household(self.household, user=user, **data)
            home = self.home()
            if home is None or home.hamlet_id != hamlet.pk:
                actions.place_household(self.household, user=user, hamlet=hamlet)
        if self.refused:
            return self.form_invalid(form)
        messages.success(self.request, _("The household is changed."))
        return redirect("people:household", uuid=self.household.uuid)


class EraseHouseholdView(HouseholdView):
    """A head of household who is known by nothing else asks to be forgotten."""

    permission = "people.erase_person"
    template_name = "people/erase_household.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("sure") != "on":
            messages.error(
                request, _("Tick that you are sure; erasing cannot be undone.")
            )
            return redirect("people:erase_household", uuid=self.household.uuid)
        actions.erase_household(self.household, user=request.user)
        messages.success(
            request, _("Erased. The household stays on its route without a name.")
        )
        return redirect("people:households")


class PasteHouseholdsView(CommuneMixin, FormView):
    """A pasted list: first every line with its problem, then all at once."""

    permission = "people.change_household"
    section = "ho"
    template_name = "people/paste_households.html"
    form_class = PasteForm

    def get_form_kwargs(self) -> dict[str, Any]:
        hamlets = hamlets_with(self.request.user, self.permission)
        return super().get_form_kwargs() | {"hamlets": hamlets}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = Household.objects.visible_to(self.request.user)
        latest = ImportRun.objects.filter(
            kind="people.households", status=ImportRun.Status.APPLIED
        ).order_by("-created_at")[:20]
        visible = set(
            own.filter(
                pk__in=[run.made["people.household"][0] for run in latest if run.rows]
            ).values_list("pk", flat=True)
        )
        return super().get_context_data(**kwargs) | {
            "runs": [
                run
                for run in latest
                if run.rows and run.made["people.household"][0] in visible
            ][:5]
        }

    def form_valid(self, form: PasteForm) -> HttpResponse:
        hamlet, text = form.cleaned_data["hamlet"], form.cleaned_data["text"]
        with self.told(form):
            rows = read_households(text, hamlet=hamlet)
        if self.refused:
            return self.form_invalid(form)
        good = [row for row in rows if not row.problem]
        if "apply" not in self.request.POST or not good:
            context = self.get_context_data(form=form, rows=rows, good=len(good))
            return self.render_to_response(context)
        run = apply_households(text, hamlet=hamlet, user=self.request.user)
        messages.success(
            self.request,
            _("%(count)s households are on the list.") % {"count": run.rows},
        )
        return redirect(f"{reverse('people:households')}?ap={hamlet.pk}")


class UndoPasteView(StaffMixin, View):
    """Take a pasted list away again."""

    permission = "people.change_household"

    def post(self, request: HttpRequest, uuid: Any) -> HttpResponse:
        run = get_object_or_404(ImportRun, uuid=uuid, kind="people.households")
        seen = Household.objects.visible_to(request.user)
        if not seen.filter(pk__in=run.made.get("people.household", [])).exists():
            raise Http404
        with self.told():
            count = undo_households(run, user=request.user)
            messages.success(
                request, _("%(count)s households were taken away.") % {"count": count}
            )
        return redirect("people:households")
