"""The front door: the home page, information pages, images, site settings.

A `ResidentPage` is any page that residents open: the same bytes for everybody, so that a
stored copy may be served. `CustomImage` keeps the pictures of the CMS; drawings are
cleaned before they are stored. `ContactSettings` says who answers for the site.
"""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.fields import RichTextField
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.models import Orderable, Page
from wagtail.search import index

from common.pagecache import good_until
from home.forms import SayableAddressForm
from home.svg import UnsafeSVG, clean_svg


class CustomImage(AbstractImage):
    """A picture of the CMS; the description is its alternative text."""

    # Where a loaded picture came from, "<lesson>/<file>@<digest>"; empty for an upload.
    source = models.CharField(max_length=160, blank=True, editable=False, db_index=True)

    admin_form_fields = Image.admin_form_fields

    def clean(self) -> None:
        super().clean()
        try:
            self._clean_drawing()
        except UnsafeSVG as error:
            raise ValidationError({"file": str(error)}) from error

    def save(self, *args, **kwargs) -> None:
        """Save; a drawing is cleaned first, whichever way it came in."""
        self._clean_drawing()
        super().save(*args, **kwargs)

    def _clean_drawing(self) -> None:
        # A file that is already stored was cleaned when it came.
        if not self.file or self.file._committed or not self.is_svg():
            return
        self.file.seek(0)
        source = self.file.read()
        clean = clean_svg(source)
        if clean != source:
            self.file = ContentFile(clean, name=self.file.name)
        self._set_image_file_metadata()


class CustomRendition(AbstractRendition):
    """A size of a picture."""

    image = models.ForeignKey(
        CustomImage, on_delete=models.CASCADE, related_name="renditions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"],
                name="a_picture_has_a_size_once",
            )
        ]


class ResidentPage(Page):
    """A page for residents: the same bytes for everybody, storable until it changes."""

    base_form_class = SayableAddressForm

    class Meta:
        abstract = True

    def serve(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        """Serve, and say until when a stored copy stays true.

        A page past its expiry is gone at once, whenever the job that unpublishes runs.
        """
        if self.has_expired(timezone.now()):
            raise Http404
        response = super().serve(request, *args, **kwargs)
        if not self.get_view_restrictions().exists():
            good_until(response, self.expire_at)
        return response

    def has_expired(self, now: dt.datetime) -> bool:
        """Has the editor's own date of expiry passed?"""
        return self.expire_at is not None and self.expire_at <= now


class HomePage(ResidentPage):
    """What do you need to do?"""

    emergency = models.ForeignKey(
        "home.InformationPage",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("page for who was tricked"),
    )
    tips = models.ForeignKey(
        "home.InformationPage",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("page for who teaches a parent"),
    )

    khmer_label = models.CharField(
        _("“Listen in Khmer”, written in Khmer"),
        max_length=80,
        blank=True,
        help_text=_(
            "Only after a Khmer speaker has read it. Empty: the line is in Vietnamese alone."
        ),
    )

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    content_panels = [
        FieldPanel("title"),
        InlinePanel(
            "rows",
            heading=_("Tasks on the home page"),
            label=_("task"),
            max_num=5,
        ),
        MultiFieldPanel(
            [FieldPanel("emergency"), FieldPanel("tips"), FieldPanel("khmer_label")],
            heading=_("Further down the page"),
        ),
    ]

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args, **kwargs) -> dict:
        context = super().get_context(request, *args, **kwargs)
        context["tasks"] = self.tasks(request)
        context["emergency_url"] = _url_if_live(self.emergency, request)
        context["tips_url"] = _url_if_live(self.tips, request)
        return context

    def tasks(self, request: HttpRequest) -> list[dict[str, str]]:
        """The rows whose page a resident can open now, as label and address."""
        rows = [row for row in self.rows.all() if row.target_id]
        open_now = Page.objects.live().public().in_bulk([row.target_id for row in rows])
        return [
            {
                "label": row.label or open_now[row.target_id].title,
                "url": open_now[row.target_id].get_url(request),
                "icon": row.icon or HomeRow.Icon.FINGER,
            }
            for row in rows
            if row.target_id in open_now
        ]


def _url_if_live(page: Page | None, request: HttpRequest) -> str:
    return page.get_url(request) if page is not None and page.live else ""


class HomeRow(Orderable):
    """One of the five tasks at the top of the home page."""

    class Icon(models.TextChoices):
        """Our own drawings that can stand beside a task (`lms/static/lms/icons`)."""

        FINGER = "ngon-tay", _("a finger")
        PASSWORD = "mat-khau", _("a password")
        CARD = "the", _("a card")
        SHIELD = "an-toan", _("a shield")
        PAPERS = "ho-so", _("papers")
        QR = "qr", _("a QR code")
        BILL = "hoa-don", _("a bill")
        HEALTH = "suc-khoe", _("health")
        PHONE = "may-nay", _("a telephone")
        CALL = "goi", _("a call")
        CAMERA = "anh", _("a picture")
        BOAT = "ghe", _("a boat")

    page = ParentalKey(HomePage, on_delete=models.CASCADE, related_name="rows")
    target = models.ForeignKey(
        Page,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("lesson or page"),
    )
    label = models.CharField(
        _("label"),
        max_length=26,
        blank=True,
        help_text=_("At most 26 characters; empty means the title of the page."),
    )
    icon = models.CharField(_("drawing"), max_length=12, choices=Icon, blank=True)

    panels = ["target", "label", "icon"]


class InformationPage(ResidentPage):
    """A page of plain text."""

    body = RichTextField(
        _("text"), features=["h2", "h3", "bold", "ol", "ul", "link", "hr"]
    )
    # The digest of the source that last wrote this page, and the revision it made: a
    # page whose latest revision is another one was changed by an editor.
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    source_revision = models.BigIntegerField(null=True, blank=True, editable=False)

    parent_page_types = ["home.HomePage"]
    subpage_types: list[str] = []
    content_panels = [FieldPanel("title"), "body"]
    search_fields = [*Page.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("information page")

    def get_context(self, request: HttpRequest, *args, **kwargs) -> dict:
        context = super().get_context(request, *args, **kwargs)
        if HomePage.objects.filter(emergency=self.pk).exists():
            # The numbers stand right after what is to be done, before what comes later.
            do, end, after = self.body.partition("</ol>")
            context |= {"is_emergency": True, "do": do + end, "after": after}
        return context

    def with_content_json(self, content):
        """A revision never decides what loading remembers."""
        page = super().with_content_json(content)
        page.source_digest = self.source_digest
        page.source_revision = self.source_revision
        return page


@register_setting(icon="mail")
class ContactSettings(BaseGenericSetting):
    """Who answers for the site, and the one office number shown everywhere."""

    organisation = models.CharField(_("responsible body"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=240, blank=True)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    site_address = models.CharField(
        _("address of this site in words"), max_length=120, blank=True
    )

    class Meta:
        verbose_name = _("contact")

    @property
    def tel(self) -> str:
        """The number as a `tel:` link wants it."""
        return re.sub(r"[^0-9+]", "", self.phone)

    @property
    def address_in_words(self) -> str:
        """The only address of this site: as entered, else the host it is served under."""
        host = urlsplit(settings.SITE_URL).hostname or ""
        return self.site_address or (host if "." in host and host[-1].isalpha() else "")

    # What was read last in this process, for the page that is shown when nothing works.
    last_known_phone = ""

    @classmethod
    def current(cls) -> ContactSettings:
        """What was entered, or an empty one; unlike `load`, reading never writes."""
        found = cls.objects.order_by("pk").first() or cls()
        ContactSettings.last_known_phone = found.phone
        return found
