"""What the screens of the map share: whose ground it is, and look before you leap."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView

from pilot_communes.actions import Preview
from pilot_communes.models import Unit

CHANGE_MAP = "pilot_communes.change_map"
CHANGE_BASE = "pilot_communes.change_base"
CHANGE_SUPPORT_POINT = "pilot_communes.change_support_point"
PAGE_SIZE = 50
SECTION = "dia-ban"


@method_decorator(never_cache, name="dispatch")
class GroundMixin(LoginRequiredMixin):
    """A screen of one commune of today's map, named in the address by its code.

    What the user cannot see does not exist for him (404); what he sees and may not
    change is not open to him (403).
    """

    permission = CHANGE_MAP
    title = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not request.user.has_perm(
            self.permission, self.commune
        ):
            raise PermissionDenied(self.permission)
        return super().dispatch(request, *args, **kwargs)

    @functools.cached_property
    def commune(self) -> Unit:
        return get_object_or_404(
            Unit.objects.communes().valid_on().visible_to(self.request.user),
            code=self.kwargs["code"],
        )

    @functools.cached_property
    def hamlet(self) -> Unit:
        """The hamlet of the address: one of this commune today, never the leaf."""
        return get_object_or_404(
            Unit.objects.under(self.commune)
            .valid_on()
            .named()
            .visible_to(self.request.user),
            code=self.kwargs["hamlet"],
        )

    @property
    def back(self) -> str:
        return reverse("pilot_communes:commune", args=[self.commune.code])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        place = self.commune.full_name
        crumbs = [{"label": place[:1].upper() + place[1:], "url": self.back}]
        if self.title:
            crumbs.append({"label": self.title})
        return super().get_context_data(**kwargs) | {
            "section": SECTION,
            "commune": self.commune,
            "title": self.title,
            "back": self.back,
            "crumbs": crumbs,
        }


class GroundView(GroundMixin, TemplateView):
    """A screen that shows."""


class GroundFormView(GroundMixin, FormView):
    """A screen that writes at once; a refused action stays on the form."""

    template_name = "pilot_communes/form.html"
    button = ""
    done = ""

    def write(self, form: Any) -> None:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            self.write(form)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self.form_invalid(form)
        messages.success(self.request, str(self.done))
        return redirect(self.get_success_url())

    def get_success_url(self) -> str:
        return self.back

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"button": self.button}


class ChangeView(GroundFormView):
    """A change of the map: fill in, look at what it would do, then write it.

    Works as plain forms: the second page carries what was typed in hidden fields.
    """

    confirm_template_name = "pilot_communes/confirm.html"
    intro = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"commune": self.commune}

    def preview(self, form: Any) -> Preview:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        if "edit" in self.request.POST:
            return self.form_invalid(form)
        if "apply" in self.request.POST:
            return super().form_valid(form)
        try:
            preview = self.preview(form)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self.form_invalid(form)
        return self.response_class(
            request=self.request,
            template=[self.confirm_template_name],
            context=self.get_context_data(
                form=form, preview=preview, typed=self.typed(form)
            ),
            using=self.template_engine,
        )

    def typed(self, form: Any) -> list[tuple[str, str]]:
        """What was typed, as hidden fields carry it."""
        names = {form.add_prefix(name) for name in form.fields}
        return [
            (name, value)
            for name, values in self.request.POST.lists()
            for value in values
            if name in names
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "intro": self.intro,
            "button": self.button or _("See what it does"),
        }
