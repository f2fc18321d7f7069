"""The tables of facts in the CMS: skills, blockers, hotlines, legal documents."""

from __future__ import annotations

from typing import Any

from django.db.models import DateField, Field
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views.generic import EditView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets import AdminDateInput

from courses.impact import LegalDocumentEditView
from courses.models import Blocker, Hotline, LegalDocument, PlainWord, Skill
from courses.where_used import context_of


class FactEditView(EditView):
    """The form of a fact, and below it where the fact is used."""

    template_name = "courses/editing/fact_edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | context_of(self.object)


class DatedViewSet(ModelViewSet):
    """A table whose days are chosen from the calendar of the CMS."""

    def formfield_for_dbfield(self, db_field: Field, **kwargs: Any) -> Any:
        if isinstance(db_field, DateField):
            kwargs["widget"] = AdminDateInput
        return super().formfield_for_dbfield(db_field, **kwargs)


class SkillViewSet(ModelViewSet):
    edit_view_class = FactEditView
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
    edit_view_class = FactEditView
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


class HotlineViewSet(DatedViewSet):
    edit_view_class = FactEditView
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


class LegalDocumentViewSet(DatedViewSet):
    edit_view_class = LegalDocumentEditView
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


class PlainWordViewSet(ModelViewSet):
    """Office words with what people say; the check of a lesson reads this table."""

    model = PlainWord
    icon = "openquote"
    menu_label = _("Plain words")
    add_to_reference_index = False
    copy_view_enabled = False
    form_fields = ["word", "plain", "note", "is_active"]
    list_display = ["word", "plain", BooleanColumn("is_active", label=_("in use"))]
    list_filter = ["is_active"]
    search_fields = ["word", "plain"]
    ordering = ["word"]


class FactsViewSetGroup(ModelViewSetGroup):
    """What lessons lean on, in one menu."""

    menu_label = _("Facts")
    menu_icon = "table"
    menu_order = 250
    items = (
        LegalDocumentViewSet,
        HotlineViewSet,
        BlockerViewSet,
        SkillViewSet,
        PlainWordViewSet,
    )


facts = FactsViewSetGroup()
