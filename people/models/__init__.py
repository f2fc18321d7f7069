"""Who: logins and the people they belong to, households, teams, roles, consent.

A `Person` is anyone we know; a `User` is a login, and most persons have none. A
`Household` stands on a route. A `Residence` says where a person or a household lived,
from when to when. A `TeamMembership` makes a member or leader, a `RoleAssignment` an
officer; both are dated and both only reach. A `PersonPointer` says that two persons are
one, moves nothing and can be undone. A `Device` is a phone bound to a login; an
`AuthorTicket` says who writes on it, for which team, from when to when.
"""

from .accounts import AuthorTicket, Device, OneTimeCode, User
from .persons import (
    Consent,
    ConsentText,
    Encounter,
    Household,
    Person,
    PersonPointer,
    Residence,
)
from .roles import RoleAssignment, TeamMembership

__all__ = [
    "AuthorTicket",
    "Consent",
    "ConsentText",
    "Device",
    "Encounter",
    "Household",
    "OneTimeCode",
    "Person",
    "PersonPointer",
    "Residence",
    "RoleAssignment",
    "TeamMembership",
    "User",
]
