"""The tables of facts in the CMS: skills, blockers, hotlines, legal documents."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from courses.models import Blocker, Hotline, LegalDocument, Skill


class SkillViewSet(ModelViewSet):
    model = Skill
    icon = "tasks"
    menu_label = _("Skills")
    add_to_reference_index = False
    copy_view_enabled = False
    form_fields = ["code", "group", "name", "order"]
    list_display = ["name", Column("get_group_display", label=_("group")), "code"]
    list_filter = ["group"]
    search_fields = ["name", "code"]
    ordering = ["order", "code"]


class BlockerViewSet(ModelViewSet):
    model = Blocker
    icon = "warning"
    menu_label = _("Blockers")
    add_to_reference_index = False
    copy_view_enabled = False
    form_fields = [
        "code",
        "label",
        "solver",
        "is_referral",
        "advice",
        "order",
        "is_active",
    ]
    list_display = [
        "label",
        Column("get_solver_display", label=_("who can solve it")),
        BooleanColumn("is_active", label=_("in use")),
    ]
    list_filter = ["solver", "is_active"]
    search_fields = ["label", "code"]
    ordering = ["order", "code"]


class HotlineViewSet(ModelViewSet):
    model = Hotline
    icon = "mobile-alt"
    menu_label = _("Hotlines")
    add_to_reference_index = False
    copy_view_enabled = False
    form_fields = [
        "code",
        "number",
        "name",
        "what_for",
        "source",
        "confidence",
        "checked_on",
        "needs_check",
        "is_public",
        "order",
    ]
    list_display = [
        "number",
        "name",
        "checked_on",
        BooleanColumn("is_public", label=_("shown to residents")),
        BooleanColumn("needs_check", label=_("to be checked")),
    ]
    list_filter = ["is_public", "needs_check"]
    search_fields = ["name", "number"]
    ordering = ["order", "code"]


class LegalDocumentViewSet(ModelViewSet):
    model = LegalDocument
    icon = "doc-full"
    menu_label = _("Legal documents")
    add_to_reference_index = False
    copy_view_enabled = False
    form_fields = [
        "code",
        "number_sign",
        "title",
        "kind",
        "issued_on",
        "in_force_from",
        "in_force_to",
        "replaced_by",
        "source",
        "confidence",
        "note",
    ]
    list_display = [
        "number_sign",
        "title",
        "in_force_from",
        "in_force_to",
        "replaced_by",
    ]
    list_filter = ["kind"]
    search_fields = ["number_sign", "title"]
    ordering = ["number_sign"]


class FactsViewSetGroup(ModelViewSetGroup):
    """What lessons lean on, in one menu."""

    menu_label = _("Facts")
    menu_icon = "table"
    menu_order = 250
    items = (LegalDocumentViewSet, HotlineViewSet, BlockerViewSet, SkillViewSet)


facts = FactsViewSetGroup()
