"""Lessons read aloud by a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from courses.audio import MP3, read_audio
from courses.models.pages import LessonPage


def steps_digest(steps: Iterable[Any]) -> str:
    """The digest of what these raw steps say, sentence and warning, in their order."""
    lines = []
    for step in steps:
        value = step["value"]
        lines += [value.get("text") or "", value.get("warning") or ""]
    return hashlib.sha256("\x1f".join(lines).encode()).hexdigest()


class RecordingQuerySet(models.QuerySet):
    def in_order(self) -> RecordingQuerySet:
        """As a lesson shows them: Vietnamese first, the whole lesson before its parts."""
        return self.order_by("-language", "from_step", "-to_step")

    def that_speak(self) -> list[LessonRecording]:
        """Recordings whose text is still the lesson's; older ones are silent."""
        return [row for row in self.select_related("lesson") if not row.is_silent]

    def to_record_again(self) -> list[LessonRecording]:
        """Recordings that are silent since the text they read has changed."""
        return [row for row in self.select_related("lesson") if row.is_silent]


class LessonRecording(models.Model):
    """Some steps of a lesson read aloud, with what is said and how heavy it is.

    It falls silent by itself when the text of its steps changes: `text_digest` is that of
    the text that was read, taken when an editor last said that the two belong together.
    """

    class Language(models.TextChoices):
        SOUTHERN = "vi-south", _("Vietnamese of the South")
        KHMER = "km", _("Khmer")

    lesson = models.ForeignKey(
        LessonPage,
        on_delete=models.CASCADE,
        related_name="recordings",
        verbose_name=_("lesson"),
    )
    language = models.CharField(
        _("language"), max_length=8, choices=Language, default=Language.SOUTHERN
    )
    from_step = models.PositiveSmallIntegerField(_("from step"), default=1)
    to_step = models.PositiveSmallIntegerField(_("to step"))
    audio = models.FileField(
        _("sound file"),
        upload_to="ghi-am/",
        max_length=200,
        help_text=_(
            "Opus or MP3, one voice, at most 1 MB. Opus at 12 kbit/s weighs 90 KB a minute."
        ),
    )
    spare = models.FileField(
        _("the same as MP3"),
        upload_to="ghi-am/",
        max_length=200,
        blank=True,
        help_text=_("Older iPhones play no Opus; give them an MP3 beside it."),
    )
    transcript = models.TextField(
        _("what is said"),
        max_length=8000,
        help_text=_("Word for word, for whoever reads or does not hear well."),
    )
    seconds = models.PositiveSmallIntegerField(editable=False)
    bytes = models.PositiveIntegerField(editable=False)
    mime = models.CharField(max_length=24, editable=False)
    text_digest = models.CharField(max_length=64, editable=False)
    recorded_on = models.DateField(_("recorded on"), default=timezone.localdate)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ["lesson_id", "language", "from_step", "to_step"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_step__gte=1, to_step__gte=F("from_step")),
                name="a_recording_reads_at_least_one_step",
            ),
            models.UniqueConstraint(
                fields=["lesson", "language", "from_step", "to_step"],
                name="steps_are_recorded_once_in_a_language",
            ),
        ]

    def __str__(self) -> str:
        return gettext("lesson %(number)s, steps %(first)s to %(last)s") % {
            "number": self.lesson.number,
            "first": self.from_step,
            "last": self.to_step,
        }

    # --- what it is ---------------------------------------------------------------

    @property
    def is_silent(self) -> bool:
        """Has the text changed since it was read aloud?"""
        return self.text_digest != self.digest_now()

    def digest_now(self, lesson: LessonPage | None = None) -> str:
        """The digest of today's text of its steps; of none, when they are not all there."""
        steps = (lesson or self.lesson).steps.raw_data
        if self.to_step > len(steps):
            return ""
        return steps_digest(steps[self.from_step - 1 : self.to_step])

    def is_of_whole(self, lesson: LessonPage) -> bool:
        """Does it read the lesson from the first step to the last?"""
        return self.from_step == 1 and self.to_step == len(lesson.steps)

    @property
    def lang(self) -> str:
        """The language as HTML writes it."""
        return "km" if self.language == self.Language.KHMER else "vi"

    @property
    def minutes(self) -> str:
        """The length as a clock shows it: 3:05."""
        return f"{self.seconds // 60}:{self.seconds % 60:02}"

    @property
    def length(self) -> str:
        """The length in words: “40 seconds”, “3 minutes”."""
        if self.seconds < 60:
            return ngettext("%(count)s second", "%(count)s seconds", self.seconds) % {
                "count": self.seconds
            }
        minutes = round(self.seconds / 60)
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {
            "count": minutes
        }

    @property
    def kilobytes(self) -> int:
        """The weight in KB, rounded up: nothing is promised too light."""
        return -(-self.bytes // 1000)

    # --- writing --------------------------------------------------------------------

    def clean(self) -> None:
        super().clean()
        if self.from_step and self.to_step and self.to_step < self.from_step:
            raise ValidationError(
                {"to_step": gettext("The last step comes before the first.")}
            )
        if self.lesson_id and self.to_step and self.to_step > len(self.lesson.steps):
            raise ValidationError(
                {
                    "to_step": gettext("The lesson has only %(count)s steps.")
                    % {"count": len(self.lesson.steps)}
                }
            )
        self._read_files()

    def _read_files(self) -> None:
        """Measure files that are about to be stored; what is stored was measured then."""
        if self.audio and not self.audio._committed:
            sound = read_audio(self.audio.file, field="audio")
            self.seconds, self.mime = sound.seconds, sound.mime
            self.bytes = len(sound.data)
            self.text_digest = ""
            ending = ".mp3" if sound.mime == MP3 else ".opus"
            self.audio = ContentFile(sound.data, self._name(ending))
        if self.spare and not self.spare._committed:
            spare = read_audio(self.spare.file, field="spare")
            if spare.mime != MP3:
                raise ValidationError({"spare": gettext("The spare file is no MP3.")})
            self.spare = ContentFile(spare.data, self._name(".mp3"))

    def _name(self, ending: str) -> str:
        """A name for a stored file; the editor's own may name the voice."""
        number = self.lesson.number if self.lesson_id else 0
        return f"bai-{number}-{self.from_step}-{self.to_step}-{self.language}{ending}"

    def save(self, *args, **kwargs) -> None:
        """Save; what was just recorded belongs to the text of today."""
        if not self.text_digest:
            self.text_digest = self.digest_now()
        super().save(*args, **kwargs)
