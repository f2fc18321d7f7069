"""Teams of a commune: who is in them, which hamlets they serve, how they sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from people import actions
from people.forms.duties import MemberForm, PositionForm, TeamForm
from people.models import Person, TeamMembership, User
from people.views.mixins import PAGE_SIZE, CommuneMixin, StaffMixin, slip
from pilot_communes.models import Team, TeamHamlet, Unit

FOUND = 20


def present_hamlets() -> Prefetch:
    return Prefetch(
        "hamlets",
        queryset=TeamHamlet.objects.valid_on().select_related("hamlet"),
        to_attr="present_hamlets",
    )


class TeamListView(CommuneMixin, TemplateView):
    """The teams of a commune."""

    permission = "people.manage_team"
    section = "to"
    template_name = "people/teams.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        present = Q(memberships__valid_to=None)
        leaders = TeamMembership.objects.filter(
            valid_to=None, position=TeamMembership.Position.LEADER
        ).select_related("person")
        teams = (
            Team.objects.visible_to(self.request.user)
            .filter(commune=self.commune)
            .valid_on()
            .annotate(members=Count("memberships", filter=present, distinct=True))
            .prefetch_related(
                present_hamlets(),
                Prefetch("memberships", queryset=leaders, to_attr="leaders"),
            )
            .order_by("name", "pk")
        )
        served = TeamHamlet.objects.valid_on().filter(
            hamlet__in=[unit.pk for unit in self.hamlets]
        )
        covered = set(served.values_list("hamlet_id", flat=True))
        return super().get_context_data(**kwargs) | {
            "page": Paginator(teams, PAGE_SIZE).get_page(self.request.GET.get("page")),
            "without_team": [
                unit
                for unit in self.hamlets
                if unit.pk not in covered and not unit.is_unknown
            ],
        }


class AddTeamView(CommuneMixin, FormView):
    """A new team."""

    permission = "people.manage_team"
    section = "to"
    template_name = "people/team_form.html"
    form_class = TeamForm

    def get_form_kwargs(self) -> dict[str, Any]:
        units = Unit.objects.under(self.commune).hamlets().valid_on().named()
        return super().get_form_kwargs() | {
            "hamlets": units.order_by("order", "sort_name")
        }

    def form_valid(self, form: TeamForm) -> HttpResponse:
        with self.told(form):
            team = actions.add_team(
                user=self.request.user, commune=self.commune, **form.cleaned_data
            )
        if self.refused:
            return self.form_invalid(form)
        messages.success(self.request, _("The team is set up. Now add its leader."))
        return redirect("people:add_member", uuid=team.uuid)


class OneTeamMixin(StaffMixin):
    permission = "people.manage_team"
    section = "to"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            teams = Team.objects.visible_to(request.user).select_related("commune")
            self.team = get_object_or_404(teams, uuid=kwargs["uuid"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not request.user.has_perm(
            self.permission, self.team
        ):
            raise PermissionDenied(self.permission)
        return super().dispatch(request, *args, **kwargs)

    @property
    def hamlets(self):
        units = Unit.objects.under(self.team.commune_id).hamlets().valid_on().named()
        return units.order_by("order", "sort_name", "pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"team": self.team}


class TeamView(OneTeamMixin, TemplateView):
    """One team: hamlets and members."""

    template_name = "people/team.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        members = list(
            TeamMembership.objects.filter(team=self.team, valid_to=None)
            .select_related("person__user")
            .order_by("position", "person__sort_name", "pk")[:200]
        )
        order = list(TeamMembership.Position.values)
        members.sort(key=lambda row: (order.index(row.position), row.person.sort_name))
        served = TeamHamlet.objects.valid_on().filter(team=self.team)
        return super().get_context_data(**kwargs) | {
            "members": members,
            "served": [row.hamlet for row in served.select_related("hamlet")],
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """End the team."""
        with self.told():
            actions.end_team(self.team, user=request.user)
            messages.success(request, _("The team has ended. Its register stays."))
        return redirect(f"{reverse('people:teams')}?xa={self.team.commune.code}")


class ChangeTeamView(OneTeamMixin, FormView):
    """Name, decision and hamlets of a team."""

    template_name = "people/team_form.html"
    form_class = TeamForm

    def get_initial(self) -> dict[str, Any]:
        served = TeamHamlet.objects.valid_on().filter(team=self.team)
        return {
            "name": self.team.name,
            "decision": self.team.decision,
            "decision_on": self.team.decision_on,
            "hamlets": [row.hamlet_id for row in served],
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"hamlets": self.hamlets}

    def form_valid(self, form: TeamForm) -> HttpResponse:
        data = dict(form.cleaned_data)
        hamlets = data.pop("hamlets")
        with self.told(form), transaction.atomic():
            actions.change_team(self.team, user=self.request.user, **data)
            actions.serve_hamlets(self.team, user=self.request.user, hamlets=hamlets)
        if self.refused:
            return self.form_invalid(form)
        messages.success(self.request, _("The team is changed."))
        return redirect("people:team", uuid=self.team.uuid)


class AddMemberView(OneTeamMixin, FormView):
    """Somebody joins: found on the list by name, or new."""

    template_name = "people/add_member.html"
    form_class = MemberForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"hamlets": self.hamlets}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        text = self.request.GET.get("tim", "").strip()
        found: list[Person] = []
        if text:
            people = Person.objects.visible_to(self.request.user).known()
            found = list(people.matching(text).by_name()[:FOUND])
        return super().get_context_data(**kwargs) | {
            "search": text,
            "found": found,
            "positions": TeamMembership.Position.choices,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen = request.POST.get("person")
        if not chosen:
            return super().post(request, *args, **kwargs)
        people = Person.objects.visible_to(request.user).known()
        person = get_object_or_404(people, pk=int(chosen) if chosen.isdigit() else 0)
        position = request.POST.get("position") or TeamMembership.Position.MEMBER
        if position not in TeamMembership.Position.values:
            raise Http404
        with self.told():
            membership = actions.join_team(
                person,
                team=self.team,
                user=request.user,
                position=position,
            )
        return self.after(None if self.refused else membership)

    def form_valid(self, form: MemberForm) -> HttpResponse:
        data = form.cleaned_data
        membership = None
        with self.told(form), transaction.atomic():
            person = actions.add_person(
                user=None,
                name=data["name"],
                phone=data["phone"],
                hamlet=data["hamlet"],
            )
            membership = actions.join_team(
                person,
                team=self.team,
                user=self.request.user,
                position=data["position"],
            )
        return self.form_invalid(form) if self.refused else self.after(membership)

    def after(self, membership: TeamMembership | None) -> HttpResponse:
        if membership is None:
            return redirect("people:add_member", uuid=self.team.uuid)
        messages.success(
            self.request, _("The member is added. Now invite them to sign in.")
        )
        return redirect("people:member", uuid=self.team.uuid, pk=membership.pk)


class MemberView(OneTeamMixin, TemplateView):
    """One member: position, and everything about signing in."""

    template_name = "people/member.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            rows = TeamMembership.objects.visible_to(request.user).filter(
                team=self.team, valid_to=None
            )
            self.membership = get_object_or_404(
                rows.select_related("person", "team"), pk=kwargs["pk"]
            )
            self.person = self.membership.person

    @property
    def login(self) -> User | None:
        logins = User.objects.filter(person=self.person).with_second_factor()
        return logins.first()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        login = self.login
        initial = {
            "position": self.membership.position,
            "phone_public": self.membership.phone_public,
        }
        return super().get_context_data(**kwargs) | {
            "membership": self.membership,
            "person": self.person,
            "login": login,
            "may_manage": login is None or actions.may_manage(self.request.user, login),
            "has_password": login is not None and login.has_usable_password(),
            "enrols_phones": settings.REGISTER_APP,
            "devices": list(login.devices.filter(revoked_at=None)) if login else [],
            "form": PositionForm(initial=initial),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        user, what = request.user, request.POST.get("do", "")
        here = reverse("people:member", args=[self.team.uuid, self.membership.pk])
        login = self.login
        with self.told():
            if what == "position":
                form = PositionForm(request.POST)
                if form.is_valid():
                    self.membership = actions.join_team(
                        self.person, team=self.team, user=user, **form.cleaned_data
                    )
                    messages.success(request, _("The position is changed."))
                    return redirect(
                        "people:member", uuid=self.team.uuid, pk=self.membership.pk
                    )
            elif what == "leave":
                actions.leave_team(self.membership, user=user)
                messages.success(request, _("The membership has ended."))
                return redirect("people:team", uuid=self.team.uuid)
            elif what == "invite":
                return slip(request, actions.invite(self.person, user=user), back=here)
            elif login is not None:
                answer = manage_login(request, login, what, back=here)
                if answer is not None:
                    return answer
        return redirect(here)


def manage_login(
    request: HttpRequest, login: User, what: str, *, back: str
) -> HttpResponse | None:
    """What an officer may do with a login in reach; a slip when a code was made."""
    user = request.user
    if what == "reset":
        drop = request.POST.get("drop_second_factor") == "on"
        return slip(
            request, actions.reset(login, user=user, drop_second_factor=drop), back=back
        )
    if what == "enrol" and settings.REGISTER_APP:
        return slip(request, actions.issue_enrolment(login, user=user), back=back)
    if what == "reactivate":
        actions.reactivate(login, user=user)
        messages.success(request, _("The login is open again."))
    elif what == "close":
        actions.close_login(login, user=user)
        messages.success(
            request, _("The login is closed; its sessions and phones too.")
        )
    elif what == "revoke":
        device = get_object_or_404(login.devices, uuid=request.POST.get("device"))
        actions.revoke_device(device, user=user)
        messages.success(request, _("The phone's rights are taken away."))
    return None
