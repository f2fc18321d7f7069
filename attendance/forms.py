"""The forms of the team's screens: few fields, everything else may wait."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.models import TrainingSession
from common.names import clean_name
from courses.models import LessonPage
from people.models import Person
from people.models.persons import Sex
from pilot_communes.models import Team, Unit
from pilot_communes.querysets import today

MOST_HEADS = 5000
MOST_NAMES_AT_ONCE = 100
# A register is typed up within a year or not at all; a plan reaches no further either.
FURTHEST = dt.timedelta(days=366)


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


class LessonChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, lesson: LessonPage) -> str:
        return f"{lesson.number}. {lesson.title}"


class HelperChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, person: Person) -> str:
        return person.name


class HamletChoice(forms.ModelChoiceField):
    def label_from_instance(self, hamlet: Unit) -> str:
        return hamlet.full_name


class PlanForm(forms.Form):
    """A session to come, or one that begins now (`now`: date and time are not asked)."""

    # Made when the form is shown: pressing twice plans one session.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    hamlet = HamletChoice(Unit.objects.none(), label=_("Hamlet"), empty_label=None)
    date = forms.DateField(label=_("Date"), widget=DateInput)
    starts_at = forms.TimeField(label=_("Begins at"), required=False, widget=TimeInput)
    venue = forms.CharField(
        label=_("Where people meet"),
        required=False,
        max_length=160,
        help_text=_("For example: culture house, sala of the pagoda, a porch."),
    )
    kind = forms.ChoiceField(
        label=_("Kind of session"), choices=TrainingSession.Kind.choices
    )
    lessons = LessonChoice(
        LessonPage.objects.none(),
        label=_("Lessons"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    helpers = HelperChoice(
        Person.objects.none(),
        label=_("Who helps"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_public = forms.BooleanField(
        label=_("Residents may see this session"), required=False, initial=True
    )

    def __init__(
        self,
        *args: Any,
        hamlets: Any,
        members: Any,
        now: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hamlet"].queryset = hamlets
        self.fields["lessons"].queryset = (
            LessonPage.objects.live().filter(withdrawn_at=None).order_by("number")
        )
        self.fields["helpers"].queryset = members
        if not members.exists():
            del self.fields["helpers"]
        if now:
            del self.fields["date"], self.fields["starts_at"], self.fields["is_public"]

    def clean_date(self) -> dt.date:
        date = self.cleaned_data["date"]
        if abs(date - today()) > FURTHEST:
            raise forms.ValidationError(
                _("That day is more than a year away. Please look at the year again.")
            )
        return date

    def clean_venue(self) -> str:
        return clean_name(self.cleaned_data["venue"])


class TeamForm(forms.Form):
    """Which team holds the session, when the planner answers for several."""

    to = forms.ModelChoiceField(
        Team.objects.none(), label=_("Team"), to_field_name="uuid", empty_label=None
    )

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = teams


class ReasonForm(forms.Form):
    """Why a session does not take place, or why a record changes afterwards."""

    reason = forms.CharField(label=_("Reason"), max_length=240, widget=forms.TextInput)

    def clean_reason(self) -> str:
        reason = clean_name(self.cleaned_data["reason"])
        if not reason:
            raise forms.ValidationError(_("Please write the reason in a few words."))
        return reason


class HeadCountField(forms.IntegerField):
    """The total number of people in the room; 0 to `MOST_HEADS`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Total number of people present"),
            min_value=0,
            max_value=MOST_HEADS,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            error_messages={
                "invalid": _("Please type the total in digits, for example 23."),
                "max_value": _(
                    "That is more than %(limit_value)s people. Please look at it again."
                ),
            },
            **kwargs,
        )


class CloseForm(forms.Form):
    """The head count again, and a line of note."""

    head_count = HeadCountField(required=False)
    not_counted = forms.BooleanField(
        label=_("We could not count heads"), required=False
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, *args: Any, named: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._named = named

    def clean_note(self) -> str:
        return clean_name(self.cleaned_data["note"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        count = data.get("head_count")
        if "head_count" in self.errors:
            return data
        if count is None:
            if not data.get("not_counted"):
                self.add_error(
                    "head_count",
                    _(
                        "Please type how many people were here, also those without a "
                        "name. If nobody counted, tick the line below."
                    ),
                )
        elif count < self._named:
            self.add_error("head_count", too_few(count, self._named))
        return data


def too_few(count: int, named: int) -> str:
    """The sentence of design-brief W7 for a total below the names."""
    return _(
        "The total of %(count)s is less than %(named)s people with a name. Please mend "
        "the total."
    ) % {"count": count, "named": named}


class AddForm(forms.Form):
    """One name; everything below it may wait."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=120,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "words"}
        ),
    )
    usual_name = forms.CharField(
        label=_("Usual name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "words"}
        ),
    )
    birth_year = forms.IntegerField(
        label=_("Year of birth"),
        required=False,
        min_value=1890,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "min_value": _("Please type the year in four digits, for example 1962.")
        },
    )
    sex = forms.ChoiceField(
        label=_("Woman or man"),
        required=False,
        choices=[
            (Sex.FEMALE, _("woman")),
            (Sex.MALE, _("man")),
            ("", _("leave empty")),
        ],
        widget=forms.RadioSelect,
    )
    household = forms.CharField(
        label=_("Whose household"),
        max_length=120,
        required=False,
        help_text=_("Name of the head of the household."),
        widget=forms.TextInput(attrs={"list": "ho", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=20,
        required=False,
        help_text=_("Leave it empty when there is no telephone."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    home = forms.ChoiceField(
        label=_("Lives in"),
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(
        self, *args: Any, host: Unit, hamlets: Any = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["home"].choices = [
            ("", host.full_name),
            *((str(unit.uuid), unit.full_name) for unit in hamlets),
            ("outside", _("elsewhere (another commune or province)")),
        ]

    def clean_name(self) -> str:
        return _a_name(self.cleaned_data["name"])

    def clean_usual_name(self) -> str:
        return clean_name(self.cleaned_data["usual_name"])

    def clean_household(self) -> str:
        return clean_name(self.cleaned_data["household"])

    def clean_birth_year(self) -> int | None:
        year = self.cleaned_data["birth_year"]
        if year is not None and year > today().year:
            raise forms.ValidationError(
                _("That year has not come yet. Please look at it again.")
            )
        return year

    def clean_phone(self) -> str:
        phone = re.sub(r"[^0-9+]", "", self.cleaned_data["phone"])
        if self.cleaned_data["phone"].strip() and not 8 <= len(phone) <= 15:
            raise forms.ValidationError(
                _("That is no telephone number. Please look at the digits again.")
            )
        return phone


class PersonForm(AddForm):
    """What is known of a person, to be completed later."""


class ManyForm(forms.Form):
    """Several names, one a line."""

    names = forms.CharField(
        label=_("Names, one a line"),
        max_length=MOST_NAMES_AT_ONCE * 130,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        error_messages={
            "max_length": _("That is too much at once. Please type at most 100 names.")
        },
    )

    def clean_names(self) -> list[str]:
        lines = [clean_name(line) for line in self.cleaned_data["names"].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > MOST_NAMES_AT_ONCE:
            raise forms.ValidationError(
                _(
                    "These are %(count)s names. Please type at most %(limit)s at once; "
                    "nothing has been written yet."
                )
                % {"count": len(lines), "limit": MOST_NAMES_AT_ONCE}
            )
        return [_a_name(line) for line in lines]


class ProxyForm(forms.Form):
    """A child who learns for somebody at home: counted, never named."""

    household = forms.CharField(
        label=_("For whose household"),
        max_length=120,
        help_text=_("Name of the head of the household, not of the child."),
        widget=forms.TextInput(attrs={"list": "ho", "autocomplete": "off"}),
    )

    def clean_household(self) -> str:
        return _a_name(self.cleaned_data["household"])


class NumbersForm(forms.Form):
    """Row numbers from the paper list."""

    numbers = forms.CharField(
        label=_("Row numbers"),
        max_length=4000,
        help_text=_("For example: 1 4 7. Commas and full stops will do too."),
        widget=forms.TextInput(
            attrs={
                "inputmode": "decimal",
                "autocomplete": "off",
                "class": "wide-digits",
            }
        ),
    )

    def clean_numbers(self) -> list[int]:
        text = self.cleaned_data["numbers"]
        if not re.fullmatch(r"[0-9\s,.;+/-]*", text) or not re.search(r"[0-9]", text):
            raise forms.ValidationError(
                _("Please type only the numbers of the rows, for example 1 4 7.")
            )
        if re.search(r"[0-9]{5}", text):
            raise forms.ValidationError(
                _("One number is too long. Please leave a space between the numbers.")
            )
        # "12-15" is a range on paper too; no other sign means anything.
        numbers: list[int] = []
        for first, last in re.findall(r"([0-9]+)(?:\s*-\s*([0-9]+))?", text):
            start, end = int(first), int(last or first)
            numbers += range(start, min(end, start + 200) + 1) if end >= start else []
        return list(dict.fromkeys(numbers))


def _a_name(text: str) -> str:
    name = clean_name(text)
    if len(name) > 120:
        raise forms.ValidationError(
            _("A name is at most 120 letters long. Please shorten it.")
        )
    if not any(char.isalpha() for char in name):
        raise forms.ValidationError(_("Please type a name in letters."))
    return name
