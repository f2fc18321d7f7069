"""Opening hours as people write them, and what they say of one day.

"Thứ Hai đến thứ Sáu, 7:30 đến 11:00; thứ Bảy, 7:30 đến 10:00". Only what is understood
as a whole says something; of everything else nothing is claimed.
"""

from __future__ import annotations

import datetime as dt
import re

from common.names import clean_name

_DAYS = {
    "hai": 0, "2": 0, "ba": 1, "3": 1, "tư": 2, "4": 2, "năm": 3, "5": 3,
    "sáu": 4, "6": 4, "bảy": 5, "7": 5, "chủ nhật": 6, "cn": 6,
}  # fmt: skip
_DAY = r"(?:(?:thứ\s+|t)(hai|ba|tư|năm|sáu|bảy|[2-7])|(chủ\s+nhật|cn))"
_PART = re.compile(
    rf"(?:{_DAY}(?:\s*(?:đến|tới|-|–|,|và)\s*{_DAY})?|(?P<all>(?:hằng|hàng|mỗi|các)\s+ngày))"
    rf"\s*[,:]?\s*(?P<hours>\d{{1,2}}\s*(?:[:h]|giờ)[^;]*)"
)
_RANGE = re.compile(rf"{_DAY}\s*(?:đến|tới|-|–)\s*{_DAY}")


def hours_on(text: str, date: dt.date) -> str | None:
    """The hours of that day, "" when it is shut, None when the text is not understood."""
    found = ""
    parts = [part.strip(" .") for part in clean_name(text).lower().split(";")]
    for part in filter(None, parts):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        if date.weekday() in _days_of(match, part):
            found = f"{found}; {match['hours']}".strip("; ")
    return found if any(parts) else None


def _days_of(match: re.Match[str], part: str) -> set[int]:
    if match["all"]:
        return set(range(7))
    named = [match[1] or match[2], match[3] or match[4]]
    numbers = [_DAYS[re.sub(r"\s+", " ", name)] for name in named if name]
    if len(numbers) == 2 and _RANGE.match(part):
        first, last = numbers
        span = (last - first) % 7
        return {(first + step) % 7 for step in range(span + 1)}
    return set(numbers)
