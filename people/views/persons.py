"""People of the commune: /xa/dan/. Lists are searched without diacritics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView, View
from wagtail.log_actions import log

from people import actions
from people.canonical import canonical, clusters
from people.duplicates import homes_of, similar_to
from people.forms.persons import HomeForm, NewPersonForm, PersonForm
from people.leftovers import leftovers
from people.models import Household, Person, PersonPointer, Residence
from people.namesakes import namesakes
from people.querysets import PersonQuerySet
from people.registry import personal_data
from people.views.mixins import PAGE_SIZE, CommuneMixin, StaffMixin, hamlets_with
from pilot_communes.models import Succession, Unit
from pilot_communes.querysets import today

# More hits than this and the search wants another word.
MOST_HITS = 500
# Households of the same name that one page asks about.
MOST_NAMESAKES = 30


def present_homes() -> Prefetch:
    """The residence of today of each person, as `homes`."""
    return Prefetch(
        "residences",
        queryset=Residence.objects.valid_on().select_related("hamlet", "household"),
        to_attr="homes",
    )


def found_people(visible: PersonQuerySet, text: str) -> PersonQuerySet:
    """Search hits as the people they stand for: a merged record's name finds its person."""
    if not text:
        return visible.known()
    hits = visible.filter(erased_at=None).matching(text).order_by("pk")
    ends = canonical(hits.values_list("pk", flat=True)[:MOST_HITS])
    return visible.known().filter(pk__in=set(ends.values()))


def waiting_hamlets(unit_ids) -> set[int]:
    """Closed hamlets that went on in more than one: who lived there must be placed.

    With a single successor the map itself says where everybody went.
    """
    closed = (
        Unit.objects.hamlets()
        .filter(pk__in=unit_ids, valid_to__lte=today())
        .annotate(
            parts=Count("successions", filter=Q(successions__effective_on__lte=today()))
        )
        .filter(parts__gt=1)
    )
    return set(closed.values_list("pk", flat=True))


class PersonListView(CommuneMixin, TemplateView):
    """Known people on the ground in reach."""

    permission = "people.merge_person"
    section = "dan"
    template_name = "people/persons.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        text = self.request.GET.get("tim", "").strip()
        hamlet = self.request.GET.get("ap", "")
        people = found_people(Person.objects.visible_to(self.request.user), text)
        chosen = [unit for unit in self.hamlets if str(unit.pk) == hamlet]
        if chosen:
            people = people.living_in([chosen[0].pk])
        people = people.by_name().prefetch_related(present_homes())
        waiting = waiting_hamlets(
            self.request.user.reach().units_with("people.view_person")
        )
        unplaced = (
            Residence.objects.filter(
                valid_to=None, hamlet_id__in=waiting, person__isnull=False
            ).count()
            if waiting
            else 0
        )
        return super().get_context_data(**kwargs) | {
            "page": Paginator(people, PAGE_SIZE).get_page(self.request.GET.get("page")),
            "search": text,
            "hamlet": chosen[0] if chosen else None,
            "unplaced": unplaced,
        }


class AddPersonView(CommuneMixin, FormView):
    """Somebody new, after a look at who sounds alike."""

    permission = "people.add_person"
    section = "dan"
    template_name = "people/person_form.html"
    form_class = NewPersonForm

    def get_form_kwargs(self) -> dict[str, Any]:
        hamlets = hamlets_with(self.request.user, self.permission)
        return super().get_form_kwargs() | {"hamlets": hamlets}

    def form_valid(self, form: NewPersonForm) -> HttpResponse:
        data = form.cleaned_data
        if "anyway" not in self.request.POST:
            alike = similar_to(
                data["name"],
                hamlet_ids=[data["hamlet"].pk],
                among=Person.objects.visible_to(self.request.user),
                birth_year=data["birth_year"],
            )
            if alike:
                return self.render_to_response(
                    self.get_context_data(form=form, alike=alike)
                )
        with self.told(form):
            person = actions.add_person(user=self.request.user, **data)
        if self.refused:
            return self.form_invalid(form)
        messages.success(self.request, _("The person is on the list."))
        return redirect("people:person", uuid=person.uuid)


class OnePersonMixin(StaffMixin):
    """A screen about one person in reach; a merged record leads to the person it is."""

    permission = "people.view_person"
    section = "dan"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            visible = Person.objects.visible_to(request.user).filter(erased_at=None)
            self.person = get_object_or_404(visible, uuid=kwargs["uuid"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not request.user.has_perm(
            self.permission, self.person
        ):
            raise PermissionDenied(self.permission)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"person": self.person}

    def to_person(self, person: Person | None = None) -> HttpResponse:
        return redirect("people:person", uuid=(person or self.person).uuid)


class PersonView(OnePersonMixin, TemplateView):
    """Everything this room knows of a person."""

    template_name = "people/person.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        end = canonical([self.person.pk])[self.person.pk]
        if end != self.person.pk:
            visible = Person.objects.visible_to(request.user)
            return self.to_person(get_object_or_404(visible, pk=end))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, person = self.request.user, self.person
        may_merge = user.has_perm("people.merge_person", person)
        members = clusters([person.pk])[person.pk]
        pointers = PersonPointer.objects.filter(
            undone_at=None, from_person__in=members
        ).select_related("from_person", "to_person")
        homes = person.residences.select_related("hamlet", "household")
        alike = []
        if may_merge:
            alike = similar_to(
                person.name,
                hamlet_ids=homes_of(person),
                among=Person.objects.visible_to(user),
                birth_year=person.birth_year,
                but_not=person.pk,
            )
        return super().get_context_data(**kwargs) | {
            "homes": homes.order_by("-valid_to", "-valid_from", "-pk")[:20],
            "teams": person.team_memberships.valid_on().select_related("team"),
            "consents": person.consents.order_by("-taken_at")[:10],
            "pointers": list(pointers.order_by("pk")),
            "alike": alike,
            "may_merge": may_merge,
            "may_erase": user.has_perm("people.erase_person", person),
            "may_change": user.has_perm("people.change_person", person),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Take back a consent."""
        with self.told():
            purpose = request.POST.get("purpose", "")
            if actions.withdraw_consent(
                self.person, user=request.user, purpose=purpose
            ):
                messages.success(
                    request,
                    _(
                        "The consent is withdrawn. If the name should go too, erase it below."
                    ),
                )
        return self.to_person()


class ChangePersonView(OnePersonMixin, FormView):
    """Correct what we know of a person."""

    permission = "people.change_person"
    template_name = "people/person_form.html"
    form_class = PersonForm

    def get_initial(self) -> dict[str, Any]:
        return {field: getattr(self.person, field) for field in PersonForm.base_fields}

    def form_valid(self, form: PersonForm) -> HttpResponse:
        with self.told(form):
            actions.change_person(
                self.person, user=self.request.user, **form.cleaned_data
            )
        if self.refused:
            return self.form_invalid(form)
        messages.success(self.request, _("The entry is changed."))
        return self.to_person()


class MovePersonView(OnePersonMixin, FormView):
    """Where a person lives."""

    permission = "people.change_person"
    template_name = "people/home_form.html"
    form_class = HomeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        user = self.request.user
        hamlets = hamlets_with(user, self.permission)
        households = Household.objects.visible_to(user).standing_in(
            homes_of(self.person)
        )
        return super().get_form_kwargs() | {
            "hamlets": hamlets,
            "households": households.along_the_route(),
        }

    def get_initial(self) -> dict[str, Any]:
        home = self.person.residences.valid_on().order_by("-pk").first()
        if home is None:
            return {}
        return {
            "hamlet": home.hamlet_id,
            "household": home.household_id,
            "outside": home.outside,
        }

    def form_valid(self, form: HomeForm) -> HttpResponse:
        with self.told(form):
            actions.move_person(
                self.person, user=self.request.user, **form.cleaned_data
            )
        if self.refused:
            return self.form_invalid(form)
        messages.success(self.request, _("The home is stored."))
        return self.to_person()


class MergeView(OnePersonMixin, TemplateView):
    """Two records are one person: look at both, then decide. It can be undone."""

    permission = "people.merge_person"
    template_name = "people/merge.html"

    def chosen(self) -> Person | None:
        code = self.request.POST.get("voi") or self.request.GET.get("voi") or ""
        visible = Person.objects.visible_to(self.request.user).known()
        return visible.filter(pk=int(code) if code.isdigit() else 0).first()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, other = self.request.user, self.chosen()
        text = self.request.GET.get("tim", "").strip()
        found = []
        if text:
            people = found_people(Person.objects.visible_to(user), text)
            found = list(
                people.exclude(pk=self.person.pk)
                .by_name()
                .prefetch_related(present_homes())[:20]
            )
        preview = None
        if other is not None:
            with self.told():
                preview = actions.preview_merge(other, into=self.person, user=user)
        return super().get_context_data(**kwargs) | {
            "search": text,
            "found": found,
            "preview": preview,
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        other = self.chosen()
        if other is None:
            messages.error(request, _("Choose the other record first."))
            return redirect("people:merge", uuid=self.person.uuid)
        with self.told():
            actions.merge_persons(other, into=self.person, user=request.user)
            messages.success(
                request, _("The two are one person now. Below it can be undone.")
            )
        return self.to_person()


class UnmergeView(OnePersonMixin, View):
    """Undo a merge."""

    permission = "people.merge_person"

    def post(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        members = clusters([self.person.pk])
        keys = frozenset().union(*members.values())
        pointer = get_object_or_404(PersonPointer, pk=pk, from_person__in=keys)
        with self.told():
            actions.unmerge(pointer, user=request.user)
            messages.success(
                request, _("The merge is undone: these are two people again.")
            )
        return self.to_person()


class ErasePersonView(OnePersonMixin, TemplateView):
    """Being forgotten: what goes, what stays, and a tick before it happens."""

    permission = "people.erase_person"
    template_name = "people/erase.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        end = canonical([self.person.pk])[self.person.pk]
        persons = list(
            Person.objects.filter(pk__in=clusters([end])[end], erased_at=None)
        )
        found = namesakes(persons)
        doubtful = self.in_reach(found.doubtful)
        return super().get_context_data(**kwargs) | {
            "records": len(persons),
            "own": found.own,
            "doubtful": doubtful[:MOST_NAMESAKES],
            "more": max(0, len(doubtful) - MOST_NAMESAKES),
            "leftovers": leftovers(persons, self.request.user),
        }

    def in_reach(self, households: Sequence[Household]) -> list[Household]:
        """Those the officer sees, with their hamlet; first where the person is known."""
        if not households:
            return []
        rows = Household.objects.visible_to(self.request.user).filter(
            pk__in=[household.pk for household in households]
        )
        places = Residence.objects.valid_on().filter(person=None)
        found = list(
            rows.prefetch_related(
                Prefetch("residences", places.select_related("hamlet"), "homes")
            )
        )
        near = self.person.ground_ids
        return sorted(
            found,
            key=lambda row: (not near & {h.hamlet_id for h in row.homes}, row.pk),
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.POST.get("sure") != "on":
            messages.error(
                request, _("Tick that you are sure; erasing cannot be undone.")
            )
            return redirect("people:erase_person", uuid=self.person.uuid)
        chosen = Household.objects.visible_to(request.user).filter(
            pk__in=[int(key) for key in request.POST.getlist("ho") if key.isdecimal()]
        )
        actions.erase_person(self.person, user=request.user, households=list(chosen))
        messages.success(
            request, _("Erased. The counts stay, the name and the telephone are gone.")
        )
        return redirect("people:persons")


class ExportPersonView(OnePersonMixin, View):
    """A copy of everything held about a person, for the person who asks."""

    permission = "people.erase_person"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        end = canonical([self.person.pk])[self.person.pk]
        persons = list(
            Person.objects.filter(pk__in=clusters([end])[end]).order_by("pk")
        )
        data = {entry.name: entry.export(persons) for entry in personal_data}
        with transaction.atomic():
            log(self.person, "people.export", user=request.user)
        text = json.dumps(data, ensure_ascii=False, indent=2, cls=DjangoJSONEncoder)
        response = HttpResponse(text, content_type="application/json; charset=utf-8")
        name = str(self.person.uuid)[-8:]
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return response


class UnplacedView(CommuneMixin, TemplateView):
    """After a hamlet was split: people and households wait to be placed in a part of it."""

    permission = "people.change_household"
    section = "dan"
    template_name = "people/unplaced.html"

    def rows(self):
        units = self.request.user.reach().units_with(self.permission)
        if self.request.user.reach().everything:
            units = Unit.objects.hamlets().values_list("pk", flat=True)
        return (
            Residence.objects.filter(
                valid_to=None, hamlet_id__in=waiting_hamlets(units)
            )
            .exclude(person__erased_at__isnull=False)
            .select_related("person", "household", "hamlet")
            .order_by("hamlet__sort_name", "household__route", "household__order", "pk")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(self.rows(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        parts: dict[int, list[Unit]] = {}
        for step in Succession.objects.filter(
            predecessor__in={row.hamlet_id for row in page}, effective_on__lte=today()
        ).select_related("successor"):
            parts.setdefault(step.predecessor_id, []).append(step.successor)
        for row in page:
            row.parts = parts.get(row.hamlet_id, [])
        return super().get_context_data(**kwargs) | {"page": page}

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Place everything for which a part was chosen."""
        chosen = {
            int(name.removeprefix("r")): int(value)
            for name, value in request.POST.items()
            if name.startswith("r") and name[1:].isdigit() and value.isdigit()
        }
        units = Unit.objects.hamlets().valid_on().in_bulk(set(chosen.values()))
        placed = 0
        with self.told(), transaction.atomic():
            for row in self.rows().filter(pk__in=chosen):
                unit = units.get(chosen[row.pk])
                if unit is None:
                    continue
                since = unit.valid_from
                if row.person is None:
                    actions.place_household(
                        row.household, user=request.user, hamlet=unit, since=since
                    )
                else:
                    actions.move_person(
                        row.person,
                        user=request.user,
                        hamlet=unit,
                        household=row.household,
                        since=since,
                    )
                placed += 1
        if placed and not self.refused:
            messages.success(request, _("%(count)s are placed.") % {"count": placed})
        return redirect(f"{reverse('people:unplaced')}?xa={self.commune.code}")
