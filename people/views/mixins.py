"""What staff screens share: who may open them, and the ground they show."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from people.actions import IssuedCode
from people.models import OneTimeCode
from pilot_communes.models import Unit

PAGE_SIZE = 50


def hamlets_with(user: Any, permission: str):
    """Hamlets of today's map in which this user may do that, named ones first."""
    hamlets = Unit.objects.hamlets().where_may(user, permission)
    return hamlets.order_by("is_unknown", "order", "sort_name", "pk")


@method_decorator(never_cache, name="dispatch")
class StaffMixin(LoginRequiredMixin):
    """For signed-in people who may do `permission` somewhere; others see "not open"."""

    permission = ""
    section = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not request.user.has_perm(self.permission):
            raise PermissionDenied(self.permission)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"section": self.section}

    @contextmanager
    def told(self, form: Any = None) -> Iterator[None]:
        """Show the sentence of a refused action: on the form, else as a message.

        The view asks `self.refused` afterwards.
        """
        self.refused = False
        try:
            yield
        except ValidationError as error:
            self.refused = True
            if form is not None:
                form.add_error(None, error)
            else:
                for sentence in error.messages:
                    messages.error(self.request, sentence)


class CommuneMixin(StaffMixin):
    """A screen of one commune: the one named by `?xa=<code>`, else the user's first."""

    @functools.cached_property
    def communes(self) -> list[Unit]:
        return list(
            Unit.objects.communes()
            .where_may(self.request.user, self.permission)
            .by_name()
        )

    @functools.cached_property
    def commune(self) -> Unit:
        wanted = self.request.GET.get("xa") or self.request.POST.get("xa")
        for unit in self.communes:
            if wanted in (None, "", unit.code):
                return unit
        raise PermissionDenied(self.permission)

    @functools.cached_property
    def hamlets(self) -> list[Unit]:
        units = Unit.objects.under(self.commune).hamlets().valid_on()
        return list(units.order_by("is_unknown", "order", "sort_name", "pk"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "communes": self.communes,
            "commune": self.commune,
            "hamlets": self.hamlets,
        }


def slip(request: HttpRequest, issued: IssuedCode, *, back: str) -> HttpResponse:
    """The printable paper with a fresh code: shown once, stored nowhere (StaffMixin forbids keeping)."""
    context = {
        "issued": issued,
        "code": f"{issued.code[:4]} {issued.code[4:]}",
        "is_phone": issued.purpose == OneTimeCode.Purpose.ENROL,
        "back": back,
        "address": request.get_host(),
    }
    return render(request, "people/slip.html", context)
