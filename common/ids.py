"""Public identifiers: UUIDv7, which a phone can make without asking us.

Python 3.11 has no `uuid.uuid7`; the uuid6 package supplies it (ADR on dependencies).
"""

import uuid

from uuid6 import uuid7 as _uuid7


def new_uuid() -> uuid.UUID:
    """A fresh UUIDv7 (RFC 9562 §5.7), as a plain `uuid.UUID`."""
    return uuid.UUID(int=_uuid7().int)
