"""Registries: how a low room is asked about what higher rooms know.

Each is filled in the `AppConfig.ready()` of the room that knows, and read by rooms that
stand below it. A second entry under one key is a mistake and is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

Entry = TypeVar("Entry")


class AlreadyRegistered(ValueError):
    """Two entries claim one key."""


class Registry(Generic[Entry]):
    """Entries by key, listed in their own order."""

    def __init__(
        self,
        name: str,
        *,
        key: Callable[[Entry], Any],
        order: Callable[[Entry], Any] | None = None,
    ) -> None:
        self.name = name
        self._key = key
        self._order = order or key
        self._entries: dict[Any, Entry] = {}

    def register(self, entry: Entry) -> Entry:
        """Add an entry; raises AlreadyRegistered when its key is taken."""
        key = self._key(entry)
        if key in self._entries:
            raise AlreadyRegistered(f"{self.name}: {key!r} is registered twice.")
        self._entries[key] = entry
        return entry

    def unregister(self, key: Any) -> None:
        """Take an entry away again (tests do)."""
        del self._entries[key]

    def get(self, key: Any) -> Entry | None:
        return self._entries.get(key)

    def __getitem__(self, key: Any) -> Entry:
        return self._entries[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self._entries.values(), key=self._order))

    def __len__(self) -> int:
        return len(self._entries)


@dataclasses.dataclass(frozen=True)
class Item:
    """One entry of the staff navigation.

    `section` is the name that a page sets to mark its tab. `permission` is a
    "room.verb", or several of which one suffices; empty means everybody signed in.
    `icon` is the name of a drawing that stands beside the label.
    """

    section: str
    order: int
    label: Any
    url_name: str
    permission: str | tuple[str, ...] = ""
    icon: str = ""

    def is_open_to(self, user: Any) -> bool:
        """May this signed-in user see the entry?"""
        if not self.permission:
            return True
        asked = self.permission
        verbs = (asked,) if isinstance(asked, str) else asked
        return any(user.has_perm(verb) for verb in verbs)


@dataclasses.dataclass(frozen=True)
class Fragment:
    """A piece of the residents' home page that a higher room knows how to fill.

    `context` returns what the template needs, or None when there is nothing to show.
    It takes no request: the home page is the same bytes for everybody.
    """

    code: str
    order: int
    template: str
    context: Callable[[], dict[str, Any] | None]


@dataclasses.dataclass(frozen=True)
class OfflineFile:
    """A static file that a phone keeps so that a part of the site opens without network."""

    path: str
    part: str


navigation: Registry[Item] = Registry(
    "navigation", key=lambda item: item.url_name, order=lambda item: item.order
)
home_fragments: Registry[Fragment] = Registry(
    "home fragments",
    key=lambda fragment: fragment.code,
    order=lambda fragment: fragment.order,
)
offline_files: Registry[OfflineFile] = Registry(
    "offline files",
    key=lambda file: (file.part, file.path),
)
