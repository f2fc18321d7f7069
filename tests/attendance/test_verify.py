"""Two commands: one finds every difference, one mends what can be mended."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from attendance.models import (
    Attendance,
    EntryBody,
    HouseholdReach,
    RegisterEntry,
    TrainingSession,
)
from attendance.verify import verify
from common.ids import new_uuid
from tests import factories as make


@pytest.fixture
def register(post, phone, session, cast, ground):
    household = make.make_household("Ba Lành", ground.rach_moi)
    phone.consent(session.uuid)
    phone.mark(session.uuid, cast.bay.uuid)
    phone.walk_in(session.uuid, "Út Em", birth_year=1950)
    phone.write(session.uuid, "household", f"proxy/{household.uuid}", "child")
    phone.write(session.uuid, "photo", f"photo/{new_uuid()}", "paper", extra=["x"])
    phone.heads(session.uuid, 4)
    post(phone)
    return session


def run(command):
    out = io.StringIO()
    call_command(command, stdout=out, stderr=out)
    return out.getvalue()


def test_a_true_register_is_found_true(register):
    assert (
        run("verify_register") == "1 sessions, 6 entries, 1 devices: no difference.\n"
    )
    assert run("rebuild_register") == "1 sessions folded, 0 mended.\n"


COMPUTED = {
    "attendance": lambda: Attendance.objects.update(outcome="alone"),
    "missing attendance": lambda: Attendance.objects.all().delete(),
    "home": lambda: Attendance.objects.update(home_hamlet=None, home="unknown"),
    "household": lambda: HouseholdReach.objects.all().delete(),
    "status": lambda: TrainingSession.objects.update(status="planned"),
    "state": lambda: TrainingSession.objects.update(state={}),
    "older rules": lambda: TrainingSession.objects.update(fold_version=0),
}


@pytest.mark.parametrize("what", COMPUTED)
def test_whatever_is_computed_wrongly_is_found_and_mended(register, what):
    COMPUTED[what]()
    with pytest.raises(CommandError, match=r"Run rebuild_register"):
        run("verify_register")
    assert "1 mended" in run("rebuild_register")
    assert verify().differences == []


WRITTEN = {
    "changed header": lambda: RegisterEntry.objects.filter(seq=2).update(
        occurred_at="2026-11-21T00:00:00Z"
    ),
    "changed body": lambda: EntryBody.objects.update(bytes=b"{}"),
    "broken link": lambda: RegisterEntry.objects.filter(seq=3).update(
        header_hash="1" * 64
    ),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_a_log_that_somebody_touched_is_found_out(register, what):
    WRITTEN[what]()
    assert any(what in line for line in verify().differences)


def test_gaps_and_forks_are_noted_and_are_no_difference(post, phone, session):
    for count in range(4):
        phone.heads(session.uuid, count)
    post(phone, [*phone.entries[:1], *phone.entries[3:]])
    found = verify()
    assert found.differences == []
    assert found.notes == [f"device {phone.device[-8:]}: 2 to 3 missing"]


def test_erased_bodies_leave_the_chain_whole(register):
    EntryBody.objects.update(bytes=None)
    assert verify().differences == []
