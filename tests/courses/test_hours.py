"""What opening hours say of one day; of what is not understood nothing is claimed."""

from __future__ import annotations

import datetime as dt

import pytest

from courses.hours import hours_on

MONDAY = dt.date(2026, 11, 23)
SATURDAY, SUNDAY = MONDAY + dt.timedelta(days=5), MONDAY + dt.timedelta(days=6)


@pytest.mark.parametrize(
    ("text", "on", "hours"),
    [
        ("Thứ Hai đến thứ Sáu, 7:30 đến 16:30", MONDAY, "7:30 đến 16:30"),
        ("Thứ Hai đến thứ Sáu, 7:30 đến 16:30.", SATURDAY, ""),
        ("thứ hai - thứ sáu: 7 giờ đến 11 giờ", MONDAY, "7 giờ đến 11 giờ"),
        ("T2–T6 7h30 – 11h; T7 8h – 10h", SATURDAY, "8h – 10h"),
        ("T2–T6 7h30 – 11h; T7 8h – 10h", SUNDAY, ""),
        ("Thứ Ba và thứ Năm, 8:00", MONDAY, ""),
        ("Thứ Bảy, chủ nhật: 8:00 đến 10:00", SUNDAY, "8:00 đến 10:00"),
        ("Chủ nhật đến thứ Ba, 8:00", MONDAY, "8:00"),
        ("Hằng ngày, 7:00 đến 17:00", SUNDAY, "7:00 đến 17:00"),
        ("Thứ Hai 7:00 đến 11:00; thứ Hai 13:00 đến 17:00", MONDAY,
         "7:00 đến 11:00; 13:00 đến 17:00"),
    ],
)  # fmt: skip
def test_hours_as_people_write_them_are_understood(text, on, hours):
    assert hours_on(text, on) == hours


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ; ",
        "giờ hành chính",
        "7:30 đến 11:00",
        "Thứ Hai tuần đầu tháng, 8:00",
        "Thứ Hai đến thứ Sáu, trừ ngày lễ, 7:30",
        "Thứ Hai, 8:00; sáng thứ Bảy",
    ],
)
def test_what_is_not_understood_as_a_whole_claims_nothing(text):
    assert hours_on(text, MONDAY) is None
