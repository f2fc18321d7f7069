"""“Bắt đầu xã của tôi”: five steps read from the data, for those who draw the map."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from lms.first_steps import Code, Entrance, first_steps
from people.actions import close_login, invite, use_code
from people.models import Device, User
from pilot_communes.models import PopulationFigure, TeamHamlet
from tests import factories as make

URL = "/xa/bat-dau/"


@pytest.fixture
def empty(ground):
    """A commune of the province in which nothing has begun."""
    return make.make_unit(
        "Phan Ngọc Hiển", "commune", parent=ground.province, code="32244"
    )


@pytest.fixture
def signed_in(client):
    """A client signed in with the second step shown, as the staff screens demand it."""

    def sign_in(user):
        client.force_login(user)
        session = client.session
        session["second_factor_set_up"] = True
        session.save()
        return client

    return sign_in


def states(commune):
    return {step.code: step.is_done for step in first_steps(commune).steps}


def test_an_empty_commune_begins_with_its_hamlets(empty):
    found = first_steps(empty)
    assert not any(states(empty).values())
    assert found.next_step.code == Code.HAMLETS
    assert [step.number for step in found.steps] == [1, 2, 3, 4, 5]
    assert [step.code for step in found.steps if step.is_optional] == [Code.BASES]
    assert all(step.facts == () for step in found.steps)


def test_the_leaf_of_the_unknown_hamlet_is_no_hamlet(empty):
    make.make_unit("ấp chưa rõ", "hamlet", parent=empty, is_unknown=True)
    assert not states(empty)[Code.HAMLETS]
    make.make_unit("Rạch Cóc", "hamlet", parent=empty)
    assert states(empty)[Code.HAMLETS]


def test_a_leader_is_followed_on_the_way_in(ground, cast):
    hamlet = make.make_unit("Rạch Dơi", "hamlet", parent=ground.dat_mui)
    TeamHamlet.objects.all().delete()
    team = make.make_team("Tổ ấp Rạch Dơi", ground.dat_mui, hamlet)
    leader = make.make_person("Huỳnh Văn Sáu", hamlet)
    make.join_team(leader, team, "leader")

    def entrance():
        steps = first_steps(ground.dat_mui).steps
        return next(x.entrance for x in steps[1].leaders if x.name == leader.name)

    assert entrance() == Entrance.NOT_INVITED
    issued = invite(leader, user=cast.hanh)
    assert entrance() == Entrance.WAITING
    login = User.objects.get(person=leader)
    login.codes.update(expires_at=timezone.now() - dt.timedelta(hours=1))
    assert entrance() == Entrance.LAPSED
    issued = invite(leader, user=cast.hanh)
    use_code(username=login.username, code=issued.code)
    User.objects.filter(pk=login.pk).update(last_login=timezone.now())
    assert entrance() == Entrance.WAITING
    User.objects.filter(pk=login.pk).update(must_set_password=False)
    assert entrance() == Entrance.IN
    Device.objects.create(user=login)
    assert entrance() == Entrance.SAFE
    close_login(login, user=None)
    assert entrance() == Entrance.CLOSED


def test_a_revoked_phone_and_recovery_codes_are_no_second_step(ground, cast):
    User.objects.filter(pk=cast.tam.pk).update(last_login=timezone.now())
    assert not states(ground.dat_mui)[Code.PHONES]
    Device.objects.create(user=cast.tam, revoked_at=timezone.now())
    Device.objects.create(user=cast.tam, kind=Device.Kind.SERVER)
    Authenticator.objects.create(
        user=cast.tam, type=Authenticator.Type.RECOVERY_CODES, data={}
    )
    assert not states(ground.dat_mui)[Code.PHONES]
    Authenticator.objects.create(
        user=cast.tam, type=Authenticator.Type.TOTP, data={"secret": "x"}
    )
    assert states(ground.dat_mui)[Code.PHONES]


def test_a_household_or_a_declared_base_ticks_the_optional_step(ground):
    assert not states(ground.dat_mui)[Code.BASES]
    estimated = {"group": "households", "date": dt.date(2026, 1, 1), "source": "x"}
    PopulationFigure.objects.create(
        unit=ground.dat_mui, value=900, quality="estimated", **estimated
    )
    assert not states(ground.dat_mui)[Code.BASES]
    make.make_household("Trần Văn Hai", ground.rach_moi)
    assert states(ground.dat_mui)[Code.BASES]
    assert not states(ground.tan_an)[Code.BASES]


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"status": "closed"}, True),
        ({"kind": "rehearsal"}, False),
        ({"status": "cancelled", "cancel_reason": "mưa"}, False),
    ],
)
def test_a_session_that_was_planned_ticks_the_last_step(ground, fields, counts):
    make.make_session(ground.rach_moi, ground.team, **fields)
    assert states(ground.dat_mui)[Code.SESSION] is counts
    assert not states(ground.tan_an)[Code.SESSION]


def test_five_steps_cost_the_same_whatever_the_commune_holds(
    ground, cast, django_assert_num_queries
):
    with django_assert_num_queries(11):
        first_steps(ground.dat_mui)
    for number in range(3):
        team = make.make_team(f"Tổ {number}", ground.dat_mui, ground.kinh_tu)
        person = make.make_person(f"Lê Văn {number}", ground.kinh_tu)
        make.join_team(person, team, "leader")
        make.make_user(f"l{number}", person)
    with django_assert_num_queries(11):
        first_steps(ground.dat_mui)


def test_the_coordinator_sees_her_commune_and_one_next_action(cast, signed_in):
    page = signed_in(cast.hanh).get(URL)
    text = page.content.decode()
    assert "Đất Mũi" in text
    assert "Tân Ân" not in text
    assert text.count('class="button"') == 1
    assert text.count('class="card next"') == 1


def test_another_commune_does_not_exist_for_her(cast, signed_in):
    client = signed_in(cast.hanh)
    assert client.get(URL, {"xa": "32236"}).status_code == 404
    assert client.get(URL, {"xa": "96"}).status_code == 404
    assert client.get(URL, {"xa": "x" * 50}).status_code == 404


@pytest.mark.parametrize("who", ["mai", "quan"])
def test_the_province_chooses_a_commune_by_its_code(cast, signed_in, who):
    client = signed_in(getattr(cast, who))
    choice = client.get(URL).content.decode()
    assert 'value="32248"' in choice and 'value="32236"' in choice
    page = client.get(URL, {"xa": "32236"})
    assert "Tân Ân" in page.content.decode()


def test_every_link_of_the_page_opens(cast, ground, empty, signed_in):
    make.give_role(cast.hanh, "commune_coordinator", empty)
    client = signed_in(cast.hanh)
    for code in ("32248", "32244"):
        page = client.get(URL, {"xa": code})
        links = {link.url for row in page.context["rows"] for link in row.links}
        assert len(links) >= 6
        for url in links:
            assert client.get(url).status_code == 200, url


def test_the_province_is_shown_no_door_that_stays_shut(cast, signed_in):
    client = signed_in(cast.mai)
    page = client.get(URL, {"xa": "32248"})
    links = {link.url for row in page.context["rows"] for link in row.links}
    assert reverse("attendance:plan") not in links
    for url in links:
        assert client.get(url).status_code == 200, url


@pytest.mark.parametrize("who", ["tam", "lan", "dung", "thu", "thao"])
def test_who_does_not_draw_the_map_is_refused(cast, signed_in, who):
    assert signed_in(getattr(cast, who)).get(URL).status_code == 403


def test_when_all_is_done_the_page_leads_on(cast, ground, signed_in):
    make.make_session(ground.rach_moi, ground.team)
    User.objects.filter(pk=cast.tam.pk).update(last_login=timezone.now())
    Device.objects.create(user=cast.tam)
    page = signed_in(cast.hanh).get(URL)
    assert page.context["found"].is_ready
    assert page.context["home_url"] in page.content.decode()
    assert page.content.decode().count('class="button"') == 1


def test_the_page_names_only_whom_the_step_still_needs_and_not_all(
    cast, ground, signed_in
):
    for number in range(12):
        team = make.make_team(f"Tổ {number}", ground.dat_mui, ground.kinh_tu)
        make.join_team(make.make_person(f"Lê Văn Số {number:02d}"), team, "leader")
    make.make_user("in", make.make_person("Trịnh Văn Xong"), last_login=timezone.now())
    inside = User.objects.get(username="in")
    Device.objects.create(user=inside)
    make.join_team(inside.person, team, "deputy")
    page = signed_in(cast.hanh).get(URL)
    text = page.content.decode()
    invite_step, phone_step = page.context["found"].steps[1:3]
    assert len(invite_step.shown) == 8
    assert invite_step.more == 5  # twelve new leaders and anh Tâm, who never signed in
    assert phone_step.shown == ()
    assert "và 5 người nữa" in text
    assert "Trịnh Văn Xong" not in text
