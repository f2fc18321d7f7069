"""A lesson leaves the CMS as a file, and comes back as a draft."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from courses.exchange import (
    LARGEST_PARCEL,
    AlreadyThere,
    import_lesson,
    packed,
    parcel_of,
    read_parcel,
)
from courses.lesson_editor import lesson_to_edit


class ParcelForm(forms.Form):
    """The file of a lesson, and whether it may follow what is here."""

    parcel = forms.FileField(
        label=gettext_lazy("File of a lesson"),
        help_text=gettext_lazy(
            "A .zip that was exported from this system or a like one."
        ),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
    )
    replace = forms.BooleanField(
        required=False,
        label=gettext_lazy(
            "When the lesson is here already, put the file as its new draft"
        ),
        help_text=gettext_lazy(
            "What residents read does not move, and every older text stays in the history."
        ),
    )

    def clean_parcel(self) -> bytes:
        file = self.cleaned_data["parcel"]
        if file.size > LARGEST_PARCEL:
            raise ValidationError(
                _("The file is larger than 2 MB; a lesson is never that large.")
            )
        return file.read()


@require_safe
def export_view(request: HttpRequest, page_id: int) -> HttpResponse:
    """The latest draft of a lesson as one file."""
    page = lesson_to_edit(request, page_id)
    response = HttpResponse(packed(parcel_of(page)), content_type="application/zip")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="bai-{page.number}-{page.slug}.zip"'
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def import_view(request: HttpRequest) -> HttpResponse:
    """Bring a lesson in from a file; it becomes a draft."""
    if not request.user.has_perm("courses.edit"):
        raise PermissionDenied
    form = ParcelForm(request.POST or None, request.FILES or None)
    there = None
    if request.method == "POST" and form.is_valid():
        try:
            brought = import_lesson(
                read_parcel(form.cleaned_data["parcel"]),
                user=request.user,
                replace=form.cleaned_data["replace"],
            )
        except AlreadyThere as refusal:
            there = refusal.page
            form.add_error("parcel", refusal)
        except ValidationError as refusal:
            form.add_error("parcel", refusal)
        else:
            said = (
                _("Brought in as a draft. Read it, then send it to be reviewed.")
                if brought.changed
                else _(
                    "This lesson is here already, word for word; nothing was changed."
                )
            )
            messages.success(request, said)
            for note in brought.notes:
                messages.warning(request, note)
            return redirect("wagtailadmin_pages:edit", brought.page.pk)
    return render(
        request, "courses/editing/import.html", {"form": form, "there": there}
    )
