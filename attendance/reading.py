"""What the fold made of one session's log, as screens ask for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from attendance.cells import parse_cell
from attendance.fold import fold_rows
from attendance.models import TrainingSession

PRESENT = "present"
ABSENT = "absent"


@dataclasses.dataclass(frozen=True, slots=True)
class CellRead:
    """A cell as a screen shows it: its value, and the entries that stand in it."""

    value: str = ""
    heads: tuple[str, ...] = ()
    conflict: bool = False
    values: tuple[str, ...] = ()


NOTHING = CellRead()


class Reading:
    """One session's state. Persons and households are named by their public uuid text."""

    def __init__(self, state: dict[str, Any] | None) -> None:
        self.state = state or fold_rows([])
        self.totals: dict[str, Any] = self.state["totals"]

    @classmethod
    def of(cls, session: TrainingSession) -> Reading:
        return cls(session.state)

    def cell(self, name: str) -> CellRead:
        """The cell of that name; an empty one if nobody wrote it."""
        cell = self.state["cells"].get(name)
        if cell is None:
            return NOTHING
        return CellRead(
            cell["value"], tuple(cell["heads"]), cell["conflict"], tuple(cell["values"])
        )

    def of_person(self, family: str, person: Any) -> CellRead:
        return self.cell(f"{family}/{person}")

    @property
    def named(self) -> int:
        return self.totals["named"]

    @property
    def head_count(self) -> int | None:
        return self.totals["head_count"]

    @property
    def nameless(self) -> int | None:
        return self.totals["nameless"]

    @property
    def visits(self) -> int:
        return self.totals["visits"]

    @property
    def outcomes(self) -> dict[str, int]:
        return self.totals["outcomes"]

    @property
    def unrecorded(self) -> int:
        """Present persons whose outcome nobody wrote."""
        return self.outcomes["unrecorded"]

    @property
    def consent(self) -> str:
        """ "read", "not_read", or "" while nobody said."""
        return self.state["consent"]

    @property
    def is_empty(self) -> bool:
        """Nobody is present and nobody counted heads."""
        return not self.named and not self.head_count and not self.totals["proxies"]

    def persons(self) -> list[str]:
        """Everybody with a presence or an outcome, present or not."""
        return list(self.state["people"])

    def present(self) -> list[str]:
        return [key for key, row in self.state["people"].items() if row["present"]]

    def is_present(self, person: Any) -> bool:
        row = self.state["people"].get(str(person))
        return bool(row and row["present"])

    def proxies(self) -> list[str]:
        """Households that a child learnt for."""
        return [
            name.partition("/")[2]
            for name, cell in self.state["cells"].items()
            if name.startswith("proxy/") and cell["value"] == "child"
        ]

    def conflicts(self) -> Iterator[tuple[str, str, str, CellRead]]:
        """Cells in conflict: name, family, subject, and what stands there."""
        for name, cell in self.state["cells"].items():
            if cell["conflict"]:
                parsed = parse_cell(name)
                yield name, parsed.family, parsed.subject, self.cell(name)
