"""The worker's file, the lists of what can be kept, the pages about this phone."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.templatetags.static import static

from common.models import ContentVersion
from common.registries import offline_files
from offline import views
from tests.courses.making import make_course, make_lesson, make_recording

pytestmark = pytest.mark.django_db


def config(text: str) -> dict:
    return json.loads(re.search(r"CONFIG = (\{.*?\n\});", text, re.DOTALL)[1])


def test_the_worker_is_asked_for_anew_and_rules_the_whole_site(client):
    response = client.get("/sw.js")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "X-Good-Until" in response.headers


def test_the_worker_knows_what_is_never_stored(client):
    told = config(client.get("/sw.js").content.decode())
    assert set(told["private"]) == {
        "/soan/",
        "/vao/",
        "/so/",
        "/xa/",
        "/tinh/",
        "/api/",
        "/suc-khoe/",
    }
    assert told["pages"] == [
        "/",
        "/lo-bi-lua/",
        "/khong-bao-gio/",
        "/so-can-goi/",
        "/may-nay/",
    ]
    assert {"tim", "page"} <= set(told["queries"])


def test_the_worker_keeps_every_script_that_a_lesson_may_call(client):
    told = config(client.get("/sw.js").content.decode())
    assert {static(file.path) for file in offline_files} >= set(told["shell"])
    assert static("courses/tap.js") in told["shell"]
    assert static("courses/cau-hoi.js") in told["shell"]
    assert static("offline/trang.js") in told["shell"]
    assert set(told["first"]) < set(told["shell"])


def test_the_way_back_empties_the_phone_and_takes_the_worker_away(client, settings):
    make_lesson()
    assert 'data-sw="/sw.js"' in client.get("/bai/").content.decode()
    ContentVersion.bump()
    settings.SERVICE_WORKER = False
    text = client.get("/sw.js").content.decode()
    assert "registration.unregister()" in text
    assert "CONFIG" not in text
    assert "data-sw" not in client.get("/bai/").content.decode()


def test_the_pages_of_the_phone_are_whole_without_script(client):
    page = client.get("/may-nay/").content.decode()
    assert "Trong máy này" in page
    assert "Ai đang học?" in page
    assert "Chúng tôi biết gì về máy này" in page
    gone = client.get("/mat-mang/").content.decode()
    assert gone.count("<!--bai-->") == 1
    assert 'href="/so-can-goi/"' in gone


def test_the_words_of_the_scripts_are_vietnamese(client):
    words = client.get("/giu/loi/").json()
    assert list(words["people"].values()) == [
        "Ba",
        "Má",
        "Ông",
        "Bà",
        "Con",
        "Người khác",
    ]
    assert words["stuck"] == "Vướng ở bước {n}"


def test_a_lesson_says_what_it_weighs_address_by_address(client):
    lesson = make_lesson()
    listed = client.get("/giu/vneid/quen-mat-khau/").json()
    assert listed["title"] == lesson.title
    [one] = listed["lessons"]
    kinds = {url: kind for url, _bytes, kind in one["files"]}
    assert kinds["/bai/vneid/quen-mat-khau/"] == "page"
    assert kinds["/bai/vneid/quen-mat-khau/cau-hoi/"] == "page"
    assert kinds[static("courses/cau-hoi.js")] == "script"
    assert all(size > 0 for _url, size, _kind in one["files"])
    page = client.get("/bai/vneid/quen-mat-khau/").content
    stated = next(size for url, size, _kind in one["files"] if url == lesson.get_url())
    assert len(page) / 6 < stated < len(page)


def test_a_recorded_voice_is_named_apart(client):
    sound = default_storage.save("ghi-am/bai.opus", ContentFile(b"O" * 5000))
    make_recording(make_lesson(), audio=sound)
    [one] = client.get("/giu/vneid/quen-mat-khau/").json()["lessons"]
    voices = [part for part in one["files"] if part[2] == "voice"]
    assert voices == [[f"/tep/{sound}", 5400, "voice"]]


def test_a_group_lists_its_lessons_and_every_address_once(client):
    first = make_lesson()
    second = make_lesson("kich-hoat", title="Kích hoạt VNeID")
    listed = client.get("/giu/vneid/").json()
    assert listed["title"] == make_course().title
    assert [one["number"] for one in listed["lessons"]] == [first.number, second.number]
    urls = [url for one in listed["lessons"] for url, _bytes, _kind in one["files"]]
    assert len(urls) == len(set(urls))


def test_what_may_not_be_followed_cannot_be_kept(client, cast):
    from courses.actions import withdraw_lesson

    lesson = make_lesson()
    assert client.get("/giu/vneid/quen-mat-khau/").status_code == 200
    withdraw_lesson(lesson, user=cast.dung, reason="có chỗ sai")
    assert client.get("/giu/vneid/quen-mat-khau/").status_code == 404
    assert client.get("/giu/vneid/").status_code == 404
    assert client.get("/giu/khong-co/").status_code == 404


@pytest.mark.parametrize("lessons", [1, 3])
def test_a_list_costs_the_same_queries_beside_its_pages(
    client, django_assert_num_queries, monkeypatch, lessons
):
    for number in range(lessons):
        make_lesson(f"bai-{number}")
    monkeypatch.setattr(views, "parts_of", lambda *args: [])
    client.get("/giu/vneid/")
    with django_assert_num_queries(4):
        client.get("/giu/vneid/")
