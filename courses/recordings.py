"""Recordings in the CMS: a voice, its words, and whether it still reads today's text."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminDateInput
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from courses.models import LessonPage, LessonRecording


class LessonChoice(forms.ModelChoiceField):
    def label_from_instance(self, lesson: LessonPage) -> str:
        return f"{lesson.number} – {lesson.title}"


class RecordingForm(forms.ModelForm):
    """A recording; the box says that it still reads what the lesson says today."""

    lesson = LessonChoice(LessonPage.objects.none(), label=gettext_lazy("lesson"))
    still_right = forms.BooleanField(
        required=False,
        label=gettext_lazy("I listened again: it still reads today's text"),
        help_text=gettext_lazy(
            "Only after listening. Otherwise record it again; until then residents do not "
            "hear it."
        ),
    )

    class Meta:
        model = LessonRecording
        fields = [
            "lesson",
            "language",
            "from_step",
            "to_step",
            "audio",
            "spare",
            "transcript",
            "recorded_on",
        ]
        widgets = {
            "recorded_on": AdminDateInput(),
            "transcript": forms.Textarea(attrs={"rows": 8}),
            "audio": forms.FileInput(attrs={"accept": ".opus,.ogg,.mp3,audio/*"}),
            "spare": forms.ClearableFileInput(attrs={"accept": ".mp3,audio/mpeg"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lessons = LessonPage.objects.order_by("number").defer_streamfields()
        self.fields["lesson"].queryset = lessons
        self.fields["spare"].required = False
        if self.instance.pk is None or not self.instance.is_silent:
            del self.fields["still_right"]

    def save(self, commit: bool = True) -> LessonRecording:
        moved = {"lesson", "from_step", "to_step"} & set(self.changed_data)
        if moved or self.cleaned_data.get("still_right"):
            self.instance.text_digest = ""
        return super().save(commit=commit)


class StateColumn(Column):
    """Whether residents hear it."""

    def get_value(self, instance: LessonRecording) -> str:
        if instance.is_silent:
            return _("record it again: the text has changed")
        return _("residents hear it")


class WhoChangesMayDelete(ModelPermissionPolicy):
    """Nothing else holds on to a recording, so whoever makes it may take it away."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return super().user_has_permission(
            user, "change" if action == "delete" else action
        )


register_permission_policy(LessonRecording, WhoChangesMayDelete(LessonRecording))


class RecordingIndexView(generic.IndexView):
    def get_base_queryset(self):
        # Whether a recording is silent is asked of its lesson's text.
        return super().get_base_queryset().select_related("lesson")


class RecordingViewSet(ModelViewSet):
    """Voices of the lessons; those that fell silent say so."""

    model = LessonRecording
    index_view_class = RecordingIndexView
    name = "lessonrecording"
    icon = "media"
    menu_label = gettext_lazy("Recordings")
    menu_order = 255
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    url_prefix = "ban-thu"
    list_display = [
        Column("__str__", label=gettext_lazy("recording")),
        Column("get_language_display", label=gettext_lazy("language")),
        Column("minutes", label=gettext_lazy("length, minutes")),
        Column("kilobytes", label="KB"),
        StateColumn("state", label=gettext_lazy("state")),
    ]
    list_filter = ["language"]
    list_per_page = 50
    ordering = ["lesson__number", "language", "from_step"]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        return RecordingForm


recordings = RecordingViewSet()
