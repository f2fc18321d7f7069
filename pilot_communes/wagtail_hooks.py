"""The verbs that this room writes into the audit log."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

VERBS = {
    "add": (_("Add hamlets"), _("Hamlets added to the map")),
    "merge": (_("Merge units"), _("Units merged")),
    "split": (_("Split unit"), _("Unit split")),
    "rename": (_("Rename unit"), _("Unit renamed")),
    "move": (_("Move unit"), _("Unit moved to another parent")),
    "import": (_("Import map"), _("Map imported")),
    "undo": (_("Undo change of the map"), _("Change of the map undone")),
    "import_boundaries": (_("Import boundaries"), _("Boundaries imported")),
    "declare_base": (_("Declare base"), _("Population figures declared")),
    "join_phase": (_("Join phase"), _("Commune joined a phase")),
    "leave_phase": (_("Leave phase"), _("Commune left a phase")),
    "check_readiness": (_("Check readiness"), _("Readiness check answered")),
    "set_target": (_("Set target"), _("Target set")),
    "create_team": (_("Create team"), _("Team set up")),
    "serve_hamlet": (_("Serve hamlet"), _("Team serves a hamlet")),
    "end_service": (_("End service"), _("Team no longer serves a hamlet")),
    "end_team": (_("End team"), _("Team ended")),
    "add_support_point": (_("Add support point"), _("Support point opened")),
    "change_support_point": (
        _("Change support point"),
        _("Support point corrected"),
    ),
    "close_support_point": (_("Close support point"), _("Support point closed")),
}


@hooks.register("register_log_actions")
def register_verbs(actions) -> None:
    for verb, (label, message) in VERBS.items():
        actions.register_action(f"pilot_communes.{verb}", label, message)
