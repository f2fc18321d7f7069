"""The verbs that this room writes into the audit log."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks


@hooks.register("register_log_actions")
def register_verbs(actions) -> None:
    actions.register_action(
        "reports.open_period", _("Open period"), _("Reporting period opened")
    )
    actions.register_action("reports.send_report", _("Send report"), _("Report sent"))
