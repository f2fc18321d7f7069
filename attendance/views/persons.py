"""One person of a session: what is told later, and taking somebody out again."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from attendance.forms import PersonForm
from attendance.marks import Shown, as_corrections, presence_drafts
from attendance.models import TrainingSession
from attendance.newcomers import OUTSIDE
from attendance.reading import PRESENT, Reading
from attendance.roster import household_named, households_in, people_of
from attendance.views.access import TAKE, put_down, screen, session_for
from attendance.views.people import other_hamlets
from attendance.views.register import reason_of
from common.names import fold_name
from people.actions.homes import add_household, move_person
from people.actions.persons import change_person
from people.models import Household, Person, Residence
from pilot_communes.models import Unit


@screen
def person(request: HttpRequest, session: uuid.UUID, person: uuid.UUID) -> HttpResponse:
    """The rest of a person, whenever there is time for it."""
    found = session_for(request, session, TAKE)
    somebody = get_object_or_404(people_of(found, request.user), uuid=person)
    reading = Reading.of(found)
    home = (
        Residence.objects.valid_on()
        .filter(person=somebody)
        .select_related("household", "hamlet")
    )
    residence = home.first()
    hamlets = other_hamlets(found)
    households = households_in(found, request.user)
    if request.POST.get("di") == "bo":
        return _leave(request, found, somebody)
    form = PersonForm(
        request.POST or None,
        host=found.host,
        hamlets=hamlets,
        initial=_known_of(found, somebody, residence),
    )
    if request.method == "POST" and form.is_valid():
        try:
            _complete(
                request.user, found, somebody, residence, form, households, hamlets
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("Saved: %(name)s.") % {"name": form.cleaned_data["name"]}
            )
            return redirect("attendance:register", found.uuid)
    return render(
        request,
        "attendance/person.html",
        {
            "section": "so",
            "tab": "today",
            "session": found,
            "somebody": somebody,
            "form": form,
            "households": households,
            "is_present": reading.is_present(somebody.uuid),
            "is_closed": found.status == found.Status.CLOSED,
        },
    )


def _known_of(
    session: TrainingSession, somebody: Person, residence: Residence | None
) -> dict[str, Any]:
    home = ""
    if residence is not None:
        if residence.outside:
            home = OUTSIDE
        elif residence.hamlet_id not in (None, session.host_id):
            home = str(residence.hamlet.uuid)
    household = residence.household if residence is not None else None
    return {
        "name": somebody.name,
        "usual_name": somebody.usual_name,
        "birth_year": somebody.birth_year,
        "sex": somebody.sex,
        "phone": somebody.phone,
        "household": household.head_name if household is not None else "",
        "home": home,
    }


def _complete(
    user: Any,
    session: TrainingSession,
    somebody: Person,
    residence: Residence | None,
    form: PersonForm,
    households: list[Household],
    hamlets: list[Unit],
) -> None:
    """Write what changed about the person and the home."""
    data = form.cleaned_data
    fields = ("name", "usual_name", "birth_year", "sex", "phone")
    news = {key: data[key] for key in fields if data[key] != getattr(somebody, key)}
    if news:
        change_person(somebody, user=user, **news)
    if not {"household", "home"} & set(form.changed_data):
        return
    household = None
    if data["household"]:
        household = household_named(data["household"], households)
        if household is None and residence is not None and residence.household_id:
            same = fold_name(residence.household.head_name) == fold_name(
                data["household"]
            )
            household = residence.household if same else None
        if household is None:
            household = add_household(
                user=user, hamlet=session.host, head_name=data["household"]
            )
    units = {str(unit.uuid): unit for unit in hamlets}
    outside = data["home"] == OUTSIDE
    move_person(
        somebody,
        user=user,
        hamlet=None if outside else units.get(data["home"], session.host),
        household=household,
        outside=outside,
    )


def _leave(
    request: HttpRequest, session: TrainingSession, somebody: Person
) -> HttpResponse:
    """Take somebody out of the session again; the person stays on the hamlet's list."""
    reason_form, reason = reason_of(request, session)
    if reason_form is not None and not reason:
        messages.error(
            request, _("This session is closed. Please write why the record changes.")
        )
        return redirect("attendance:person", session.uuid, somebody.uuid)
    cell = Reading.of(session).of_person("presence", somebody.uuid)
    if cell.value == PRESENT:
        drafts = presence_drafts([Shown(str(somebody.uuid), (cell,))], set())
        put_down(request, session, as_corrections(drafts, reason) if reason else drafts)
        messages.success(
            request, _("Taken out of this session: %(name)s.") % {"name": somebody.name}
        )
    back = "add" if request.POST.get("ve") == "them" else "register"
    return redirect(f"attendance:{back}", session.uuid)
