"""A resident says that a lesson is wrong: kept without who said it, for the editors."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from common.names import clean_name
from courses.models import Complaint, LessonPage
from people.limits import spend
from pilot_communes.querysets import today

KEPT = dt.timedelta(days=180)
# From one network address in ten minutes; a whole class may stand behind one.
MOST_FROM_ONE, SECONDS = 20, 600
# What editors could still read; a flood ends here.
MOST_IN_A_DAY = 500
# Telephone, card and ID numbers, codes: whoever writes one does not mean to leave it here.
_NUMBER = re.compile(r"(?:\d[ .\-]?){6,}")


def without_numbers(text: str) -> str:
    """The text with every long number gone: "gọi 0900 000 000" becomes "gọi …"."""
    return clean_name(_NUMBER.sub("… ", text))


class ComplaintForm(forms.Form):
    """Which lesson, which step, what is wrong; nothing about who says it."""

    bai = forms.ModelChoiceField(
        LessonPage.objects.none(),
        to_field_name="number",
        required=False,
        label=gettext_lazy("Which lesson?"),
        empty_label=gettext_lazy("I do not remember"),
    )
    buoc = forms.IntegerField(
        min_value=1,
        max_value=40,
        required=False,
        label=gettext_lazy("At which step? (leave it empty if you do not know)"),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    sai = forms.ChoiceField(
        choices=Complaint.What.choices,
        widget=forms.RadioSelect,
        label=gettext_lazy("What is wrong?"),
        error_messages={"required": gettext_lazy("Please choose what is wrong.")},
    )
    loi = forms.CharField(
        max_length=500,
        required=False,
        label=gettext_lazy("Tell us more, if you like"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["bai"].queryset = (
            LessonPage.objects.visible_to(None)
            .order_by("number")
            .only("title", "number", "live_revision")
        )
        self.fields["bai"].label_from_instance = lambda lesson: (
            f"{lesson.number}. {lesson.title}"
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("sai") == Complaint.What.OTHER and not cleaned.get("loi"):
            self.add_error("loi", _("Please say in a few words what is wrong."))
        return cleaned

    def clean_loi(self) -> str:
        return without_numbers(self.cleaned_data["loi"])


def may_complain(address: str) -> bool:
    """Count an attempt from this network address, which is not kept."""
    return spend("complaint", address, amount=MOST_FROM_ONE, seconds=SECONDS)


@transaction.atomic
def complain(
    *,
    what: str,
    lesson: LessonPage | None = None,
    step: int | None = None,
    words: str = "",
    on: dt.date | None = None,
) -> Complaint:
    """Keep what a resident says is wrong. Raises ValidationError on a day of floods."""
    on = on or today()
    if Complaint.objects.filter(told_on=on).count() >= MOST_IN_A_DAY:
        raise ValidationError(
            _("Very many people have written today. Please tell the team instead.")
        )
    return Complaint.objects.create(
        lesson=lesson,
        revision=(lesson.live_revision_id or 0) if lesson else 0,
        step=step if lesson else None,
        what=Complaint.What(what),
        words=words[:500],
        told_on=on,
    )


def forget_old() -> str:
    """Delete what was told more than 180 days ago."""
    gone, _per_model = Complaint.objects.filter(told_on__lt=today() - KEPT).delete()
    return f"{gone} deleted"


# --- for the editors ------------------------------------------------------------------


class AnswerForm(WagtailAdminModelForm):
    """What was done about it; whoever says so has dealt with it."""

    def save(self, commit: bool = True) -> Complaint:
        complaint = super().save(commit=False)
        done = bool(complaint.answer.strip())
        complaint.handled_at = timezone.now() if done else None
        complaint.handled_by = self.for_user if done else None
        if commit:
            complaint.save()
        return complaint


class NobodyAdds(ModelPermissionPolicy):
    """Residents write these rows and time deletes them; editors answer."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        if action in ("add", "delete"):
            return False
        return super().user_has_permission(user, action)


register_permission_policy(Complaint, NobodyAdds(Complaint))


class ComplaintViewSet(ModelViewSet):
    """What residents say is wrong, the newest first."""

    model = Complaint
    name = "complaint"
    icon = "comment"
    menu_label = gettext_lazy("Wrong lessons")
    menu_order = 260
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    url_prefix = "bai-sai"
    list_display = [
        Column("get_what_display", label=gettext_lazy("what is wrong, as told")),
        "lesson",
        "step",
        "words",
        "told_on",
        BooleanColumn("is_waiting", label=gettext_lazy("still waiting")),
    ]
    list_filter = {"what": ["exact"], "handled_at": ["isnull"]}
    list_per_page = 50
    ordering = ["-told_on", "-pk"]
    # Nobody edits what was told; it stands above the answer.
    edit_handler = ObjectList(
        [
            *(
                FieldPanel(name, read_only=True)
                for name in ("lesson", "step", "what", "words", "told_on")
            ),
            FieldPanel("answer"),
        ],
        base_form_class=AnswerForm,
    )


complaints = ComplaintViewSet()
