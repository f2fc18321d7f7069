"""The programme's own dress on the CMS, and the page of its parts."""

from __future__ import annotations

from django.templatetags.static import static
from django.urls import path
from django.utils.html import format_html
from wagtail import hooks

from lms.parts import parts_page


@hooks.register("insert_global_admin_css")
def our_colours() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("lms/cms.css"))


@hooks.register("register_admin_urls")
def register_parts_page() -> list:
    return [path("thanh-phan/", parts_page, name="parts")]


@hooks.register("construct_help_menu")
def hide_what_is_not_ours(request, menu_items) -> None:
    """The guides of Wagtail's makers are English and stand on another host."""
    menu_items[:] = [item for item in menu_items if not item.url.startswith("http")]
