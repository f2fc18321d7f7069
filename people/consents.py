"""The words that people agree to."""

from __future__ import annotations

import datetime as dt

from people.models import ConsentText

# The purpose of names in the register, and its version in force.
REGISTER = "register"
REGISTER_VERSION = "2026-11"

# design-brief.md §4.4, to the letter; read aloud before the first new name of a session.
REGISTER_TEXT = (
    "Thưa bà con, tổ xin ghi họ tên, năm sinh và ấp để biết ai đã học, ai còn cần giúp. "
    "Ủy ban nhân dân xã giữ danh sách này; không ghi số căn cước, không chụp giấy tờ. "
    "Ai không muốn ghi tên vẫn được học như mọi người, và muốn rút tên lúc nào cũng được."
)
TEXTS = ((REGISTER, REGISTER_VERSION, "vi", dt.date(2026, 11, 1), REGISTER_TEXT),)


def load_consent_texts() -> int:
    """Store the texts that are not stored yet; returns how many were new.

    A stored version is never changed: people agreed to those words.
    """
    made = 0
    for purpose, version, language, in_force_from, body in TEXTS:
        _row, created = ConsentText.objects.get_or_create(
            purpose=purpose,
            version=version,
            language=language,
            defaults={"body": body, "in_force_from": in_force_from},
        )
        made += created
    return made
