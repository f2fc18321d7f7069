"""Flow 5, the administrator: roles are given at /tinh/quyen/, in Chromium at 360 × 740.

He appoints a commune coordinator and gets a paper with a code that works once. Nobody
gives more than he has: a province coordinator is not offered the administrator's role,
and a forged form is refused in a sentence.
"""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from people.models import RoleAssignment
from people.roles import Role
from tests.browser import WatchedPhone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "Ghe-tam-ban-2026"
REFUSED = "Anh chị không được giao vai trò này."


@pytest.fixture
def phone(cast, enter, phone_page, live_server):
    """A phone on which somebody has come in with the second step."""

    class Phone(WatchedPhone):
        def come_in(self, user) -> None:
            client = enter(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.page.context.clear_cookies()
            self.page.context.add_cookies(
                [
                    {
                        "name": settings.SESSION_COOKIE_NAME,
                        "value": cookie,
                        "url": live_server.url,
                    }
                ]
            )

        def offered(self) -> set[str]:
            """The roles that the form offers."""
            options = self.page.locator("main [name=role] option")
            return {option.get_attribute("value") for option in options.all()} - {""}

    return Phone(phone_page)


def test_an_administrator_appoints_and_hands_over_a_code(phone, cast, ground):
    page = phone.page
    phone.come_in(cast.quan)
    phone.open("/tinh/quyen/")
    with page.expect_navigation():
        page.locator("main a.button[href='/tinh/quyen/moi/']").click()
    phone.look()
    assert phone.offered() == set(Role.values)
    page.select_option("main [name=role]", Role.COMMUNE_COORDINATOR.value)
    page.select_option("main [name=unit]", label="xã Tân Ân")
    page.fill("main [name=name]", "Mã Thị Sáu")
    page.fill("main [name=phone]", "0900000001")
    phone.press()

    held = RoleAssignment.objects.get(user__person__name="Mã Thị Sáu")
    assert (held.role, held.unit) == (Role.COMMUNE_COORDINATOR, ground.tan_an)
    username, code = page.locator("main .code").all_inner_texts()
    assert username == held.user.username
    assert re.fullmatch(r"[2-9A-Z]{4} [2-9A-Z]{4}", code)
    # On paper the code stands, the buttons do not.
    page.emulate_media(media="print")
    assert page.locator("main .big.code").is_visible()
    assert not page.locator("main .button").first.is_visible()
    page.emulate_media(media="screen")
    assert page.pdf().startswith(b"%PDF-")

    phone.open("/tinh/quyen/")
    assert "Mã Thị Sáu" in phone.text()
    assert code not in phone.text()

    # She comes in with it, once.
    for entered in (True, False):
        page.context.clear_cookies()
        phone.open("/vao/ma/")
        page.fill("main [name=username]", username)
        page.fill("main [name=code]", code)
        phone.press()
        assert page.url.endswith("/vao/ma/") is not entered
        if entered:
            for field in page.locator("main input[type=password]").all():
                field.fill(PASSWORD)
            phone.press()


def test_a_province_coordinator_gives_no_more_than_she_has(phone, cast, ground):
    page = phone.page
    before = set(RoleAssignment.objects.values_list("user", "role", "unit"))
    phone.come_in(cast.mai)
    phone.open("/tinh/quyen/moi/")
    assert phone.offered() == {Role.COMMUNE_COORDINATOR.value}

    # A form bent by hand: for somebody new, and for a login that exists.
    for field, value in (("name", "Kẻ Mạo Danh"), ("username", "mai")):
        phone.open("/tinh/quyen/moi/")
        page.locator("main [name=role]").evaluate(
            "(select, role) => { select.add(new Option(role, role, true, true)); }",
            Role.ADMINISTRATOR.value,
        )
        page.select_option("main [name=unit]", value=str(ground.province.pk))
        page.fill(f"main [name={field}]", value)
        phone.press()
        assert page.url.endswith("/tinh/quyen/moi/")
        assert REFUSED in page.locator("main .problem").all_inner_texts()
        assert phone.offered() == {Role.COMMUNE_COORDINATOR.value}
    assert set(RoleAssignment.objects.values_list("user", "role", "unit")) == before
