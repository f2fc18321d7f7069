"""The editor's form of a lesson, and the staff form that takes a lesson down."""

from __future__ import annotations

import functools

from django import forms
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.pages import CopyForm

from courses.publishing import FIELDS, Draft, faults
from home.forms import SayableAddressForm


def offer_once(formset, field: str) -> None:
    """Read the choices of a field once for all rows, the empty one included."""
    choices = functools.cache(
        # Through `iter`: `list` alone would count the rows first.
        lambda: list(iter(formset.form.base_fields[field].choices))
    )
    add_fields = formset.add_fields

    def add_and_share(form, index):
        add_fields(form, index)
        form.fields[field].choices = choices

    formset.add_fields = add_and_share
    for form in formset.forms:
        form.fields[field].choices = choices


def read_thumbnails(page) -> None:
    """Read the renditions of every picture at once; each chooser would ask for its own."""
    shown = [step.value["picture"] for step in page.steps]
    for practice in page.practices:
        shown += [screen["picture"] for screen in practice.value["screens"]]
    prefetch_related_objects([picture for picture in shown if picture], "renditions")


class LessonPageForm(SayableAddressForm):
    """Saves any draft; lets through to publishing only what residents can rely on."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        page = self.instance
        if not self.is_bound:
            read_thumbnails(page)
        if page.pk and page.live_revision_id == page.latest_revision_id:
            # What was a small mistake last time says nothing of the next change.
            self.initial["small_fix"] = False
        for name, field in (("lesson_skills", "skill"), ("lesson_legal", "document")):
            offer_once(self.formsets[name], field)
        if self.data.get("workflow-action-name") == "reject":
            # A reviewer sends back just what is not complete.
            self.defer_required_fields()

    def clean(self):
        cleaned = super().clean()
        if not self.is_deferred_validation:
            if cleaned.get("expire_at"):
                self.add_error(
                    "expire_at",
                    _(
                        "A lesson that expires loses its address. Leave this empty and "
                        "say under “Basis and dates” on which day it is withdrawn."
                    ),
                )
            for fault in faults(self._draft(cleaned)):
                # A field that is wrong in itself already says so.
                if fault.field in self.errors:
                    continue
                self.add_error(fault.field or None, fault.message)
        return cleaned

    def _draft(self, cleaned: dict) -> Draft:
        return Draft(
            fields={
                name: cleaned.get(name, getattr(self.instance, name, None))
                for name in FIELDS
            },
            skills=len(self._chosen("lesson_skills", "skill")),
            documents=tuple(self._chosen("lesson_legal", "document")),
        )

    def _chosen(self, formset: str, field: str) -> list:
        rows = self.formsets[formset]
        rows.is_valid()
        return [
            data[field]
            for data in (getattr(form, "cleaned_data", {}) for form in rows.forms)
            if data.get(field) and not data.get("DELETE")
        ]


class DraftCopyForm(CopyForm):
    """A copy is a draft of its own: it gets a number and is read before it is public."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("publish_copies", "alias"):
            self.fields.pop(name, None)


class WithdrawForm(forms.Form):
    """Why nobody may follow this lesson from now on."""

    reason = forms.CharField(
        label=_("Why is the lesson withdrawn?"),
        max_length=300,
        min_length=5,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Residents read it after “This lesson is paused because”."),
    )
