"""The CMS: who comes in by which role, what the form enforces, what is in the log."""

from __future__ import annotations

import datetime as dt

import pytest
from wagtail.models import ModelLogEntry, Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from courses.blocks import blocker_choices
from courses.editors import EDITORS, follow_roles
from courses.models import Blocker, Hotline, LegalDocument, LessonPage, Skill
from home.models import CustomImage
from people.models import RoleAssignment
from people.roles import Role
from tests.courses.making import (
    BLOCKERS,
    TODAY,
    make_course,
    make_draft,
    make_facts,
    make_lesson,
    sign_in,
)
from tests.factories import give_role

# --- who comes in ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "comes_in"),
    [
        ("dung", True),
        ("thu", True),
        ("quan", True),
        ("tam", False),
        ("lan", False),
        ("hanh", False),
        ("mai", False),
        ("thao", False),
    ],
)
def test_the_cms_opens_by_role(name, comes_in, cast, client, lesson):
    user = getattr(cast, name)
    follow_roles(user)
    sign_in(client, user)
    response = client.get(f"/soan/pages/{lesson.pk}/edit/")
    assert response.status_code == (200 if comes_in else 302)
    assert user.groups.filter(name=EDITORS).exists() == comes_in


def test_who_has_no_work_in_the_cms_reads_so_instead_of_going_round(
    cast, client, lesson
):
    sign_in(client, cast.mai)
    response = client.get("/soan/", follow=True)
    assert response.redirect_chain == [("/vao/soan/?next=/soan/", 302)]
    assert response.status_code == 403


def test_a_stranger_at_the_cms_signs_in_and_comes_back(client, db):
    response = client.get("/soan/pages/1/edit/", follow=True)
    assert response.status_code == 200
    assert response.redirect_chain[-1] == ("/vao/?next=/soan/pages/1/edit/", 302)


def test_an_editor_at_the_door_is_led_to_the_desk(cast, client):
    follow_roles(cast.dung)
    sign_in(client, cast.dung)
    assert client.get("/vao/soan/").url == "/soan/"


def test_an_appointed_editor_is_in_the_group_and_out_when_the_role_ends(cast, ground):
    assignment = give_role(cast.lan, Role.EDITOR, ground.province)
    assert cast.lan.groups.filter(name=EDITORS).exists()
    assignment.valid_to = TODAY
    assignment.save()
    assert not cast.lan.groups.filter(name=EDITORS).exists()


def test_a_role_that_ran_out_closes_the_cms_though_the_group_is_still_there(
    cast, client, lesson, time_machine
):
    follow_roles(cast.dung)
    RoleAssignment.objects.filter(user=cast.dung).update(valid_to=dt.date(2026, 11, 21))
    time_machine.move_to("2026-11-21 08:00 +0700")
    assert cast.dung.groups.filter(name=EDITORS).exists()
    sign_in(client, cast.dung)
    assert client.get(f"/soan/pages/{lesson.pk}/edit/").status_code == 302
    follow_roles(cast.dung)
    assert not cast.dung.groups.filter(name=EDITORS).exists()


# --- the form ----------------------------------------------------------------------------


def form_data(**changes) -> dict:
    """What the browser sends for a complete lesson; name a field to change it."""
    questions = [
        (
            "question",
            {
                "text": f"Câu {n}?",
                "options": {
                    "count": "2",
                    **{
                        str(i): {
                            "value": {"text": text, "right": right, "why": "Vì vậy."},
                            "order": str(i),
                            "deleted": "",
                            "id": "",
                        }
                        for i, (text, right) in enumerate(
                            [("Cúp máy", "on"), ("Đọc", "")]
                        )
                    },
                },
            },
        )
        for n in (1, 2, 3)
    ]
    data = {
        "title": "Trả tiền điện",
        "slug": "tra-tien-dien",
        "number": "",
        "minutes": "4",
        "short_title": "Trả tiền điện",
        "task": "Trả tiền điện trên điện thoại.",
        "search_words": "tien dien",
        "need": streamfield([("item", "Mã khách hàng")]),
        "steps": streamfield([("step", {"text": "Mở ứng dụng."})]),
        "interrupted": streamfield([]),
        "stuck": streamfield(
            [
                ("row", {"blocker": b, "text": "Vướng.", "go": "Hỏi tổ.", "bring": ""})
                for b in BLOCKERS
            ]
        ),
        "questions": streamfield(questions),
        "practices": streamfield([]),
        "guide": streamfield([]),
        "checked_on": TODAY.isoformat(),
        "review_by": (TODAY + dt.timedelta(days=90)).isoformat(),
        "withdraw_on": "",
        "owner_role": "Phòng biên tập",
        "replacement": "",
        "weight_reason": "",
        "lesson_skills": inline_formset(
            [{"skill": str(Skill.objects.get(code="thu").pk)}]
        ),
        "lesson_legal": inline_formset(
            [{"document": str(LegalDocument.objects.get(code="nd-69-2024").pk)}]
        ),
        "comments": inline_formset([]),
        "seo_title": "",
        "search_description": "",
        "go_live_at": "",
        "expire_at": "",
    }
    return nested_form_data(data | changes)


def add_url() -> str:
    return f"/soan/pages/add/courses/lessonpage/{make_course().pk}/"


def test_an_editor_publishes_a_complete_lesson_and_it_gets_a_number(editor, client):
    response = client.post(add_url(), form_data() | {"action-publish": "x"})
    assert response.status_code == 302
    lesson = LessonPage.objects.get()
    assert (lesson.live, lesson.number) == (True, 1)
    assert client.get("/1").url == "/bai/vneid/tra-tien-dien/"


def test_an_empty_draft_is_saved(editor, client):
    empty = form_data(
        short_title="",
        task="",
        need=streamfield([]),
        steps=streamfield([]),
        stuck=streamfield([]),
        questions=streamfield([]),
        checked_on="",
        review_by="",
        owner_role="",
        lesson_skills=inline_formset([]),
        lesson_legal=inline_formset([]),
    )
    response = client.post(add_url(), empty)
    assert response.status_code == 302
    lesson = LessonPage.objects.get()
    assert (lesson.live, lesson.number, lesson.task) == (False, 1, "")


def test_publishing_an_incomplete_lesson_names_everything_that_is_missing(
    editor, client
):
    data = form_data(
        steps=streamfield([("step", {"text": "Mở.", "network": "on"})]),
        stuck=streamfield([]),
        checked_on="",
        owner_role="",
        lesson_skills=inline_formset([]),
    )
    response = client.post(add_url(), data | {"action-publish": "x"})
    assert response.status_code == 200
    assert not LessonPage.objects.exists()
    for said in (
        "Có bước cần mạng: phải ghi “Nếu bị dừng giữa chừng”",
        "Chưa ghi ngày kiểm tra các bước.",
        "Chưa ghi người phụ trách bài này.",
        "Chưa chọn kỹ năng: bài phải dạy ít nhất một kỹ năng.",
    ):
        assert said in response.text


def test_an_incomplete_draft_is_not_published_from_the_list(editor, client):
    draft = make_draft(owner_role="")
    draft.save_revision()
    url = f"/soan/bulk/wagtailcore/page/publish/?id={draft.pk}&next=/soan/"
    response = client.post(url, {"include_descendants": ""}, follow=True)
    assert not LessonPage.objects.get().live
    assert "Chưa ghi người phụ trách bài này." in response.text


def test_a_preview_shows_the_steps_of_a_draft(editor, client):
    lesson = make_draft()
    url = f"/soan/pages/{lesson.pk}/edit/preview/"
    assert client.post(url, form_data()).json()["is_valid"]
    response = client.get(url, {"mode": ""})
    assert response.status_code == 200
    assert "Mở ứng dụng." in response.text


def test_a_field_that_the_lesson_form_needs_is_there(editor, client):
    page = client.get(add_url())
    assert page.status_code == 200
    assert [
        name for name in form_data() if name.count("-") == 0 and "count" in name
    ] == []
    for name in ("checked_on", "review_by", "withdraw_on", "owner_role", "replacement"):
        assert f'name="{name}"' in page.text


def test_every_block_shows_a_preview_of_itself(db):
    make_facts()
    for name in (
        "need",
        "steps",
        "interrupted",
        "stuck",
        "practices",
        "questions",
        "guide",
    ):
        stream = LessonPage._meta.get_field(name).stream_block
        for block in stream.child_blocks.values():
            assert block.is_previewable
            assert str(block.meta.description)
            value = block.get_preview_value()
            assert block.render(value, {"number": 1}).strip()


def test_the_blockers_of_a_lesson_are_those_of_the_register(facts_made):
    assert blocker_choices() == list(Blocker.objects.values_list("code", "label"))


@pytest.fixture
def facts_made(db):
    make_facts()


# --- tables of facts -----------------------------------------------------------------------


@pytest.mark.parametrize("table", ["skill", "blocker", "hotline", "legaldocument"])
def test_an_editor_sees_each_table_and_nobody_deletes_from_it(table, editor, client):
    Hotline.objects.create(code="x", number="1", name="Sở", confidence="found")
    assert client.get(f"/soan/{table}/").status_code == 200
    assert client.get(f"/soan/{table}/new/").status_code == 200
    model = {
        "skill": Skill,
        "blocker": Blocker,
        "hotline": Hotline,
        "legaldocument": LegalDocument,
    }[table]
    row = model.objects.first()
    assert client.get(f"/soan/{table}/edit/{row.pk}/").status_code == 200
    assert client.post(f"/soan/{table}/delete/{row.pk}/").status_code == 302
    assert model.objects.filter(pk=row.pk).exists()


def test_a_change_of_a_hotline_is_in_the_log(editor, client):
    line = Hotline.objects.create(code="x", number="1", name="Sở", confidence="found")
    response = client.post(
        f"/soan/hotline/edit/{line.pk}/",
        {
            "code": "x",
            "number": "1800 1096",
            "name": "Sở",
            "what_for": "Hỏi",
            "source": "Trang Sở",
            "confidence": "found",
            "checked_on": "2026-11-20",
            "order": "1",
        },
    )
    assert response.status_code == 302
    entry = ModelLogEntry.objects.get(action="wagtail.edit")
    assert (entry.user_id, entry.object_id) == (editor.pk, str(line.pk))


def test_a_code_that_registers_use_is_never_renamed(editor, client):
    skill = Skill.objects.get(code="thu")
    response = client.post(
        f"/soan/skill/edit/{skill.pk}/",
        {"code": "khac", "group": "b", "name": "Khác", "order": "1"},
    )
    assert "Sổ điểm danh và bài học đang dùng mã này" in response.text
    assert Skill.objects.get(pk=skill.pk).code == "thu"


@pytest.mark.parametrize("table", ["skill", "blocker", "hotline", "legaldocument"])
def test_the_tables_are_closed_to_who_does_not_edit(table, cast, client):
    sign_in(client, cast.tam)
    assert client.get(f"/soan/{table}/").status_code == 302


# --- pictures ------------------------------------------------------------------------------


def test_a_hostile_drawing_is_stored_clean_from_the_upload(editor, client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="x()">'
        b"<script>alert(1)</script><rect/></svg>"
    )
    response = client.post(
        "/soan/images/add/",
        {
            "title": "Hình",
            "file": SimpleUploadedFile("a.svg", drawing, "image/svg+xml"),
            "collection": "1",
        },
    )
    assert response.status_code == 302
    with CustomImage.objects.get().open_file() as file:
        stored = file.read()
    assert b"script" not in stored
    assert b"onload" not in stored


def test_a_drawing_with_entities_is_refused_in_words(editor, client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    drawing = (
        b'<!DOCTYPE x [<!ENTITY a "ha">]><svg xmlns="http://www.w3.org/2000/svg" '
        b'viewBox="0 0 9 9"><text>&a;</text></svg>'
    )
    response = client.post(
        "/soan/images/add/",
        {
            "title": "Hình",
            "file": SimpleUploadedFile("a.svg", drawing, "image/svg+xml"),
            "collection": "1",
        },
    )
    assert response.status_code == 200
    assert not CustomImage.objects.exists()


# --- what to look at -----------------------------------------------------------------------


REPORT = "/soan/reports/bai-can-xem/"


def test_the_report_names_each_lesson_with_its_reason(editor, client):
    make_lesson("yen", title="Bài yên")
    checked = make_lesson(
        "kiem", title="Bài cần kiểm", steps=[("step", {"text": "Mở.", "check": True})]
    )
    stale = make_lesson("cu", title="Bài cũ")
    soon = make_lesson("sap", title="Bài sắp", review_by=TODAY + dt.timedelta(days=30))
    lapsing = make_lesson("het", title="Bài hết")
    down = make_lesson("go", title="Bài gỡ")
    pages = LessonPage.objects
    pages.filter(pk=stale.pk).update(review_by=TODAY - dt.timedelta(days=1))
    pages.filter(pk=lapsing.pk).update(withdraw_on=TODAY + dt.timedelta(days=30))
    pages.filter(pk=down.pk).update(
        withdrawn_at="2026-11-19T00:00Z", withdrawn_reason="lỗi"
    )
    page = client.get(REPORT).text
    assert "Bài yên" not in page
    for title, because in [
        (checked.title, "1 bước cần kiểm tra"),
        (stale.title, "Quá hạn xem lại từ ngày 19/11/2026"),
        (soon.title, "Đến hạn xem lại ngày 20/12/2026"),
        (lapsing.title, "Sẽ gỡ vào ngày 20/12/2026"),
        (down.title, "Đã tạm gỡ: lỗi"),
    ]:
        assert title in page
        assert because in page


def test_a_lapsed_or_replaced_document_puts_its_lessons_in_the_report(editor, client):
    make_lesson(title="Bài dựa luật cũ")
    assert "Bài dựa luật cũ" not in client.get(REPORT).text
    LegalDocument.objects.update(in_force_to=TODAY - dt.timedelta(days=1))
    assert "Căn cứ đã hết hiệu lực hoặc bị thay thế" in client.get(REPORT).text


def test_the_last_day_in_force_is_still_in_force(editor):
    make_lesson()
    LegalDocument.objects.update(in_force_to=TODAY)
    assert LessonPage.objects.leaning_on_lapsed(TODAY).count() == 0
    tomorrow = TODAY + dt.timedelta(days=1)
    assert LessonPage.objects.leaning_on_lapsed(tomorrow).count() == 1


def test_the_report_can_be_exported(editor, client):
    make_lesson(steps=[("step", {"text": "Mở.", "check": True})])
    response = client.get(REPORT, {"export": "csv"})
    text = b"".join(response.streaming_content).decode()
    assert "1 bước cần kiểm tra" in text
    assert "Phòng biên tập" in text


@pytest.mark.parametrize("many", [1, 3])
def test_the_report_asks_the_same_for_one_and_three(
    many, editor, client, settings, django_assert_max_num_queries
):
    for n in range(many):
        make_lesson(f"bai-{n}", steps=[("step", {"text": "Mở.", "check": True})])
    client.get(REPORT)
    with django_assert_max_num_queries(20):
        client.get(REPORT)


# --- for the team --------------------------------------------------------------------------


def test_the_guide_is_for_staff_only(lesson, cast, client):
    url = f"/so/bai/{lesson.number}/huong-dan/"
    assert client.get(url).status_code == 302
    for user in (cast.tam, cast.lan, cast.hanh, cast.mai, cast.dung):
        sign_in(client, user)
        page = client.get(url)
        assert page.status_code == 200
        assert "Con quay mặt đi nha." in page.text
    assert "Con quay mặt đi nha." not in client.get(lesson.url).text


def test_who_has_no_role_does_not_read_the_guide(
    lesson, cast, client, django_user_model
):
    nobody = django_user_model.objects.create(username="khach")
    sign_in(client, nobody)
    assert client.get(f"/so/bai/{lesson.number}/huong-dan/").status_code == 403


def test_the_guide_of_a_withdrawn_lesson_says_not_to_teach_it(lesson, cast, client):
    LessonPage.objects.filter(pk=lesson.pk).update(withdraw_on=TODAY)
    sign_in(client, cast.tam)
    assert (
        "Anh chị khoan dạy bài này."
        in client.get(f"/so/bai/{lesson.number}/huong-dan/").text
    )


def test_the_lesson_has_a_button_to_withdraw_it_in_the_cms(editor, client):
    lesson = make_lesson()
    page = client.get(f"/soan/pages/{lesson.pk}/edit/")
    assert f"/so/bai/{lesson.number}/tam-go/" in page.text
    assert Page.objects.filter(pk=lesson.pk).exists()


def test_the_cms_opens_with_the_lessons_to_see(editor, client):
    make_lesson(title="Bài cần kiểm", steps=[("step", {"text": "Mở.", "check": True})])
    page = client.get("/soan/").text
    assert "Bài cần xem" in page
    assert "Bài cần kiểm</a>: 1 bước cần kiểm tra" in page
