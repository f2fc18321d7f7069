"""`make backup` and `make restore`, as commands, on a database of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import ROOT
from tests.servers import Server, environment, own_database

pytestmark = [pytest.mark.server, pytest.mark.django_db]

PEOPLE = """
import django; django.setup()
import json
from attendance.models import ServerEpoch
from common.models import ContentVersion
from people.models import Person
{change}
print(json.dumps({{
    "names": sorted(Person.objects.values_list("name", flat=True)),
    "epochs": list(ServerEpoch.objects.order_by("pk").values_list("reason", flat=True)),
}}))
"""


class House:
    """An installation in a folder, changed and asked through its own commands."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.variables = environment(folder, database) | {
            "DJANGO_SETTINGS_MODULE": "lms.settings"
        }

    def run(self, *command: str, ok: bool = True) -> subprocess.CompletedProcess:
        answer = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (answer.returncode == 0) is ok, answer.stderr
        return answer

    def people(self, change: str = "") -> dict:
        return json.loads(self.run("-c", PEOPLE.format(change=change)).stdout)

    def backup(self) -> str:
        return self.run("manage.py", "backup").stdout.split(" (")[0]


@pytest.fixture
def house(tmp_path):
    with own_database(tmp_path) as database:
        yield House(tmp_path, database)


def test_a_restore_brings_back_the_people_begins_an_epoch_and_repeats_erasures(house):
    key = house.folder / "key"
    house.run("manage.py", "backup", "--new-key", str(key))
    house.variables["BACKUP_KEY_FILE"] = str(key)
    house.people(
        "Person.objects.create(name='Bà Bảy'); Person.objects.create(name='Ông Tư')"
    )
    file = house.backup()
    assert file.endswith(".sealed")
    after = house.people(
        "from people.actions import erase_person\n"
        "erase_person(Person.objects.get(name='Ông Tư'), user=None)\n"
        "Person.objects.create(name='Cô Ba')\n"
        "erase_person(Person.objects.create(name='Anh Năm'), user=None)"
    )
    assert after["names"] == ["", "", "Bà Bảy", "Cô Ba"]

    without = house.variables.pop("BACKUP_KEY_FILE")
    assert "sealed" in house.run("manage.py", "restore", file, ok=False).stderr
    house.variables["BACKUP_KEY_FILE"] = without
    said = house.run("manage.py", "restore", file).stdout
    assert "1 erasures repeated" in said
    now = house.people()
    # Somebody the copy never knew was erased too: phones may send that name again.
    assert now["names"] == ["", "", "Bà Bảy"]
    assert now["epochs"][-1] == "restore"
    # What stood there before the restore was saved first.
    assert len(list((house.folder / "backups").glob("*.sealed"))) == 2


def test_a_backup_is_made_while_the_server_runs_and_a_restore_is_not(house):
    server = Server(house.folder, house.database).start()
    try:
        file = Path(house.backup())
        refused = house.run("manage.py", "restore", str(file), ok=False)
        assert "server is running" in refused.stderr
    finally:
        server.stop()
    file.write_bytes(file.read_bytes()[:-2000])
    damaged = house.run("manage.py", "restore", str(file), ok=False)
    assert "cannot be read" in damaged.stderr
    assert "Traceback" not in refused.stderr + damaged.stderr
    assert house.people()["epochs"] == []
