"""Who may open what: the people, the planted data and the table of every address.

The table is written from the stories of the roles, not from the code that answers them.
`tests/test_access.py` walks the URL resolver and fails when an address is not in it.

Units: "here" is xã Đất Mũi (Tâm, Lan, Hạnh), "there" its sibling xã Tân Ân (Sơn, Đào),
"above" the province that both stand in.
"""

from __future__ import annotations

import dataclasses
import types
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from tests.planting import ABOVE, HERE, THERE

GUEST = "guest"
# A login without any role, and the owner of the server.
NOBODY, ROOT = "nobody", "root"
ROLES = (
    GUEST, NOBODY, "tam", "lan", "hanh", "son", "dao",
    "mai", "dung", "thu", "quan", "thao", ROOT,
)  # fmt: skip
PLACED = ("tam", "lan", "hanh", "son", "dao", "mai", "quan", "thao", ROOT)
SOME = (GUEST, NOBODY, "lan", "hanh", "mai")
SIGNED_IN = frozenset(ROLES) - {GUEST}
EVERYBODY = frozenset(ROLES)
TEAM = {HERE: {"tam", "lan"}, THERE: {"son"}, ABOVE: set()}
LEADER = {HERE: {"tam"}, THERE: {"son"}, ABOVE: set()}
COMMUNE = {HERE: {"hanh"}, THERE: {"dao"}, ABOVE: set()}
PROVINCE, ADMIN, AUDIT, EDITORS = {"mai"}, {"quan"}, {"thao"}, {"dung", "thu"}

MAY_READ = {
    HERE: {"tam", "lan", "hanh", ROOT},
    THERE: {"son", "dao", ROOT},
}
MAY_READ_STAFF = {unit: who | PROVINCE | ADMIN for unit, who in MAY_READ.items()}

Audience = Mapping[str, frozenset[str]]


def audience(*groups: Mapping[str, set[str]] | set[str]) -> Audience:
    """Who may, in each unit. The owner of the server always may."""
    found = {}
    for unit in (HERE, THERE, ABOVE):
        who = {ROOT}
        for group in groups:
            who |= group if isinstance(group, set) else group[unit]
        found[unit] = frozenset(who)
    return found


ALL = dict.fromkeys((HERE, THERE, ABOVE), EVERYBODY)
ALL_SIGNED_IN = dict.fromkeys((HERE, THERE, ABOVE), SIGNED_IN)
SEE_SESSIONS = audience(TEAM, COMMUNE, PROVINCE, AUDIT)
TAKE_REGISTER = audience(TEAM, COMMUNE)
PLAN_SESSIONS = audience(LEADER, COMMUNE)
SEE_PEOPLE = audience(TEAM, COMMUNE)
KEEP_HOUSEHOLDS = audience(LEADER, COMMUNE)
KEEP_PEOPLE = CONFIRM = audience(COMMUNE)
MANAGE = audience(COMMUNE, PROVINCE, ADMIN)
SEE_FIGURES = audience(COMMUNE, PROVINCE, ADMIN, AUDIT)
SEE_PROVINCE = audience(PROVINCE, ADMIN, AUDIT)
SEE_SESSION_FIGURES = EXPORT = audience(COMMUNE, PROVINCE, AUDIT)
EXPORT_PROVINCE = audience(PROVINCE, AUDIT)
APPOINT = audience(PROVINCE, ADMIN)
GUIDES = audience(TEAM, COMMUNE, PROVINCE, ADMIN, AUDIT, EDITORS)
WITHDRAW = audience(PROVINCE, ADMIN, EDITORS)
HEALTH = audience(ADMIN, AUDIT)
CMS = audience(ADMIN, EDITORS)

OK, AWAY = frozenset({200}), frozenset({302})


@dataclasses.dataclass(frozen=True)
class Rule:
    """One address: how it is asked, who gets in, and what getting in looks like.

    `ground` names the units whose objects are tried. Empty means that the address
    speaks of no unit, and everybody whom any unit lets in gets in.
    """

    name: str
    who: Audience
    args: Callable[[types.SimpleNamespace, str], dict[str, Any]] | None = None
    query: Callable[[types.SimpleNamespace, str], dict[str, Any]] | None = None
    method: str = "get"
    data: Callable[[types.SimpleNamespace, str], dict[str, Any]] | None = None
    ok: frozenset[int] = OK
    units: tuple[str, ...] = (HERE, THERE)
    # What a guest gets who is not let in.
    guest: frozenset[int] = AWAY

    def roles(self, unit: str) -> tuple[str, ...]:
        """Who tries it: everybody; one of each kind where all are let in alike; in the
        second unit whoever stands on some ground."""
        if self.who in (ALL, ALL_SIGNED_IN):
            return SOME
        return ROLES if unit == self.units[0] else PLACED

    @property
    def is_placed(self) -> bool:
        """Does the address speak of a unit's things?"""
        return len(self.units) > 1 and (self.args or self.query) is not None

    def admits(self, role: str, unit: str) -> bool:
        if self.is_placed:
            return role in self.who[unit]
        return any(role in who for who in self.who.values())


# What no address names: for the people of the other commune a thing they must not see
# answers exactly like a thing that is not there.
NOWHERE = {
    "code": "99999", "hamlet": "99999001", "number": 999,
    "uuid": uuid.uuid4(), "session": uuid.uuid4(), "person": uuid.uuid4(),
    "point": uuid.uuid4(), "change": uuid.uuid4(), "entry": uuid.uuid4(), "pk": 10**9,
}  # fmt: skip


def of(
    name: str, **more: str
) -> Callable[[types.SimpleNamespace, str], dict[str, Any]]:
    """Arguments taken from the planted objects: `of("session", person="bay")`."""

    def args(world: types.SimpleNamespace, unit: str) -> dict[str, Any]:
        planted = world.planted[unit]
        pairs = {name: name} | more
        return {key: planted[what] for key, what in pairs.items()}

    return args


def keys(**pairs: str) -> Callable[[types.SimpleNamespace, str], dict[str, Any]]:
    """Like `of`, every argument named."""

    def args(world: types.SimpleNamespace, unit: str) -> dict[str, Any]:
        return {key: world.planted[unit][what] for key, what in pairs.items()}

    return args


def fixed(**values: Any) -> Callable[[types.SimpleNamespace, str], dict[str, Any]]:
    """The same arguments for every unit."""
    return lambda world, unit: values


def _xa(world: types.SimpleNamespace, unit: str) -> dict[str, Any]:
    return {"xa": world.planted[unit]["code"]}


def _post(name: str, who: Audience, args: Any = None, **more: Any) -> Rule:
    more.setdefault("ok", frozenset({200, 302}))
    return Rule(name, who, args, method="post", **more)


COMMUNE_ARGS = of("code")
HAMLET_ARGS = of("code", hamlet="hamlet")
SESSION = of("session")
MEMBER = keys(uuid="team", pk="member")
ONE = (HERE,)


def _lesson(world: types.SimpleNamespace, unit: str) -> dict[str, Any]:
    return {"number": world.lesson_number}


def _taught(world, unit) -> dict[str, Any]:
    return {
        "number": world.lesson_number,
        "revision": world.lesson_page.live_revision_id,
    }


def _lesson_address(world: types.SimpleNamespace, unit: str) -> dict[str, Any]:
    return world.lesson_args


def _first_practice(world: types.SimpleNamespace, unit: str) -> dict[str, Any]:
    return world.lesson_args | {"number": 1}


def _handout(ending: str = "") -> Callable[..., dict[str, Any]]:
    def args(world: types.SimpleNamespace, unit: str) -> dict[str, Any]:
        slug = world.lesson_args["slug"]
        return world.lesson_args | {"name": f"bai-{world.lesson_number}-{slug}{ending}"}

    return args


TABLE: tuple[Rule, ...] = (
    # --- for everybody -------------------------------------------------------------
    Rule("health-live", ALL, guest=OK),
    Rule("health-ready", ALL, ok=frozenset({200, 503}), guest=frozenset({200, 503})),
    Rule("robots", ALL, guest=OK),
    Rule("security-txt", ALL, guest=OK),
    Rule("nearby", ALL, guest=OK),
    Rule("offline_worker", ALL, guest=OK),
    Rule("offline_page", ALL, guest=OK),
    Rule("this_phone", ALL, guest=OK),
    Rule("offline_words", ALL, guest=OK),
    Rule("keep_group", ALL, fixed(course="vneid"), guest=OK, units=ONE),
    Rule("keep_lesson", ALL, _lesson_address, guest=OK, units=ONE),
    Rule("nearby_commune", ALL, fixed(slug="dat-mui"), guest=OK, units=ONE),
    Rule("hotlines", ALL, guest=OK),
    Rule("wrong_lesson", ALL, guest=OK),
    _post("wrong_lesson", ALL, data=fixed(sai="failed"), guest=OK),
    Rule("lessons_in_khmer", ALL, guest=OK),
    Rule("lesson_by_number", ALL, _lesson, ok=AWAY, guest=AWAY, units=ONE),
    Rule("lesson_questions", ALL, _lesson_address, guest=OK, units=ONE),
    _post("lesson_questions", ALL, _lesson_address, guest=OK, units=ONE),
    Rule("lesson_practice", ALL, _first_practice, guest=OK, units=ONE),
    Rule("lesson_listen", ALL, _lesson_address, guest=OK, units=ONE),
    Rule("lesson_picture", ALL, _lesson_address, guest=OK, units=ONE),
    Rule("lesson_picture_file", ALL, _handout(), guest=OK, units=ONE),
    Rule("lesson_print", ALL, _lesson_address, guest=OK, units=ONE),
    Rule("lesson_print_file", ALL, _handout("-a5"), guest=OK, units=ONE),
    _post(
        "lesson_told",
        ALL,
        _lesson_address,
        data=lambda world, unit: {"ket-qua": "done"},
        guest=OK,
        units=ONE,
    ),
    Rule("wagtail_serve", ALL, lambda world, unit: [""], guest=OK, units=ONE),
    Rule("people:use_code", ALL, guest=OK),
    Rule("account_reset_password", ALL, guest=OK),
    Rule("account_signup", ALL, ok=frozenset({200, 302}), guest=OK),
    Rule("account_login", ALL, ok=frozenset({200, 302}), guest=OK),
    Rule("account_inactive", ALL, guest=OK),
    Rule("api-v1:openapi-json", ALL, guest=OK),
    # --- for everybody who signed in --------------------------------------------------
    Rule("people:next_step", ALL_SIGNED_IN, ok=frozenset({200, 302})),
    Rule("people:choose_password", ALL_SIGNED_IN),
    Rule("people:my_phone", ALL_SIGNED_IN),
    _post("people:my_phone", ALL_SIGNED_IN, data=fixed(do="show")),
    Rule("mfa_index", ALL_SIGNED_IN),
    Rule("account_logout", ALL, ok=frozenset({200, 302})),
    Rule("account_change_password", ALL_SIGNED_IN, ok=AWAY),
    Rule("account_set_password", ALL_SIGNED_IN, ok=AWAY),
    Rule("account_reauthenticate", ALL_SIGNED_IN),
    Rule("mfa_authenticate", ALL_SIGNED_IN, ok=AWAY),
    Rule("mfa_reauthenticate", ALL_SIGNED_IN, ok=frozenset({200, 302})),
    Rule("mfa_activate_totp", ALL_SIGNED_IN, ok=frozenset({200, 302})),
    Rule("mfa_deactivate_totp", ALL_SIGNED_IN, ok=frozenset({200, 302, 404})),
    Rule("mfa_view_recovery_codes", ALL_SIGNED_IN, ok=frozenset({200, 302, 404})),
    Rule("mfa_generate_recovery_codes", ALL_SIGNED_IN, ok=frozenset({200, 302, 404})),
    _post("people:end_sessions", ALL_SIGNED_IN),
    Rule("editors_door", CMS, ok=AWAY),
    # --- the machine room --------------------------------------------------------------
    Rule("health", HEALTH),
    # --- lessons, for staff --------------------------------------------------------------
    Rule("lesson_guide", GUIDES, _lesson, units=ONE),
    Rule("lesson_guide_pdf", GUIDES, _lesson, units=ONE),
    Rule("lesson_guides", GUIDES, units=ONE),
    Rule("lesson_guides_pdf", GUIDES, query=lambda world, unit: {"bai": world.lesson_number}, units=ONE),
    Rule("lesson_as_taught", GUIDES, _taught, units=ONE),
    Rule("lesson_withdraw", WITHDRAW, _lesson, units=ONE),
    _post("lesson_withdraw", WITHDRAW, _lesson, data=fixed(reason="Sai bước 2"), units=ONE),
    # --- the team's screens ------------------------------------------------------------
    Rule("attendance:today", SEE_SESSIONS),
    Rule("attendance:calendar", SEE_SESSIONS),
    Rule("attendance:plan", PLAN_SESSIONS),
    _post("attendance:plan", PLAN_SESSIONS),
    Rule("attendance:session", SEE_SESSIONS, SESSION),
    Rule("attendance:change", PLAN_SESSIONS, keys(session="planned")),
    _post("attendance:change", PLAN_SESSIONS, keys(session="planned")),
    Rule("attendance:cancel", PLAN_SESSIONS, keys(session="planned")),
    _post(
        "attendance:cancel",
        PLAN_SESSIONS,
        keys(session="planned"),
        data=fixed(reason="Trúng con nước"),
    ),
    _post("attendance:start", TAKE_REGISTER, keys(session="start")),
    _post("attendance:reopen", PLAN_SESSIONS, keys(session="closed")),
    Rule("attendance:register", TAKE_REGISTER, SESSION),
    _post("attendance:register", TAKE_REGISTER, SESSION),
    Rule("attendance:by_number", TAKE_REGISTER, SESSION),
    _post("attendance:by_number", TAKE_REGISTER, SESSION, data=fixed(numbers="1")),
    Rule("attendance:consent", TAKE_REGISTER, SESSION),
    _post("attendance:consent", TAKE_REGISTER, SESSION, data=fixed(consent="read")),
    Rule("attendance:add", TAKE_REGISTER, SESSION),
    _post("attendance:add", TAKE_REGISTER, SESSION, data=fixed(name="Người Mới")),
    _post("attendance:proxy", TAKE_REGISTER, SESSION),
    Rule("attendance:person", TAKE_REGISTER, of("session", person="person")),
    _post("attendance:person", TAKE_REGISTER, of("session", person="person")),
    Rule("attendance:outcomes", TAKE_REGISTER, SESSION),
    _post("attendance:outcomes", TAKE_REGISTER, SESSION),
    _post("attendance:choose", TAKE_REGISTER, SESSION),
    Rule("attendance:close", PLAN_SESSIONS, SESSION),
    _post("attendance:close", PLAN_SESSIONS, SESSION),
    Rule("attendance:sign_list", TAKE_REGISTER, SESSION),
    # --- what waits for the commune -------------------------------------------------------
    Rule("confirmations:waiting", CONFIRM),
    _post("confirmations:decide", CONFIRM, keys(entry="held"), data=fixed(do="accept")),
    _post("confirmations:decide", CONFIRM, keys(entry="held"), data=fixed(do="reject")),
    # --- people --------------------------------------------------------------------------
    Rule("people:teams", MANAGE, query=_xa),
    Rule("people:add_team", MANAGE, query=_xa),
    _post("people:add_team", MANAGE, query=_xa, data=fixed(name="Tổ mới")),
    Rule("people:team", MANAGE, keys(uuid="team")),
    _post("people:team", MANAGE, keys(uuid="team")),
    Rule("people:change_team", MANAGE, keys(uuid="team")),
    _post("people:change_team", MANAGE, keys(uuid="team"), data=fixed(name="Tên khác")),
    Rule("people:add_member", MANAGE, keys(uuid="team")),
    _post(
        "people:add_member",
        MANAGE,
        keys(uuid="team"),
        data=fixed(name="Người Mới", position="member"),
    ),
    Rule("people:member", MANAGE, MEMBER),
    _post("people:member", MANAGE, MEMBER, data=fixed(do="reset")),
    _post("people:member", MANAGE, MEMBER, data=fixed(do="close")),
    _post("people:member", MANAGE, MEMBER, data=fixed(do="enrol")),
    _post("people:member", MANAGE, MEMBER, data=fixed(do="leave")),
    Rule("people:persons", KEEP_PEOPLE, query=_xa),
    Rule("people:add_person", KEEP_PEOPLE),
    _post("people:add_person", KEEP_PEOPLE, data=fixed(name="Người Mới")),
    Rule("people:unplaced", KEEP_PEOPLE),
    _post("people:unplaced", KEEP_PEOPLE),
    Rule("people:person", SEE_PEOPLE, keys(uuid="person")),
    _post("people:person", SEE_PEOPLE, keys(uuid="person")),
    Rule("people:change_person", SEE_PEOPLE, keys(uuid="person")),
    _post("people:change_person", SEE_PEOPLE, keys(uuid="person"), data=fixed(name="Tên Mới")),
    Rule("people:move_person", SEE_PEOPLE, keys(uuid="person")),
    _post("people:move_person", SEE_PEOPLE, keys(uuid="person"), data=fixed(outside="on")),
    Rule("people:merge", KEEP_PEOPLE, keys(uuid="person")),
    _post("people:merge", KEEP_PEOPLE, keys(uuid="person")),
    _post("people:unmerge", KEEP_PEOPLE, keys(uuid="person", pk="pointer")),
    Rule("people:erase_person", KEEP_PEOPLE, keys(uuid="person")),
    _post("people:erase_person", KEEP_PEOPLE, keys(uuid="person"), data=fixed(sure="on")),
    _post("people:export_person", KEEP_PEOPLE, keys(uuid="person")),
    Rule("people:households", KEEP_PEOPLE),
    Rule("people:add_household", KEEP_PEOPLE),
    _post("people:add_household", KEEP_PEOPLE, data=fixed(head_name="Chủ Hộ")),
    Rule("people:paste_households", KEEP_PEOPLE),
    _post("people:paste_households", KEEP_PEOPLE),
    _post("people:undo_paste", KEEP_HOUSEHOLDS, keys(uuid="run")),
    Rule("people:household", KEEP_HOUSEHOLDS, keys(uuid="household")),
    _post("people:household", KEEP_HOUSEHOLDS, keys(uuid="household")),
    Rule("people:erase_household", KEEP_PEOPLE, keys(uuid="household")),
    _post("people:erase_household", KEEP_PEOPLE, keys(uuid="household"), data=fixed(sure="on")),
    Rule("people:roles", APPOINT),
    Rule("people:appoint", APPOINT),
    _post("people:appoint", APPOINT),
    Rule("people:assignment", APPOINT, keys(pk="assignment"), units=(HERE, THERE, ABOVE)),
    _post("people:assignment", APPOINT, keys(pk="assignment"), data=fixed(do="end")),
    # --- the map ----------------------------------------------------------------------
    Rule("pilot_communes:index", MANAGE, ok=frozenset({200, 302})),
    Rule("setup", MANAGE, query=_xa),
    *(
        Rule(f"pilot_communes:{name}", MANAGE, COMMUNE_ARGS)
        for name in (
            "commune", "add", "merge", "bases", "history", "support-points",
            "add-support-point",
        )
    ),
    *(
        _post(f"pilot_communes:{name}", MANAGE, COMMUNE_ARGS)
        for name in ("add", "merge", "bases", "add-support-point")
    ),
    *(
        rule(f"pilot_communes:{name}", MANAGE, HAMLET_ARGS)
        for name in ("rename", "split", "move")
        for rule in (Rule, _post)
    ),
    *(
        rule(f"pilot_communes:{name}", MANAGE, of("code", point="point"))
        for name in ("support-point", "close-support-point")
        for rule in (Rule, _post)
    ),
    *(
        rule("pilot_communes:undo", MANAGE, of("code", change="change"))
        for rule in (Rule, _post)
    ),
    # --- figures ------------------------------------------------------------------------
    Rule("reports:province", SEE_PROVINCE),
    Rule("reports:province", EXPORT_PROVINCE, query=fixed(tep="csv"), units=ONE),
    Rule("reports:phases", SEE_PROVINCE),
    Rule("reports:mine", SEE_FIGURES, query=_xa, ok=frozenset({200, 302})),
    Rule("reports:commune", SEE_FIGURES, COMMUNE_ARGS),
    Rule("reports:hamlet", SEE_FIGURES, keys(uuid="hamlet_uuid")),
    Rule("reports:commune", EXPORT, COMMUNE_ARGS, query=fixed(tep="csv")),
    Rule("reports:hamlet", EXPORT, keys(uuid="hamlet_uuid"), query=fixed(tep="csv")),
    Rule("reports:session", SEE_SESSION_FIGURES, keys(uuid="session")),
)  # fmt: skip

# Asked with a phone's ticket, not by a person's session: tests of their own below.
BY_TICKET = frozenset(
    {"api-v1:sync", "api-v1:state", "api-v1:renew", "api-v1:app", "api-v1:enrol"}
)
# Shows nothing, or only what its own path names.
EXEMPT = {
    "public-file": "public pictures, by a name that holds their digest",
    "api-v1:api-root": "the empty root that django-ninja adds; answers 404",
    **{
        f"attendance:app_{name}": "the same bytes for everybody, drawn from the phone"
        for name in ("shell", "enrolment", "worker", "manifest")
    },
    "wagtailcore_login": "Wagtail's own door; leads to ours",
    "wagtailcore_authenticate_with_password": "no page of ours has a shared password",
}
