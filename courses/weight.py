"""What a lesson weighs for the phone that opens it: bytes, seconds, money."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import brotli
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.core.files.storage import default_storage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from wagtail.models import Site

from courses.publishing import Fault

if TYPE_CHECKING:
    from courses.models import LessonPage

# The promises of the house: text with its styles, and everything with its pictures.
TEXT_BUDGET = 14_336
TOTAL_BUDGET = 60_000
# The slow network that lessons are made for: 400 kbit/s, 400 ms there and back.
BYTES_A_SECOND = 400_000 / 8
ROUND_TRIP = 0.4
# Connection, encryption, question: three times there and back before the first byte.
ROUNDS_BEFORE = 3
MEGABYTE = 1_000_000

_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_IMAGE = re.compile(r"<img\b[^>]*?\bsrc=\"([^\"]+)\"")


@dataclasses.dataclass(frozen=True)
class Weight:
    """What one first visit costs. `text` and `page` are compressed; pictures as stored."""

    text: int
    page: int
    files: int
    price: Decimal | None = None

    @property
    def pictures(self) -> int:
        """Drawings inside the page and picture files beside it."""
        return self.page - self.text + self.files

    @property
    def total(self) -> int:
        return self.page + self.files

    @property
    def seconds_to_read(self) -> float:
        """Until every sentence stands on the screen, on the slow network."""
        return _seconds(self.text)

    @property
    def seconds_in_all(self) -> float:
        """Until the last picture is there as well."""
        extra = ROUND_TRIP if self.files else 0
        return round(_seconds(self.total) + extra, 1)

    @property
    def dong(self) -> int | None:
        """What it costs without a data plan; None when no price is known."""
        if self.price is None:
            return None
        cost = self.price * self.total / MEGABYTE
        return max(1, int(cost.quantize(Decimal(1), ROUND_HALF_UP)))

    @property
    def is_heavy(self) -> bool:
        return self.text > TEXT_BUDGET or self.total > TOTAL_BUDGET


def _seconds(size: int) -> float:
    return round(ROUNDS_BEFORE * ROUND_TRIP + size / BYTES_A_SECOND, 1)


def weigh(lesson: LessonPage) -> Weight:
    """Weigh a stored lesson as it stands in memory, as a stranger's first visit.

    Renders the page as residents get it; nothing is written.
    """
    from courses.models import EditingSettings  # noqa: PLC0415 -- models import this

    html = _rendered(lesson)
    without = _DRAWING.sub("", html)
    return Weight(
        text=_compressed(without),
        page=_compressed(html),
        files=sum(_size_of(address) for address in sorted(set(_IMAGE.findall(html)))),
        price=EditingSettings.load().data_price,
    )


def _compressed(html: str) -> int:
    return len(brotli.compress(html.encode(), quality=11))


def _rendered(lesson: LessonPage) -> str:
    site = Site.objects.filter(is_default_site=True).first()
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = lesson.url_path or "/"
    request.META = {
        "SERVER_NAME": site.hostname if site else "localhost",
        "SERVER_PORT": str(site.port if site else 80),
        "REMOTE_ADDR": "127.0.0.1",
    }
    request.user = AnonymousUser()
    # Residents get the steps, also where the stored page is withdrawn just now.
    request.is_preview = True
    request.preview_mode = ""
    context = lesson.get_context(request)
    return render_to_string(lesson.get_template(request), context, request=request)


def _size_of(address: str) -> int:
    """The bytes of a picture of ours, 0 for what cannot be found."""
    try:
        if address.startswith(settings.MEDIA_URL):
            return default_storage.size(unquote(address[len(settings.MEDIA_URL) :]))
        if address.startswith(settings.STATIC_URL):
            found = finders.find(unquote(address[len(settings.STATIC_URL) :]))
            return Path(found).stat().st_size if found else 0
    except OSError:
        pass
    return 0


def weight_faults(lesson: LessonPage) -> Iterator[Fault]:
    """Too heavy, and nobody has written why it may be."""
    if lesson.weight_reason.strip():
        return
    weight = weigh(lesson)
    if weight.is_heavy:
        yield Fault("weight_reason", too_heavy(weight))


def too_heavy(weight: Weight) -> str:
    """What is above its budget and what to do about it."""
    if weight.text > TEXT_BUDGET:
        return _(
            "The text weighs %(bytes)s bytes, more than %(budget)s: people with a weak "
            "signal wait. Shorten it, or write why it may be heavier."
        ) % {"bytes": grouped(weight.text), "budget": grouped(TEXT_BUDGET)}
    return _(
        "With its pictures the lesson weighs %(bytes)s bytes, more than %(budget)s. Make "
        "the pictures lighter, or write why it may be heavier."
    ) % {"bytes": grouped(weight.total), "budget": grouped(TOTAL_BUDGET)}


def grouped(number: int) -> str:
    """A number as it is written here: 14.336."""
    return f"{number:,}".replace(",", ".")
