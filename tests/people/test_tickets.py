"""Enrolled phones and the tickets they write with."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from common.ids import new_uuid
from people import actions
from people.actions.devices import TICKET_DAYS
from people.models import AuthorTicket, Device, TeamMembership
from pilot_communes.querysets import today
from tests import factories as make


@pytest.fixture
def phone(cast):
    code = actions.issue_enrolment(cast.tam, user=cast.hanh).code
    return actions.enrol_device(username="tam", code=code, label="Máy anh Tâm")


def test_a_phone_is_bound_by_the_officers_code_once(cast, phone):
    assert (phone.user, phone.enrolled_by) == (cast.tam, cast.hanh)
    with pytest.raises(ValidationError):
        actions.enrol_device(username="tam", code="ABCD2345")


def test_enrolling_does_not_touch_the_password(cast, phone):
    cast.tam.refresh_from_db()
    assert not cast.tam.must_set_password
    assert cast.tam.check_password(make.PASSWORD)


def test_an_invitation_enrols_no_phone_and_an_enrolment_opens_no_door(cast):
    invitation = actions.reset(cast.tam, user=cast.hanh).code
    with pytest.raises(ValidationError):
        actions.enrol_device(username="tam", code=invitation)
    enrolment = actions.issue_enrolment(cast.tam, user=cast.hanh).code
    with pytest.raises(ValidationError):
        actions.use_code(username="tam", code=enrolment)


def test_a_phone_is_not_bound_twice(cast, phone):
    code = actions.issue_enrolment(cast.lan, user=cast.hanh).code
    with pytest.raises(ValidationError) as refused:
        actions.enrol_device(username="lan", code=code, uuid=phone.uuid)
    assert refused.value.code == "bound"


def test_a_ticket_names_user_device_team_and_days(
    cast, ground, phone, django_assert_num_queries
):
    token = actions.issue_ticket(cast.tam, device=phone, team=ground.team)
    with django_assert_num_queries(1):
        ticket = actions.verify_ticket(token)
        assert (ticket.user, ticket.device, ticket.team) == (
            cast.tam,
            phone,
            ground.team,
        )
    assert ticket.valid_from == make.BEGAN
    assert ticket.valid_to == today() + dt.timedelta(days=TICKET_DAYS)
    assert ticket.holds_on(today())
    assert not ticket.holds_on(make.BEGAN - dt.timedelta(days=1))
    assert not ticket.holds_on(today() + dt.timedelta(days=TICKET_DAYS + 1))


def test_a_ticket_is_renewed_not_multiplied(cast, ground, phone):
    first = actions.issue_ticket(cast.tam, device=phone, team=ground.team)
    assert actions.issue_ticket(cast.tam, device=phone, team=ground.team)
    assert AuthorTicket.objects.count() == 1
    assert actions.verify_ticket(first)


def test_a_ticket_never_outlasts_the_membership(cast, ground, phone):
    end = today() + dt.timedelta(days=5)
    TeamMembership.objects.filter(person=cast.persons.tam).update(valid_to=end)
    assert actions.ticket_for(cast.tam, device=phone, team=ground.team).valid_to == end


def test_nobody_gets_a_ticket_for_a_team_he_is_not_in(cast, ground, phone):
    with pytest.raises(PermissionDenied):
        actions.issue_ticket(cast.tam, device=phone, team=ground.other_team)
    with pytest.raises(PermissionDenied):
        actions.issue_ticket(cast.lan, device=phone, team=ground.team)
    own = Device.objects.create(user=cast.thao)
    with pytest.raises(PermissionDenied):
        actions.issue_ticket(cast.thao, device=own, team=None)


def test_a_commune_coordinator_gets_one_for_the_whole_commune(cast, ground):
    own = Device.objects.create(user=cast.hanh)
    assert actions.ticket_for(cast.hanh, device=own, team=ground.team).holds_on(today())
    assert actions.ticket_for(cast.hanh, device=own, team=None).team is None
    with pytest.raises(PermissionDenied):
        actions.ticket_for(cast.hanh, device=own, team=ground.other_team)


@pytest.mark.parametrize("change", ["", "x", "tail", "head"])
def test_a_forged_token_is_refused(cast, ground, phone, change):
    token = actions.issue_ticket(cast.tam, device=phone, team=ground.team)
    forged = {"": "", "x": "x", "tail": token[:-3] + "abc", "head": "A" + token}[change]
    with pytest.raises(actions.TicketRefused) as refused:
        actions.verify_ticket(forged)
    assert refused.value.code == "malformed"


def test_a_ticket_of_a_database_that_is_gone_is_unknown(cast, ground, phone):
    token = actions.issue_ticket(cast.tam, device=phone, team=ground.team)
    AuthorTicket.objects.update(uuid=new_uuid())
    with pytest.raises(actions.TicketRefused) as refused:
        actions.verify_ticket(token)
    assert refused.value.code == "unknown"


def test_a_lost_phone_loses_its_rights_but_its_ticket_is_still_known(
    cast, ground, phone
):
    token = actions.issue_ticket(cast.tam, device=phone, team=ground.team)
    with pytest.raises(PermissionDenied):
        actions.revoke_device(phone, user=cast.dao)
    actions.revoke_device(phone, user=cast.hanh)
    ticket = actions.verify_ticket(token)
    assert not ticket.holds_on(today())
    phone.refresh_from_db()
    with pytest.raises(PermissionDenied):
        actions.ticket_for(cast.tam, device=phone, team=ground.team)


def test_closing_a_login_revokes_its_phones(cast, ground, phone):
    actions.issue_ticket(cast.tam, device=phone, team=ground.team)
    actions.close_login(cast.tam, user=cast.hanh)
    phone.refresh_from_db()
    assert phone.revoked_at is not None
    assert not AuthorTicket.objects.filter(revoked_at=None).exists()
