"""What a resident gets: small, whole, the same for everybody."""

from __future__ import annotations

import re

import pytest

from common.csp import csp_hash
from courses.models import CoursePage, LessonPage
from tests.courses.making import content, make_lesson, sign_in

# Counts of queries must not depend on where the cache of the addresses lies.
IN_MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


def page_of(client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.text


# --- the same for everybody -----------------------------------------------------------


def test_a_lesson_is_the_same_bytes_for_a_guest_and_for_every_role(
    lesson, cast, client
):
    guest = client.get(lesson.url)
    assert guest.cookies == {}
    for user in (cast.tam, cast.hanh, cast.mai, cast.dung, cast.quan):
        sign_in(client, user)
        answer = client.get(lesson.url)
        assert answer.content == guest.content
        assert answer.cookies == {}
        assert "cookie" not in answer.headers.get("Vary", "").lower()


@pytest.mark.parametrize("path", ["", "cau-hoi/"])
def test_a_guest_gets_no_cookie_and_no_token(path, lesson, client):
    response = client.get(lesson.url + path)
    assert response.cookies == {}
    assert "csrfmiddlewaretoken" not in response.text


def test_the_policy_allows_the_style_of_the_page_and_no_other(lesson, client):
    response = client.get(lesson.url)
    policy = response.headers["Content-Security-Policy"]
    styles = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    assert [csp_hash(style) in policy for style in styles] == [True]
    assert "unsafe" not in policy
    assert not re.search(r"\son\w+=|\sstyle=", response.text)


def test_an_open_lesson_says_its_basis_dates_and_owner(lesson, client):
    page = page_of(client, lesson.url)
    assert "Căn cứ: 69/2024/NĐ-CP." in page
    assert "Kiểm tra ngày 20/11/2026." in page
    assert "Xem lại trước ngày 18/02/2027." in page
    assert "Người phụ trách: Phòng biên tập." in page


def test_a_lesson_ends_with_somebody_to_ask(lesson, client):
    assert "Ai chỉ giúp?" in page_of(client, lesson.url)


def test_text_of_editors_is_escaped(db, client):
    evil = "<script>alert(1)</script>"
    lesson = make_lesson(
        task=evil,
        steps=[("step", {"text": evil, "warning": evil})],
        need=[("item", evil)],
    )
    assert evil not in page_of(client, lesson.url)


# --- addresses --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/{}", "/{}/"])
def test_the_number_on_the_handout_leads_to_the_lesson(path, lesson, client):
    response = client.get(path.format(lesson.number))
    assert (response.status_code, response.url) == (302, lesson.url)


def test_an_old_number_of_a_lesson_still_leads_to_it(lesson, client):
    old, lesson.number = lesson.number, 77
    lesson.save_revision().publish()
    assert client.get(f"/{old}").url == client.get("/77").url == lesson.url


def test_a_number_that_was_never_given_says_where_to_turn(lesson, client):
    response = client.get("/999")
    assert response.status_code == 404
    assert "Không tìm thấy trang này" in response.text


def test_a_course_leads_to_its_group_in_the_list(lesson, client):
    response = client.get("/bai/vneid/")
    assert (response.status_code, response.url) == (302, "/bai/#vneid")


def test_a_lesson_past_its_expiry_is_gone_before_the_job_runs(lesson, client):
    lesson.expire_at = "2026-11-20T08:59:59+07:00"
    LessonPage.objects.filter(pk=lesson.pk).update(expire_at=lesson.expire_at)
    assert client.get(lesson.url).status_code == 404
    assert client.get(f"{lesson.url}cau-hoi/").status_code == 404
    assert lesson.title not in page_of(client, "/bai/")


def test_an_unpublished_lesson_is_nowhere(lesson, client):
    lesson.unpublish()
    assert client.get(lesson.url).status_code == 404
    assert client.get(f"/{lesson.number}").status_code == 404
    assert client.get(f"{lesson.url}cau-hoi/").status_code == 404
    assert lesson.title not in page_of(client, "/bai/")


# --- pages of the tree ---------------------------------------------------------------------


def test_pages_live_where_they_belong():
    assert LessonPage.allowed_parent_page_models() == [CoursePage]
    assert CoursePage.allowed_subpage_models() == [LessonPage]
    assert LessonPage.allowed_subpage_models() == []


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_of_lessons_asks_the_same_for_one_and_three(
    many, lesson, client, settings, django_assert_num_queries
):
    settings.CACHES = IN_MEMORY
    for number in range(1, many):
        make_lesson(f"bai-{number}", **content(title=f"Bài {number}"))
    client.get("/bai/")
    with django_assert_num_queries(20):
        page = page_of(client, "/bai/")
    assert page.count('class="row" href="/bai/vneid/') == many


@pytest.mark.parametrize("many", [1, 3])
def test_a_lesson_asks_the_same_for_one_and_three_steps(
    many, db, client, settings, django_assert_num_queries
):
    settings.CACHES = IN_MEMORY
    lesson = make_lesson(steps=[("step", {"text": f"Bước {n}."}) for n in range(many)])
    client.get(lesson.url)
    with django_assert_num_queries(24):
        page_of(client, lesson.url)
