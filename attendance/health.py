"""Is the register well? Copied phones, records that wait, sessions folded of old."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attendance.fold import FOLD_VERSION
from attendance.models import HeldEntry, RegisterEntry, TrainingSession
from common import health
from common.health import Verdict

# Longer than this nobody looked.
WAIT_DAYS = 7


def forks() -> Verdict:
    """Phones whose store was copied: two entries under one number."""
    devices = (
        RegisterEntry.objects.filter(fork__gt=0).values("device").distinct().count()
    )
    return Verdict(
        ok=devices == 0,
        text=ngettext(
            "%(count)d phone's store was copied: its records are all kept, but the "
            "commune should enrol it again.",
            "The stores of %(count)d phones were copied: their records are all kept, but "
            "the commune should enrol them again.",
            devices,
        )
        % {"count": devices}
        if devices
        else _("No phone's store was copied."),
    )


def held() -> Verdict:
    """Records that wait for a commune's confirmation."""
    waiting = HeldEntry.objects.filter(decision="")
    since = timezone.now() - dt.timedelta(days=WAIT_DAYS)
    count = waiting.count()
    late = waiting.filter(entry__received_at__lt=since).count()
    return Verdict(
        ok=late == 0,
        text=_(
            "%(count)d records wait for confirmation, %(late)d of them for more than "
            "%(days)d days."
        )
        % {"count": count, "late": late, "days": WAIT_DAYS},
    )


def folds() -> Verdict:
    """Sessions whose state was made by an older fold."""
    old = TrainingSession.objects.filter(
        fold_version__gt=0, fold_version__lt=FOLD_VERSION
    ).count()
    return Verdict(
        ok=old == 0,
        text=ngettext(
            "%(count)d session was counted by older rules: run `rebuild_register`.",
            "%(count)d sessions were counted by older rules: run `rebuild_register`.",
            old,
        )
        % {"count": old}
        if old
        else _("Every session is counted by today's rules."),
    )


def register_checks() -> None:
    health.register("register_forks", gettext_lazy("Copied phones"), forks, order=200)
    health.register("register_held", gettext_lazy("Waiting records"), held, order=210)
    health.register("register_folds", gettext_lazy("Counting rules"), folds, order=220)
