"""A small province for a server process: made, and looked at, by processes of its own.

`python -m tests.attendance.world make` fills an empty database and prints what phones
need to know; `… report` prints what the register holds. Both read the environment as the
server does.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PHONES = 8
PEOPLE = 40
SESSIONS = 5
DATE = "2026-11-20"


def run(environment: Mapping[str, str], *words: str) -> Any:
    """Run this module in a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.attendance.world", *words],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def differences() -> str:
    """What `verify_register` and `verify_figures` complain about; nothing is good."""
    from django.core.management import CommandError, call_command

    out = io.StringIO()
    for name in ("verify_register", "verify_figures"):
        try:
            call_command(name, stdout=out, stderr=out)
        except CommandError as error:
            return f"{out.getvalue()}{error}"
    return ""


def make(phones: int, people: int, sessions: int) -> dict[str, Any]:
    from attendance.models import TrainingSession
    from people.actions import signed, ticket_for
    from people.models import Device, Person, Residence
    from tests import factories as build

    province = build.make_unit("Cà Mau", "province", code="96")
    commune = build.make_unit("Đất Mũi", "commune", parent=province, code="32248")
    hamlets = [
        build.make_unit(f"Rạch {n}", "hamlet", parent=commune, code=f"3224800{n}")
        for n in (1, 2)
    ]
    team = build.make_team("Tổ ấp Rạch", commune, *hamlets)
    told = []
    for n in range(phones):
        person = build.make_person(f"Tổ viên {n}", hamlets[0])
        user = build.make_user(f"to{n}", person)
        build.join_team(person, team)
        device = Device.objects.create(user=user)
        ticket = ticket_for(user, device=device, team=team)
        told.append([str(device.uuid), str(ticket.uuid), signed(ticket)])
    residents = Person.objects.bulk_create(
        Person(name=f"Bà con {n}", birth_year=1940 + n % 60, sex="mf"[n % 2])
        for n in range(people)
    )
    Residence.objects.bulk_create(
        Residence(person=person, hamlet=hamlets[n % 2], valid_from=build.BEGAN)
        for n, person in enumerate(residents)
    )
    planned = TrainingSession.objects.bulk_create(
        TrainingSession(host=hamlets[n % 2], team=team, date=DATE)
        for n in range(sessions)
    )
    return {
        "phones": told,
        "people": [str(person.uuid) for person in residents],
        "sessions": [str(session.uuid) for session in planned],
        "hamlets": [str(hamlet.uuid) for hamlet in hamlets],
    }


def report() -> dict[str, Any]:
    from attendance.models import (
        Attendance,
        HeldEntry,
        RefusedEntry,
        RegisterEntry,
        TrainingSession,
    )

    return {
        "entries": [
            [str(pk), str(device), seq, fork, digest]
            for pk, device, seq, fork, digest in RegisterEntry.objects.order_by(
                "device", "seq", "fork"
            ).values_list("pk", "device", "seq", "fork", "header_hash")
        ],
        "states": {str(s.uuid): s.state for s in TrainingSession.objects.all()},
        "present": Attendance.objects.filter(present=True).count(),
        "waiting": HeldEntry.objects.filter(decision="").count(),
        "refused": RefusedEntry.objects.count(),
        "differences": differences(),
    }


def main(words: list[str]) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    django.setup()
    if words[0] == "make":
        numbers = [int(word) for word in words[1:]] or [PHONES, PEOPLE, SESSIONS]
        answer: Any = make(*numbers)
    else:
        answer = report()
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
