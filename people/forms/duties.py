"""Forms about teams and roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.forms.persons import DateInput, HamletField
from people.models import TeamMembership
from people.roles import Role
from pilot_communes.models import Unit


class HamletsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, unit: Unit) -> str:
        return unit.full_name


class TeamForm(forms.Form):
    """A team, the decision that set it up, and the hamlets it serves."""

    name = forms.CharField(label=_("Name of the team"), max_length=120)
    hamlets = HamletsField(
        label=_("Hamlets it serves"),
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    decision = forms.CharField(
        label=_("Decision number"), max_length=120, required=False
    )
    decision_on = forms.DateField(
        label=_("Decision date"), required=False, widget=DateInput
    )

    def __init__(self, *args: Any, hamlets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hamlets"].queryset = hamlets


class MemberForm(forms.Form):
    """Somebody new in a team, not yet on any list."""

    name = forms.CharField(label=_("Full name"), max_length=120)
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    hamlet = HamletField(
        label=_("Lives in"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("not known"),
    )
    position = forms.ChoiceField(
        label=_("Position"),
        choices=TeamMembership.Position.choices,
        initial=TeamMembership.Position.MEMBER,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, hamlets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hamlet"].queryset = hamlets


class PositionForm(forms.Form):
    """A member's position, and whether the number may be shown to residents."""

    position = forms.ChoiceField(
        label=_("Position"),
        choices=TeamMembership.Position.choices,
        widget=forms.RadioSelect,
    )
    phone_public = forms.BooleanField(
        label=_("Agrees that the telephone is shown to residents"),
        required=False,
        help_text=_("Shown only after the leader agreed in person under “My login”."),
    )


class AppointForm(forms.Form):
    """A role for somebody: a login that exists, or an officer we do not know yet."""

    role = forms.ChoiceField(
        label=_("Role"),
        error_messages={"invalid_choice": _("You may not give this role.")},
    )
    unit = HamletField(
        label=_("Commune or province"),
        queryset=Unit.objects.none(),
        empty_label=_("choose"),
    )
    username = forms.CharField(
        label=_("Sign-in name, if there is one"), max_length=150, required=False
    )
    name = forms.CharField(label=_("Full name, if not"), max_length=120, required=False)
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, roles: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [
            (role, Role(role).label) for role in Role.values if role in roles
        ]
        self.fields["unit"].queryset = units

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("username") and not data.get("name"):
            self.add_error("name", _("Write a sign-in name or a full name."))
        if data.get("username") and data.get("name"):
            self.add_error(
                "name", _("Write one of the two: sign-in name or full name.")
            )
        return data
