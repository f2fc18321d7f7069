"""What editors do that nobody planned: deleting, copying, moving, renaming, circles."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.models import CoursePage, LegalDocument, LessonPage, Skill
from courses.publishing import IncompleteLesson
from tests.courses.making import (
    TODAY,
    make_course,
    make_draft,
    make_drawing,
    make_lesson,
    practice,
)
from tests.courses.test_reviewing import form_of
from tests.courses.test_weight import heavy_draft

CIRCLE = "Các văn bản này thay nhau thành vòng tròn."


def cms(name: str, page) -> str:
    return reverse(f"wagtailadmin_pages:{name}", args=[page.pk])


def bulk(action: str, page) -> str:
    place = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
    return f"{place}?id={page.pk}&next=/soan/"


def send(client, page, **changes):
    """Publish a lesson from its form."""
    return client.post(cms("edit", page), form_of(page) | changes)


# --- what was public keeps its address -------------------------------------------------


def test_an_editor_withdraws_what_he_would_have_deleted(editor, client):
    lesson = make_lesson(number=12)
    answer = client.post(cms("delete", lesson))
    assert answer.url == reverse("lesson_withdraw", args=[12])
    assert client.post(bulk("delete", lesson)).status_code == 302
    assert Client().get("/12", follow=True).status_code == 200


def test_a_draft_that_nobody_read_may_be_deleted(editor, client):
    draft = make_draft("nhap")
    client.post(cms("delete", draft))
    assert not LessonPage.objects.filter(pk=draft.pk).exists()


def test_the_owner_deletes_what_he_likes(editor, client):
    lesson = make_lesson()
    editor.is_superuser = True
    editor.save()
    client.post(cms("delete", lesson))
    assert not LessonPage.objects.filter(pk=lesson.pk).exists()


@pytest.mark.parametrize("by_list", [False, True])
def test_a_group_takes_no_lesson_down_with_it(by_list, editor, client):
    lesson = make_lesson(number=12)
    course = lesson.get_parent()
    url = bulk("unpublish", course) if by_list else cms("unpublish", course)
    client.post(url, {"include_descendants": "on"})
    assert LessonPage.objects.get(pk=lesson.pk).live
    assert CoursePage.objects.get(pk=course.pk).live


def test_a_lesson_does_not_expire_but_is_withdrawn(editor, client):
    lesson = make_lesson()
    soon = f"{dt.datetime.now() + dt.timedelta(days=3):%Y-%m-%d %H:%M}"
    answer = send(client, lesson, expire_at=soon, **{"action-publish": "1"})
    assert "Bài hết hạn kiểu này là mất luôn địa chỉ." in answer.text
    assert LessonPage.objects.get(pk=lesson.pk).expire_at is None


# --- another address, another number ---------------------------------------------------


def old_addresses(lesson) -> list[str]:
    parts = ("", "cau-hoi/", "tap/1/", "in/", "anh/")
    return [f"{lesson.url}{part}" for part in parts]


def places_of(addresses) -> set[str]:
    """Where these addresses lead a guest."""
    return {Client().get(address).headers.get("Location") for address in addresses}


@pytest.fixture
def practised(editor):
    drawing = make_drawing()
    practices = [("practice", practice(picture=drawing))]
    return make_lesson("mot", number=12, practices=practices)


def test_every_address_of_a_moved_lesson_leads_on(practised, client):
    old = old_addresses(practised)
    other = make_course("khac", "Khác")
    place = reverse("wagtailadmin_pages:move_confirm", args=[practised.pk, other.pk])
    client.post(place)
    assert places_of(old) == {"/bai/khac/mot/"}
    assert Client().get("/12").url == "/bai/khac/mot/"


def test_every_address_of_a_renamed_lesson_leads_on(
    practised, django_capture_on_commit_callbacks
):
    old = old_addresses(practised)
    with django_capture_on_commit_callbacks(execute=True):
        practised.slug = "moi"
        practised.save_revision().publish()
    assert places_of(old) == {"/bai/vneid/moi/"}
    assert Client().get("/12").url == "/bai/vneid/moi/"


@pytest.mark.parametrize("number", ["0", "1000000"])
def test_a_number_is_one_that_people_can_type(number, editor, client):
    lesson = make_lesson(number=12)
    answer = send(client, lesson, number=number)
    assert "Số bài nằm trong khoảng từ 1 đến 999999." in answer.text
    assert LessonPage.objects.get(pk=lesson.pk).number == 12


@pytest.mark.parametrize("wish", ["publish_copies", "alias"])
def test_a_copy_is_a_draft_with_a_number_of_its_own(wish, editor, client):
    lesson = make_lesson("mot", number=12)
    page = client.get(cms("copy", lesson)).text
    assert f'name="{wish}"' not in page
    client.post(
        cms("copy", lesson),
        {
            "new_title": "Hai",
            "new_slug": "hai",
            "new_parent_page": str(lesson.get_parent().pk),
            wish: "on",
        },
    )
    copy = LessonPage.objects.get(slug="hai")
    drafts = {r.content["number"] for r in copy.revisions.all()}
    assert (copy.number, copy.live, copy.alias_of_id, drafts) == (13, False, None, {13})


def test_a_copied_group_gives_each_of_its_lessons_a_number(editor, client):
    make_lesson("mot", number=12)
    course = make_lesson("hai", number=13).get_parent()
    client.post(
        cms("copy", course),
        {
            "new_title": "Khác",
            "new_slug": "khac",
            "new_parent_page": str(course.get_parent().pk),
            "copy_subpages": "on",
        },
    )
    copies = LessonPage.objects.filter(url_path__contains="/khac/").order_by("number")
    assert [(c.number, c.live) for c in copies] == [(14, False), (15, False)]


# --- what lessons lean on ---------------------------------------------------------------


def test_a_lesson_outlives_its_pictures(editor, client):
    drawing = make_drawing()
    steps = [("step", {"text": "Bấm nút.", "picture": drawing})]
    practices = [("practice", practice(picture=drawing))]
    lesson = make_lesson(steps=steps, practices=practices)
    drawing.delete()
    for address in old_addresses(lesson):
        assert Client().get(address).status_code == 200
    for address in (cms("edit", lesson), f"/soan/bai/{lesson.pk}/kiem/"):
        assert client.get(address).status_code == 200
    with pytest.raises(IncompleteLesson, match="Còn thiếu câu hướng dẫn hoặc hình vẽ"):
        lesson.get_latest_revision().publish(user=editor)


def test_an_editor_deletes_no_skill(editor, client):
    client.post(reverse("skill:delete", args=[Skill.objects.get(code="thu").pk]))
    assert Skill.objects.filter(code="thu").exists()


@pytest.fixture
def law(editor):
    return LegalDocument.objects.get(code="nd-69-2024")


def sent_law(law, **changes) -> dict:
    names = ("code", "number_sign", "title", "kind", "source", "confidence")
    return {name: getattr(law, name) for name in names} | {"seen": "1"} | changes


@pytest.mark.parametrize("length", [0, 1, 2])
def test_documents_do_not_replace_one_another_in_a_circle(length, law, client):
    last = law
    for n in range(length):
        last = LegalDocument.objects.create(
            code=f"vb-{n}", number_sign=f"{n}/NĐ", kind="luat", replaced_by=last
        )
    url = reverse("legaldocument:edit", args=[law.pk])
    answer = client.post(url, sent_law(law, replaced_by=str(last.pk)))
    assert CIRCLE in answer.text
    law.refresh_from_db()
    assert law.replaced_by is None


def test_a_day_is_read_before_its_month(law, client):
    url = reverse("legaldocument:edit", args=[law.pk])
    client.post(url, sent_law(law, in_force_to="01/03/2027"))
    law.refresh_from_db()
    assert law.in_force_to == dt.date(2027, 3, 1)
    assert 'value="01/03/2027"' in client.get(url).text


def test_a_document_that_has_already_ended_withdraws_its_lessons_at_once(law, client):
    lesson = make_lesson()
    ended = TODAY - dt.timedelta(days=30)
    url = reverse("legaldocument:edit", args=[law.pk])
    impact = reverse("legal_impact", args=[law.pk])
    assert client.post(url, sent_law(law, in_force_to=f"{ended}")).url == impact
    assert lesson.title in client.get(impact).text
    gone = ended + dt.timedelta(days=1)
    client.post(impact, {"lessons": [lesson.pk], "withdraw_on": f"{gone}"})
    lesson = LessonPage.objects.get(pk=lesson.pk)
    assert (lesson.live, lesson.withdraw_on, lesson.is_withdrawn()) == (
        True,
        gone,
        True,
    )
    assert "tạm ngưng vì" in Client().get(lesson.url).text


# --- round the gate ---------------------------------------------------------------------


def test_a_heavy_lesson_is_not_scheduled_either(editor):
    draft = heavy_draft()
    draft.go_live_at = timezone.now() + dt.timedelta(hours=1)
    with pytest.raises(IncompleteLesson):
        draft.save_revision().publish(user=editor)
    draft.refresh_from_db()
    assert (draft.live, draft.scheduled_revision) == (False, None)


def test_a_group_publishes_no_incomplete_lesson_with_it(editor, client):
    whole = make_lesson()
    half = make_draft("nua", questions=[])
    course = whole.get_parent()
    answer = client.post(
        bulk("publish", course), {"include_descendants": "on"}, follow=True
    )
    assert "Chưa đăng được “Quên mật khẩu”." in answer.text
    assert not LessonPage.objects.get(pk=half.pk).live


@pytest.mark.parametrize("minutes", [0, 61])
def test_a_lesson_takes_as_long_as_a_lesson_can(minutes, editor):
    draft = make_draft(minutes=minutes)
    with pytest.raises(IncompleteLesson, match="Một bài dài từ 1 đến 60 phút"):
        draft.save_revision().publish(user=editor)


def test_a_script_in_a_text_stays_words_in_the_cms(editor, client):
    evil = '"><script>alert(1)</script>'
    lesson = make_lesson(
        title=evil,
        steps=[("step", {"text": evil, "check": True, "check_note": evil})],
        interrupted=[],
        owner_role=evil,
    )
    for address in (
        cms("edit", lesson),
        f"/soan/bai/{lesson.pk}/kiem/",
        "/soan/",
        reverse("lessons_to_see"),
        reverse("steps_to_check"),
        lesson.url,
        f"{lesson.url}in/",
    ):
        assert "<script>alert(1)" not in client.get(address).text, address
