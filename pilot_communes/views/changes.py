"""Changing the map, and taking a change back."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pilot_communes.actions import (
    Preview,
    add_hamlets,
    merge_units,
    move_unit,
    preview_adding,
    preview_merge,
    preview_moving,
    preview_redrawing,
    preview_renaming,
    preview_undoing,
    redraw_units,
    rename_unit,
    undo_change,
)
from pilot_communes.forms import (
    AddHamletsForm,
    MergeForm,
    MoveForm,
    NameForm,
    SplitForm,
)
from pilot_communes.models import MapChange, Unit
from pilot_communes.plans import HamletPlan, read_hamlets
from pilot_communes.views.base import (
    CHANGE_MAP,
    ChangeView,
    GroundView,
)

HISTORY_PAGE = 20


class AddHamlets(ChangeView):
    """Paste the list of hamlets; errors are shown with their lines."""

    template_name = "pilot_communes/add.html"
    form_class = AddHamletsForm
    title = _("Add hamlets")
    done = _("The hamlets are on the map.")
    button = _("Check the list")

    def preview(self, form: AddHamletsForm) -> Preview:
        plan = self._plan(form)
        if plan.errors:
            raise ValidationError([problem.sentence for problem in plan.errors])
        if not plan.rows:
            raise ValidationError(_("The list is empty."), code="empty")
        return preview_adding(self.commune, plan, user=self.request.user)

    def write(self, form: AddHamletsForm) -> None:
        add_hamlets(
            self.commune,
            read_hamlets(form.cleaned_data["hamlets"], self.commune),
            user=self.request.user,
            valid_from=form.cleaned_data["effective_on"],
            decree=form.cleaned_data["decree"],
        )

    def _plan(self, form: AddHamletsForm) -> HamletPlan:
        plan = read_hamlets(form.cleaned_data["hamlets"], self.commune)
        return plan.checked_against(self.commune, form.cleaned_data["effective_on"])


class MergeHamlets(ChangeView):
    """Choose several hamlets; they become one."""

    form_class = MergeForm
    title = _("Merge hamlets")
    intro = _(
        "The old hamlets keep what was recorded in them; from the day of the decision "
        "on it counts for the new one."
    )
    done = _("The hamlets are merged.")

    def preview(self, form: MergeForm) -> Preview:
        return preview_merge(**self._asked(form))

    def write(self, form: MergeForm) -> None:
        merge_units(**self._asked(form))

    def _asked(self, form: MergeForm) -> dict[str, Any]:
        asked = dict(form.cleaned_data)
        return asked | {"units": list(asked["units"]), "user": self.request.user}


class HamletChangeView(ChangeView):
    """A change of the hamlet that the address names."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"subject": self.hamlet.full_name}


class SplitHamlet(HamletChangeView):
    """One hamlet becomes several, or a part of it joins another."""

    form_class = SplitForm
    title = _("Split the hamlet")
    intro = _(
        "Households wait under “Hamlet not chosen yet” until you say which part they "
        "live in. Figures of before are shared out by the households and marked as "
        "estimated."
    )
    done = _("The hamlet is split. Please place its households now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"hamlet": self.hamlet}

    def preview(self, form: SplitForm) -> Preview:
        return preview_redrawing(**self._asked(form))

    def write(self, form: SplitForm) -> None:
        redraw_units(**self._asked(form))

    def _asked(self, form: SplitForm) -> dict[str, Any]:
        return {
            "units": form.units,
            "parts": form.parts,
            "user": self.request.user,
            "effective_on": form.cleaned_data["effective_on"],
            "decree": form.cleaned_data["decree"],
        }


class RenameHamlet(HamletChangeView):
    """The hamlet stays the same one under another name."""

    form_class = NameForm
    title = _("Rename the hamlet")
    done = _("The hamlet has its new name.")

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.hamlet.name, "kind": self.hamlet.kind}

    def preview(self, form: NameForm) -> Preview:
        return preview_renaming(
            self.hamlet, user=self.request.user, **form.cleaned_data
        )

    def write(self, form: NameForm) -> None:
        rename_unit(self.hamlet, user=self.request.user, **form.cleaned_data)


class MoveHamlet(HamletChangeView):
    """The hamlet goes to another commune; both must be answered for."""

    template_name = "pilot_communes/move.html"
    form_class = MoveForm
    title = _("Move to another commune")
    done = _("The hamlet is moved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        communes = (
            Unit.objects.communes().where_may(self.request.user, CHANGE_MAP).by_name()
        )
        return super().get_form_kwargs() | {"communes": communes}

    def preview(self, form: MoveForm) -> Preview:
        return preview_moving(self.hamlet, user=self.request.user, **form.cleaned_data)

    def write(self, form: MoveForm) -> None:
        move_unit(self.hamlet, user=self.request.user, **form.cleaned_data)


class History(GroundView):
    """What was changed on the ground of the commune, newest first."""

    template_name = "pilot_communes/history.html"
    title = _("History of the map")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        changes = MapChange.objects.visible_to(self.request.user).of([self.commune.pk])
        page = Paginator(changes, HISTORY_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {"page": page}


class Undo(GroundView):
    """Take a change back, or read why it cannot be taken back."""

    template_name = "pilot_communes/undo.html"
    title = _("Undo the change")

    @functools.cached_property
    def change(self) -> MapChange:
        return get_object_or_404(
            MapChange.objects.visible_to(self.request.user).of([self.commune.pk]),
            uuid=self.kwargs["change"],
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        preview, reasons = None, []
        try:
            preview = preview_undoing(self.change, user=self.request.user)
        except ValidationError as error:
            reasons = error.messages
        return super().get_context_data(**kwargs) | {
            "change": self.change,
            "preview": preview,
            "reasons": reasons,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            undo_change(self.change, user=request.user)
        except ValidationError as error:
            for sentence in error.messages:
                messages.error(request, sentence)
        else:
            messages.success(request, str(_("The change is undone.")))
        return redirect(reverse("pilot_communes:history", args=[self.commune.code]))
