"""Flow 4: the province's coordinator reads one session among 64 communes, in Chromium.

The loaded programme of Cà Mau; in one hamlet of xã Đất Mũi a class of twelve was written
through the register's own pen. At 360 × 740 she comes in with the second step, finds that
session on the coverage page, drills to commune, hamlet and session, and takes the rows of
each screen along as CSV and XLSX. Each page fits the width and has no axe violation.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from attendance import actions
from attendance.pen import Draft, write
from common.ids import new_uuid
from courses.loading import load_facts
from lms.management.commands.load_programme import PROGRAMME
from people.consents import load_consent_texts
from pilot_communes.imports import load_units
from pilot_communes.models import Unit
from pilot_communes.querysets import today
from tests import factories as make
from tests.browser import WatchedPhone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RESIDENTS = [f"Bà con {number}" for number in range(1, 8)]
WALK_INS = ["Út Em", "Năm Lúa", "Chín Ghe", "Ba Tràm", "Tư Đước"]
# Seven of the list and five walk-ins; the twelfth went home before anybody asked.
OUTCOMES = ["alone"] * 5 + ["helped"] * 3 + ["not_yet"] * 2 + ["referred"]
HEADS = 14
BLOCKER = "quen-mat-khau"


@pytest.fixture
def province(transactional_db) -> Unit:
    """What `load_programme` lays down, but for the lessons, which take half a minute."""
    load_units(PROGRAMME)
    load_facts(PROGRAMME)
    load_consent_texts()
    return Unit.objects.get(level="province", code="96", valid_to=None)


@pytest.fixture
def session(province):
    """Twelve people, fourteen heads, closed: all through the pen and the actions."""
    commune = Unit.objects.get(level="commune", code="32248", valid_to=None)
    hamlet = make.make_unit("Rạch Mới", "hamlet", parent=commune, code="32248001")
    team = make.make_team("Tổ ấp Rạch Mới", commune, hamlet)
    person = make.make_person("Trần Văn Tâm", hamlet)
    make.join_team(person, team, "leader")
    leader = make.make_user("tam", person)
    listed = [make.make_person(name, hamlet).uuid for name in RESIDENTS]
    strangers = [new_uuid() for _name in WALK_INS]

    held = actions.plan_session(
        user=leader, host=hamlet, date=today(), team=team, starts_at=dt.time(19)
    )
    actions.open_session(held, user=leader)
    drafts = [Draft("consent", "consent", "read")]
    drafts += [Draft("mark", f"presence/{who}", "present", who) for who in listed]
    drafts += [
        Draft("walk_in", f"presence/{who}", "present", who, {"name": name})
        for who, name in zip(strangers, WALK_INS, strict=True)
    ]
    drafts.append(Draft("head_count", "head_count", str(HEADS)))
    receipts = write(held, user=leader, drafts=drafts)
    drafts = []
    for who, outcome in zip([*listed, *strangers], OUTCOMES, strict=False):
        drafts.append(Draft("outcome", f"outcome/{who}", outcome, who))
        if outcome == "not_yet":
            drafts.append(Draft("blocker", f"blocker/{who}", BLOCKER, who))
    receipts += write(held, user=leader, drafts=drafts)
    assert {receipt.status for receipt in receipts} == {"accepted"}
    actions.close_session(held, user=leader)
    return held


@pytest.fixture
def mai(province):
    """The coordinator of the province, with a password and no second step yet."""
    officer = make.make_user("mai", make.make_person("Đặng Thị Mai"))
    make.give_role(officer, "province_coordinator", province)
    return officer


class Phone(WatchedPhone):
    """The coverage page and what lies below it."""

    def follow(self, name: str, where: str = "main table") -> None:
        """Follow a link, by default of the table."""
        link = self.page.locator(where).get_by_role("link", name=name, exact=True)
        with self.page.expect_navigation():
            link.click()
        self.look()

    def come_in(self) -> None:
        """The password, then the six digits that an app would show for the key."""
        self.open("/tinh/")
        self.sign_in("mai", make.PASSWORD)
        self.set_up_second_step()

    def choose(self, measure: str) -> None:
        self.page.select_option("#id_so", measure)
        self.page.get_by_role("button", name="Xem", exact=True).click()
        self.page.wait_for_url(f"**so={measure}**")
        self.look()

    def table(self) -> list[list[str]]:
        """Heading and rows as they stand on the screen, without thousands' points.

        What stands small beneath a percentage, its base and source, is left out.
        """
        rows = self.page.locator("main table").evaluate(
            """table => Array.from(table.rows, row => Array.from(row.cells, cell => {
              const plain = cell.cloneNode(true);
              plain.querySelectorAll("small").forEach(small => small.remove());
              return [plain.textContent, cell.classList.contains("number")];
            }))"""
        )
        return [
            [_plain(text.replace(".", "") if number else text) for text, number in row]
            for row in rows
        ]

    def line(self, name: str) -> dict[str, str]:
        """One row of the table, by headings."""
        head, *rows = self.table()
        (row,) = [row for row in rows if row[0] == name]
        return dict(zip(head, row, strict=True))

    def taken_along(self, kind: str) -> list[list[str]]:
        """Press CSV or XLSX; the heading and rows of the file."""
        with self.page.expect_download() as started:
            self.page.locator(".files").get_by_role("link", name=kind).click()
        path = Path(started.value.path())
        assert started.value.suggested_filename.endswith(f".{kind.lower()}")
        if kind == "CSV":
            text = path.read_bytes().decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text)))
        else:
            book = load_workbook(io.BytesIO(path.read_bytes()))
            rows = [list(row) for row in book.active.iter_rows(values_only=True)]
        plain = [[_plain(cell) for cell in row] for row in rows]
        shown = self.table()[0]
        start = next(n for n, row in enumerate(plain) if set(shown) <= set(row))
        # The files have more columns: the code, and base and source on their own.
        places = [plain[start].index(name) for name in shown]
        return [[row[place] for place in places] for row in plain[start:]]

    def files_say_the_same(self) -> None:
        shown = self.table()
        assert self.taken_along("CSV") == shown, self.page.url
        assert self.taken_along("XLSX") == shown, self.page.url


def _plain(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def test_the_province_finds_one_session_and_takes_its_figures_along(
    session, mai, phone_page
):
    phone = Phone(phone_page)
    phone.come_in()

    # All communes, and one session in one of them.
    phone_page.goto("/tinh/")
    phone.look()
    assert len(phone.table()) == 1 + 64
    phone.choose("buoi")
    head, *rows = phone.table()
    states = [row[head.index("Tình trạng")] for row in rows]
    assert (len(states), states.count("Chưa triển khai")) == (64, 63)
    there = phone.line("xã Đất Mũi")
    assert there["Tình trạng"] == "Đang hoạt động"
    assert (there["Buổi hướng dẫn"], there["Lượt người"]) == ("1", str(HEADS))
    phone.files_say_the_same()

    # With a base that is declared, and without any.
    phone.choose("ap")
    phone.files_say_the_same()
    beside = phone.line("xã Tân Ân")
    assert "Chưa triển khai" in beside.values()
    assert "chưa có số liệu" in beside.values()
    assert not [cell for cell in beside.values() if "%" in cell]
    phone.follow("xã Tân Ân")
    assert "Chưa triển khai" in phone.text()
    assert "Chưa có số liệu – không phải là 0." in phone.text()
    assert not re.search(r"\d\s*%", phone.text())

    # Commune, hamlet, session: the same numbers on the way down.
    phone_page.goto("/tinh/?so=luot")
    phone.look()
    assert phone.line("xã Đất Mũi")["Lượt người"] == str(HEADS)
    phone.follow("xã Đất Mũi")
    hamlet = phone.line("ấp Rạch Mới")
    assert [hamlet[head] for head in ("Lượt người", "Có tên", "Không tên")] == [
        "14",
        "12",
        "2",
    ]
    phone.files_say_the_same()
    phone.follow("ấp Rạch Mới")
    held = phone.line(f"{session.date:%d/%m/%Y}")
    assert list(held.values())[3:] == ["14", "12", "2", "5", "3"]
    phone.files_say_the_same()
    phone.follow(f"{session.date:%d/%m/%Y}")
    big = phone_page.locator("main .counts .big").all_inner_texts()
    assert big[:3] == ["14", "12", "2"]
    outcomes = phone_page.locator("main ul.rows").first.locator("li strong")
    assert outcomes.all_inner_texts() == ["5", "3", "2", "1", "1"]
    # Figures only: no name of anybody who came.
    for name in (*RESIDENTS, *WALK_INS):
        assert name not in phone.text()
    # And the way back up, by the crumbs.
    phone.follow("Toàn tỉnh", ".crumbs")
    assert len(phone.table()) == 1 + 64
