"""Scheduled work and health checks of the whole house."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from attendance.models import RefusedEntry
from common import health, jobs
from common.backups import archives, forget_old, make_backup
from common.health import Verdict
from home.models import ContactSettings
from people.models import Person
from reports.words import number_words

BACKUP_IS_OLD_AFTER = dt.timedelta(hours=26)
TASK_RESULTS_KEPT = dt.timedelta(days=14)
# The owner is warned at this part of a legal threshold.
WARN_AT = 0.8


def back_up() -> None:
    """The nightly backup; the demonstration has none."""
    if settings.DEMO:
        return
    make_backup()
    forget_old()


def forget_sessions() -> None:
    """Delete web sessions that have ended."""
    call_command("clearsessions", verbosity=0)


def forget_task_results() -> None:
    """Delete results of background work older than a fortnight."""
    old = timezone.now() - TASK_RESULTS_KEPT
    DBTaskResult.objects.finished().filter(finished_at__lt=old).delete()


def publish_scheduled() -> None:
    """Publish and withdraw pages whose time has come."""
    call_command("publish_scheduled", verbosity=0)


def backup_age() -> Verdict:
    """Is there a backup of the last night?"""
    if settings.DEMO:
        return Verdict(ok=True, text=_("The demonstration is not backed up."))
    newest = next(iter(archives()), None)
    if newest is None:
        return Verdict(ok=False, text=_("There is no backup yet: run `make backup`."))
    age = timezone.now() - newest.made_at
    hours = int(age.total_seconds() // 3600)
    text = ngettext(
        "The newest backup is %(count)d hour old.",
        "The newest backup is %(count)d hours old.",
        hours,
    ) % {"count": hours}
    if not newest.is_sealed:
        text += " " + _("It is not encrypted: set BACKUP_KEY_FILE.")
    return Verdict(ok=age < BACKUP_IS_OLD_AFTER, text=text)


def refused_entries() -> Verdict:
    """Entries refused in the last week: something is wrong with a phone or with us."""
    week = timezone.now() - dt.timedelta(days=7)
    count = RefusedEntry.objects.filter(received_at__gte=week).count()
    return Verdict(
        ok=not count,
        text=ngettext(
            "%(count)d entry was refused in the last seven days.",
            "%(count)d entries were refused in the last seven days.",
            count,
        )
        % {"count": count},
    )


def failed_tasks() -> Verdict:
    """Background work that broke in the last day."""
    day = timezone.now() - dt.timedelta(days=1)
    count = DBTaskResult.objects.filter(
        status=TaskResultStatus.FAILED, finished_at__gte=day
    ).count()
    return Verdict(
        ok=not count,
        text=ngettext(
            "%(count)d piece of background work failed in the last day.",
            "%(count)d pieces of background work failed in the last day.",
            count,
        )
        % {"count": count},
    )


def data_subjects() -> Verdict:
    """How many people are known, against the threshold of security level 3.

    Decree 331/2026/NĐ-CP, Art. 13.2.c: 100,000 people with basic data. Sensitive data
    are not collected at all, so that count is zero by construction.
    """
    known = Person.objects.filter(erased_at=None).count()
    limit = settings.BASIC_SUBJECTS_LIMIT
    return Verdict(
        ok=known < WARN_AT * limit,
        text=_(
            "%(known)s people with basic data, 0 with sensitive data; security level 3 "
            "begins at %(limit)s or %(sensitive)s."
        )
        % {
            "known": number_words(known),
            "limit": number_words(limit),
            "sensitive": number_words(settings.SENSITIVE_SUBJECTS_LIMIT),
        },
    )


def somebody_to_call() -> Verdict:
    """Does the foot of every resident's page name a body and a telephone?"""
    office = ContactSettings.current()
    if office.organisation and office.phone:
        return Verdict(ok=True, text=office.organisation)
    return Verdict(
        ok=False,
        text=_(
            "No responsible body or telephone has been entered: residents' pages end "
            "without an office to call."
        ),
        url=reverse(
            "wagtailsettings:edit", args=["home", ContactSettings._meta.model_name]
        ),
    )


def register() -> None:
    """Called once, when every room is loaded."""
    jobs.register(
        "lms.backup",
        jobs.daily("01:30"),
        back_up,
        label=gettext_lazy("Nightly backup"),
        lease=dt.timedelta(hours=4),
        grace=dt.timedelta(hours=2),
    )
    jobs.register(
        "lms.publish_scheduled",
        jobs.every(5),
        publish_scheduled,
        label=gettext_lazy("Publish and withdraw pages on time"),
    )
    jobs.register(
        "lms.forget_sessions",
        jobs.daily("03:00"),
        forget_sessions,
        label=gettext_lazy("Delete ended web sessions"),
    )
    jobs.register(
        "lms.forget_task_results",
        jobs.daily("03:10"),
        forget_task_results,
        label=gettext_lazy("Delete old results of background work"),
    )
    health.register("backup", gettext_lazy("Backup"), backup_age, order=70)
    health.register(
        "refused", gettext_lazy("Refused entries"), refused_entries, order=81
    )
    health.register("tasks", gettext_lazy("Background work"), failed_tasks, order=82)
    health.register("subjects", gettext_lazy("People known"), data_subjects, order=90)
    health.register("contact", gettext_lazy("Contact"), somebody_to_call, order=95)
