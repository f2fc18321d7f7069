"""What it adds up to.

`FirstReach` says at which session a person or household first stood on a rung of the
ladder, in its month, quarter, year or ever; it makes distinct counts additive. Sums are
kept per hamlet and day (`HamletDay`) and rolled up to months (`HamletMonth`) and to date
(`HamletTotal`). `SessionFigures` is what one session put into the sums, so that a new
fold can take it out again. A `ReportingPeriod` holds a `PeriodReport` for each commune;
what changes after it was sent is an `Adjustment` with its cause.
"""

from .figures import (
    ALL,
    FirstReach,
    HamletDay,
    HamletMonth,
    HamletTotal,
    Rung,
    SessionFigures,
    Window,
)
from .periods import Adjustment, PeriodReport, ReportingPeriod

__all__ = [
    "ALL",
    "Adjustment",
    "FirstReach",
    "HamletDay",
    "HamletMonth",
    "HamletTotal",
    "PeriodReport",
    "ReportingPeriod",
    "Rung",
    "SessionFigures",
    "Window",
]
