"""What the health page says of the register."""

from __future__ import annotations

from attendance import health
from attendance.models import RegisterEntry, TrainingSession
from tests.attendance.phones import Phone


def test_a_quiet_register_is_well(db):
    assert health.forks().ok and health.held().ok and health.folds().ok


def test_copied_phones_late_decisions_and_old_rules_show(
    post, phone, session, monkeypatch
):
    clone = Phone(phone.device, phone.ticket, phone.token)
    phone.heads(session.uuid, 3)
    clone.heads(session.uuid, 4)
    post(phone)
    post(clone)
    assert not health.forks().ok
    phone.walk_in(session.uuid, "Út Em")
    post(phone, phone.above(1))
    assert health.held().ok
    RegisterEntry.objects.update(received_at="2026-01-01T00:00:00Z")
    assert not health.held().ok
    assert health.folds().ok
    TrainingSession.objects.update(fold_version=1)
    monkeypatch.setattr(health, "FOLD_VERSION", 2)
    assert not health.folds().ok
