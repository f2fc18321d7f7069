"""A legal document ends: which lessons lean on it, and until when they may be followed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods
from wagtail.admin.views import generic
from wagtail.admin.widgets import AdminDateInput
from wagtail.log_actions import log

from courses.models import LegalDocument, LessonPage
from courses.publishing import IncompleteLesson
from courses.where_used import context_of, where_used
from pilot_communes.querysets import today

if TYPE_CHECKING:
    from people.models import User

# Residents see "being checked again" this long before the lesson is taken down.
WARN_BEFORE = dt.timedelta(days=14)
ENDS = ("in_force_to", "replaced_by")


class LegalDocumentEditView(generic.EditView):
    """The form of a document: before its end is saved, everything that leans on it."""

    template_name = "courses/editing/fact_edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            **context_of(self.object),
            "legal_impact_url": reverse("legal_impact", args=[self.object.pk]),
        }

    def form_valid(self, form: forms.ModelForm) -> HttpResponse:
        ends = any(
            name in form.changed_data and form.cleaned_data.get(name) for name in ENDS
        )
        if ends and "seen" not in self.request.POST:
            used = where_used(self.object)
            if used:
                return self._ask(form, used)
        self._ends = ends
        return super().form_valid(form)

    def _ask(self, form: forms.ModelForm, used: Any) -> HttpResponse:
        sent = [
            (name, value)
            for name in self.request.POST
            if name != "csrfmiddlewaretoken"
            for value in self.request.POST.getlist(name)
        ]
        stored = type(self.object).objects.get(pk=self.object.pk)
        return render(
            self.request,
            "courses/editing/legal_confirm.html",
            {
                "document": stored,
                "ends_on": form.cleaned_data.get("in_force_to"),
                "replaced_by": form.cleaned_data.get("replaced_by"),
                "used": used,
                "sent": sent,
                "action_url": self.request.path,
            },
        )

    def get_success_url(self) -> str:
        if getattr(self, "_ends", False) and where_used(self.object):
            return reverse("legal_impact", args=[self.object.pk])
        return super().get_success_url()


class DatesForm(forms.Form):
    """From when the lessons are checked again, and when nobody may follow them."""

    lessons = forms.ModelMultipleChoiceField(
        LessonPage.objects.none(),
        label=gettext_lazy("Lessons"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one lesson.")},
    )
    warn_on = forms.DateField(
        label=gettext_lazy("Being checked again from"),
        required=False,
        widget=AdminDateInput,
        help_text=gettext_lazy("Residents read it above the steps and can go on."),
    )
    withdraw_on = forms.DateField(
        label=gettext_lazy("Withdrawn on"),
        widget=AdminDateInput,
        help_text=gettext_lazy("From this day on nobody may follow the lesson."),
    )

    def __init__(
        self, *args: Any, document: LegalDocument, lessons: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.document = document
        self.fields["lessons"].queryset = LessonPage.objects.filter(
            pk__in=[lesson.pk for lesson in lessons]
        ).order_by("number")
        self.fields["lessons"].label_from_instance = lambda lesson: (
            f"{lesson.number}. {lesson.title}"
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        warn, withdraw = cleaned.get("warn_on"), cleaned.get("withdraw_on")
        if warn and withdraw and warn >= withdraw:
            self.add_error("warn_on", _("The warning comes before the withdrawal."))
        latest = first_day_without(self.document)
        if withdraw and latest and withdraw > latest:
            self.add_error(
                "withdraw_on",
                _("The document lapses: %(day)s at the latest.")
                % {"day": f"{latest:%d/%m/%Y}"},
            )
        return cleaned


def first_day_without(document: LegalDocument) -> dt.date | None:
    """The first day on which this document is no longer in force, if that is known."""
    if document.in_force_to is None:
        return None
    return document.in_force_to + dt.timedelta(days=1)


@transaction.atomic
def set_last_days(
    lesson: LessonPage,
    *,
    user: User,
    warn_on: dt.date | None,
    withdraw_on: dt.date,
) -> LessonPage:
    """Give a lesson the two dates, where residents read it and in the editor's draft.

    `warn_on` is the first day with the warning. Dates that already come earlier stay.
    Raises PermissionDenied, or ValidationError when the order of the dates is wrong.
    """
    if not user.has_perm("courses.edit"):
        raise PermissionDenied
    if warn_on and warn_on >= withdraw_on:
        raise ValidationError(_("The warning comes before the withdrawal."))
    live = LessonPage.objects.select_for_update().get(pk=lesson.pk)
    # The review day is the last one without the warning.
    review_by = warn_on - dt.timedelta(days=1) if warn_on else None
    draft = live.get_latest_revision_as_object()
    for page in (live, draft):
        page.withdraw_on = min(filter(None, (page.withdraw_on, withdraw_on)))
        if review_by:
            page.review_by = min(filter(None, (page.review_by, review_by)))
    had_draft = live.has_unpublished_changes
    live.save(clean=False, update_fields=["withdraw_on", "review_by"])
    revision = draft.save_revision(user=user, log_action=True, clean=False)
    if live.live and not had_draft:
        try:
            with transaction.atomic():
                revision.publish(user=user, skip_permission_checks=True)
        except IncompleteLesson:
            # The dates stand where residents read them; the draft says what is missing.
            pass
    log(
        live,
        "courses.last_days",
        user=user,
        data={
            "withdraw_on": f"{live.withdraw_on:%d/%m/%Y}",
            "review_by": f"{live.review_by:%d/%m/%Y}" if live.review_by else "",
        },
    )
    return LessonPage.objects.get(pk=live.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def legal_impact(request: HttpRequest, document_id: int) -> HttpResponse:
    """What leans on a document, and the two dates for the lessons among it."""
    if not request.user.has_perm("courses.edit"):
        raise PermissionDenied
    document = get_object_or_404(LegalDocument, pk=document_id)
    used = where_used(document)
    form = DatesForm(
        request.POST or None,
        document=document,
        lessons=used.lessons,
        initial=_first_dates(document, used.lessons),
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["lessons"]
        for lesson in chosen:
            set_last_days(
                lesson,
                user=request.user,
                warn_on=form.cleaned_data["warn_on"],
                withdraw_on=form.cleaned_data["withdraw_on"],
            )
        count = len(chosen)
        messages.success(
            request,
            ngettext(
                "%(count)s lesson has its dates now.",
                "%(count)s lessons have their dates now.",
                count,
            )
            % {"count": count},
        )
        return redirect("legal_impact", document.pk)
    return render(
        request,
        "courses/editing/legal_impact.html",
        {
            "document": document,
            "used": used,
            "form": form,
            "without": first_day_without(document),
            "today": today(),
        },
    )


def _first_dates(document: LegalDocument, lessons: Any) -> dict[str, Any]:
    without = first_day_without(document)
    late = [
        lesson.pk
        for lesson in lessons
        if without and (lesson.withdraw_on is None or lesson.withdraw_on > without)
    ]
    if without is None:
        return {"lessons": [lesson.pk for lesson in lessons]}
    warn = without - WARN_BEFORE
    return {
        "lessons": late,
        "withdraw_on": without,
        "warn_on": warn if warn > today() else None,
    }
