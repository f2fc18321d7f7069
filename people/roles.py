"""Which role may do what: one table, read aloud.

A permission is "room.verb". Team positions come from `TeamMembership`, the other
roles from `RoleAssignment`. Whether an object is in reach is asked separately.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    COMMUNE_COORDINATOR = "commune_coordinator", _("commune coordinator")
    PROVINCE_COORDINATOR = "province_coordinator", _("province coordinator")
    EDITOR = "editor", _("editor")
    REVIEWER = "reviewer", _("reviewer")
    ADMINISTRATOR = "administrator", _("administrator")
    AUDITOR = "auditor", _("auditor")


TEAM_MEMBER = "team_member"
TEAM_LEADER = "team_leader"

MAY: dict[str, frozenset[str]] = {
    TEAM_MEMBER: frozenset(
        {
            "attendance.view_session",
            "attendance.take_register",
            "courses.view_guide",
            "people.view_person",
            "people.add_person",
            "people.change_person",
        }
    ),
    TEAM_LEADER: frozenset(
        {
            "attendance.view_session",
            "attendance.take_register",
            "attendance.plan_session",
            "attendance.close_session",
            "attendance.reopen_session",
            "courses.view_guide",
            "people.view_person",
            "people.add_person",
            "people.change_person",
            "people.change_household",
        }
    ),
    Role.COMMUNE_COORDINATOR: frozenset(
        {
            "attendance.view_session",
            "attendance.take_register",
            "attendance.plan_session",
            "attendance.close_session",
            "attendance.reopen_session",
            "attendance.confirm_entry",
            "attendance.view_ledger",
            "courses.view_guide",
            "people.view_person",
            "people.add_person",
            "people.change_person",
            "people.merge_person",
            "people.erase_person",
            "people.change_household",
            "people.manage_team",
            "people.invite",
            "pilot_communes.change_map",
            "pilot_communes.change_base",
            "pilot_communes.change_support_point",
            "reports.view_coverage",
            "reports.export",
            "reports.send_report",
        }
    ),
    Role.PROVINCE_COORDINATOR: frozenset(
        {
            "attendance.view_session",
            "courses.view_guide",
            "courses.withdraw",
            "people.manage_team",
            "people.invite",
            "people.appoint",
            "pilot_communes.change_map",
            "pilot_communes.change_base",
            "pilot_communes.change_phase",
            "pilot_communes.change_support_point",
            "reports.view_coverage",
            "reports.export",
            "reports.view_province",
        }
    ),
    Role.EDITOR: frozenset(
        {
            "courses.edit",
            "courses.publish",
            "courses.view_guide",
            "courses.withdraw",
            "wagtailadmin.access_admin",
        }
    ),
    Role.REVIEWER: frozenset(
        {
            "courses.edit",
            "courses.publish",
            "courses.view_guide",
            "courses.withdraw",
            "wagtailadmin.access_admin",
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            "people.appoint",
            "people.invite",
            "people.manage_team",
            "pilot_communes.change_map",
            "pilot_communes.change_base",
            "pilot_communes.change_phase",
            "pilot_communes.change_support_point",
            "common.view_health",
            "courses.edit",
            "courses.publish",
            "courses.view_guide",
            "courses.withdraw",
            "wagtailadmin.access_admin",
            "reports.view_coverage",
            "reports.view_province",
        }
    ),
    Role.AUDITOR: frozenset(
        {
            "attendance.view_session",
            "attendance.view_ledger",
            "courses.view_guide",
            "reports.view_coverage",
            "reports.view_province",
            "reports.export",
            "people.view_audit",
            "common.view_health",
        }
    ),
}

# Roles of these kinds need a second factor before any staff screen opens
# (TCVN 14423:2026 §4 as digested in reference/domain.md §5.3).
NEEDS_SECOND_FACTOR = frozenset(
    {
        Role.COMMUNE_COORDINATOR,
        Role.PROVINCE_COORDINATOR,
        Role.EDITOR,
        Role.REVIEWER,
        Role.ADMINISTRATOR,
        Role.AUDITOR,
    }
)

# Who may give which role: nobody gives more than he has.
MAY_GIVE: dict[str, frozenset[str]] = {
    Role.ADMINISTRATOR: frozenset(Role.values),
    Role.PROVINCE_COORDINATOR: frozenset({Role.COMMUNE_COORDINATOR}),
}
