"""Flow 5: an editor in Chromium writes, previews and publishes a lesson in the CMS.

A draft may be saved half written; publishing names what is missing, in Vietnamese.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from courses.editors import follow_roles
from courses.models import LessonPage
from tests.courses.making import (
    make_course,
    make_draft,
    plant_the_tree,
    sign_in,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def roots(transactional_db):
    """First of all: roles join a group that stands on Wagtail's roots."""
    plant_the_tree()


@pytest.fixture
def desk(roots, cast, client, phone_page, live_server, settings):
    """Anh Dũng's browser, signed in with his second factor shown."""
    # Saving by itself races with a test that types faster than anybody.
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0
    follow_roles(cast.dung)
    sign_in(client, cast.dung)
    phone_page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )
    # The forms of the CMS are built by script, which a busy machine does slowly.
    phone_page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    return phone_page


def publish(page) -> None:
    page.locator("footer .w-dropdown__toggle").click()
    page.locator("button[name=action-publish]").click()


def test_an_editor_saves_a_half_written_lesson(desk):
    page = desk
    page.goto(f"/soan/pages/add/courses/lessonpage/{make_course().pk}/")
    page.locator("[name=title]").fill("Trả tiền điện")
    page.locator("footer button.action-save").click()
    page.wait_for_url("**/edit/")
    draft = LessonPage.objects.get()
    assert (draft.title, draft.slug) == ("Trả tiền điện", "tra-tien-dien")
    assert (draft.live, draft.number) == (False, 1)


def test_an_editor_completes_previews_and_publishes_a_lesson(desk):
    page = desk
    draft = make_draft(owner_role="", interrupted=[])
    draft.save_revision()
    page.goto(f"/soan/pages/{draft.pk}/edit/")
    page.locator("[name=steps-0-value-text]").fill("Mở VNeID trên điện thoại.")

    publish(page)
    said = page.locator("main")
    expect(said).to_contain_text("Chưa ghi người phụ trách bài này.")
    expect(said).to_contain_text("Có bước cần mạng: phải ghi “Nếu bị dừng giữa chừng”")
    assert not LessonPage.objects.get().live

    page.locator(
        "[id=panel-child-bai_hoc-interrupted-content] .c-sf-add-button"
    ).click()
    page.locator("[name=interrupted-0-value]").fill("Làm lại từ bước 2.")
    expect(page.locator("[name=interrupted-0-value]")).to_have_value(
        "Làm lại từ bước 2."
    )
    page.locator("#tab-label-can_cu_va_ngay").click()
    page.locator("[name=owner_role]").fill("Phòng biên tập")

    page.locator("[data-side-panel-toggle=preview]").click()
    shown = page.frame_locator(".w-preview__iframe, #w-preview-iframe").last
    expect(shown.locator("#buoc-1")).to_contain_text("Mở VNeID trên điện thoại.")
    page.locator("[data-side-panel-toggle=preview]").click()

    publish(page)
    page.wait_for_url("**/soan/pages/**")
    expect(page.locator(".messages")).to_contain_text(draft.title)
    lesson = LessonPage.objects.get()
    assert (lesson.live, lesson.owner_role) == (True, "Phòng biên tập")

    page.goto(lesson.get_url())
    expect(page.locator("#buoc-1")).to_contain_text("Mở VNeID trên điện thoại.")
    expect(page.locator("#dung")).to_contain_text("Làm lại từ bước 2.")
