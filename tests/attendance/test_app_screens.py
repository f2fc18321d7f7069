"""The app's own doors and Máy này, on a live server; and that it is shut until whole."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from attendance import app_shell
from attendance.app_words import words
from attendance.models import RegisterEntry
from people.actions import issue_enrolment
from tests.attendance.app_phone import CODE
from tests.browser import PHONE, accessibility_problems, sideways_scroll

ADDRESSES = ("/so/vo/", "/so/ghi-danh/", "/so/sw.js", "/so/app.webmanifest")
# What all of the app may weigh on the wire, once its screens are written.
BUDGET = 80_000


@pytest.fixture
def on(settings):
    settings.REGISTER_APP = True


def test_nothing_of_the_app_is_to_be_had_while_it_is_off(client, db, settings):
    assert settings.REGISTER_APP is False
    assert {client.get(address).status_code for address in ADDRESSES} == {404}


def test_the_shell_is_the_same_for_everybody_and_its_worker_names_every_file(
    client, cast, on
):
    stranger = client.get("/so/vo/").content
    client.force_login(cast.tam)
    assert client.get("/so/vo/").content == stranger
    assert "Trần Văn Tâm" not in stranger.decode()
    worker = client.get("/so/sw.js").content.decode()
    assert all(f'"{address}"' in worker for address in app_shell.files())
    assert client.get("/so/app.webmanifest").json()["start_url"] == "/so/"


def test_every_word_that_a_script_says_is_there_and_every_word_is_said():
    folder = Path(finders.find("attendance/so/kho.js")).parent
    source = "".join(path.read_text() for path in folder.glob("*.js"))
    said = set(re.findall(r'"((?:enrol|unlock|who|may)\.[a-z_]+)"', source))
    said |= {f"enrol.{one}" for one in ("insecure", "no_store")}
    said |= {
        f"may.{one}" for one in ("portal", "server", "sign_in", "revoked", "too_often")
    }
    dotted = {key for key in words() if "." in key}
    assert said == dotted


def test_what_the_app_loads_is_light(client, on, db):
    names = (*app_shell.STYLES, *app_shell.scripts())
    files = [Path(finders.find(name)).read_bytes() for name in names]
    shell = client.get("/so/vo/").content
    weight = sum(len(gzip.compress(one, 9)) for one in (*files, shell))
    # The doors, the queue and Máy này leave 30,000 for the evening's screens.
    assert weight <= BUDGET - 30_000, weight


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_phone_is_enrolled_opens_in_flight_mode_takes_a_tap_locked_and_sends(
    browser, live_server, cast, session, settings, tmp_path, on, monkeypatch
):
    settings.STATIC_ROOT = str(tmp_path)
    for name in (*app_shell.STYLES, *app_shell.scripts(), *app_shell.ICONS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(finders.find(name), tmp_path / name)
    context = browser.new_context(**PHONE, base_url=live_server.url)
    context.set_default_timeout(15_000)
    page = context.new_page()

    def look(heading: str) -> None:
        page.get_by_role("heading", name=heading, exact=True, level=1).wait_for()
        assert sideways_scroll(page) == 0, heading
        assert accessibility_problems(page) == [], heading

    page.goto("/so/ghi-danh/")
    look("Ghi danh máy này")
    code = issue_enrolment(cast.tam, user=cast.hanh).code
    page.fill("[name=username]", "tam")
    page.fill("[name=code]", code)
    page.fill("[name=pin]", "123456")
    page.fill("[name=again]", "123456")
    page.get_by_role("button", name="Ghi danh máy này").click()
    page.get_by_text("6 số này dễ đoán").wait_for()
    page.fill("[name=pin]", CODE)
    page.fill("[name=again]", CODE)
    page.get_by_role("button", name="Ghi danh máy này").click()
    look("Máy này")
    page.get_by_text("Đã gửi hết").wait_for()
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller")

    # Flight mode, the tab opened anew: locked, and a count is taken all the same.
    context.set_offline(True)
    page.close()
    page = context.new_page()
    page.goto("/so/may/")
    look("Máy này")
    page.get_by_text("Lúc này không có mạng").wait_for()
    page.evaluate(
        """async ([address, id]) => {
          const kho = await import(address);
          await kho.write(id, [{ kind: "head_count", cell: "head_count", value: "23" }]);
        }""",
        [static("attendance/so/kho.js"), str(session.uuid)],
    )
    page.get_by_text("Còn 1 mục trên máy này").wait_for()
    page.get_by_text("Trên máy này 1 · Đã nhận 0 · Đã tính 0").wait_for()
    page.get_by_role("link", name="Mở khóa").first.click()
    look("Mở khóa")
    page.fill("[name=pin]", "000001")
    page.get_by_role("button", name="Mở khóa").click()
    page.get_by_text("Còn 4 lần thử").wait_for()
    page.fill("[name=pin]", CODE)
    page.get_by_role("button", name="Mở khóa").click()
    page.get_by_role("link", name=re.compile("Máy này")).click()
    look("Máy này")
    context.set_offline(False)
    page.get_by_text("Đã gửi hết").wait_for()
    page.get_by_text("Trên máy này 0 · Đã nhận 1 · Đã tính 1").wait_for()
    assert RegisterEntry.objects.filter(cell="head_count", value="23").count() == 1

    # A new version waits until somebody takes it; what is in the queue stays in it.
    context.set_offline(True)
    page.evaluate(
        """async ([address, id]) => {
          const kho = await import(address);
          await kho.write(id, [{ kind: "head_count", cell: "head_count", value: "24" }]);
        }""",
        [static("attendance/so/kho.js"), str(session.uuid)],
    )
    page.get_by_text("Còn 1 mục trên máy này").wait_for()
    context.route("**/api/v1/register/**", lambda route: route.abort())
    context.set_offline(False)
    older = page.evaluate("caches.keys()")
    monkeypatch.setattr(app_shell, "version", lambda: "0123456789ab")
    page.evaluate("navigator.serviceWorker.ready.then((one) => one.update())")
    page.get_by_text("Sổ của tổ có bản mới").wait_for()
    assert older[0] in page.evaluate("caches.keys()")
    with page.expect_navigation():
        page.get_by_role("button", name="Dùng bản mới").click()
    look("Máy này")
    page.get_by_text("Còn 1 mục trên máy này").wait_for()
    assert page.evaluate("caches.keys()") == ["so-0123456789ab"]
    context.unroute("**/api/v1/register/**")
    page.get_by_role("button", name="Gửi ngay").click()
    page.get_by_text("Đã gửi hết").wait_for()

    # Leaving asks once, then asks who comes next.
    page.get_by_role("button", name="Thoát khỏi máy này").click()
    page.get_by_role("button", name=re.compile("^Thoát: tên")).click()
    look("Ai ghi sổ?")
    context.close()
