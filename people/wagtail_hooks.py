"""What the CMS is told: the verbs of the audit log, and that logins are kept elsewhere."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

# verb: what the log says. Entries name people by short code only.
VERBS = {
    "people.add": _("Person added"),
    "people.change": _("Person changed"),
    "people.move": _("Home changed"),
    "people.consent": _("Consent recorded"),
    "people.withdraw": _("Consent withdrawn"),
    "people.merge": _("People merged"),
    "people.unmerge": _("Merge undone"),
    "people.erase": _("Person erased"),
    "people.erase_household": _("Name of a household erased"),
    "people.export": _("Person's data handed out"),
    "people.add_household": _("Household added"),
    "people.change_household": _("Household changed"),
    "people.place_household": _("Household placed"),
    "people.import_households": _("List of households pasted"),
    "people.undo_import": _("Pasted list taken away"),
    "people.add_team": _("Team added"),
    "people.change_team": _("Team changed"),
    "people.end_team": _("Team ended"),
    "people.serve_hamlets": _("Hamlets of a team changed"),
    "people.join_team": _("Joined a team"),
    "people.leave_team": _("Left a team"),
    "people.add_login": _("Login added"),
    "people.invite": _("Invited"),
    "people.reset": _("Recovery code given"),
    "people.use_code": _("One-time code used"),
    "people.password": _("Password chosen"),
    "people.second_factor": _("Second factor set up"),
    "people.close_login": _("Login closed"),
    "people.reactivate": _("Login opened again"),
    "people.dormant": _("Login put to sleep"),
    "people.appoint": _("Role given"),
    "people.carry_role": _("Role carried over to the new unit"),
    "people.end_role": _("Role ended"),
    "people.issue_enrolment": _("Enrolment code given"),
    "people.enrol": _("Phone enrolled"),
    "people.revoke_device": _("Phone's rights taken away"),
}


@hooks.register("register_log_actions")
def register_verbs(actions):
    for verb, sentence in VERBS.items():
        actions.register_action(verb, sentence, sentence)


@hooks.register("construct_settings_menu")
def hide_logins_and_groups(request, menu_items):
    """Logins and roles are kept under /tinh/quyen/, where nobody gives more than he has."""
    menu_items[:] = [
        item for item in menu_items if item.name not in ("users", "groups")
    ]
