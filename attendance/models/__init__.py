"""Who came, and what they could do afterwards.

A `TrainingSession` is held in one hamlet on one day. Everything that was recorded is a
`RegisterEntry` in an append-only log, with its exact bytes in an `EntryBody` that
erasing removes. `Attendance` and `HouseholdReach` are computed from the log by the fold.
Entries that the rights of their author do not cover wait as `HeldEntry`; bytes that the
log cannot take are kept as `RefusedEntry`. A `PaperRow` is a person's number on the list
that is signed.
"""

from .log import EntryBody, HeldEntry, RefusedEntry, RegisterEntry, ServerEpoch
from .paper import PaperRow
from .sessions import SessionFacilitator, SessionLesson, TrainingSession
from .state import Attendance, HouseholdReach

__all__ = [
    "Attendance",
    "EntryBody",
    "HeldEntry",
    "HouseholdReach",
    "PaperRow",
    "RefusedEntry",
    "RegisterEntry",
    "ServerEpoch",
    "SessionFacilitator",
    "SessionLesson",
    "TrainingSession",
]
