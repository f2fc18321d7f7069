"""What the coordinator types about the map."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pilot_communes.actions import Part
from pilot_communes.models import PopulationFigure, SupportPoint, Unit
from pilot_communes.names import usual_kind
from pilot_communes.querysets import today
from pilot_communes.templatetags.counts import dotted

HAMLET_KINDS = [(kind.value, kind.label) for kind in (Unit.Kind.AP, Unit.Kind.KHOM)]
PARTS = 4
BASE_LABELS = {
    PopulationFigure.Group.HOUSEHOLDS: _("Number of households"),
    PopulationFigure.Group.ADULTS: _("Number of people of 18 and over"),
}
BASE_GROUPS = tuple(BASE_LABELS)


class DayInput(forms.DateInput):
    """The phone's own calendar; it wants the day as 2026-11-20."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(format="%Y-%m-%d", attrs=attrs)


def day_field(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), **options)


def count_field(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=10_000_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class DecisionForm(forms.Form):
    """A change by a decision that takes effect on a day."""

    effective_on = day_field(
        _("Takes effect on"), help_text=_("The day written in the decision.")
    )
    decree = forms.CharField(
        label=_("Number of the decision"),
        max_length=120,
        help_text=_("For example 12/NQ-HĐND of 15/7/2026."),
    )

    def __init__(self, *args: Any, commune: Unit, **kwargs: Any) -> None:
        self.commune = commune
        super().__init__(*args, **kwargs)

    @property
    def standing(self):
        """The hamlets of the commune on today's map, without the leaf."""
        return Unit.objects.under(self.commune).valid_on().named().by_name()


class AddHamletsForm(DecisionForm):
    """A pasted list of hamlets."""

    field_order = ["hamlets", "effective_on", "decree"]

    hamlets = forms.CharField(
        label=_("List of hamlets, one a line"),
        max_length=60_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "The name; then, if known, the number of households and of people of 18 and "
            "over, parted by semicolons or copied from a spreadsheet. For example: "
            "ấp Rạch Mới; 319; 980"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].label = _("On the map since")
        self.fields["effective_on"].help_text = _(
            "When this is not known, leave the first day of the commune."
        )
        self.fields["effective_on"].initial = self.commune.valid_from
        self.fields["decree"].initial = self.commune.decree


class NameForm(DecisionForm):
    """A new name and kind."""

    field_order = ["name", "kind", "effective_on", "decree"]

    name = forms.CharField(
        label=_("New name"), max_length=120, help_text=_("Without the word ấp or khóm.")
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=HAMLET_KINDS, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = usual_kind(self.commune)


class MergeForm(NameForm):
    """Hamlets of the commune that become one."""

    field_order = ["units", "name", "kind", "effective_on", "decree"]

    units = forms.ModelMultipleChoiceField(
        label=_("Hamlets to merge"),
        queryset=Unit.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = self.standing


class MoveForm(DecisionForm):
    """The commune that a hamlet goes to."""

    field_order = ["parent", "effective_on", "decree"]

    parent = forms.ModelChoiceField(
        label=_("Moves to"), queryset=Unit.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, communes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = communes.exclude(pk=self.commune.pk)


class SplitForm(DecisionForm):
    """Up to four parts of a hamlet; a part may join a hamlet that stays."""

    def __init__(self, *args: Any, hamlet: Unit, **kwargs: Any) -> None:
        self.hamlet = hamlet
        super().__init__(*args, **kwargs)
        others = self.standing.exclude(pk=hamlet.pk)
        parts = {}
        for number in range(1, PARTS + 1):
            words = {"number": number}
            parts[f"name_{number}"] = forms.CharField(
                label=_("Part %(number)d: name") % words, max_length=120, required=False
            )
            parts[f"households_{number}"] = count_field(
                _("Part %(number)d: households") % words
            )
            if number > 1:
                parts[f"joins_{number}"] = forms.ModelChoiceField(
                    label=_("Part %(number)d: joins a hamlet that is there") % words,
                    queryset=others,
                    required=False,
                    empty_label=_("No, it stands alone"),
                )
        self.fields = {**parts, **self.fields}

    @property
    def units(self) -> list[Unit]:
        """The hamlet, and those that a part of it joins."""
        return [self.hamlet, *(joined for _n, _h, joined in self._rows() if joined)]

    @property
    def parts(self) -> list[Part]:
        """The new units, weighed by households."""
        return [
            Part(
                name=name or joined.name,
                kind=joined.kind if joined else self.hamlet.kind,
                takes={self.hamlet.pk: households} | ({joined.pk: 1} if joined else {}),
            )
            for name, households, joined in self._rows()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        rows = self._rows()
        if len(rows) < 2:
            raise ValidationError(
                gettext("Please fill in two parts or more."), code="one_part"
            )
        if any(not households for _name, households, _joined in rows):
            raise ValidationError(
                gettext("Please write for every part how many households go to it."),
                code="no_households",
            )
        joined = [unit.pk for _name, _households, unit in rows if unit]
        if len(joined) != len(set(joined)):
            raise ValidationError(
                gettext("Two parts join the same hamlet; make them one part."),
                code="joined_twice",
            )
        return cleaned

    def _rows(self) -> list[tuple[str, int | None, Unit | None]]:
        found = []
        for number in range(1, PARTS + 1):
            name = self.cleaned_data.get(f"name_{number}", "")
            households = self.cleaned_data.get(f"households_{number}")
            joined = self.cleaned_data.get(f"joins_{number}")
            if name or households is not None or joined:
                if not name and not joined:
                    raise ValidationError(
                        gettext("Please write a name for every part."), code="no_name"
                    )
                found.append((name, households, joined))
        return found


class BasesForm(forms.Form):
    """Households and adults of a commune and of a page of its hamlets."""

    date = day_field(_("Counted on"))
    source = forms.CharField(
        label=_("Who counted"),
        max_length=200,
        help_text=_("For example: UBND xã, rà soát hộ tháng 10/2026."),
    )

    def __init__(
        self, *args: Any, units: list[Unit], newest: dict[Any, Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.units = units
        self.fields["date"].initial = today()
        for unit in units:
            for group in BASE_GROUPS:
                field = count_field(BASE_LABELS[group])
                known = newest.get((unit.pk, group))
                if known is not None:
                    field.help_text = _("So far %(value)s (%(date)s, %(quality)s)") % {
                        "value": dotted(known.value),
                        "date": f"{known.date:%d/%m/%Y}",
                        "quality": known.get_quality_display(),
                    }
                self.fields[f"{group}_{unit.pk}"] = field

    @property
    def rows(self) -> list[tuple[Unit, list[forms.BoundField]]]:
        """The fields of each unit, as the screen groups them."""
        return [
            (unit, [self[f"{group}_{unit.pk}"] for group in BASE_GROUPS])
            for unit in self.units
        ]

    @property
    def figures(self) -> list[tuple[Unit, str, int]]:
        """What was typed; an empty field says nothing and changes nothing."""
        found = []
        for unit in self.units:
            for group in BASE_GROUPS:
                value = self.cleaned_data.get(f"{group}_{unit.pk}")
                if value is not None:
                    found.append((unit, str(group), value))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not self.figures:
            raise ValidationError(gettext("No number was filled in."), code="empty")
        return cleaned


class SupportPointForm(forms.ModelForm):
    """A place where residents can ask."""

    class Meta:
        model = SupportPoint
        fields = [
            "name",
            "hamlet",
            "address",
            "hours",
            "phone",
            "has_device",
            "has_network",
            "valid_from",
        ]
        widgets = {
            "valid_from": DayInput(),
            "phone": forms.TextInput(attrs={"inputmode": "tel"}),
        }
        help_texts = {
            "hours": _("For example: Monday to Friday, 7:30 to 11:00."),
            "phone": _("The telephone of the office, never a person's own."),
        }

    def __init__(self, *args: Any, commune: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hamlets = self.fields["hamlet"]
        hamlets.label = _("Hamlet")
        hamlets.queryset = Unit.objects.under(commune).valid_on().named().by_name()
        hamlets.empty_label = _("At the commune's own place")
        if self.instance.pk:
            del self.fields["valid_from"]
        else:
            self.fields["valid_from"].initial = today()

    @property
    def values(self) -> dict[str, Any]:
        """What the actions take."""
        return {name: self.cleaned_data[name] for name in self.fields}


class ClosingForm(forms.Form):
    """The first day on which a support point is shut."""

    closed_on = day_field(_("Closed from"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closed_on"].initial = today()
