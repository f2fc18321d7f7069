"""Every part of our screens in every state, light and dark beside each other."""

from __future__ import annotations

from pathlib import Path

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

ICONS = Path(__file__).parent / "static" / "lms" / "icons"
RECORD_STATES = ("here", "received", "counted", "refused")
THEMES = (("l", gettext_lazy("Light")), ("d", gettext_lazy("Dark")))


class SampleForm(forms.Form):
    """One field of each kind that our screens use."""

    name = forms.CharField(label=gettext_lazy("Full name"))
    birth_year = forms.IntegerField(
        label=gettext_lazy("Year of birth"),
        required=False,
        help_text=gettext_lazy("Four digits, for example 1962."),
    )
    hamlet = forms.ChoiceField(
        label=gettext_lazy("Hamlet"), choices=[("1", "Rạch Mới"), ("2", "Kinh Tư")]
    )
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"),
        widget=forms.RadioSelect,
        choices=[("f", gettext_lazy("woman")), ("m", gettext_lazy("man"))],
    )
    note = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea)
    sure = forms.BooleanField(
        label=gettext_lazy("The person asked for it and I am sure"), required=False
    )


@require_safe
def parts_page(request: HttpRequest) -> HttpResponse:
    """For whoever builds a screen: look here before drawing something new."""
    sides = [
        {
            "theme": theme,
            "label": label,
            "form": SampleForm(
                {"name": "", "birth_year": "62", "hamlet": "1", "sex": "f"},
                auto_id=f"{theme}-%s",
            ),
        }
        for theme, label in THEMES
    ]
    for side in sides:
        side["form"].add_error("birth_year", _("Please write four digits."))
    tokens = (
        "ground", "surface", "sand", "line", "control", "text", "muted", "green",
        "green-tint", "action", "ring", "warn", "warn-tint", "error", "error-tint",
        "focus",
    )  # fmt: skip
    context = {
        "sides": sides,
        "record_states": RECORD_STATES,
        "tokens": tokens,
        "steps": range(1, 6),
        "icons": sorted(path.stem for path in ICONS.glob("*.svg")),
        "page": Paginator(range(90), 30).page(2),
    }
    return render(request, "lms/parts.html", context)
