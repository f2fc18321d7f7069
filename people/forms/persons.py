"""Forms about people and households."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.names import clean_name
from people.models import Household
from people.models.persons import Sex
from pilot_communes.models import Unit
from pilot_communes.querysets import today

_SEXES = [
    ("", _("not said")),
    (Sex.FEMALE, Sex.FEMALE.label),
    (Sex.MALE, Sex.MALE.label),
]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class HamletField(forms.ModelChoiceField):
    """A hamlet of those given, named as people say it."""

    def label_from_instance(self, unit: Unit) -> str:
        return unit.full_name


class HouseholdField(forms.ModelChoiceField):
    """A household, told by its head and route."""

    def label_from_instance(self, household: Household) -> str:
        name = household.head_name or _("(no name)")
        return f"{name} – {household.route}" if household.route else str(name)


class PersonForm(forms.Form):
    """What we know of a person; only the name is needed."""

    name = forms.CharField(label=_("Full name"), max_length=120)
    usual_name = forms.CharField(
        label=_("Usual name"),
        max_length=80,
        required=False,
        help_text=_("As the hamlet says it: Bảy Lành, Út Em …"),
    )
    birth_year = forms.IntegerField(
        label=_("Year of birth"),
        required=False,
        localize=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    sex = forms.ChoiceField(
        label=_("Sex"), choices=_SEXES, required=False, widget=forms.RadioSelect
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=20,
        required=False,
        help_text=_("May stay empty. Several people may share one."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class NewPersonForm(PersonForm):
    """A person with a home."""

    hamlet = HamletField(label=_("Hamlet"), queryset=Unit.objects.none())

    def __init__(self, *args: Any, hamlets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hamlet"].queryset = hamlets


class HomeForm(forms.Form):
    """Where somebody lives, and since when."""

    hamlet = HamletField(
        label=_("Hamlet"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("not known"),
    )
    outside = forms.BooleanField(label=_("lives elsewhere"), required=False)
    household = HouseholdField(
        label=_("Household"),
        queryset=Household.objects.none(),
        required=False,
        empty_label=_("not known"),
    )
    since = forms.DateField(
        label=_("Moved on"),
        required=False,
        widget=DateInput,
        help_text=_("Leave it empty when nobody moved and the entry was only wrong."),
    )

    def __init__(
        self, *args: Any, hamlets: Any, households: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hamlet"].queryset = hamlets
        self.fields["household"].queryset = households

    def clean_since(self):
        since = self.cleaned_data["since"]
        if since and since > today():
            raise forms.ValidationError(_("This day is still to come."), code="future")
        return since


class HouseholdForm(forms.Form):
    """A household on its road or canal."""

    hamlet = HamletField(label=_("Hamlet"), queryset=Unit.objects.none())
    head_name = forms.CharField(label=_("Head of household"), max_length=120)
    usual_name = forms.CharField(label=_("Usual name"), max_length=80, required=False)
    route = forms.CharField(
        label=_("Route or cluster"),
        max_length=80,
        required=False,
        help_text=_("The road or canal, as the boat goes."),
    )
    order = forms.IntegerField(
        label=_("Place on the route"),
        required=False,
        min_value=0,
        localize=False,
        help_text=_("Leave it empty to stand at the end."),
    )

    def __init__(self, *args: Any, hamlets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hamlet"].queryset = hamlets


class PasteForm(forms.Form):
    """A list of households, one a line, in the order of the road or canal."""

    hamlet = HamletField(label=_("Hamlet"), queryset=Unit.objects.none())
    text = forms.CharField(
        label=_("Households"),
        strip=False,
        widget=forms.Textarea,
        max_length=100_000,
        help_text=_(
            "One household a line: head's name; usual name; route. Name alone is enough."
        ),
    )

    def __init__(self, *args: Any, hamlets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hamlet"].queryset = hamlets
