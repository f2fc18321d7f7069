"""Every address × every role × every unit: who gets in, and what nobody else may read.

Generated from the URL resolver, so that no address can be forgotten. The table is in
`tests/access.py`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from attendance.models import HeldEntry, TrainingSession
from common.ids import new_uuid
from people.actions import issue_ticket
from people.models import Device
from tests import access, planting
from tests.access import GUEST, ROLES, TABLE, Rule
from tests.planting import ABOVE, HERE, THERE

DENIED = frozenset({403, 404})
DOOR = "/vao/"
CMS = "soan/"


def patterns(resolver=None, names=(), route="") -> Iterator[tuple[str, str]]:
    """Every URL pattern of the project: its full name and its route."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            below = (*names, pattern.namespace) if pattern.namespace else names
            yield from patterns(pattern, below, path)
        elif isinstance(pattern, URLPattern):
            yield ":".join((*names, pattern.name or "")), path


@pytest.fixture(autouse=True)
def quiet(caplog):
    """Refusals are what is asked for here."""
    caplog.set_level(logging.CRITICAL, "django.request")


@pytest.fixture
def world(cast, ground):
    return planting.plant(cast, ground)


@pytest.fixture
def clients(world) -> dict[str, Client]:
    """A signed-in client for each role, the second step shown."""
    found = {GUEST: Client()}
    for role in ROLES:
        if role == GUEST:
            continue
        client = Client()
        client.force_login(getattr(world.cast, role))
        session = client.session
        session["second_factor_set_up"] = True
        session["active_at"] = time.time()
        session["idle_seconds"] = 900
        session.save()
        found[role] = client
    return found


def ask(client: Client, rule: Rule, world, unit: str, *, nowhere: bool = False):
    """One request, and whatever it changed taken back."""
    args = rule.args(world, unit) if rule.args else {}
    if nowhere:
        args = {key: access.NOWHERE[key] for key in args}
    kwargs, places = (args, []) if isinstance(args, dict) else ({}, args)
    url = reverse(rule.name, args=places, kwargs=kwargs)
    query = rule.query(world, unit) if rule.query else {}
    data = rule.data(world, unit) if rule.data else {}
    with transaction.atomic():
        if rule.method == "post":
            response = client.post(url, data, query_params=query)
        else:
            response = client.get(url, query_params=query | data)
        body = b"".join(response) if response.streaming else response.content
        transaction.set_rollback(True)
    return response, body


def expected(rule: Rule, role: str, unit: str) -> frozenset[int]:
    if rule.admits(role, unit):
        return rule.ok
    return rule.guest if role == GUEST else DENIED


def leaks(body: bytes, role: str) -> list[str]:
    """Planted words in a page that its reader must not have read."""
    text = body.decode(errors="replace")
    found = []
    for unit in (HERE, THERE):
        words = planting.SECRETS[unit] if role not in access.MAY_READ[unit] else ()
        if role not in access.MAY_READ_STAFF[unit]:
            words += planting.STAFF_NAMES[unit]
        found += [word for word in words if word in text]
    return found


def wrongs(rule: Rule, world, clients) -> Iterator[str]:
    """What is not as the table says, one sentence each."""
    for unit in rule.units if rule.is_placed else access.ONE:
        for role in rule.roles(unit):
            response, body = ask(clients[role], rule, world, unit)
            status = response.status_code
            what = f"{rule.method} {rule.name} {unit} {role}: {status}"
            if status not in expected(rule, role, unit):
                yield f"{what}, not {sorted(expected(rule, role, unit))}"
            is_sent_off = role == GUEST and not rule.admits(GUEST, unit)
            if is_sent_off and status == 302 and not response.url.startswith(DOOR):
                yield f"{what} leads to {response.url}"
            for word in leaks(body, role):
                yield f"{what} shows {word!r}"
            if rule.is_placed and rule.args and role in NEIGHBOURS[unit]:
                nothing, _ = ask(clients[role], rule, world, unit, nowhere=True)
                if nothing.status_code != status:
                    yield f"{what}, but {nothing.status_code} for what is not there"


NEIGHBOURS = {HERE: {"son", "dao"}, THERE: {"lan", "hanh"}, ABOVE: set()}


def room_of(rule: Rule) -> str:
    return rule.name.partition(":")[0] if ":" in rule.name else "house"


def test_every_address_is_in_the_table():
    known = {rule.name for rule in TABLE} | access.BY_TICKET | set(access.EXEMPT)
    walked = {name for name, route in patterns() if not route.startswith(CMS)}
    assert walked - known == set()
    assert {rule.name for rule in TABLE} - walked == set()
    assert set(access.EXEMPT) - walked == set()


@pytest.mark.parametrize("room", sorted({room_of(rule) for rule in TABLE}))
def test_only_those_get_in_whom_the_table_names(room, world, clients):
    found = [
        sentence
        for rule in TABLE
        if room_of(rule) == room
        for sentence in wrongs(rule, world, clients)
    ]
    assert not found, "\n".join(found)


def test_what_is_planted_is_really_shown_to_those_who_may_read_it(world, clients):
    """Otherwise the search for leaks could find nothing anywhere."""
    for unit, officer in ((HERE, "hanh"), (THERE, "dao")):
        read = ""
        for rule in TABLE:
            if rule.is_placed and rule.method == "get" and rule.admits(officer, unit):
                read += ask(clients[officer], rule, world, unit)[1].decode(
                    errors="replace"
                )
        for word in planting.SECRETS[unit] + planting.STAFF_NAMES[unit]:
            assert word in read
    assert leaks("Bà Nguyễn Thị Bảy".encode(), "dao") == ["Nguyễn Thị Bảy"]
    assert leaks("Bà Nguyễn Thị Bảy".encode(), "mai") == ["Nguyễn Thị Bảy"]
    assert leaks("Anh Trần Văn Tâm".encode(), "mai") == []
    assert leaks("Anh Trần Văn Tâm".encode(), "son") == ["Trần Văn Tâm"]


# --- the CMS: Wagtail's own addresses, and those of our records in it ----------------

MAY_EDIT = {"dung", "thu", "quan", access.ROOT}
# Pieces without content, and doors: they show or lead to nothing of ours.
CMS_OPEN = {
    "wagtailadmin_sprite",
    "wagtailadmin_javascript_catalog",
    "wagtailadmin_login",
    "wagtailadmin_logout",
    "wagtailadmin_password_reset",
    "wagtailadmin_password_reset_done",
    "wagtailadmin_password_reset_confirm",
    "wagtailadmin_password_reset_complete",
}
# One of each kind of those who do not edit: the CMS asks for one permission, no unit.
OUTSIDE_CMS = (GUEST, "lan", "hanh", "mai", "thao")
OUR_RECORDS = ("skill", "blocker", "hotline", "legaldocument", "lessonrecording")


def cms_addresses(world) -> Iterator[tuple[str, str]]:
    """Every address of the CMS with something put into its gaps."""
    resolver = get_resolver()
    for name, route in patterns():
        if not route.startswith(CMS) or name in CMS_OPEN or not name:
            continue
        namespaces, _, short = name.rpartition(":")
        ways = resolver
        for namespace in namespaces.split(":") if namespaces else ():
            ways = ways.namespace_dict[namespace][1]
        (possible, *_rest) = ways.reverse_dict.getlist(short)
        for _form, names in possible[0]:
            values = {
                key: fill(possible[3].get(key), world.lesson_page) for key in names
            }
            yield name, reverse(name, kwargs=values)


def fill(converter, page) -> object:
    """A value of the converter's kind; numbers name the lesson's page."""
    kind = type(converter).__name__
    if kind == "UUIDConverter":
        return "01a206eb-924a-71b5-aab3-789fe59f70d1"
    if kind == "SlugConverter":
        return "courses"
    return page.pk if kind == "IntConverter" else str(page.pk)


def test_the_cms_opens_to_editors_only(world, clients):
    found, asked = [], set()
    for name, url in cms_addresses(world):
        asked.add(name)
        for role in OUTSIDE_CMS:
            with transaction.atomic():
                response = clients[role].get(url)
                transaction.set_rollback(True)
            if response.status_code == 200 or response.status_code >= 500:
                found.append(f"{name} {role}: {response.status_code}")
    assert len(asked) > 150
    assert not found, "\n".join(found)


@pytest.mark.parametrize("record", OUR_RECORDS)
def test_editors_keep_the_facts_of_lessons(record, world, clients):
    for role in ROLES:
        for what in ("index", "add"):
            response = clients[role].get(reverse(f"{record}:{what}"))
            assert (response.status_code == 200) is (role in MAY_EDIT), (role, what)


# --- what phones ask, with a ticket ---------------------------------------------------


@pytest.fixture
def tickets(world) -> dict[str, str]:
    """A signed ticket of a phone of each commune's leader."""
    found = {}
    for role, team in (("tam", world.ground.team), ("son", world.ground.other_team)):
        user = getattr(world.cast, role)
        device = Device.objects.create(user=user)
        found[role] = issue_ticket(user, device=device, team=team)
    return found


def test_without_a_ticket_a_session_in_the_browser_does_not_help(world, clients):
    for role in ROLES:
        assert clients[role].get(reverse("api-v1:state")).status_code == 401
        assert clients[role].get(reverse("api-v1:app")).status_code == 401
        assert clients[role].post(reverse("api-v1:sync")).status_code == 401
        assert clients[role].post(reverse("api-v1:renew")).status_code == 401


@pytest.mark.parametrize(
    "token", ["", "Ticket", "Ticket x", "Bearer x", "Ticket a:b:c"]
)
def test_a_ticket_that_is_none_is_refused(db, token):
    client = Client(headers={"Authorization": token})
    assert client.get(reverse("api-v1:state")).status_code == 401


@pytest.mark.parametrize(
    ("role", "unit", "other"), [("tam", HERE, THERE), ("son", THERE, HERE)]
)
def test_a_phone_is_told_of_its_own_ground_only(world, tickets, role, unit, other):
    client = Client(headers={"Authorization": f"Ticket {tickets[role]}"})
    response = client.get(reverse("api-v1:state"))
    assert response.status_code == 200
    text = response.content.decode()
    assert str(world.planted[unit]["session"]) in text
    for what in ("session", "closed", "planned", "person", "household"):
        assert str(world.planted[other][what]) not in text
    for word in planting.SECRETS[other] + planting.STAFF_NAMES[other]:
        assert word not in text


def test_a_phone_of_the_other_commune_writes_nothing_that_counts(world, tickets):
    """What it sends about a foreign session is kept and waits; nothing is refused."""
    state = TrainingSession.objects.get(uuid=world.planted[HERE]["session"]).state
    client = Client(headers={"Authorization": f"Ticket {tickets['son']}"})
    device = Device.objects.get(user=world.cast.son, kind=Device.Kind.PHONE)
    header = {
        "v": 1,
        "id": str(new_uuid()),
        "device": str(device.uuid),
        "seq": 1,
        "prev": "0" * 64,
        "session": str(world.planted[HERE]["session"]),
        "ticket": str(device.tickets.get().uuid),
        "kind": "head_count",
        "cell": "head_count",
        "person": None,
        "value": "900",
        "seen": [],
        "at": "2026-11-20T12:00:00Z",
        "body": "0" * 64,
    }
    response = client.post(
        reverse("api-v1:sync"),
        {"entries": [{"header": header}]},
        content_type="application/json",
    )
    assert response.status_code == 200
    held = HeldEntry.objects.get(pk=header["id"])
    assert held.reason == HeldEntry.Reason.OTHER_GROUND
    assert response.json()["sessions"] == {}
    after = TrainingSession.objects.get(uuid=world.planted[HERE]["session"]).state
    assert after == state
