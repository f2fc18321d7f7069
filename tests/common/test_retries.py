"""A transaction that met another one is tried again, and nothing else is."""

from __future__ import annotations

import pytest
from django.db import OperationalError, transaction

from common import retries
from common.retries import Raced, retrying


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(retries.time, "sleep", lambda seconds: None)


@pytest.fixture
def attempts():
    return []


def failing(attempts, error, times):
    @retrying
    def act():
        attempts.append(1)
        if len(attempts) <= times:
            raise error
        return "done"

    return act


@pytest.mark.django_db(transaction=True)
def test_what_passes_is_tried_again(attempts):
    assert failing(attempts, Raced("twice"), 3)() == "done"
    assert len(attempts) == 4


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_passes(attempts):
    class Deadlock(Exception):
        sqlstate = "40P01"

    error = OperationalError("deadlock detected")
    error.__cause__ = Deadlock()
    assert failing(attempts, error, 1)() == "done"


@pytest.mark.django_db(transaction=True)
def test_what_does_not_pass_is_raised_at_once(attempts):
    with pytest.raises(OperationalError):
        failing(attempts, OperationalError("no such table"), 1)()
    assert len(attempts) == 1


@pytest.mark.django_db(transaction=True)
def test_it_ends(attempts):
    with pytest.raises(Raced):
        failing(attempts, Raced("for ever"), 1000)()
    assert len(attempts) == retries.ATTEMPTS


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_the_outer_one_must_try_again(attempts):
    with pytest.raises(Raced), transaction.atomic():
        failing(attempts, Raced("twice"), 1)()
    assert len(attempts) == 1
