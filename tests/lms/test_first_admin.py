"""The first administrator of an empty system."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from people.models import RoleAssignment, User
from people.roles import Role

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("first_admin", *arguments, stdout=out)
    return out.getvalue()


def password_in(text: str) -> str:
    return re.search(r"\b[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}\b", text)[0]


def test_the_password_is_printed_once_and_must_be_changed(ground):
    password = password_in(run())
    user = User.objects.get(username="quantri")
    assert user.check_password(password)
    assert user.must_set_password
    assert user.reach().roles == {Role.ADMINISTRATOR}
    assert run() == ""
    assert User.objects.count() == 1


def test_a_lost_password_is_made_anew_only_before_the_first_sign_in(ground):
    first = password_in(run())
    second = password_in(run("--again"))
    user = User.objects.get(username="quantri")
    assert user.check_password(second)
    assert not user.check_password(first)
    User.objects.update(last_login=timezone.now())
    with pytest.raises(CommandError, match="another administrator resets"):
        run("--again")


def test_where_somebody_administers_already_nobody_is_made(cast):
    before = User.objects.count()
    assert run() == ""
    assert User.objects.count() == before


def test_without_a_province_the_remedy_is_named(db):
    with pytest.raises(CommandError, match="load_programme"):
        run()
    assert not RoleAssignment.objects.exists()


def test_the_sentences_are_vietnamese(ground):
    text = run()
    assert "shown once" not in text
    assert "Mật khẩu dùng một lần" in text
