"""What the server answers to each entry, in words that a volunteer can act on.

A refused or held sentence says what happened, why, that the record is still on the
phone, and which one button helps.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attendance.models import HeldEntry


class Status(models.TextChoices):
    ACCEPTED = "accepted", _("received")
    ALREADY = "already", _("received earlier")
    HELD = "held", _("waiting for confirmation")
    REFUSED = "refused", _("not received")


class Code(models.TextChoices):
    """Why, when it is not one of `HeldEntry.Reason`."""

    NEW = "new", _("This record has been received.")
    FORK = (
        "fork",
        _(
            "This record has been received. Another record has the same number: this "
            "phone's store seems to have been copied. Nothing is lost."
        ),
    )
    KNOWN = "known", _("This record had been received before; it counts once.")
    REJECTED = (
        "rejected",
        _("The commune looked at this record and it is not counted. It is kept."),
    )
    SAME_VALUE = "same_value", _("It already stands like this; nothing was changed.")
    ERASED = (
        "erased",
        _(
            "This record has been received without the name: the person asked to be "
            "forgotten. Please take the name off this phone."
        ),
    )
    OTHER_BYTES = (
        "other_bytes",
        _(
            "This record has not been received: the server already holds another one "
            "under the same number. It is still on this phone; press “Mend” to record "
            "it again, then send."
        ),
    )
    MALFORMED = (
        "malformed",
        _(
            "This record has not been received: the server cannot read it. It is still "
            "on this phone; press “Mend” to record it again, then send."
        ),
    )
    BAD_VALUE = (
        "bad_value",
        _(
            "This record has not been received: its value does not fit this field. It "
            "is still on this phone; press “Mend” to choose again, then send."
        ),
    )
    BAD_BODY = (
        "bad_body",
        _(
            "This record has not been received: its content was damaged on the way. It "
            "is still on this phone; press “Send now” to send it again."
        ),
    )
    TOO_LARGE = (
        "too_large",
        _(
            "This record has not been received: it is too long. It is still on this "
            "phone; press “Mend” to shorten it, then send."
        ),
    )


HELD_TEXTS: dict[str, Promise] = {
    HeldEntry.Reason.NO_TICKET: _(
        "This record is kept and waits for confirmation: the server does not know the "
        "ticket it was written with. It is still on this phone; press “Call the "
        "commune” to have it confirmed."
    ),
    HeldEntry.Reason.TICKET_ENDED: _(
        "This record is kept and waits for confirmation: its author was not in the "
        "team on the day of the session. It is still on this phone; press “Call the "
        "commune” to have it confirmed."
    ),
    HeldEntry.Reason.OTHER_GROUND: _(
        "This record is kept and waits for confirmation: the author's team does not "
        "serve this hamlet. It is still on this phone; press “Call the commune” to "
        "have it confirmed."
    ),
    HeldEntry.Reason.NO_SESSION: _(
        "This record is kept but not counted yet: the server does not know its session. "
        "It is still on this phone; press “Send now” when the session's own record has "
        "been sent."
    ),
    HeldEntry.Reason.NO_CONSENT: _(
        "This name is kept but not counted yet: the consent sentence has not been read "
        "in this session. It is still on this phone; press “Already read” when it has."
    ),
}
TEXTS: dict[str, Promise] = {**{code.value: code.label for code in Code}, **HELD_TEXTS}


class Receipt(NamedTuple):
    """The answer to one entry. `code` says why; `text` says it in Vietnamese."""

    id: str
    seq: int
    status: str
    code: str

    @property
    def text(self) -> str:
        return str(TEXTS[self.code])

    @property
    def counts(self) -> bool:
        """Does the entry stand in the register now?"""
        return self.status in (Status.ACCEPTED, Status.ALREADY)
