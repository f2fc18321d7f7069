"""What a lesson weighs, and who may publish a heavy one."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import brotli
import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from courses.models import EditingSettings, LessonPage
from courses.publishing import IncompleteLesson
from courses.weight import TEXT_BUDGET, TOTAL_BUDGET, Weight, weigh
from home.models import CustomImage
from tests.courses.making import make_draft, make_lesson

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 216 384"><text>{}</text></svg>'


LETTERS = random.Random(1)


def noise(count: int) -> str:
    """Words that do not compress."""
    return " ".join(f"{LETTERS.getrandbits(64):x}" for _ in range(count))


def heavy_stuck() -> list[tuple]:
    from tests.courses.making import BLOCKERS

    return [
        ("row", {"blocker": code, "text": noise(9), "go": noise(13), "bring": noise(6)})
        for code in BLOCKERS
    ]


def heavy_draft() -> LessonPage:
    steps = [("step", {"text": noise(11), "warning": noise(11)}) for _ in range(60)]
    return make_draft(steps=steps, stuck=heavy_stuck())


def drawing(name: str, text: str) -> CustomImage:
    image = CustomImage(title=name)
    image.file = ContentFile(SVG.format(text).encode(), name=f"{name}.svg")
    image.save()
    return image


def test_a_lesson_weighs_what_a_stranger_receives(db, client):
    lesson = make_lesson()
    sent = brotli.compress(client.get(lesson.url).content, quality=11)
    assert abs(weigh(lesson).page - len(sent)) < 60


def test_a_drawing_is_weighed_as_a_picture(db):
    plain = weigh(make_draft("mot"))
    image = drawing("ve", noise(20))
    drawn = weigh(
        make_draft("hai", steps=[("step", {"text": "Mở.", "picture": image})])
    )
    assert plain.pictures == 0
    assert 150 < drawn.pictures < 1000
    assert drawn.total == drawn.text + drawn.pictures


def test_a_picture_beside_the_page_is_weighed_by_its_file(db):
    image = drawing("to", noise(400))
    lesson = make_draft(steps=[("step", {"text": "Mở.", "picture": image})])
    assert weigh(lesson).files == image.file.size


def test_seconds_are_those_of_a_slow_network():
    weight = Weight(text=10_000, page=12_000, files=38_000)
    assert weight.seconds_to_read == 1.4
    assert weight.seconds_in_all == 2.6
    assert (weight.pictures, weight.total) == (40_000, 50_000)


@pytest.mark.parametrize(
    ("text", "files", "heavy"),
    [
        (TEXT_BUDGET, 0, False),
        (TEXT_BUDGET + 1, 0, True),
        (10_000, TOTAL_BUDGET - 10_000, False),
        (10_000, TOTAL_BUDGET - 9_999, True),
    ],
)
def test_the_budgets_are_those_of_the_house(text, files, heavy):
    assert Weight(text=text, page=text, files=files).is_heavy is heavy


def test_no_price_no_money(db):
    assert weigh(make_lesson()).dong is None


def test_money_is_the_price_that_somebody_found(db):
    settings = EditingSettings.load()
    settings.data_price = Decimal("200")
    settings.data_price_source = "Bảng giá của nhà mạng"
    settings.data_price_on = dt.date(2026, 11, 1)
    settings.full_clean()
    settings.save()
    weight = weigh(make_lesson())
    assert weight.dong == max(1, round(200 * weight.total / 1_000_000))


@pytest.mark.parametrize(
    "missing", [{"data_price_source": ""}, {"data_price_on": None}]
)
def test_a_price_without_source_or_day_is_refused(missing, db):
    settings = EditingSettings.load()
    settings.data_price = Decimal("200")
    settings.data_price_source = "Bảng giá"
    settings.data_price_on = dt.date(2026, 11, 1)
    for name, value in missing.items():
        setattr(settings, name, value)
    with pytest.raises(ValidationError, match="xem ở đâu và ngày kiểm tra"):
        settings.full_clean()


# --- the gate -----------------------------------------------------------------------


def test_nobody_publishes_a_heavy_lesson_without_a_reason(cast):
    lesson = heavy_draft()
    with pytest.raises(IncompleteLesson, match=r"quá mức 14\.336"):
        lesson.save_revision(user=cast.thu).publish(user=cast.thu)
    assert not LessonPage.objects.get().live


def test_the_reason_is_kept_with_the_revision(cast):
    lesson = heavy_draft()
    lesson.weight_reason = "Đủ 60 bước của một thủ tục."
    lesson.save_revision(user=cast.thu).publish(user=cast.thu)
    live = LessonPage.objects.get()
    assert live.live
    assert live.live_revision.content["weight_reason"] == "Đủ 60 bước của một thủ tục."


def test_sources_are_weighed_by_their_own_tests_not_when_loaded(db):
    heavy_draft().save_revision().publish()
    assert LessonPage.objects.get().live
