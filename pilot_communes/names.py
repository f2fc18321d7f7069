"""Names of units: how people write them, and when two of them are one."""

from __future__ import annotations

import unicodedata

from common.names import clean_name, fold_name
from pilot_communes.models import Unit

TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
WORD_KINDS = {"ap": Unit.Kind.AP, "khom": Unit.Kind.KHOM}


def name_key(name: str) -> str:
    """Equal for two spellings of one name: case, and "hoà" for "hòa", do not matter."""
    words = []
    for word in unicodedata.normalize("NFD", clean_name(name).casefold()).split():
        letters = "".join(char for char in word if char not in TONES)
        tones = "".join(sorted(char for char in word if char in TONES))
        words.append(letters + tones)
    return " ".join(words)


def split_kind(text: str) -> tuple[str, str]:
    """ "Ấp Rạch Mới" gives (ap, "Rạch Mới"); without a kind word the kind is empty."""
    name = clean_name(text)
    first, _space, rest = name.partition(" ")
    kind = WORD_KINDS.get(fold_name(first), "")
    return (kind, rest) if kind and rest else ("", name)


def usual_kind(commune: Unit) -> str:
    """A ward is divided into khóm, a commune into ấp."""
    return Unit.Kind.KHOM if commune.kind == Unit.Kind.PHUONG else Unit.Kind.AP
