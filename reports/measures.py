"""What a coverage screen can show: one number for each commune, and what it stands on."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.utils.translation import gettext_lazy as _

from pilot_communes.models import PopulationFigure

Group = PopulationFigure.Group
OUTCOMES = ("alone", "helped", "not_yet", "referred")

# What the page of the whole province says, whichever measure is chosen.
PROVINCE = (
    "sessions",
    "cancelled",
    "visits",
    "named",
    "nameless",
    "uncounted",
    "people/attended",
    "households/attended",
    *(f"outcome/{outcome}" for outcome in OUTCOMES),
    "outcome/unrecorded",
)
# What pages of one place and reports say: all of it.
EVERYTHING = (
    *PROVINCE,
    "proxies",
    "no_household",
    "people_unknown/attended",
    "people_outside/attended",
    "people/helped",
    "people/alone",
    "people/kept",
    "households_unknown/attended",
    "households_outside/attended",
)


@dataclasses.dataclass(frozen=True)
class Measure:
    """One number of a place.

    `code` stands in the address. `numerator` are the sums that make the number (empty:
    hamlets with a session). `base` is the population it is divided by, or the sums that
    are (`base_sums`). `steps` are the lower bounds of the four upper steps of the map
    for plain counts; a percentage always uses 20, 40, 60, 80.
    """

    code: str
    indicator: str
    label: Any
    unit: Any
    numerator: tuple[str, ...] = ()
    base: Group | None = None
    base_sums: tuple[str, ...] = ()
    steps: tuple[int, int, int, int] = (25, 100, 250, 500)
    counts_hamlets: bool = False
    # Sums that always stand beside this one: (name, heading).
    beside: tuple[tuple[str, Any], ...] = ()


MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in (
        Measure(
            "ap",
            "I06",
            _("Hamlets with a session"),
            _("hamlets"),
            base=Group.HAMLETS,
            steps=(2, 4, 7, 10),
            counts_hamlets=True,
        ),
        Measure(
            "buoi",
            "I11",
            _("Sessions"),
            _("sessions"),
            ("sessions",),
            steps=(2, 4, 8, 16),
            beside=(("cancelled", _("Cancelled")), ("visits", _("Visits"))),
        ),
        Measure(
            "luot",
            "I08",
            _("Visits"),
            _("visits"),
            ("visits",),
            beside=(("named", _("With a name")), ("nameless", _("Without a name"))),
        ),
        Measure(
            "nguoi",
            "I09",
            _("People who learnt"),
            _("people"),
            ("people/attended",),
            base=Group.ADULTS,
            beside=(
                ("nameless", _("Visits without a name")),
                ("people_unknown/attended", _("Home not known")),
                ("people_outside/attended", _("From elsewhere")),
            ),
        ),
        Measure(
            "ho",
            "I07",
            _("Households guided"),
            _("households"),
            ("households/attended",),
            base=Group.HOUSEHOLDS,
            beside=(("no_household", _("Visits without a household")),),
        ),
        Measure(
            "lam-duoc",
            "I13",
            _("Did it alone"),
            _("visits with an outcome"),
            ("outcome/alone",),
            base_sums=tuple(f"outcome/{outcome}" for outcome in OUTCOMES),
            beside=(
                ("outcome/helped", _("With help")),
                ("outcome/not_yet", _("Not yet")),
                ("outcome/referred", _("Referred")),
                ("outcome/unrecorded", _("No outcome recorded")),
            ),
        ),
    )
}
DEFAULT = MEASURES["ap"]
PERCENT_STEPS = (20, 40, 60, 80)
# The population figures that any of them is divided by.
GROUPS = sorted({measure.base for measure in MEASURES.values() if measure.base})
