"""Small cells that a public page does not show.

Fewer than five people in a cell could be recognised. A single hidden cell could be
worked out from the total, so the second smallest is hidden with it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

FEWEST = 5
Key = TypeVar("Key", bound=Hashable)


@dataclasses.dataclass(frozen=True)
class Suppressed(Generic[Key]):
    """Values that may be shown; None stands for a hidden one, never for zero."""

    values: dict[Key, int | None]
    total: int | None

    @property
    def hidden(self) -> frozenset[Key]:
        return frozenset(key for key, value in self.values.items() if value is None)


def suppress(values: Mapping[Key, int], *, fewest: int = FEWEST) -> Suppressed[Key]:
    """Hide cells of 1 to `fewest` - 1, and the second smallest with a single one.

    Where no other cell can be hidden with it, the total is. Zero is shown: nobody is
    nobody. Raises ValueError for a negative value.
    """
    if any(value < 0 for value in values.values()):
        raise ValueError("A count is never negative.")
    hidden = {key for key, value in values.items() if 0 < value < fewest}
    total: int | None = sum(values.values())
    if len(hidden) == 1:
        others = [key for key, value in values.items() if value and key not in hidden]
        if others:
            hidden.add(min(others, key=lambda key: values[key]))
        else:
            total = None
    shown = {key: None if key in hidden else value for key, value in values.items()}
    return Suppressed(shown, total)
