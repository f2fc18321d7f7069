"""The verbs of attendance in the audit log."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

VERBS = {
    "attendance.plan": (_("Plan a session"), _("Planned the session")),
    "attendance.change_plan": (_("Change a plan"), _("Changed the plan")),
    "attendance.open": (_("Open a register"), _("Opened the register")),
    "attendance.close": (_("Close a register"), _("Closed the register")),
    "attendance.reopen": (_("Open a register again"), _("Opened the register again")),
    "attendance.cancel": (_("Cancel a session"), _("Cancelled the session")),
    "attendance.confirm": (_("Confirm a record"), _("Confirmed a waiting record")),
    "attendance.reject": (_("Reject a record"), _("Left a waiting record uncounted")),
}


@hooks.register("register_log_actions")
def register_verbs(actions) -> None:
    for verb, (label, message) in VERBS.items():
        actions.register_action(verb, label, message)
