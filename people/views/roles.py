"""Officers and their roles: /tinh/quyen/."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from common.names import fold_name
from people import actions
from people.forms.duties import AppointForm
from people.models import RoleAssignment, User
from people.roles import MAY_GIVE, Role
from people.views.mixins import PAGE_SIZE, StaffMixin, slip
from people.views.teams import manage_login
from pilot_communes.models import Unit


def roles_given_by(user: Any) -> set[str]:
    """The roles that this user may give somewhere."""
    reach = user.reach()
    if reach.everything:
        return set(Role.values)
    return {role for grant in reach.grants for role in MAY_GIVE.get(grant.role, ())}


class RoleListView(StaffMixin, TemplateView):
    """Who holds which role where, today."""

    permission = "people.appoint"
    section = "quyen"
    template_name = "people/roles.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = (
            RoleAssignment.objects.visible_to(self.request.user)
            .valid_on()
            .select_related("user__person", "unit", "within")
            .order_by("role", "unit__sort_name", "pk")
        )
        text = self.request.GET.get("tim", "").strip()
        for word in fold_name(text).split()[:6]:
            rows = rows.filter(
                Q(user__person__search__contains=word)
                | Q(unit__sort_name__contains=word)
                | Q(user__username__contains=word)
            )
        return super().get_context_data(**kwargs) | {
            "page": Paginator(rows, PAGE_SIZE).get_page(self.request.GET.get("page")),
            "search": text,
        }


class AppointView(StaffMixin, FormView):
    """Give a role."""

    permission = "people.appoint"
    section = "quyen"
    template_name = "people/appoint.html"
    form_class = AppointForm

    def get_form_kwargs(self) -> dict[str, Any]:
        user = self.request.user
        units = Unit.objects.valid_on().filter(level__in=["commune", "province"])
        if not user.reach().everything:
            units = units.filter(pk__in=user.reach().units_with("people.appoint"))
        return super().get_form_kwargs() | {
            "roles": roles_given_by(user),
            "units": units.order_by("-level", "sort_name", "pk"),
        }

    def form_valid(self, form: AppointForm) -> HttpResponse:
        data, user = form.cleaned_data, self.request.user
        with self.told(form):
            if data["username"]:
                login = User.objects.filter(username__iexact=data["username"]).first()
                if login is None:
                    form.add_error("username", _("There is no login of this name."))
                    return self.form_invalid(form)
                actions.appoint(login, user=user, role=data["role"], unit=data["unit"])
                messages.success(self.request, _("The role is given."))
                return redirect("people:roles")
            issued = actions.invite_officer(
                user=user,
                name=data["name"],
                phone=data["phone"],
                role=data["role"],
                unit=data["unit"],
            )
            return slip(self.request, issued, back=reverse("people:roles"))
        return self.form_invalid(form)


class AssignmentView(StaffMixin, TemplateView):
    """One officer's role: end it, recover or close the login."""

    permission = "people.appoint"
    section = "quyen"
    template_name = "people/assignment.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            rows = RoleAssignment.objects.visible_to(request.user).valid_on()
            self.assignment = get_object_or_404(
                rows.select_related("user__person", "unit", "within"), pk=kwargs["pk"]
            )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, login = self.request.user, self.assignment.user
        return super().get_context_data(**kwargs) | {
            "assignment": self.assignment,
            "login": User.objects.with_second_factor().get(pk=login.pk),
            "has_password": login.has_usable_password(),
            "may_manage": actions.may_manage(user, login),
            "may_end": actions.may_give(
                user, self.assignment.role, self.assignment.unit
            ),
            "others": RoleAssignment.objects.visible_to(user)
            .valid_on()
            .filter(user=login)
            .exclude(pk=self.assignment.pk)
            .select_related("unit", "within"),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        what = request.POST.get("do", "")
        here = reverse("people:assignment", args=[self.assignment.pk])
        login = self.assignment.user
        with self.told():
            if what == "end":
                actions.end_role(self.assignment, user=request.user)
                messages.success(request, _("The role has ended."))
                return redirect("people:roles")
            if what == "invite" and login.person_id:
                issued = actions.invite(login.person, user=request.user)
                return slip(request, issued, back=here)
            answer = manage_login(request, login, what, back=here)
            if answer is not None:
                return answer
        return redirect(here)
