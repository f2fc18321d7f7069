"""The phone against the real application: nothing is lost, nothing is said that is not so."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from playwright.sync_api import Route

from attendance import api
from attendance.allowance import Allowance
from attendance.models import (
    EntryBody,
    HeldEntry,
    RegisterEntry,
    ServerEpoch,
    TrainingSession,
)
from people.actions import erase_person, issue_enrolment, revoke_device
from people.models import AuthorTicket, Device, Person
from tests.attendance.app_phone import CODE, entries, serve_static
from tests.attendance.phones import Phone, send, through_test_client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SYNC = "**/api/v1/register/sync"


class AppPhone:
    """One browser context at the live server, driven through the app's own modules."""

    def __init__(self, browser, live_server, officer) -> None:
        self.context = browser.new_context(base_url=live_server.url)
        serve_static(self.context, live_server.url)
        self.officer = officer
        self.page = self.context.new_page()
        self.page.goto("/robots.txt")

    def run(self, body: str, data=None):
        return self.page.evaluate(
            "async data => {"
            'const kho = await import("/static/attendance/so/kho.js");'
            'const gui = await import("/static/attendance/so/gui.js");'
            'const ve = await import("/static/attendance/so/ve_tac_gia.js");'
            "await kho.open(); const box = kho.store();"
            'const mark = (person, value = "present") => '
            '({ kind: "mark", cell: "presence/" + person, value });'
            'const named = (person, name) => ({ ...mark(person), kind: "walk_in", body: { name } });'
            f"{body} }}",
            data,
        )

    def enrol(self, user) -> str:
        code = issue_enrolment(user, user=self.officer).code
        return self.run(
            "return (await ve.enrol(data)).trouble;",
            {"username": user.username, "code": code, "label": "Máy", "pin": CODE},
        )

    def sync(self) -> str:
        return self.run("return gui.sync({ force: true });")

    def entries(self) -> list[dict]:
        return entries(self.page)

    def statuses(self) -> list[str]:
        return [entry["status"] for entry in self.entries()]


@pytest.fixture
def app(browser, live_server, cast):
    phone = AppPhone(browser, live_server, cast.hanh)
    assert phone.enrol(cast.tam) == ""
    yield phone
    phone.context.close()


def stored() -> list[tuple[str, int]]:
    rows = RegisterEntry.objects.exclude(device__in=_pens()).order_by("device", "seq")
    return [(str(device), seq) for device, seq in rows.values_list("device", "seq")]


def _pens():
    return Device.objects.filter(kind=Device.Kind.SERVER).values("uuid")


def portal(body: str, kind: str):
    """What a café's network answers in our place."""

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type=kind)

    return answer


CONSENT = '{ kind: "consent", cell: "consent", value: "read" }'


def test_an_evening_offline_goes_through_a_portal_and_a_cut_and_is_counted_once(
    app, cast, ground, session
):
    person = "01900000-0000-7000-8000-0000000000b1"
    assert app.sync() == ""
    names = app.run(
        "return (await kho.roster([data])).map((one) => one.name);",
        str(ground.rach_moi.uuid),
    )
    assert "Nguyễn Thị Bảy" in names
    app.context.set_offline(True)
    app.run(
        f"""await kho.write(data.session, [{CONSENT}, mark(data.bay),
          named(data.person, "Út Em"), {{ kind: "head_count", cell: "head_count", value: "5" }}]);
        for (let n = 0; n < 116; n += 1) await kho.write(data.session, [mark(data.bay)]);""",
        {"session": str(session.uuid), "bay": str(cast.bay.uuid), "person": person},
    )
    assert app.sync() == "offline"
    app.context.set_offline(False)
    # A 200 that is not ours, in HTML and in somebody's JSON.
    for body, kind in (
        ("<html>Đăng nhập Wi-Fi</html>", "text/html"),
        ('{"ok": true}', "application/json"),
    ):
        app.context.route(SYNC, portal(body, kind))
        assert app.sync() == "portal"
        app.context.unroute(SYNC)
    assert set(app.statuses()) == {"here"}

    # The server took the first batch; its answer was lost on the way.
    sizes: list[int] = []

    def cut(route):
        route.fetch()
        route.abort()

    app.context.route(SYNC, cut)
    assert app.sync() == "offline"
    app.context.unroute(SYNC)
    assert (RegisterEntry.objects.count(), set(app.statuses())) == (50, {"here"})
    app.context.on(
        "request",
        lambda request: sizes.append(1) if request.url.endswith("/sync") else None,
    )
    assert app.sync() == ""
    assert set(app.statuses()) == {"counted"}
    assert (RegisterEntry.objects.count(), len(sizes)) == (120, 3)
    totals = TrainingSession.objects.get(pk=session.pk).state["totals"]
    assert (totals["named"], totals["head_count"], totals["conflicts"]) == (2, 5, 0)
    assert Person.objects.get(uuid=person).name == "Út Em"
    told = app.run(
        """const { state, status } = await kho.session(data);
        return { status, totals: state.totals, waiting: (await kho.waiting())[data] };""",
        str(session.uuid),
    )
    assert told["totals"] == totals
    assert (told["status"], told["waiting"]["here"], told["waiting"]["counted"]) == (
        "open",
        0,
        120,
    )
    # The name came back in the sealed list, so this phone keeps only what the server opens.
    (walk,) = [e for e in app.entries() if e["header"]["kind"] == "walk_in"]
    assert (walk["own"], bool(walk["sealed"])) == (None, True)
    roster = (
        "return (await kho.roster([data])).find((one) => one.name === 'Út Em').isNew;"
    )
    assert app.run(roster, str(ground.rach_moi.uuid)) is False
    # Whoever asks to be forgotten goes from the phone too.
    erase_person(Person.objects.get(uuid=person), user=None)
    assert app.sync() == ""
    (walk,) = [e for e in app.entries() if e["header"]["kind"] == "walk_in"]
    assert (walk["own"], walk["sealed"]) == (None, None)


def test_a_restored_server_gets_back_what_it_had_received(app, cast, session):
    app.run(
        "for (let n = 0; n < 6; n += 1) await kho.write(data[0], [mark(data[1])]);",
        [str(session.uuid), str(cast.bay.uuid)],
    )
    assert app.sync() == ""
    before = stored()
    # Yesterday's copy: two entries, and nothing computed from the others.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM attendance_registerentry WHERE seq > 2")
    ServerEpoch.objects.create(reason="restore")
    Device.objects.filter(kind=Device.Kind.PHONE).update(last_seq=0)
    TrainingSession.objects.filter(pk=session.pk).update(state={}, state_version=0)
    assert app.sync() == ""
    assert stored() == before
    assert set(app.statuses()) == {"counted"}
    named = "return (await kho.session(data)).state.totals.named;"
    assert app.run(named, str(session.uuid)) == 1


def test_a_copied_phone_takes_an_id_of_its_own_and_loses_nothing(
    app, cast, session, client
):
    account = app.run("return { ...kho.current(), lock: null };")
    ticket = account["tickets"][0]
    twin = Phone(account["device"], ticket["uuid"], ticket["token"])
    twin.heads(session.uuid, 9)
    assert send(through_test_client(client), twin, twin.entries)[0] == 200
    person = "01900000-0000-7000-8000-0000000000b1"
    write = f"""await kho.write(data.session, [{CONSENT}, mark(data.bay)]);"""
    data = {
        "session": str(session.uuid),
        "bay": str(cast.bay.uuid),
        "person": person,
    }
    app.run(write, data)
    assert app.sync() == ""
    app.run("await kho.write(data.session, [named(data.person, 'Út Em')]);", data)
    assert app.sync() == ""
    kept = app.entries()
    assert [(e["seq"], e["device"] == account["device"]) for e in kept] in (
        [(1, True), (2, True), (1, False)],
        [(1, False), (1, True), (2, True)],
    )
    assert {entry["status"] for entry in kept} == {"counted"}
    totals = TrainingSession.objects.get(pk=session.pk).state["totals"]
    assert (totals["named"], totals["head_count"]) == (2, 9)


def test_a_lost_ticket_asks_for_a_new_code_and_keeps_everything(app, cast, session):
    data = [str(session.uuid), str(cast.bay.uuid)]
    app.run("await kho.write(data[0], [mark(data[1])]);", data)
    AuthorTicket.objects.all().delete()
    assert app.sync() == "sign_in"
    assert app.statuses() == ["here"]
    assert app.enrol(cast.tam) == ""
    assert app.sync() == ""
    # The ticket that it names is known to nobody: it is kept and the commune decides.
    assert app.statuses() == ["held"]
    assert HeldEntry.objects.count() == 1
    app.run("await kho.write(data[0], [mark(data[1])]);", data)
    app.sync()
    assert sorted(app.statuses()) == ["counted", "held"]


def test_the_next_person_sends_what_he_cannot_read(app, cast, session):
    person = "01900000-0000-7000-8000-0000000000b1"
    app.sync()
    app.run(
        f"""await kho.write(data[0], [{CONSENT}, named(data[1], "Út Em")]);
        kho.lock();""",
        [str(session.uuid), person],
    )
    assert app.run("return ve.leave();") == 2
    left = app.run(
        """return { who: kho.me(), parts: (await box.things("part:")).length,
          own: (await box.entries()).filter((one) => one.own).length };"""
    )
    assert left == {"who": None, "parts": 0, "own": 0}
    assert app.enrol(cast.lan) == ""
    assert app.sync() == ""
    assert set(app.statuses()) == {"counted"}
    assert Person.objects.get(uuid=person).name == "Út Em"
    (entry,) = RegisterEntry.objects.filter(kind="walk_in")
    assert entry.ticket == AuthorTicket.objects.get(user=cast.tam).uuid
    people = app.run("return (await ve.accounts()).map((one) => [one.name, one.left]);")
    assert sorted(people) == [["Lê Thị Lan", False], ["Trần Văn Tâm", True]]


def test_locked_phones_send_and_a_queue_travels_as_a_file(
    app, browser, live_server, cast, session
):
    person = "01900000-0000-7000-8000-0000000000b1"
    app.sync()
    app.run(
        f"""await kho.write(data[0], [{CONSENT}, named(data[1], "Út Em")]);
        kho.lock();
        await kho.write(data[0], [{{ kind: "head_count", cell: "head_count", value: "7" }}]);""",
        [str(session.uuid), person],
    )
    text = app.run("return ve.toFile();")
    assert "Út Em" not in json.dumps(json.loads(text), ensure_ascii=False)
    other = AppPhone(browser, live_server, cast.hanh)
    assert other.enrol(cast.tam) == ""
    assert other.run("return ve.fromFile(data);", "<html>") == -1
    assert other.run("return ve.fromFile(data);", text) == 3
    assert other.run("return ve.fromFile(data);", text) == 0
    assert other.sync() == ""
    assert other.statuses() == ["counted"] * 3
    other.context.close()
    # The phone itself comes later, still locked: known, and counted once.
    assert app.sync() == ""
    assert app.statuses() == ["counted"] * 3
    assert EntryBody.objects.filter(entry__kind="walk_in").count() == 1
    totals = TrainingSession.objects.get(pk=session.pk).state["totals"]
    assert (totals["named"], totals["head_count"]) == (1, 7)


def test_a_wrong_clock_a_busy_server_and_a_revoked_phone(
    app, cast, session, monkeypatch
):
    app.page.evaluate(
        "const real = Date.now; Date.now = () => real() + 864e5; undefined"
    )
    data = [str(session.uuid), str(cast.bay.uuid)]
    app.run("await kho.write(data[0], [mark(data[1])]);", data)
    assert app.sync() == ""
    off = app.run("return gui.clockOff();")
    assert abs(off + 864e5) < 60_000
    assert app.statuses() == ["counted"]

    monkeypatch.setattr(api, "requests_left", Allowance(1))
    app.run("await kho.write(data[0], [mark(data[1])]);", data)
    assert app.sync() == "too_often"
    link = app.run("return kho.link();")
    assert link["next"] - link["tried"] > 10_000
    # Sending waits its pause; only "Gửi ngay" does not.
    assert app.run("return gui.sync();") == "too_often"
    monkeypatch.setattr(api, "requests_left", Allowance(0))
    assert app.sync() == ""

    (device,) = Device.objects.filter(kind=Device.Kind.PHONE, user=cast.tam)
    revoke_device(device, user=cast.hanh)
    app.run("await kho.write(data[0], [mark(data[1])]);", data)
    assert app.sync() == "revoked"
    assert app.run('return (await box.things("part:")).length;') == 0
    assert sorted(app.statuses()) == ["counted", "counted", "held"]
