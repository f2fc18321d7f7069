"""One-time codes: used once, out after seven days, not to be guessed, never in a log."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
import time_machine
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from people import actions
from people.codes import ALPHABET, hashed, new_code, spaced
from people.models import OneTimeCode, User
from people.roles import Role
from tests import factories as make
from tests.people.dump import all_rows, tables_with


@pytest.fixture
def issued(cast):
    return actions.reset(cast.lan, user=cast.hanh)


def refused(**given) -> str:
    with pytest.raises(ValidationError) as error:
        actions.use_code(**given)
    return error.value.code


def test_codes_have_no_letter_that_reads_like_another():
    assert not set("01OIL") & set(ALPHABET)
    for _try in range(200):
        code = new_code()
        assert len(code) == 8
        assert set(code) <= set(ALPHABET)
    assert spaced("ABCD2345") == "ABCD 2345"


def test_a_code_works_once(issued):
    row = actions.use_code(username=issued.login.username, code=issued.code)
    assert row.user.must_set_password
    assert refused(username=issued.login.username, code=issued.code) == "wrong"


def test_typing_it_in_groups_or_small_letters_is_the_same(issued):
    typed = f" {issued.code[:4].lower()}-{issued.code[4:].lower()} "
    assert actions.use_code(username=issued.login.username, code=typed).used_at


def test_a_code_runs_out_after_seven_days(issued):
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, minutes=1)):
        assert refused(username=issued.login.username, code=issued.code) == "expired"
    with time_machine.travel(timezone.now() + dt.timedelta(days=6, hours=23)):
        assert actions.use_code(username=issued.login.username, code=issued.code)


def test_a_newer_code_takes_the_older_ones_place(cast, issued):
    newer = actions.reset(cast.lan, user=cast.hanh)
    assert refused(username=cast.lan.username, code=issued.code) == "wrong"
    assert actions.use_code(username=cast.lan.username, code=newer.code)


def test_a_code_opens_only_its_own_login(cast, issued):
    assert refused(username=cast.tam.username, code=issued.code) == "wrong"


def test_guessing_is_stopped_and_the_right_code_must_wait(own_clock_cache, issued):
    for _try in range(5):
        assert refused(username=issued.login.username, code=new_code()) == "wrong"
    assert refused(username=issued.login.username, code=issued.code) == "slow"
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        assert actions.use_code(username=issued.login.username, code=issued.code)


class CountsAsTheDatabaseDoes(LocMemCache):
    """Counts up as `DatabaseCache` does, and gives the row five minutes by that."""

    incr = BaseCache.incr


def test_the_wait_is_as_long_as_the_sentence_says(settings, issued):
    backend = f"{__name__}.CountsAsTheDatabaseDoes"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": issued.code}}
    for _try in range(6):
        refused(username=issued.login.username, code=new_code())
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6)):
        assert refused(username=issued.login.username, code=issued.code) == "slow"
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=22)):
        assert actions.use_code(username=issued.login.username, code=issued.code)


def test_a_hall_of_thirty_uses_its_codes_from_one_address(cast, ground):
    for number in range(30):
        person = make.make_person(f"Tổ viên {number}", ground.rach_moi)
        make.join_team(person, ground.team)
        one = actions.invite(person, user=cast.hanh)
        assert actions.use_code(
            username=one.login.username, code=one.code, address="203.0.113.7"
        )


def test_a_code_of_a_closed_login_is_dead(cast, issued):
    actions.close_login(cast.lan, user=cast.hanh)
    assert refused(username=cast.lan.username, code=issued.code) == "wrong"


def test_only_a_keyed_hash_is_stored(issued, settings):
    assert tables_with(issued.code, spaced(issued.code)) == set()
    before = hashed(issued.code)
    settings.PEPPER = "another-" + "p" * 50
    assert hashed(issued.code) != before


def test_neither_code_nor_name_comes_into_a_log(cast, client, caplog):
    with caplog.at_level(logging.DEBUG):
        one = actions.reset(cast.lan, user=cast.hanh)
        client.post("/vao/ma/", {"username": cast.lan.username, "code": "SAISAI22"})
        client.post("/vao/ma/", {"username": cast.lan.username, "code": one.code})
    assert one.code not in caplog.text
    assert make.PASSWORD not in caplog.text
    log_rows = "\n".join(all_rows()["wagtailcore_modellogentry"])
    assert one.code not in log_rows
    assert "Lê Thị Lan" not in log_rows


def test_usernames_tell_nothing_of_their_holder(cast, ground):
    person = make.make_person("Hồ Văn Kín", ground.rach_moi, phone="0900000009")
    make.join_team(person, ground.team)
    name = actions.invite(person, user=cast.hanh).login.username
    assert name[:2] == "tv"
    assert name[2:].isdigit()
    assert "kin" not in name


def test_who_signs_in_already_is_not_invited_again(cast):
    with pytest.raises(ValidationError) as error:
        actions.invite(cast.persons.lan, user=cast.hanh)
    assert error.value.code == "has_login"


# Who may reset whom: rows are the actors, the names are those they may.
MAY_RESET = {
    "tam": set(),
    "lan": set(),
    "hanh": {"tam", "lan"},
    "son": set(),
    "dao": {"son"},
    "mai": {"tam", "lan", "son", "hanh", "dao"},
    "dung": set(),
    "thu": set(),
    "quan": {"tam", "lan", "son", "hanh", "dao", "mai", "dung", "thu", "thao"},
    "thao": set(),
}


@pytest.mark.parametrize("actor", MAY_RESET)
def test_a_login_is_reset_only_by_who_stands_above_all_its_hats(cast, actor):
    user = getattr(cast, actor)
    allowed = set()
    for name in MAY_RESET:
        try:
            actions.reset(getattr(cast, name), user=user)
        except PermissionDenied:
            continue
        allowed.add(name)
    assert allowed == MAY_RESET[actor]


def test_a_team_member_who_is_also_an_officer_is_out_of_the_communes_hands(
    cast, ground
):
    make.give_role(cast.lan, Role.EDITOR, ground.province)
    with pytest.raises(PermissionDenied):
        actions.reset(cast.lan, user=cast.hanh)
    with pytest.raises(PermissionDenied):
        actions.close_login(cast.lan, user=cast.hanh)


def test_a_lost_phone_takes_the_second_step_with_it(cast):
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(cast.lan, "JBSWY3DPEHPK3PXP")
    actions.reset(cast.lan, user=cast.hanh)
    assert Authenticator.objects.filter(user=cast.lan).exists()
    actions.reset(cast.lan, user=cast.hanh, drop_second_factor=True)
    assert not Authenticator.objects.filter(user=cast.lan).exists()


def test_unused_logins_go_to_sleep_and_are_woken_by_the_commune(cast, settings):
    now = timezone.now()
    old = now - dt.timedelta(days=settings.INACTIVE_DAYS + 1)
    User.objects.update(date_joined=old, last_login=now)
    User.objects.filter(pk__in=[cast.tam.pk, cast.lan.pk]).update(last_login=old)
    # Lan's phone was in touch yesterday: she works, though she never signs in.
    make_device(cast.lan, last_seen_at=now - dt.timedelta(days=1))
    assert actions.disable_dormant() == 1
    cast.tam.refresh_from_db()
    cast.lan.refresh_from_db()
    assert (cast.tam.is_active, cast.lan.is_active) == (False, True)
    assert cast.tam.dormant_at is not None
    with pytest.raises(PermissionDenied):
        actions.reactivate(cast.tam, user=cast.dao)
    actions.reactivate(cast.tam, user=cast.hanh)
    assert actions.disable_dormant() == 0
    cast.tam.refresh_from_db()
    assert (cast.tam.is_active, cast.tam.dormant_at) == (True, None)


def make_device(user, **fields):
    from people.models import Device

    return Device.objects.create(user=user, **fields)


def test_old_codes_are_deleted_in_time(issued):
    from people.personal_data import retire_old_data

    retire_old_data(timezone.localdate() + dt.timedelta(days=20))
    assert OneTimeCode.objects.exists()
    retire_old_data(timezone.localdate() + dt.timedelta(days=40))
    assert not OneTimeCode.objects.exists()
