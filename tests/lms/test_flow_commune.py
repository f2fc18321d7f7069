"""Flow 3: a commune begins, in Chromium at 360 × 740, on two phones.

The coordinator comes in with the second step, pastes her hamlets, sets up a team and
prints the leader's paper; he enters with the one-time code, chooses a password and sets
up his second step; she leaves the bases empty and plans the first session. She sees her
commune only. Each page fits the width and has no axe violation.
"""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone

from attendance.models import TrainingSession
from people.models import Household
from pilot_communes.models import PopulationFigure, Unit
from tests import factories as make
from tests.browser import WatchedPhone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SETUP = "/xa/bat-dau/"
LEADERS_PASSWORD = "Ghe-tam-ban-2026"
HAMLETS = "STT\tTên ấp\tSố hộ\n1\tRạch Cóc\t212\n2\tXẻo Lá\t\n3\tKinh Đào Tây\t178"


@pytest.fixture
def empty(ground):
    """A commune beside those of the cast, with a coordinator and nothing else."""
    commune = make.make_unit(
        "Phan Ngọc Hiển", "commune", parent=ground.province, code="32244"
    )
    officer = make.make_user("ngan", make.make_person("Lý Kim Ngân"))
    make.give_role(officer, "commune_coordinator", commune)
    return commune


class Phone(WatchedPhone):
    """The pages of a commune's start."""

    def press(self, selector: str = "main form button.button:not(.second)") -> None:
        """Press the one primary button of the page."""
        button = self.page.locator(selector).last
        with self.page.expect_navigation():
            button.click()
        self.look()

    def done(self) -> list[int]:
        """The numbers of the steps that the page shows as done."""
        self.open(SETUP)
        cards = self.page.locator("ol.steps > li")
        assert cards.count() == 5
        return [
            number
            for number in range(1, 6)
            if "Xong" in cards.nth(number - 1).locator("p.state").inner_text()
        ]

    def next_step(self) -> int:
        """The number of the one highlighted step; its button is the page's only one."""
        card = self.page.locator("li.card.next")
        assert card.count() == 1
        assert self.page.locator("main a.button:not(.second):not(.quiet)").count() == 1
        return int(card.get_attribute("id").removeprefix("buoc-"))

    def go_on(self) -> None:
        with self.page.expect_navigation():
            self.page.locator("li.card.next a.button:not(.second)").click()
        self.look()


def test_a_commune_begins_in_one_afternoon(empty, cast, phone_page_nojs, phone_page):
    officer, leader = Phone(phone_page_nojs), Phone(phone_page)

    # She comes in: password, then the second step that her role asks for.
    officer.open("/xa/")
    officer.sign_in("ngan", make.PASSWORD)
    officer.set_up_second_step()
    officer.open("/xa/")
    with officer.page.expect_navigation():
        officer.page.locator(f"main a[href^='{SETUP}']").first.click()
    assert officer.done() == []
    assert "Phan Ngọc Hiển" in officer.text()
    assert officer.next_step() == 1

    # 1. Her hamlets, pasted from a spreadsheet.
    officer.go_on()
    officer.fill(hamlets=HAMLETS, effective_on="2026-01-01", decree="12/QĐ-UBND")
    officer.press()
    assert "Kinh Đào Tây" in officer.text()
    officer.press("button[name=apply]")
    assert Unit.objects.hamlets().under(empty).named().count() == 3

    # 2. A team, its leader, the paper with the code.
    assert 1 in officer.done()
    assert officer.next_step() == 2
    officer.go_on()
    officer.fill(name="Tổ công nghệ số ấp Rạch Cóc")
    officer.page.locator("main label.choice", has_text="Rạch Cóc").click()
    officer.press()
    officer.fill(name="Huỳnh Văn Sáu", phone="0900000006")
    officer.page.locator("main input[name=position][value=leader]").check()
    officer.press()
    officer.done()
    with officer.page.expect_navigation():
        officer.page.get_by_role("link", name="Mời Huỳnh Văn Sáu").click()
    officer.look()
    officer.press("main button.button:not(.second):not(.danger)")
    username, code = officer.page.locator("main .code").all_inner_texts()
    assert "/vao/ma/" in officer.text()
    assert re.fullmatch(r"[2-9A-Z]{4} [2-9A-Z]{4}", code)
    assert 2 in officer.done()
    assert "đã có mã, chưa vào lần nào" in officer.text()

    # He enters with it and chooses a password; the code is used up.
    leader.open("/vao/ma/")
    leader.fill(username=username, code=code.lower())
    leader.press()
    for field in leader.page.locator("main input[type=password]").all():
        field.fill(LEADERS_PASSWORD)
    leader.press()
    assert leader.page.url.endswith("/so/")
    leader.page.context.clear_cookies()
    leader.open("/vao/ma/")
    leader.fill(username=username, code=code)
    leader.press()
    assert leader.page.url.endswith("/vao/ma/")
    leader.open("/vao/")
    leader.sign_in(username, LEADERS_PASSWORD)
    assert leader.page.url.endswith("/so/")

    # 3. His second step, on his own phone.
    assert 3 not in officer.done()
    assert officer.next_step() == 3
    leader.open("/vao/hai-lop/bat/")
    if leader.page.locator("main input[type=password]").count():
        leader.fill(password=LEADERS_PASSWORD)
        leader.press()
    leader.set_up_second_step()
    assert 3 in officer.done()

    # 4. Bases and households may stay empty; only what the list named is declared.
    assert not Household.objects.exists()
    assert PopulationFigure.objects.filter(unit__level="hamlet").count() == 2

    # 5. The first session.
    assert officer.next_step() == 5
    officer.go_on()
    # The day of Cà Mau, as the server reckons it, not of the machine under the test.
    day = timezone.localdate() + dt.timedelta(days=3)
    officer.fill(date=day.isoformat(), starts_at="19:00", venue="Sala chùa")
    officer.press("button[form=plan]")
    session = TrainingSession.objects.get()
    assert session.host.name == "Rạch Cóc"
    assert {1, 2, 3, 5} <= set(officer.done())
    assert "Xã đã sẵn sàng" in officer.text()

    # The leader finds it on his phone, and she sees nobody else's ground.
    leader.open("/so/lich/")
    assert "Rạch Cóc" in leader.text()
    for path in (
        "/xa/dia-ban/32248/",
        "/tinh/xa/32248/",
        f"{SETUP}?xa=32248",
        "/xa/to/?xa=32248",
    ):
        assert officer.page.request.get(path).status in (403, 404)
    for path in (SETUP, "/xa/to/", "/xa/dan/", "/xa/ho/", "/so/lich/"):
        officer.open(path)
        text = officer.page.locator("body").inner_text()
        for word in ("Đất Mũi", "Rạch Mới", "Trần Văn Tâm", "Nguyễn Thị Bảy", "Tân Ân"):
            assert word not in text
