"""Changes to people, one function for each: they check, write and log, in that order.

`user` is who does it; `user=None` is the system itself (loading, jobs, commands). Each
raises PermissionDenied for missing rights and ValidationError, with a sentence for the
screen, for what cannot be.
"""

from .accounts import (
    IssuedCode,
    choose_password,
    close_login,
    disable_dormant,
    end_sessions,
    forget_sign_ins,
    invite,
    may_give,
    may_manage,
    reactivate,
    reset,
    use_code,
)
from .consents import record_consent, record_room_consents, withdraw_consent
from .devices import (
    TicketRefused,
    enrol_again,
    enrol_device,
    issue_enrolment,
    issue_ticket,
    revoke_device,
    signed,
    ticket_for,
    verify_ticket,
)
from .erasing import (
    erase_household,
    erase_person,
    listed_erasures,
    repeat_erasures,
)
from .homes import add_household, change_household, move_person, place_household
from .merges import MergePreview, merge_persons, preview_merge, unmerge
from .persons import (
    NewPerson,
    Reached,
    add_person,
    add_persons,
    change_person,
    note_reached,
)
from .roles import (
    appoint,
    end_role,
    ensure_cms_groups,
    invite_officer,
    sync_all_cms_groups,
    sync_cms_groups,
)
from .teams import (
    add_team,
    change_team,
    end_team,
    join_team,
    leave_team,
    serve_hamlets,
)

__all__ = [
    "IssuedCode",
    "MergePreview",
    "NewPerson",
    "Reached",
    "TicketRefused",
    "add_household",
    "add_person",
    "add_persons",
    "add_team",
    "appoint",
    "change_household",
    "change_person",
    "change_team",
    "choose_password",
    "close_login",
    "disable_dormant",
    "end_role",
    "end_sessions",
    "end_team",
    "enrol_again",
    "enrol_device",
    "ensure_cms_groups",
    "erase_household",
    "erase_person",
    "forget_sign_ins",
    "invite",
    "invite_officer",
    "issue_enrolment",
    "issue_ticket",
    "join_team",
    "leave_team",
    "listed_erasures",
    "may_give",
    "may_manage",
    "merge_persons",
    "move_person",
    "note_reached",
    "place_household",
    "preview_merge",
    "reactivate",
    "record_consent",
    "record_room_consents",
    "repeat_erasures",
    "reset",
    "revoke_device",
    "serve_hamlets",
    "signed",
    "sync_all_cms_groups",
    "sync_cms_groups",
    "ticket_for",
    "unmerge",
    "use_code",
    "verify_ticket",
    "withdraw_consent",
]
