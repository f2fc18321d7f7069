"""The shapes of the invented story: plain values, no database."""

from __future__ import annotations

import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True, slots=True)
class Household:
    key: str
    head: str
    usual_name: str
    route: str
    order: int


@dataclasses.dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who may come one day; the register knows nobody before that."""

    key: str
    name: str
    sex: str
    birth_year: int | None
    usual_name: str
    phone: str
    household: str


@dataclasses.dataclass(frozen=True, slots=True)
class Hamlet:
    key: str
    name: str
    kind: str
    households: tuple[Household, ...]
    residents: tuple[Resident, ...]
    base: int | None
    """Households that the commune declares for the hamlet; None: not declared."""


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    key: str
    name: str
    sex: str
    birth_year: int | None
    phone: str
    position: str
    phone_public: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Team:
    key: str
    name: str
    hamlets: tuple[str, ...]
    members: tuple[Member, ...]
    decision: str
    invited: str
    """How far the leader is: "in" (signs in), "invited", or "" (no login yet)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Commune:
    code: str
    phase: str
    joins_on: dt.date
    hamlets: tuple[Hamlet, ...]
    teams: tuple[Team, ...]
    base: int | None
    has_support_point: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """One person at one session."""

    resident: str
    new: bool
    present: bool = True
    outcome: str = ""
    blocker: str = ""
    disputed: bool = False
    """A second phone wrote another outcome and had not seen the first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    key: str
    hamlet: str
    team: str
    date: dt.date
    starts_at: dt.time
    kind: str
    venue: str
    lessons: tuple[int, ...]
    ending: str
    """"closed", "open", "missing" (its register never came), "planned", "cancelled"."""
    marks: tuple[Mark, ...] = ()
    head_count: int | None = None
    proxies: tuple[str, ...] = ()
    held: bool = False
    """A phone that had been reported lost sent one more name for it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Redrawing:
    """A decree that merges two hamlets into one, or splits one into two."""

    kind: str
    commune: str
    date: dt.date
    before: tuple[str, ...]
    after: tuple[tuple[str, str], ...]
    """Key and name of each hamlet that begins."""
    decree: str


@dataclasses.dataclass(frozen=True, slots=True)
class Story:
    start: dt.date
    today: dt.date
    communes: tuple[Commune, ...]
    sessions: tuple[Session, ...]
    redrawings: tuple[Redrawing, ...]
    twins: tuple[tuple[str, str], ...]
    """Residents written down twice: the first is kept, the second points to it."""
    forgotten: str
    """The resident who asked to be erased."""
