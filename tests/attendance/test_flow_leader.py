"""Flow 2: a leader's evening in Chromium, 360 × 740, every page without JavaScript.

Sign in → Hôm nay → start a session → the sentence → marks with folded search → add by
name → head count → outcomes and a blocker → close → print. Each page fits the width and
has no axe violation.
"""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from attendance.models import TrainingSession
from attendance.reading import Reading
from courses.models import Blocker
from tests import factories as make
from tests.browser import accessibility_problems, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTED = ["Danh Sóc Kha", "Đỗ Văn Ba", "Lê Thị Hồng Gấm", "Ngô Thị Sáu", "Võ Văn Đực"]


@pytest.fixture
def evening(cast, ground):
    """Today's hamlet: five more residents, a household, two blockers, a plan."""
    for name in LISTED:
        make.make_person(name, ground.rach_moi, birth_year=1960)
    make.make_household("Lâm Văn Ngoan", ground.rach_moi)
    Blocker.objects.create(
        code="chuyen-cong-an",
        label="Chuyển công an",
        solver="police",
        is_referral=True,
        order=10,
    )
    Blocker.objects.create(code="sim", label="SIM bị khóa", solver="telecom", order=40)
    return cast


class Phone:
    """The page, looked at after every step."""

    def __init__(self, page) -> None:
        self.page = page

    def look(self, heading: str) -> None:
        """This screen has that heading, fits the width and passes axe."""
        assert self.page.locator("main h1").inner_text() == heading
        assert sideways_scroll(self.page) == 0, heading
        assert accessibility_problems(self.page) == [], heading

    def press(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).click()

    def follow(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words).first.click()

    def says(self, words: str) -> None:
        assert words in " ".join(self.page.locator("main").inner_text().split())


def test_a_leader_records_an_evening_on_the_phone(evening, phone_page_nojs):
    page = phone_page_nojs
    phone = Phone(page)

    page.goto("/so/")
    page.fill("[name=login]", "tam")
    page.fill("[name=password]", make.PASSWORD)
    with page.expect_navigation():
        page.locator("main button[type=submit], main button:not([type])").first.click()
    page.goto("/so/")
    phone.look("Hôm nay")
    phone.says("Hôm nay chưa có buổi nào.")

    phone.follow("Lên buổi mới")
    phone.look("Lên buổi mới")
    page.fill("[name=date]", (timezone.localdate() + dt.timedelta(days=3)).isoformat())
    page.fill("[name=starts_at]", "19:00")
    page.fill("[name=venue]", "Sala chùa")
    phone.press("Lưu kế hoạch")
    phone.look("Ấp Rạch Mới")
    phone.follow("Lịch")
    phone.look("Lịch")
    phone.follow("Hôm nay")

    phone.follow("Ghi buổi đột xuất")
    phone.look("Ghi buổi đột xuất")
    page.fill("[name=venue]", "Hiên nhà chú Năm")
    phone.press("Mở sổ điểm danh")
    phone.look("Điểm danh")

    page.fill("[name=tim]", "hong gam")
    phone.press("Tìm")
    phone.says("Tìm thấy 1 người.")
    page.get_by_label("Lê Thị Hồng Gấm").check()
    phone.press("Lưu")
    phone.look("Điểm danh")
    phone.follow("Xem cả danh sách")
    page.get_by_label("Nguyễn Thị Bảy").check()
    page.get_by_label("Võ Văn Đực").check()
    phone.press("Thêm người")

    phone.look("Thêm người")
    phone.says("Thưa bà con, tổ xin ghi họ tên, năm sinh và ấp để biết ai đã học")
    phone.press("Đã đọc cho bà con nghe")
    phone.look("Thêm người")
    page.fill("[name=name]", "Quách Văn Khởi")
    phone.press("Ghi vào sổ")
    phone.says("Đã ghi: Quách Văn Khởi, số thứ tự")
    page.fill("[name=name]", "do van ba")
    phone.press("Ghi vào sổ")
    phone.says("Có phải …?")
    phone.look("Thêm người")
    page.get_by_role("button", name="Đỗ Văn Ba").click()
    phone.says("Đã ghi: Đỗ Văn Ba, số thứ tự")
    phone.follow("Ghi thêm năm sinh, hộ")
    phone.look("Đỗ Văn Ba")
    page.fill("[name=household]", "Lâm Văn Ngoan")
    phone.press("Lưu")
    phone.look("Điểm danh")
    phone.says("5 có tên")

    phone.press("Số thứ tự")
    phone.look("Số thứ tự trên giấy")
    page.fill("[name=numbers]", "1 2")
    phone.press("Ghi có mặt")
    phone.look("Số thứ tự trên giấy")
    phone.follow("Về danh sách")

    session = TrainingSession.objects.get(status="open")
    named = Reading.of(session).named
    page.fill("[name=head_count]", str(named + 1))
    phone.press("Kết quả")
    phone.look("Kết quả")
    page.locator("label[for=a0]").click()
    page.locator("label[for=h1]").click()
    assert not page.locator("#b2").is_visible()
    page.locator("label[for=n2]").click()
    assert page.locator("#b2").is_visible()
    page.select_option("#b2", "chuyen-cong-an")
    phone.look("Kết quả")
    phone.press("Lưu")
    phone.says(f"Chưa ghi ({named - 3})")
    phone.press("Đóng buổi")

    phone.look("Đóng buổi")
    page.fill("[name=head_count]", "1")
    phone.press("Đóng buổi")
    phone.says(f"Tổng 1 ít hơn {named} người có tên. Anh chị sửa lại tổng.")
    phone.look("Đóng buổi")
    page.fill("[name=head_count]", str(named + 1))
    phone.press("Đóng buổi")
    phone.look("Ấp Rạch Mới")
    phone.says(
        f"Đã đóng buổi: {named + 1} lượt người, {named} có tên, 1 không tên. Kết quả: 1 đã "
        f"làm được, 1 làm được khi có hướng dẫn, 1 chuyển công an, {named - 3} chưa ghi."
    )

    printed = page.request.get(page.url + "in/")
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.body().startswith(b"%PDF-")
    phone.follow("Điểm danh")
    phone.look("Điểm danh")
    phone.says("Buổi này đã đóng")
    page.go_back()
    phone.follow("Mở lại buổi")
    phone.look("Mở lại buổi")
    phone.press("Mở lại buổi")
    phone.says("Đã mở lại buổi.")


def test_every_page_holds_at_half_again_the_text(evening, ground, phone_page):
    """A phone whose owner set letters to 150 %: one column, nothing cut off."""
    page = phone_page
    session = make.make_session(
        ground.rach_moi,
        ground.team,
        date=timezone.localdate(),
        status="open",
        venue="Nhà văn hóa " + "x" * 140,
    )
    make.make_person("Ư" * 110, ground.rach_moi, usual_name="W" * 80)
    page.goto("/so/")
    page.fill("[name=login]", "tam")
    page.fill("[name=password]", make.PASSWORD)
    with page.expect_navigation():
        page.locator("main button[type=submit], main button:not([type])").first.click()
    home = f"/so/buoi/{session.uuid}/"
    addresses = ["/so/", "/so/lich/", "/so/buoi/moi/", home]
    addresses += [
        home + end
        for end in (
            "diem-danh/",
            "them/",
            "so-thu-tu/",
            "ket-qua/",
            "dong/",
            "huy/",
            "mo-lai/",
            "loi-doc/",
        )
    ]
    for address in addresses:
        page.goto(address)
        assert page.url.endswith(address)
        page.evaluate("document.documentElement.style.fontSize = '168.75%'")
        assert sideways_scroll(page) == 0, address
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert accessibility_problems(page) == [], (address, scheme)
