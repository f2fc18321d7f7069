"""Dated facts that lessons cite and registers count."""

from __future__ import annotations

import datetime as dt
import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from pilot_communes.querysets import today


class Confidence(models.TextChoices):
    FOUND = "found", _("found in a source")
    FOUND_WEAK = "found-weak", _("found in a source that says it is unverified")
    HIGH = "k-high", _("known, high confidence")
    MEDIUM = "k-med", _("known, to be checked")


class CodedFact(models.Model):
    """A row of programme data, found again by its code and never renamed in it."""

    # The digest of what loading wrote: a row that differs was changed on the screen.
    source_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if (
            self.pk
            and not type(self).objects.filter(pk=self.pk, code=self.code).exists()
        ):
            raise ValidationError(
                {"code": gettext("Registers and lessons use this code; it stays.")}
            )


class Skill(CodedFact):
    """One thing a person can learn to do, in one of the seven legal competence groups."""

    class Group(models.TextChoices):
        """Decree 224/2026/NĐ-CP, Art. 77."""

        GENERAL = "a", _("general knowledge of digital transformation")
        DEVICES = "b", _("common devices, software and digital services")
        INFORMATION = "c", _("data and information")
        COMMUNICATION = "d", _("communication and collaboration")
        CONTENT = "dd", _("creating content")
        SAFETY = "e", _("safety and cyber-security")
        PROBLEMS = "g", _("solving problems with digital products")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    group = models.CharField(_("group"), max_length=2, choices=Group)
    name = models.CharField(_("name"), max_length=160)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class Blocker(CodedFact):
    """What stops a person, who can solve it, and where to go with what."""

    class Solver(models.TextChoices):
        POLICE = "police", _("police")
        BANK = "bank", _("bank")
        TELECOM = "telecom", _("mobile operator")
        TEAM = "team", _("team")
        HEALTH = "health", _("health or social insurance")
        SCHOOL = "school", _("school")
        OTHER = "other", _("other")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=80)
    solver = models.CharField(_("who can solve it"), max_length=8, choices=Solver)
    # Choosing it records the fourth outcome, "referred".
    is_referral = models.BooleanField(_("counts as referred"), default=False)
    advice = models.CharField(_("advice"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("blocker")
        verbose_name_plural = _("blockers")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.label


class HotlineQuerySet(models.QuerySet):
    def for_residents(self) -> HotlineQuerySet:
        """Numbers that may stand on a public page."""
        return self.filter(is_public=True)


class Hotline(CodedFact):
    """A telephone number for residents, with the day it was last checked."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    number = models.CharField(_("number"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    what_for = models.CharField(_("what it is for"), max_length=240)
    source = models.CharField(_("source"), max_length=240)
    confidence = models.CharField(_("confidence"), max_length=12, choices=Confidence)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)
    is_public = models.BooleanField(_("shown to residents"), default=False)
    needs_check = models.BooleanField(_("to be checked"), default=False)

    objects = HotlineQuerySet.as_manager()

    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("hotline")
        verbose_name_plural = _("hotlines")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @property
    def by_message(self) -> bool:
        """Does it take messages, not calls? Its code says so: "tin-nhan-…"."""
        return self.code.startswith("tin-nhan-")

    @property
    def url(self) -> str:
        """What the telephone does on a tap: call, or begin a message."""
        digits = re.sub(r"[^0-9+]", "", self.number)
        return f"{'sms' if self.by_message else 'tel'}:{digits}"


class LegalDocumentQuerySet(models.QuerySet):
    def in_force(self, date: dt.date | None = None) -> LegalDocumentQuerySet:
        """Documents in force on that day (`in_force_to` is the last day in force)."""
        date = date or today()
        return self.filter(
            Q(in_force_from=None) | Q(in_force_from__lte=date),
            Q(in_force_to=None) | Q(in_force_to__gte=date),
        )


class LegalDocument(index.Indexed, CodedFact):
    """A law, decree, circular or letter, from the day it binds to its last day."""

    class Kind(models.TextChoices):
        LAW = "luat", _("law")
        DECREE = "nghi-dinh", _("decree")
        RESOLUTION = "nghi-quyet", _("resolution")
        CIRCULAR = "thong-tu", _("circular")
        DECISION = "quyet-dinh", _("decision")
        DIRECTIVE = "chi-thi", _("directive")
        TELEGRAM = "cong-dien", _("official telegram")
        LETTER = "cong-van", _("official letter")
        STANDARD = "tieu-chuan", _("standard")
        PLAN = "ke-hoach", _("plan")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    number_sign = models.CharField(_("number and sign"), max_length=80)
    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    in_force_to = models.DateField(_("last day in force"), null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="replaces",
        verbose_name=_("replaced by"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=300)
    confidence = models.CharField(_("confidence"), max_length=12, choices=Confidence)

    objects = LegalDocumentQuerySet.as_manager()
    search_fields = [
        index.SearchField("number_sign"),
        index.AutocompleteField("number_sign"),
        index.SearchField("title"),
        index.AutocompleteField("title"),
    ]

    class Meta:
        verbose_name = _("legal document")
        verbose_name_plural = _("legal documents")
        ordering = ["number_sign"]
        constraints = [
            models.CheckConstraint(
                condition=Q(in_force_to=None)
                | Q(in_force_from=None)
                | Q(in_force_to__gte=F("in_force_from")),
                name="a_document_ends_after_it_begins",
            )
        ]

    def clean(self) -> None:
        super().clean()
        seen, other = {self.pk}, self.replaced_by
        while other is not None and other.pk not in seen:
            seen.add(other.pk)
            other = other.replaced_by
        if other is not None and self.pk:
            raise ValidationError(
                {
                    "replaced_by": gettext(
                        "These documents would replace one another in a circle."
                    )
                }
            )

    def __str__(self) -> str:
        return self.number_sign
