"""What the scripts on the phone say. They ask for these words once and keep them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words() -> dict[str, Any]:
    """Every sentence of giu.js, hoc.js and may-nay.js in the language of the request."""
    return {
        # Who learns, chosen by a word of the family.
        "people": {
            "cha": pgettext("family", "Father"),
            "me": pgettext("family", "Mother"),
            "ong": pgettext("family", "Grandfather"),
            "ba": pgettext("family", "Grandmother"),
            "con": pgettext("family", "Child"),
            "khac": pgettext("family", "Somebody else"),
        },
        "who": _("Who is learning?"),
        "done": _("I did it"),
        "not": _("Not yet"),
        "stuck": _("Stuck at step {n}"),
        "told": _("Noted on this phone: {told} ({day})."),
        "told_by": _("Noted on this phone for {who}: {told} ({day})."),
        "unkept": _("This phone lets no page remember anything, so it is not kept."),
        "change": _("Somebody else was learning"),
        "way": _("See what to do when stuck"),
        # Keeping a lesson.
        "looking": _("Looking how heavy the lesson is…"),
        "weighs": _(
            "“{title}” takes about {size} of data. Then it opens without network."
        ),
        "weigh_together": _(
            "The group “{title}” ({count} lessons) takes about {size} of data. Then it "
            "opens without network."
        ),
        "was_read": _(
            "“{title}” is on this phone since you read it. Keep it, and the phone does "
            "not drop it for other lessons."
        ),
        "take_read": _("Keep it on this phone"),
        "take": _("Keep it on this phone ({size})"),
        "take_voice": _("Keep it with the recorded voice ({size})"),
        "whole_group": _("Keep the whole group of lessons"),
        "loading": _("Fetched {done} of {all} parts…"),
        "stop": _("Stop"),
        "lacks": _(
            "Still missing: {parts} parts, {size} ({kinds}). What came is kept."
        ),
        "kinds": {
            "page": _("pages"),
            "picture": _("pictures"),
            "script": _("practice"),
            "voice": _("recorded voice"),
        },
        "go_on": _("Fetch the rest"),
        "kept": _("“{title}” is on this phone and opens without network."),
        "release": _("Keep it no longer"),
        "no_list": _(
            "There is no network now, so nothing can be fetched. Nothing is lost."
        ),
        "again": _("Try again"),
        "full": _("This phone is full. Delete some lessons, then fetch the rest."),
        "this_phone": _("On this phone"),
        "in_app": _(
            "It is kept inside {app} only. In Chrome the lesson has to be kept once more."
        ),
        "apple": _(
            "An iPhone may delete it when the site is not opened for 7 days. To be sure, "
            "keep the lesson as a picture."
        ),
        # On this phone.
        "lesson": _("Lesson {number}: {title}"),
        "about": _("{size} · came on {day}"),
        "stays": _("kept"),
        "delete": _("Delete"),
        "delete_what": _("Delete “{title}” from this phone"),
        "delete_all": _("Delete all lessons from this phone"),
        "sure": _("Delete for good?"),
        "yes": _("Yes, delete"),
        "no": _("No, keep"),
        "total": _("All together: {size}."),
        "empty": _("No lesson is on this phone yet. Open one, and it stays here."),
        "cannot": _("This browser keeps no pages, so every lesson needs the network."),
        "at_step": _("Step {n} of {m}"),
        "nothing_learnt": _("Nothing is noted yet for {who}."),
        "nothing_here": _("Nothing is noted here yet."),
        "forget_here": _("Forget what is noted here"),
        "forget": _("Forget what {who} has learnt"),
        "forgotten": _("Forgotten."),
        "deleted": _("Deleted."),
    }


def worker_words() -> dict[str, str]:
    """The few words of the worker itself."""
    return {
        "withdrawn": _(
            "This lesson is paused because its rules have changed. Please do not follow "
            "it yet; ask the digital team of the hamlet or the commune's public service "
            "centre."
        ),
        "none": _("No lesson is on this phone yet. Open one, and it stays here."),
    }
