"""What editing leaves behind: changed steps, plain words, the price of data."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.models import Revision, Workflow, WorkflowPage

from common.names import fold_name
from courses import changes
from courses.models.facts import CodedFact
from courses.publishing import IncompleteLesson
from courses.weight import weight_faults
from pilot_communes.querysets import today


class Editable(models.Model):
    """The part of a lesson that belongs to who edits it: both are kept with a revision."""

    small_fix = models.BooleanField(
        _("only a small mistake"),
        default=False,
        help_text=_(
            "A letter, a comma: what people do stays the same. Then the lesson does not "
            "say that a step was changed."
        ),
    )
    weight_reason = models.CharField(
        _("why it may be heavier"),
        max_length=300,
        blank=True,
        help_text=_("Only for a lesson above its weight: what the bytes are worth."),
    )

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        """Save, remembering which revision residents have been reading until now."""
        self.live_before = None
        if self.pk and kwargs.get("update_fields") is None:
            self.live_before = (
                type(self)
                .objects.filter(pk=self.pk)
                .values_list("live_revision_id", flat=True)
                .first()
            )
        return super().save(*args, **kwargs)

    def publish(self, revision: Revision, user=None, **kwargs):
        """Publish; what a person publishes must be light or say why it is not.

        Raises IncompleteLesson.
        """
        if user is not None:
            heavy = list(weight_faults(revision.as_object()))
            if heavy:
                raise IncompleteLesson(heavy)
        return super().publish(revision, user=user, **kwargs)

    @cached_property
    def nearest_workflow(self) -> Workflow | None:
        """The review of this page or of the nearest page above, in one question."""
        on_the_way = WorkflowPage.objects.filter(
            page__in=self.get_ancestors(inclusive=True), workflow__active=True
        )
        row = on_the_way.select_related("workflow").order_by("-page__depth").first()
        return row.workflow if row else None

    def get_workflow(self) -> Workflow | None:
        return self.nearest_workflow

    @property
    def has_workflow(self) -> bool:
        return self.nearest_workflow is not None

    def recent_changes(self, on: dt.date | None = None) -> list[changes.Change]:
        """Which steps were changed in the last 60 days, the latest day first."""
        return changes.recent(self, on or today())


class LessonChange(models.Model):
    """Steps of a published lesson that were changed, by the ids of their blocks.

    Ids and not numbers: a step that moves keeps its note under its new number.
    """

    lesson = models.ForeignKey(
        "courses.LessonPage", on_delete=models.CASCADE, related_name="changes"
    )
    revision_id = models.BigIntegerField()
    on = models.DateField()
    steps = models.JSONField(default=list)
    removed = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("changed steps")
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "revision_id"], name="a_revision_changes_steps_once"
            )
        ]
        indexes = [models.Index(fields=["lesson", "-on"], name="changes_of_a_lesson")]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.on:%Y-%m-%d}"


class PlainWord(CodedFact):
    """A word of the office, and what people say instead."""

    code = models.SlugField(_("code"), max_length=80, unique=True)
    word = models.CharField(_("office word"), max_length=60)
    plain = models.CharField(_("say instead"), max_length=120)
    note = models.CharField(_("note"), max_length=240, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("plain word")
        verbose_name_plural = _("plain words")
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word

    def clean_fields(self, exclude=None) -> None:
        self._take_code()
        super().clean_fields(exclude=exclude)

    def save(self, *args, **kwargs):
        self._take_code()
        return super().save(*args, **kwargs)

    def _take_code(self) -> None:
        if not self.code:
            self.code = slugify(fold_name(self.word))[:80]


@register_setting(icon="edit")
class EditingSettings(BaseGenericSetting):
    """What a megabyte costs a resident; empty while nobody has found a source for it."""

    data_price = models.DecimalField(
        _("price of data, đồng per MB"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Beyond a data plan. Leave it empty and no money is shown."),
    )
    data_price_source = models.CharField(
        _("where the price was found"), max_length=240, blank=True
    )
    data_price_on = models.DateField(_("price checked on"), null=True, blank=True)

    panels = [
        FieldPanel("data_price"),
        FieldPanel("data_price_source"),
        FieldPanel("data_price_on"),
    ]

    class Meta:
        verbose_name = _("writing lessons")
        constraints = [
            models.CheckConstraint(
                condition=Q(data_price=None)
                | (
                    Q(data_price__gt=0)
                    & ~Q(data_price_source="")
                    & Q(data_price_on__isnull=False)
                ),
                name="a_price_of_data_has_a_source_and_a_day",
                violation_error_message=_(
                    "A price needs the place where it was found and the day."
                ),
            )
        ]

    def __str__(self) -> str:
        return "editing"
