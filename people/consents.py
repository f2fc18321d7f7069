"""The words that people agree to."""

from __future__ import annotations

import datetime as dt

from people.models import Consent, ConsentText

# The purpose of names in the register, and its version in force.
REGISTER = "register"
REGISTER_VERSION = "2026-11"

# design-brief.md §4.4, to the letter; read aloud before the first new name of a session.
REGISTER_TEXT = (
    "Thưa bà con, tổ xin ghi họ tên, năm sinh và ấp để biết ai đã học, ai còn cần giúp. "
    "Ủy ban nhân dân xã giữ danh sách này; không ghi số căn cước, không chụp giấy tờ. "
    "Ai không muốn ghi tên vẫn được học như mọi người, và muốn rút tên lúc nào cũng được."
)
# A leader's own telephone beside the sessions of his team, on pages that everybody reads.
PUBLIC_PHONE = Consent.PUBLIC_PHONE
PUBLIC_PHONE_VERSION = "2026-11"
PUBLIC_PHONE_TEXT = (
    "Trang Gần nhà cho bà con thấy số này dưới tên tổ, để bà con gọi hỏi và nhờ tổ đến nhà. "
    "Trang không ghi tên anh chị. Anh chị không muốn nữa thì bấm thôi, số mất ngay."
)
TEXTS = (
    (REGISTER, REGISTER_VERSION, "vi", dt.date(2026, 11, 1), REGISTER_TEXT),
    (PUBLIC_PHONE, PUBLIC_PHONE_VERSION, "vi", dt.date(2026, 11, 1), PUBLIC_PHONE_TEXT),
)


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
