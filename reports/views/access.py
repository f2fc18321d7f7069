"""Who opens a screen of figures, and what every screen reads from its address."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pilot_communes.models import Unit
from pilot_communes.querysets import today
from reports.coverage import THEN, TODAY
from reports.measures import DEFAULT, MEASURES, Measure
from reports.spans import Span, UnknownSpan

VIEW = "reports.view_coverage"
PROVINCE = "reports.view_province"
EXPORT = "reports.export"
FILES = ("csv", "xlsx")


def screen(permission: str) -> Callable:
    """A page that reads, for those who may do that anywhere."""

    def wrap(view: Callable) -> Callable:
        @require_safe
        @never_cache
        @login_required
        @functools.wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return opened

    return wrap


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the address asks for: the measure, the span and the map."""

    measure: Measure
    span: Span
    frame: str | dt.date

    @classmethod
    def of(cls, request: HttpRequest) -> Choice:
        """Read `so`, `ky` and `ban-do`; what is not known is a page not found."""
        asked = request.GET
        measure = MEASURES.get(asked.get("so") or DEFAULT.code)
        if measure is None:
            raise Http404
        try:
            code = asked.get("ky")
            span = Span.parse(code) if code else Span.month_of(today())
            frame = read_frame(asked.get("ban-do") or "")
        except (UnknownSpan, ValueError) as error:
            raise Http404 from error
        return cls(measure, span, frame)

    def query(self, **more: str) -> str:
        """The address's query for the same choice, with something more."""
        query = QueryDict(mutable=True)
        query.update({"so": self.measure.code, "ky": self.span.code})
        if self.frame == THEN:
            query["ban-do"] = "luc-do"
        elif self.frame != TODAY:
            query["ban-do"] = self.frame.isoformat()
        query.update(more)
        return query.urlencode()

    @property
    def frame_code(self) -> str:
        if self.frame == THEN:
            return "luc-do"
        return "" if self.frame == TODAY else self.frame.isoformat()


def read_frame(text: str) -> str | dt.date:
    """`hom-nay` (or nothing), `luc-do`, or a date; raises ValueError."""
    if text in ("", "hom-nay"):
        return TODAY
    return THEN if text == "luc-do" else dt.date.fromisoformat(text)


def file_asked(request: HttpRequest, ground: Unit | None = None) -> str | None:
    """The kind of file asked for by `tep`; None for the screen.

    Raises PermissionDenied for those who may not take figures out.
    """
    kind = request.GET.get("tep")
    if not kind:
        return None
    if kind not in FILES:
        raise Http404
    if not request.user.has_perm(EXPORT, ground):
        raise PermissionDenied
    return kind


def unit_or_404(user: Any, level: str, **key: Any) -> Unit:
    """A unit whose figures this login may see; all else is not found."""
    unit = (
        Unit.objects.visible_to(user)
        .filter(level=level, **key)
        .order_by("-valid_from")
        .first()
    )
    if unit is None or not user.has_perm(VIEW, unit):
        raise Http404
    return unit


def address(name: str, choice: Choice, *args: str | uuid.UUID) -> str:
    return f"{reverse(f'reports:{name}', args=args)}?{choice.query()}"
