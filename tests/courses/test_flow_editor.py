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
    make_drawing,
    plant_the_tree,
    practice,
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


# Wagtail leaves a file open when it makes the small picture of its chooser.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_editor_moves_a_place_to_tap_and_sees_it_on_the_drawing(desk):
    page = desk
    draft = make_draft(practices=[("practice", practice(picture=make_drawing()))])
    draft.save_revision()
    page.goto(f"/soan/pages/{draft.pk}/edit/")
    preview = page.locator(".practice-preview").first
    said = preview.locator("p")
    expect(said).to_have_text("Chỗ nào cũng bấm tốt.")
    expect(preview.locator("image")).to_have_count(1)

    place = "practices-0-value-screens-0-value-targets-1-value"
    page.locator(f"[name={place}-y]").fill("120")
    expect(said).to_have_text("2: cách chỗ khác chưa tới 8.")
    page.locator("footer button.action-save").click()
    expect(page.locator("main")).to_contain_text("Chỗ này cách chỗ bấm số 1 chưa tới 8")

    # A tap into the drawing moves the place that was touched last.
    page.locator(f"[name={place}-y]").focus()
    page.locator(".practice-preview svg").first.click(position={"x": 132, "y": 264})
    expect(page.locator(f"[name={place}-y]")).to_have_value("240")
    expect(page.locator(f"[name={place}-x]")).to_have_value("24")
    expect(page.locator(".practice-preview p").first).to_have_text(
        "Chỗ nào cũng bấm tốt."
    )
    page.locator("footer button.action-save").click()
    expect(page.locator(".messages .success")).to_be_visible()
    saved = LessonPage.objects.get().get_latest_revision_as_object().practices[0].value
    assert saved["screens"][0]["targets"][1]["y"] == 240
