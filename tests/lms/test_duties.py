"""Scheduled work and health of the whole house."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from attendance.models import RefusedEntry
from common.health import health_checks
from common.ids import new_uuid
from common.jobs import jobs
from home.models import ContactSettings
from lms import duties
from people.models import Person

pytestmark = pytest.mark.django_db


def test_the_jobs_of_the_house_are_these():
    assert [job.name for job in jobs] == [
        "attendance.forget_again",
        "attendance.freeze_lessons",
        "common.forget_old_runs",
        "courses.forget_old_complaints",
        "courses.forget_old_reports",
        "lms.backup",
        "lms.forget_sessions",
        "lms.forget_task_results",
        "lms.publish_scheduled",
        "people.disable_dormant",
        "people.retire_old_data",
        "people.sync_cms_groups",
        "pilot_communes.carry_teams",
    ]


def test_the_health_checks_of_the_house_are_these():
    assert [check.code for check in health_checks] == [
        "database",
        "migrations",
        "cache",
        "media",
        "disk",
        "jobs",
        "backup",
        "refused",
        "tasks",
        "subjects",
        "contact",
        "register_forks",
        "register_held",
        "register_folds",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "attendance.forget_again",
        "common.forget_old_runs",
        "lms.forget_sessions",
        "lms.forget_task_results",
        "lms.publish_scheduled",
        "people.disable_dormant",
        "people.retire_old_data",
        "people.sync_cms_groups",
        "pilot_communes.carry_teams",
    ],
)
def test_a_job_may_run_twice(name):
    jobs[name].run()
    jobs[name].run()


@pytest.fixture
def backups(settings, tmp_path) -> Path:
    settings.BACKUP_DIR = tmp_path
    settings.DEMO = False
    return tmp_path


def archive(folder: Path, *, hours: float, sealed: bool = True) -> None:
    path = folder / f"toso-20261120-000000-000000.tar.gz{'.sealed' if sealed else ''}"
    path.write_bytes(b"")
    then = (timezone.now() - dt.timedelta(hours=hours)).timestamp()
    os.utime(path, (then, then))


def test_without_a_backup_the_house_is_not_well(backups):
    assert duties.backup_age().ok is False


@pytest.mark.parametrize(("hours", "ok"), [(1, True), (25.9, True), (26.1, False)])
def test_a_backup_grows_old_after_a_day(backups, hours, ok):
    archive(backups, hours=hours)
    assert duties.backup_age().ok is ok


def test_an_open_backup_is_named(backups):
    archive(backups, hours=1, sealed=True)
    assert "BACKUP_KEY_FILE" not in duties.backup_age().text
    (path,) = backups.iterdir()
    path.unlink()
    archive(backups, hours=1, sealed=False)
    assert "BACKUP_KEY_FILE" in duties.backup_age().text


def test_the_demonstration_makes_no_backup(backups, settings):
    settings.DEMO = True
    duties.back_up()
    assert list(backups.iterdir()) == []
    assert duties.backup_age().ok is True


def test_the_nightly_backup_is_there_in_the_morning(backups):
    duties.back_up()
    assert len(list(backups.glob("toso-*.tar.gz"))) == 1
    assert duties.backup_age().ok is True


def test_a_refused_entry_of_this_week_is_seen():
    assert duties.refused_entries().ok is True
    RefusedEntry.objects.create(entry=new_uuid(), code="x", digest="2" * 64)
    assert duties.refused_entries().ok is False
    RefusedEntry.objects.update(received_at=timezone.now() - dt.timedelta(days=8))
    assert duties.refused_entries().ok is True


def test_background_work_that_broke_today_is_seen():
    assert duties.failed_tasks().ok is True
    DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="x.y",
        backend_name="default",
        status="FAILED",
        finished_at=timezone.now(),
    )
    assert duties.failed_tasks().ok is False


@pytest.mark.parametrize(("known", "ok"), [(7, True), (8, False)])
def test_the_owner_is_warned_at_four_fifths_of_the_legal_threshold(settings, known, ok):
    settings.BASIC_SUBJECTS_LIMIT = 10
    Person.objects.bulk_create(Person(name=f"Người {n}") for n in range(known))
    assert duties.data_subjects().ok is ok
    erased = Person.objects.order_by("pk").first()
    Person.objects.filter(pk=erased.pk).update(
        name="", search="", sort_name="", erased_at=timezone.now()
    )
    assert duties.data_subjects().ok is True


def test_results_of_background_work_go_after_a_fortnight():
    for days in (13, 15):
        DBTaskResult.objects.create(
            args_kwargs={"args": [], "kwargs": {}},
            task_path="x.y",
            backend_name="default",
            status="SUCCESSFUL",
            finished_at=timezone.now() - dt.timedelta(days=days),
        )
    duties.forget_task_results()
    assert DBTaskResult.objects.count() == 1


def test_a_site_without_an_office_to_call_is_not_well():
    verdict = health_checks["contact"].check()
    assert not verdict.ok
    assert "chưa có cơ quan nào để gọi" in verdict.text
    assert verdict.url == "/soan/settings/home/contactsettings/"
    ContactSettings.objects.create(organisation="Sở", phone="0290 3 000 000")
    assert health_checks["contact"].check().ok
