"""What was read stays readable: a real server, a real browser, killed and cut off."""

from __future__ import annotations

import shutil
import time

import pytest

from tests.browser import accessibility_problems, sideways_scroll
from tests.offline.server import (
    LAPSES_IN,
    LAPSING,
    LESSON,
    STEPS,
    Phone,
    ask,
    editor_changes,
    lessons_served,
    until_stored,
)

pytestmark = pytest.mark.server
LAST = "/may-nay/"


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker, tmp_path_factory):
    """One server for all of these tests."""
    with (
        django_db_blocker.unblock(),
        lessons_served(tmp_path_factory.mktemp("served")) as served,
    ):
        yield served


@pytest.fixture
def phone(browser, server, tmp_path):
    one = Phone(browser.browser_type, tmp_path / "phone", server)
    yield one
    one.off()


@pytest.fixture(scope="module")
def read_before(browser, server, tmp_path_factory):
    """A phone on which both lessons were read once, up to step 5 of the first."""
    folder = tmp_path_factory.mktemp("read") / "phone"
    one = Phone(browser.browser_type, folder, server)
    page = one.open(LAPSING)
    until_stored(page, LAPSING + "cau-hoi/")
    page.goto(LESSON)
    until_stored(page, LESSON + "cau-hoi/")
    until_stored(page, LAST)
    page.evaluate("document.getElementById('buoc-5').scrollIntoView()")
    page.wait_for_url("**#buoc-5")
    one.off()
    return folder


@pytest.fixture
def old_phone(browser, server, read_before, tmp_path):
    """A phone of somebody who has been here, still switched off."""
    shutil.copytree(read_before, tmp_path / "phone")
    one = Phone(browser.browser_type, tmp_path / "phone", server)
    yield one
    one.off()


def text(page, selector: str = "body") -> str:
    return page.locator(selector).inner_text()


def test_killed_at_step_five_without_network_it_opens_at_step_five(old_phone):
    page = old_phone.open(LESSON, network=False)
    assert text(page, "buoc-dang-o") == "Cô chú đang ở bước 5. (mất mạng)"
    assert page.url.endswith("#buoc-5")
    top = page.locator("#buoc-5").bounding_box()["y"]
    assert 0 <= top < 120
    line = page.locator("main > .note[role=status]")
    page.get_by_text("Bản lưu lúc").wait_for()
    assert line.inner_text().startswith(
        "Mất mạng rồi, nhưng bài này vẫn đọc được. Cô chú đang ở bước 5. "
        "Bước nào ghi “cần mạng” thì đợi có sóng rồi làm tiếp. Bản lưu lúc "
    )
    # Practice in place, the questions, and the number that is said aloud.
    page.locator("giu-bai button").wait_for()
    page.locator("#tap a.button").first.click()
    page.locator("#tap tap-bam .frame").wait_for()
    page.goto(LESSON + "cau-hoi/")
    assert page.locator("fieldset").count() == 3
    page.goto("/1")
    assert page.url.partition("#")[0].endswith(LESSON)
    assert "lỗi" not in text(page).lower()


def test_what_is_not_on_the_phone_says_what_is(old_phone):
    page = old_phone.open("/gan-nha/", network=False)
    assert text(page, "h1") == "Lúc này không có mạng"
    for title in ("Quên mật khẩu", "Sắp hết hạn"):
        row = page.locator(".rows a.row", has_text=title).first
        # One mark and not two, though two parts of the script ask for it.
        assert text(row, ".tag") == "có trong máy"
    assert page.locator("main > .note[role=status]").count() == 0
    page.goto("/")
    page.locator("lam-tiep a").wait_for()
    assert "bước 5" in text(page, "lam-tiep")
    page.locator("lam-tiep a").click()
    page.wait_for_url(f"**{LESSON}#buoc-5")


def test_a_change_is_seen_at_the_next_visit_with_network(old_phone, server):
    editor_changes(server, "Tự đặt lại mật khẩu.", "Tự đặt lại mật khẩu mới.")
    page = old_phone.open(LESSON)
    page.get_by_text("Tự đặt lại mật khẩu mới.").first.wait_for()
    assert page.url.endswith("#buoc-5")
    editor_changes(server, "Tự đặt lại mật khẩu mới.", "Tự đặt lại mật khẩu.")
    page.reload()
    page.get_by_text("Tự đặt lại mật khẩu.", exact=True).first.wait_for()


def test_a_slow_network_shows_the_stored_copy_and_then_the_new_one(old_phone, server):
    page = old_phone.open("/", network=False)
    page.evaluate(
        """async address => {
          const cache = await caches.open("toso-doc");
          const old = await cache.match(address);
          const headers = new Headers(old.headers);
          headers.set("X-Stored-At", Date.now() - 3 * 864e5);
          await cache.put(address, new Response(await old.blob(), { headers }));
        }""",
        LAPSING,
    )
    editor_changes(server, "Tự đặt lại mật khẩu.", "Tự đặt lại mật khẩu chậm.")
    old_phone.find_network()
    server.line.wait = 4.5
    page.goto(LAPSING, wait_until="commit")
    assert page.get_by_text("Tự đặt lại mật khẩu.", exact=True).count() == 1
    page.get_by_text("Tự đặt lại mật khẩu chậm.").wait_for()
    server.line.wait = 0
    editor_changes(server, "Tự đặt lại mật khẩu chậm.", "Tự đặt lại mật khẩu.")


def test_past_its_day_a_stored_lesson_is_withdrawn_also_without_network(old_phone):
    page = old_phone.open(network=False)
    with old_phone.context.expect_event("serviceworker") as started:
        page.goto("/")
    days = (LAPSES_IN + 30) * 24 * 3600 * 1000
    started.value.evaluate(f"Date.now = (old => () => old() + {days})(Date.now)")
    page.goto(LAPSING)
    assert "Bài này tạm ngưng vì quy định hết hiệu lực sau ngày" in text(page)
    assert text(page, "h1") == "Sắp hết hạn"
    assert page.locator(".step").count() == 0
    assert page.locator("#hoi").count() == 1
    assert page.locator(f"main a[href='{LESSON}']").count() == 1
    page.goto(LAPSING + "cau-hoi/")
    assert page.url.endswith(LAPSING)


def test_with_data_saver_on_nothing_more_is_fetched(phone):
    page = phone.open()
    link = phone.context.new_cdp_session(page)
    link.send("Emulation.setDataSaverOverride", {"dataSaverEnabled": True})
    page.goto(LESSON)
    until_stored(page, LESSON)
    page.wait_for_timeout(1500)
    stored = page.evaluate(
        """async () => {
          const cache = await caches.open("toso-doc");
          return (await cache.keys()).map(it => new URL(it.url).pathname);
        }"""
    )
    assert set(stored) == {LESSON, "/mat-mang/", "/giu/loi/"}
    asked = {url.removeprefix(phone.server.url) for url in phone.asked}
    assert not {LESSON + "cau-hoi/", "/giu/vneid/quen-mat-khau/", "/"} & asked
    phone.lose_network()
    page.reload()
    assert page.locator(".step").count() == STEPS


def test_inside_another_app_it_promises_only_what_holds(phone):
    page = phone.open(LESSON, user_agent="Mozilla/5.0 (Linux; Android 9) Zalo android")
    page.locator("giu-bai button").click()
    page.get_by_text("Bài này chỉ giữ trong Zalo.").wait_for()


def test_a_kept_voice_answers_a_player_that_asks_for_a_part(old_phone):
    page = old_phone.open(network=False)
    with old_phone.context.expect_event("serviceworker") as started:
        page.goto("/")
    answered = started.value.evaluate(
        """async () => {
          const asking = new Request("/tep/x.opus", { headers: { Range: "bytes=2-4" } });
          const answer = await part(asking, new Response("abcdef"));
          return [answer.status, answer.headers.get("Content-Range"), await answer.text()];
        }"""
    )
    assert answered == [206, "bytes 2-4/6", "cde"]


def test_a_step_is_read_aloud_only_by_a_vietnamese_voice_of_the_phone(old_phone):
    page = old_phone.open(network=False)
    page.add_init_script(
        """speechSynthesis.getVoices = () => window.voices || [];
        window.SpeechSynthesisUtterance = function (text) { window.said = text; };
        speechSynthesis.speak = () => {};"""
    )
    page.goto(LESSON)
    page.evaluate("voices = [{ lang: 'vi-VN', localService: false }]")
    page.evaluate("document.getElementById('buoc-3').scrollIntoView()")
    page.get_by_text("Bước 3/8").wait_for()
    assert page.locator("buoc-dang-o button").count() == 0
    page.evaluate("voices = [{ lang: 'vi-VN', localService: true }]")
    page.evaluate("document.getElementById('buoc-4').scrollIntoView()")
    page.get_by_role("button", name="Nghe").click()
    page.wait_for_timeout(300)
    assert page.evaluate("said").startswith("Làm bước\u00a04.")


def test_a_full_phone_says_so_and_the_lesson_still_opens(old_phone):
    page = old_phone.open(LESSON)
    page.locator("giu-bai button").click()
    keep = page.get_by_role("button", name="Giữ trong máy")
    keep.wait_for()
    link = old_phone.context.new_cdp_session(page)
    link.send(
        "Storage.overrideQuotaForOrigin",
        {"origin": old_phone.server.url, "quotaSize": 1},
    )
    keep.click()
    page.get_by_text("Máy hết chỗ chứa.").wait_for()
    page.reload()
    assert page.locator(".step").count() == STEPS


def worker_of(phone, page):
    with phone.context.expect_event("serviceworker") as started:
        page.goto("/")
    return started.value


def test_a_lesson_taken_down_by_hand_takes_its_questions_along(old_phone):
    page = old_phone.open("/", network=False)
    page.evaluate(
        """async address => {
          const cache = await caches.open("toso-doc");
          const old = await cache.match(address);
          const html = (await old.text()).replace("<article", "<article data-withdrawn");
          await cache.put(address, new Response(html, { headers: old.headers }));
        }""",
        LAPSING,
    )
    page.goto(LAPSING + "cau-hoi/")
    assert page.url.endswith(LAPSING)


def test_the_worker_drops_parts_before_lessons_and_doubts_a_broken_server(old_phone):
    page = old_phone.open(network=False)
    worker = worker_of(old_phone, page)
    answer = worker.evaluate(
        """async address => {
          const real = self.fetch;
          self.fetch = async () => new Response("", { status: 503 });
          const answer = await check(keyOf(address));
          self.fetch = real;
          return answer;
        }""",
        LAPSING,
    )
    assert answer["fresh"] == "offline"
    assert answer["at"] > 0
    left = worker.evaluate(
        """async addresses => {
          await trim(2);
          return Promise.all(addresses.map(async it => Boolean(await caches.match(it))));
        }""",
        [LAPSING, LESSON, LAPSING + "cau-hoi/", "/mat-mang/"],
    )
    assert left == [True, True, False, True]


def test_a_file_opened_by_itself_comes_from_the_server_with_its_policy(old_phone):
    page = old_phone.open(LESSON)
    stored = page.evaluate(
        "async () => (await (await caches.open('toso-tep')).keys())[0].url"
    )
    assert not page.goto(stored).from_service_worker


def test_a_lesson_deleted_out_of_a_kept_group_does_not_come_back(old_phone):
    page = old_phone.open()
    worker = worker_of(old_phone, page)
    page.evaluate(
        """async ([one, other]) => {
          const files = await (await caches.open("toso-tep")).keys();
          const kho = await import(files.find(it => /kho\\.[^/]*js$/.test(it.url)).url);
          const lessons = [one, other].map(url => ({ url, files: [[url, 1, "page"]] }));
          const group = { title: "VNeID", url: "/bai/vneid/", lessons };
          await kho.keep("/bai/vneid/", group, () => {}, () => false);
          await kho.remove(other);
        }""",
        [LESSON, LAPSING],
    )
    kept = worker.evaluate(
        """async addresses => {
          const cache = await caches.open("toso-giu");
          const [key] = (await cache.keys()).filter(it => it.url.endsWith("?giu=1"));
          for (const old of [false, true]) {
            await complete(key, await (await cache.match(key)).json(), old);
          }
          return Promise.all(addresses.map(async it => Boolean(await cache.match(it))));
        }""",
        [LESSON, LAPSING],
    )
    assert kept == [True, False]


def told(server) -> list[tuple]:
    return ask(server, "SELECT kind, step, count FROM courses_stepreport")


def test_keeping_telling_and_choosing_who_learns(old_phone, server):
    page = old_phone.open(LESSON)
    # Keep: what was read already costs nothing, the group states its size first.
    page.locator("giu-bai button").click()
    page.get_by_role("button", name="Giữ cả nhóm bài này").click()
    page.get_by_role("button", name="Giữ trong máy").click()
    page.get_by_text("không có mạng cũng mở được").wait_for()
    assert accessibility_problems(page) == []
    # Tell it without network: kept for this learner, sent when the network is back.
    old_phone.lose_network()
    page.get_by_role("button", name="Làm được rồi").click()
    page.get_by_text("Đã ghi trong máy này: Làm được rồi").wait_for()
    page.get_by_role("button", name="Đổi người học").click()
    page.get_by_role("button", name="Má", exact=True).click()
    page.get_by_text("Đã ghi trong máy này cho Má: Làm được rồi").wait_for()
    assert told(server) == []
    old_phone.find_network()
    deadline = time.monotonic() + 10
    while told(server) != [("done", 0, 1)] and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert told(server) == [("done", 0, 1)]
    # Everything can be seen and deleted.
    page.goto("/may-nay/")
    page.get_by_role("link", name="Bài 1: Quên mật khẩu").wait_for()
    assert "đang giữ" in text(page, "bai-trong-may")
    chosen = page.locator("ai-dang-hoc [aria-pressed=true]")
    assert chosen.all_inner_texts() == ["Má"]
    assert accessibility_problems(page) == []
    assert sideways_scroll(page) == 0
    page.get_by_role("button", name="Xóa “Sắp hết hạn” khỏi máy này").click()
    page.get_by_role("button", name="Xóa", exact=True).first.click()
    page.get_by_text("Đã xóa.").wait_for()
    left = page.evaluate("async it => Boolean(await caches.match(it))", LAPSING)
    assert not left
    page.get_by_role("button", name="Xóa việc học của Má").click()
    page.locator("ai-dang-hoc").get_by_role("button", name="Xóa", exact=True).click()
    page.get_by_text("Chưa ghi gì cho Má.").wait_for()
