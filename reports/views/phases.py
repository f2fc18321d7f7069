"""Đợt triển khai: which communes stand in which phase, and who joins next."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pilot_communes.actions.phases import join_phase
from pilot_communes.models import Phase, PhaseMembership, Unit
from pilot_communes.querysets import today
from reports.views.access import PROVINCE

CHANGE = "pilot_communes.change_phase"


class JoinForm(forms.Form):
    """Communes that join a phase on a day, by one decision."""

    phase = forms.ModelChoiceField(Phase.objects.none(), label=_("Phase"))
    communes = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("Communes"), widget=forms.CheckboxSelectMultiple
    )
    joined_on = forms.DateField(
        label=_("Joins on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    decision = forms.CharField(
        label=_("Decision number"), required=False, max_length=120
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phase"].queryset = Phase.objects.all()
        reached = Unit.objects.visible_to(user).communes().valid_on(today())
        waiting = reached.exclude(
            phase_memberships__in=PhaseMembership.objects.filter(valid_to=None)
        )
        self.fields["communes"].queryset = waiting.by_name()
        self.fields["joined_on"].initial = today


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def phases(request: HttpRequest) -> HttpResponse:
    """The phases with their communes; who may change them chooses who joins."""
    if not request.user.has_perm(PROVINCE):
        raise PermissionDenied
    may_change = request.user.has_perm(CHANGE)
    form = JoinForm(request.POST or None, user=request.user) if may_change else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid() and _join(request, form):
            return redirect("reports:phases")
    standing = Prefetch(
        "memberships",
        PhaseMembership.objects.valid_on(today())
        .select_related("commune")
        .order_by("commune__sort_name"),
        to_attr="standing",
    )
    context = {
        "section": "dot",
        "phases": Phase.objects.prefetch_related(standing),
        "form": form,
    }
    return render(request, "reports/phases.html", context)


def _join(request: HttpRequest, form: JoinForm) -> bool:
    """All of them join, or none."""
    chosen = form.cleaned_data
    try:
        with transaction.atomic():
            for commune in chosen["communes"]:
                join_phase(
                    commune,
                    user=request.user,
                    phase=chosen["phase"],
                    joined_on=chosen["joined_on"],
                    decision=chosen["decision"],
                )
    except ValidationError as error:
        form.add_error(None, error)
        return False
    count = len(chosen["communes"])
    messages.success(
        request,
        ngettext(
            "%(count)s commune joined %(phase)s.",
            "%(count)s communes joined %(phase)s.",
            count,
        )
        % {"count": count, "phase": chosen["phase"]},
    )
    return True
