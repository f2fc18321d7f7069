"""The front of the site in Chromium: what fits, what stays, what prints.

No axe violation in light and in dark, nothing wider than 360 px at 150 %.
"""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.models import SessionLesson
from courses.models import Hotline
from home.loading import load_pages
from home.models import ContactSettings, HomePage, HomeRow
from pilot_communes.models import SupportPoint
from pilot_communes.querysets import today
from tests.browser import accessibility_problems, sideways_scroll
from tests.courses.making import make_lesson, plant_the_tree
from tests.factories import make_session, make_team, make_unit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TASKS = (
    "Quên mật khẩu VNeID",
    "Kích hoạt VNeID mức 2",
    "Có phải lừa đảo không?",
    "Nộp hồ sơ qua mạng",
    "Trả tiền bằng mã QR",
)
PAGES = (
    "/",
    "/bai/",
    "/bai/?tim=mat+khau",
    "/bai/?tim=may+cay",
    "/gan-nha/",
    "/gan-nha/?xa=khong+co",
    "/gan-nha/dat-mui/",
    "/gan-nha/tan-an/",
    "/so-can-goi/",
    "/lo-bi-lua/",
    "/rieng-tu/",
    "/bao-bai-sai/",
    "/nghe-tieng-khmer/",
)


IN_THE_DARK = ("/", "/bai/", "/gan-nha/dat-mui/", "/lo-bi-lua/", "/bao-bai-sai/")


@pytest.fixture
def front(transactional_db):
    """Five tasks, two communes, a session in one of them, an office, a hotline."""
    plant_the_tree()
    load_pages()
    lesson = make_lesson(title=TASKS[0])
    home = HomePage.objects.get()
    home.rows = [
        HomeRow(target=lesson, label=task, icon=icon)
        for task, icon in zip(TASKS, HomeRow.Icon.values, strict=False)
    ]
    home.save()
    province = make_unit("Cà Mau", "province", code="96")
    commune = make_unit("Đất Mũi", "commune", parent=province, code="32248")
    make_unit("Tân Ân", "commune", parent=province, code="32236")
    hamlet = make_unit("Rạch Mới", "hamlet", parent=commune, code="32248001")
    session = make_session(
        hamlet,
        make_team("Tổ ấp Rạch Mới", commune, hamlet),
        date=today() + dt.timedelta(days=3),
        starts_at=dt.time(19),
    )
    SessionLesson.objects.create(session=session, lesson=lesson)
    SupportPoint.objects.create(
        commune=commune, name="Điểm Đất Mũi", phone="0290 000 0001", valid_from=today()
    )
    ContactSettings.objects.create(organisation="Sở Khoa học", phone="0290 000 0000")
    Hotline.objects.create(
        code="cong-an-113", number="113", name="Công an", what_for="Việc gấp",
        confidence="found", is_public=True,
    )  # fmt: skip


def test_every_page_of_the_front_fits_and_is_clean(front, phone_page):
    page = phone_page
    found = []
    for path in PAGES:
        page.goto(path)
        found += [f"{path}: {problem}" for problem in accessibility_problems(page)]
    page.emulate_media(color_scheme="dark")
    for path in IN_THE_DARK:
        page.goto(path)
        found += [f"dark {path}: {problem}" for problem in accessibility_problems(page)]
    page.emulate_media(color_scheme="light")
    page.evaluate("localStorage.setItem('aa', '150')")
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "27px"
        if wide := sideways_scroll(page):
            found.append(f"{path}: {wide} px too wide at 150 %")
    assert found == []


def test_the_tasks_and_the_button_fit_a_small_screen(front, phone_page_nojs):
    page = phone_page_nojs
    page.set_viewport_size({"width": 360, "height": 560})
    page.goto("/")
    assert page.locator(".tasks .row").count() == 6
    button = page.get_by_role("link", name="Tìm người chỉ giúp gần nhà").bounding_box()
    assert button["y"] + button["height"] <= 560
    heights = [
        row.bounding_box()["height"] for row in page.locator(".tasks .row").all()
    ]
    assert min(heights) >= 56


def test_somebody_is_found_nearby_without_scripts_and_printed(front, phone_page_nojs):
    page = phone_page_nojs
    page.goto("/")
    page.get_by_role("link", name="Tìm người chỉ giúp gần nhà").click()
    page.get_by_label("Cô chú ở xã, phường nào?").fill("dat mui")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gan-nha/dat-mui/")
    assert "Nhà văn hóa, ấp Rạch Mới" in page.locator(".meet").inner_text()
    call = page.locator("main > a.button")
    assert call.get_attribute("href") == "tel:02900000001"
    page.emulate_media(media="print")
    assert page.locator(".meet").is_visible()
    assert call.is_visible()
    assert page.get_by_text("Điểm Đất Mũi").first.is_visible()
    assert not page.get_by_role("link", name="Xã, phường khác").is_visible()


def test_the_phone_remembers_the_commune_it_looked_at(front, phone_page):
    page = phone_page
    page.goto("/gan-nha/")
    assert page.locator("xa-nho").inner_text() == ""
    page.goto("/gan-nha/dat-mui/")
    page.goto("/gan-nha/")
    page.locator("xa-nho a").click()
    page.wait_for_url("**/gan-nha/dat-mui/")
    assert page.context.cookies() == []
