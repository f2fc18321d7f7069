"""The editor's form of a page: its address is the title without diacritics."""

from __future__ import annotations

from django.utils.text import slugify
from wagtail.admin.forms import WagtailAdminPageForm

from common.names import fold_name


class SayableAddressForm(WagtailAdminPageForm):
    """An empty address is made from the title: "Trả tiền điện" gives "tra-tien-dien".

    Wagtail's own script drops Vietnamese letters ("tr-tin-djin"), so the panels that use
    this form show the title without it.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean_slug(self) -> str:
        typed = self.cleaned_data.get("slug")
        return typed or slugify(fold_name(self.cleaned_data.get("title", "")))
