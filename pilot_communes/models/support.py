"""Places to ask, and figures that give the programme its context."""

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import new_uuid
from pilot_communes.models.units import Unit
from pilot_communes.querysets import SupportPointQuerySet


class SupportPoint(models.Model):
    """A digital social support point of a commune (Decree 224/2026, Art. 78)."""

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    commune = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="support_points"
    )
    hamlet = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("name"), max_length=160)
    address = models.CharField(_("address"), max_length=240, blank=True)
    hours = models.CharField(_("opening hours"), max_length=160, blank=True)
    phone = models.CharField(_("telephone of the office"), max_length=20, blank=True)
    has_device = models.BooleanField(_("has a device"), default=False)
    has_network = models.BooleanField(_("has a connection"), default=False)
    valid_from = models.DateField(_("open from"))
    valid_to = models.DateField(_("closed from"), null=True, blank=True)

    objects = SupportPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("support point")
        verbose_name_plural = _("support points")

    def __str__(self) -> str:
        return self.name

    @property
    def tel(self) -> str:
        """The number as a `tel:` link wants it."""
        return re.sub(r"[^0-9+]", "", self.phone)


class ContextFigure(models.Model):
    """A number of the programme that is not ours: a target or a rank, with its source."""

    class Confidence(models.TextChoices):
        FOUND = "found", _("found in a source")
        HIGH = "k-high", _("known, high confidence")
        MEDIUM = "k-med", _("known, to be checked")

    code = models.SlugField(max_length=60, unique=True)
    label = models.CharField(_("label"), max_length=200)
    value = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    value_text = models.CharField(max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    as_of = models.DateField(null=True, blank=True)
    target_year = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)
    confidence = models.CharField(max_length=8, choices=Confidence)

    class Meta:
        verbose_name = _("context figure")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code
