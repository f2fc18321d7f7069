"""A leader's own number: only its owner agrees, and takes it back."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from people.actions import join_team
from people.actions.showing import hide_my_phone, show_my_phone
from people.consents import PUBLIC_PHONE, TEXTS, load_consent_texts
from people.models import Consent, ConsentText, Person, TeamMembership

PAGE = "/vao/toi/so-dien-thoai/"


def number(user) -> None:
    Person.objects.filter(pk=user.person_id).update(phone="0900000091")
    user.person.phone = "0900000091"


def shown() -> list[str]:
    rows = TeamMembership.objects.called_by_residents()
    return list(rows.values_list("person__phone", flat=True))


def test_agreeing_is_dated_and_twice_is_once(cast):
    number(cast.tam)
    first = show_my_phone(user=cast.tam)
    assert show_my_phone(user=cast.tam) == first
    assert (first.purpose, first.mode, first.taken_by) == (
        PUBLIC_PHONE,
        "screen",
        cast.tam,
    )
    assert first.taken_at is not None
    assert shown() == ["0900000091"]


def test_taking_it_back_is_dated_too_and_agreeing_again_is_new(cast):
    number(cast.tam)
    first = show_my_phone(user=cast.tam)
    assert hide_my_phone(user=cast.tam) is True
    assert hide_my_phone(user=cast.tam) is False
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert shown() == []
    assert show_my_phone(user=cast.tam) != first
    assert shown() == ["0900000091"]


@pytest.mark.parametrize("name", ["lan", "hanh", "mai"])
def test_who_leads_no_team_shows_no_number(name, cast):
    user = getattr(cast, name)
    number(user)
    with pytest.raises(ValidationError):
        show_my_phone(user=user)
    assert Consent.objects.filter(purpose=PUBLIC_PHONE).count() == 0


def test_without_a_number_there_is_nothing_to_agree_to(cast):
    with pytest.raises(ValidationError):
        show_my_phone(user=cast.tam)


def test_who_leads_no_longer_is_not_called(cast, ground):
    number(cast.tam)
    show_my_phone(user=cast.tam)
    join_team(cast.tam.person, team=ground.team, user=cast.hanh, position="member")
    assert shown() == []


def test_the_officer_takes_a_number_off_but_cannot_put_it_on(cast, ground):
    number(cast.tam)
    officer = {"team": ground.team, "user": cast.hanh, "position": "leader"}
    join_team(cast.tam.person, phone_public=True, **officer)
    assert shown() == []
    show_my_phone(user=cast.tam)
    assert shown() == ["0900000091"]
    join_team(cast.tam.person, phone_public=False, **officer)
    assert shown() == []


def test_the_screen_says_the_words_and_does_both(cast, client):
    number(cast.tam)
    client.force_login(cast.tam)
    page = client.get(PAGE).text
    assert next(body for purpose, *_, body in TEXTS if purpose == PUBLIC_PHONE) in page
    assert "0900000091" in page
    assert (
        "Bà con đang thấy số này" in client.post(PAGE, {"do": "show"}, follow=True).text
    )
    assert shown() == ["0900000091"]
    page = client.post(PAGE, {"do": "hide"}, follow=True).text
    assert "Bà con không còn thấy số của anh chị nữa." in page
    assert shown() == []


def test_a_member_reads_why_there_is_no_button(cast, client):
    client.force_login(cast.lan)
    page = client.get(PAGE).text
    assert "Chỉ tổ trưởng, tổ phó mới để số cho bà con gọi." in page
    assert '<button class="button" name="do"' not in page


def test_the_way_there_starts_at_ones_own_login(cast, client):
    client.force_login(cast.tam)
    assert f'href="{PAGE}"' in client.get(reverse("mfa_index")).text


def test_the_words_are_stored_once_for_each_version(db):
    load_consent_texts()
    assert load_consent_texts() == 0
    assert ConsentText.objects.filter(purpose=PUBLIC_PHONE).count() == 1
