"""First read, then public: an editor submits, a reviewer approves or sends back."""

from __future__ import annotations

import pytest
from django.core import mail
from django.urls import reverse
from wagtail.models import Page, TaskState, Workflow, WorkflowPage, WorkflowState
from wagtail.test.utils.form_data import inline_formset

from courses.editors import EDITORS, FIRST_WORKFLOW, REVIEW, ensure_review, follow_roles
from courses.models import LegalDocument, LessonPage
from courses.querysets import REVIEWERS
from tests.courses.making import (
    make_course,
    make_draft,
    make_facts,
    make_lesson,
    sign_in,
)
from tests.courses.test_editors import form_data


@pytest.fixture
def desk(cast, client):
    """Signs in one of the cast, who is then at the desk of the CMS."""
    make_facts()
    make_course()

    def at(user):
        follow_roles(user)
        sign_in(client, user)
        return user

    return at


@pytest.fixture
def submitted(desk, cast, client):
    """A complete draft that anh Dũng has sent to be read."""
    desk(cast.dung)
    draft = make_draft()
    draft.save_revision(user=cast.dung)
    draft.get_workflow().start(draft, cast.dung)
    return LessonPage.objects.get(pk=draft.pk)


def approve_url(page, action="approve") -> str:
    state = page.current_workflow_task_state
    return reverse(
        "wagtailadmin_pages:workflow_action", args=[page.pk, action, state.pk]
    )


def form_of(page, **changes) -> dict:
    """What the browser sends for a lesson that is already there."""
    rows = {
        "lesson_skills": [
            {"id": str(row.pk), "skill": str(row.skill_id)}
            for row in page.lesson_skills.all()
        ],
        "lesson_legal": [
            {"id": str(row.pk), "document": str(row.document_id)}
            for row in page.lesson_legal.all()
        ],
    }
    formsets = {name: inline_formset(rows[name], initial=1) for name in rows}
    return form_data(
        title=page.title, slug=page.slug, number=str(page.number), **formsets, **changes
    )


# --- the way itself -----------------------------------------------------------------


def test_there_is_one_review_on_the_tree_however_often_it_is_set_up(db):
    first = ensure_review()
    ensure_review()
    (on_tree,) = WorkflowPage.objects.all()
    assert (on_tree.workflow, on_tree.page) == (first, Page.get_first_root_node())
    assert [task.name for task in first.tasks] == ["Người duyệt đọc lại"]
    assert Workflow.objects.filter(name=REVIEW).count() == 1


def test_another_way_that_somebody_chose_stays(db):
    own = Workflow.objects.create(name="Duyệt hai cấp")
    root = Page.get_first_root_node()
    WorkflowPage.objects.update_or_create(page=root, defaults={"workflow": own})
    ensure_review()
    assert WorkflowPage.objects.get(page=root).workflow == own


def test_wagtails_own_first_way_is_replaced(db):
    root = Page.get_first_root_node()
    first, _made = Workflow.objects.get_or_create(name=FIRST_WORKFLOW)
    WorkflowPage.objects.update_or_create(page=root, defaults={"workflow": first})
    ensure_review()
    assert WorkflowPage.objects.get(page=root).workflow.name == REVIEW


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("dung", {EDITORS}),
        ("thu", {EDITORS, REVIEWERS}),
        ("quan", {EDITORS, REVIEWERS}),
        ("mai", set()),
    ],
)
def test_reviewers_are_those_whose_role_says_so(name, groups, cast):
    user = getattr(cast, name)
    follow_roles(user)
    follow_roles(user)
    held = user.groups.filter(name__in=(EDITORS, REVIEWERS))
    assert set(held.values_list("name", flat=True)) == groups


def test_a_reviewer_whose_role_ended_reviews_no_more(cast):
    follow_roles(cast.thu)
    cast.thu.assignments.update(valid_to="2026-11-19")
    follow_roles(cast.thu)
    assert not cast.thu.groups.exists()


# --- an editor and a reviewer ---------------------------------------------------------


def test_an_editor_submits_and_a_reviewer_publishes(desk, cast, client):
    desk(cast.dung)
    draft = make_draft()
    draft.save_revision()
    url = f"/soan/pages/{draft.pk}/edit/"
    sent = form_of(draft)
    assert client.post(url, sent | {"action-submit": "x"}).status_code == 302
    page = LessonPage.objects.get()
    assert (page.live, page.workflow_in_progress) == (False, True)

    desk(cast.thu)
    assert "Quên mật khẩu" in client.get("/soan/").text
    client.post(approve_url(page))
    assert LessonPage.objects.get().live
    assert TaskState.objects.get().finished_by == cast.thu


def test_a_reviewer_sends_back_with_words_and_the_editor_reads_them(
    submitted, desk, cast, client
):
    desk(cast.thu)
    words = "Bước 2 chưa rõ bấm vào đâu."
    client.post(approve_url(submitted, "reject"), {"comment": words})
    state = WorkflowState.objects.get()
    assert state.status == WorkflowState.STATUS_NEEDS_CHANGES
    assert not LessonPage.objects.get().live
    desk(cast.dung)
    history = f"/soan/pages/{submitted.pk}/workflow_history/detail/{state.pk}/"
    assert words in client.get(history).text


def test_an_editor_does_not_approve(submitted, desk, cast, client):
    desk(cast.dung)
    client.post(approve_url(submitted))
    assert not LessonPage.objects.get().live


def test_approving_an_incomplete_lesson_from_the_desk_names_what_is_missing(
    submitted, desk, cast, client
):
    old = LegalDocument.objects.get()
    old.replaced_by = LegalDocument.objects.create(
        code="moi", number_sign="9/2026/NĐ-CP", kind="nghi-dinh", confidence="found"
    )
    old.save()
    desk(cast.thu)
    response = client.post(approve_url(submitted), follow=True)
    assert response.redirect_chain[-1][0] == f"/soan/pages/{submitted.pk}/edit/"
    said = "Văn bản 69/2024/NĐ-CP đã được thay bằng 9/2026/NĐ-CP."
    assert said in response.text
    page = LessonPage.objects.get()
    assert (page.live, page.workflow_in_progress) == (False, True)

    in_window = client.post(
        approve_url(page),
        {"comment": "được"},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    assert in_window.json()["redirect"] == f"/soan/pages/{page.pk}/edit/"


def test_approving_an_incomplete_lesson_in_the_editor_names_it_too(
    submitted, desk, cast, client
):
    desk(cast.thu)
    sent = form_of(submitted, owner_role="") | {
        "action-workflow-action": "1",
        "workflow-action-name": "approve",
    }
    response = client.post(f"/soan/pages/{submitted.pk}/edit/", sent)
    assert "Chưa ghi người phụ trách bài này." in response.text
    assert not LessonPage.objects.get().live


def test_an_incomplete_lesson_can_still_be_sent_back_from_the_editor(
    submitted, desk, cast, client
):
    desk(cast.thu)
    sent = form_of(submitted, owner_role="") | {
        "action-workflow-action": "1",
        "workflow-action-name": "reject",
        "workflow-action-extra-data": '{"comment": "Thiếu người phụ trách."}',
    }
    response = client.post(f"/soan/pages/{submitted.pk}/edit/", sent)
    assert response.status_code == 302
    assert TaskState.objects.get().comment == "Thiếu người phụ trách."


def test_nobody_is_written_to_who_gave_no_address(submitted):
    assert mail.outbox == []


# --- published without a review -------------------------------------------------------


def test_what_an_editor_published_alone_waits_to_be_read(desk, cast, client):
    lesson = make_draft()
    lesson.save_revision(user=cast.dung).publish(user=cast.dung)
    desk(cast.thu)
    assert "Đăng chưa qua duyệt" in client.get("/soan/reports/bai-can-xem/").text
    assert list(LessonPage.objects.published_unreviewed()) == [lesson]


def test_what_a_reviewer_or_the_sources_published_does_not_wait(desk, cast, client):
    make_lesson("nap")
    desk(cast.thu)
    read = make_draft("duyet")
    read.save_revision(user=cast.thu).publish(user=cast.thu)
    assert not LessonPage.objects.published_unreviewed().exists()


def test_what_was_approved_does_not_wait(submitted, desk, cast, client):
    desk(cast.thu)
    client.post(approve_url(submitted))
    assert LessonPage.objects.get().live
    assert not LessonPage.objects.published_unreviewed().exists()


def test_an_editor_sees_submitting_above_publishing(desk, cast, client):
    draft = make_draft()
    draft.save_revision()
    url = f"/soan/pages/{draft.pk}/edit/"
    for user, submit_first in ((cast.dung, True), (cast.thu, False)):
        desk(user)
        page = client.get(url).text
        first = page.index("action-submit") < page.index("action-publish")
        assert first is submit_first
