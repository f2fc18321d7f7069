"""Vietnamese names: how they are stored, folded for search, and sorted."""

import unicodedata

from anyascii import anyascii


def clean_name(text: str) -> str:
    """NFC, single spaces, no control characters: the form in which names are stored."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char
        for char in text
    )
    return " ".join(text.split())


def fold_name(text: str) -> str:
    """Lower-case ASCII without diacritics: "Hoà Thành" and "hòa thành" fold alike."""
    return " ".join(anyascii(unicodedata.normalize("NFC", text)).lower().split())


def sort_key(full_name: str) -> str:
    """Vietnamese lists sort by the last word (tên), then by the rest."""
    words = fold_name(full_name).split()
    return " ".join([*words[-1:], *words[:-1]])
