"""Where and when: units through time, and the rollout that moves over them.

A `Unit` is a province, commune or hamlet while it lived. A `Placement` says which unit
it stood in, from when to when. A `Succession` says what became of it. A `MapChange` is
one decree carried out on the map, with what is needed to undo it. Facts are stored
against the hamlet and the date and never moved; `place()` finds the unit that a fact
belongs to in a chosen frame. On this ground stand `Phase`s with their communes,
`Target`s, `Team`s with the hamlets they serve, and `SupportPoint`s.
"""

from .rollout import (
    Phase,
    PhaseMembership,
    ReadinessItem,
    Target,
    Team,
    TeamHamlet,
)
from .support import ContextFigure, SupportPoint
from .units import (
    Boundary,
    Commune,
    Hamlet,
    MapChange,
    Placement,
    PopulationFigure,
    Province,
    Succession,
    Unit,
)

__all__ = [
    "Boundary",
    "Commune",
    "ContextFigure",
    "Hamlet",
    "MapChange",
    "Phase",
    "PhaseMembership",
    "Placement",
    "PopulationFigure",
    "Province",
    "ReadinessItem",
    "Succession",
    "SupportPoint",
    "Target",
    "Team",
    "TeamHamlet",
    "Unit",
]
