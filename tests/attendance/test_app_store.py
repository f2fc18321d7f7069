"""The phone's store: what is shown as saved is saved, chained, sealed, and nothing else."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest

from attendance.chain import body_digest, header_hash, verify_chain
from attendance.fold import fold
from attendance.sealing import public_key, unseal
from tests.attendance.app_phone import (
    CODE,
    DEVICE,
    ENROLLED,
    HAMLET,
    ORIGIN,
    SESSION,
    TICKET,
    USER,
    entries,
    run,
    serve_modules,
)
from tests.browser import ARGUMENTS, CHROMIUM
from tests.databases import ROOT
from tests.offline.test_scripts import TOO_YOUNG, TOP_LEVEL_AWAIT, bare

pytestmark = pytest.mark.browser

SO = ROOT / "attendance" / "static" / "attendance" / "so"
PERSON = "01900000-0000-7000-8000-0000000000b1"
OTHER = "01900000-0000-7000-8000-0000000000b2"
MARK = """const mark = (person, value = "present") =>
  ({ kind: "mark", cell: "presence/" + person, value });"""
NAMED = (
    MARK
    + """const named = (person, name) => ({ kind: "walk_in",
  cell: "presence/" + person, value: "present", body: { name } });"""
)


@pytest.fixture
def phone(browser):
    """An enrolled and unlocked phone that no network reaches."""
    context = browser.new_context()
    serve_modules(context)
    page = context.new_page()
    page.goto(ORIGIN + "/")
    page.evaluate(ENROLLED, public_key())
    yield page
    context.close()


@pytest.mark.parametrize("path", sorted(SO.glob("*.js")), ids=lambda path: path.name)
def test_every_browser_of_the_floor_reads_the_app(path: Path):
    source = bare(path).replace("storage.estimate && ", "")
    found = {what for what, sign in TOO_YOUNG.items() if re.search(sign, source, re.M)}
    assert found == set()
    assert not TOP_LEVEL_AWAIT.search(source)


def test_what_was_written_is_chained_and_sealed_and_survives_the_browser(
    browser, tmp_path
):
    def opened():
        context = browser.browser_type.launch_persistent_context(
            str(tmp_path), executable_path=CHROMIUM, args=ARGUMENTS
        )
        serve_modules(context)
        page = context.new_page()
        page.goto(ORIGIN + "/")
        return context, page

    context, page = opened()
    page.evaluate(ENROLLED, public_key())
    run(
        page,
        NAMED
        + """await kho.write(data.session, [
            { kind: "consent", cell: "consent", value: "read" },
            named(data.person, "Bảy Lành"), mark(data.other)]);
        await kho.write(data.session, [mark(data.other, "absent")]);""",
        {"session": SESSION, "person": PERSON, "other": OTHER},
    )
    context.close()

    context, page = opened()
    kept = entries(page)
    headers = [entry["header"] for entry in kept]
    assert [header["seq"] for header in headers] == [1, 2, 3, 4]
    assert {header["device"] for header in headers} == {DEVICE}
    assert {header["ticket"] for header in headers} == {TICKET}
    assert verify_chain(headers) == []
    assert [entry["hash"] for entry in kept] == [header_hash(one) for one in headers]
    assert headers[3]["seen"] == [headers[2]["id"]]
    assert all(uuid.UUID(header["id"]).version == 7 for header in headers)
    assert fold(headers)["totals"]["named"] == 1
    # The name lies nowhere in the clear; the server can open what it is given.
    assert "Lành" not in str(kept)
    words = unseal(kept[1]["sealed"], headers[1]["body"])
    assert body_digest(words) == headers[1]["body"]
    assert '"name":"Bảy Lành"' in words.decode()
    # Opened anew the phone is locked: no names, and everything else.
    state = run(
        page,
        """const locked = await kho.roster([data.hamlet], data.session);
        const { state } = await kho.session(data.session);
        const right = await kho.unlock(data.code);
        const open = await kho.roster([data.hamlet], data.session);
        return { locked: locked.length, named: state.totals.named, right: right.open,
                 open: open.map((one) => one.name), consent: state.consent.value };""",
        {"session": SESSION, "hamlet": HAMLET, "code": CODE},
    )
    assert state == {
        "locked": 0,
        "named": 1,
        "right": True,
        "open": ["Bảy Lành"],
        "consent": "read",
    }
    context.close()


@pytest.mark.parametrize("locks", [True, False])
def test_two_tabs_give_no_number_twice(phone, locks):
    other = phone.context.new_page()
    other.goto(ORIGIN + "/")
    if not locks:
        for page in (phone, other):
            page.evaluate("Object.defineProperty(navigator, 'locks', {value: null})")
    begin = (
        MARK
        + """window.done = (async () => { for (let n = 0; n < 20; n += 1)
        await kho.write(data[0], [mark(data[1], n % 2 ? "absent" : "present")]); })();"""
    )
    for page, person in ((phone, PERSON), (other, OTHER)):
        run(page, begin, [SESSION, person])
    for page in (phone, other):
        page.evaluate("window.done")
    headers = [entry["header"] for entry in entries(phone)]
    assert [header["seq"] for header in headers] == list(range(1, 41))
    assert verify_chain(headers) == []
    assert {cell["conflict"] for cell in fold(headers)["cells"].values()} == {False}
    # Only one of the tabs sends.
    hold = """window.let = null; window.held = box.alone("send", () =>
      new Promise((resolve) => { window.let = resolve; }));
      while (!window.let) await new Promise((resolve) => setTimeout(resolve, 5));"""
    run(phone, hold)
    assert run(other, 'return box.alone("send", async () => "mine");') is None
    phone.evaluate("window.let(1)")
    phone.evaluate("window.held")
    assert run(other, 'return box.alone("send", async () => "mine");') == "mine"


def test_a_full_phone_shows_nothing_as_saved(browser):
    context = browser.new_context()
    serve_modules(context)
    phone = context.new_page()
    phone.goto(ORIGIN + "/")
    session = context.new_cdp_session(phone)
    # Before the first write: Chromium remembers for half a minute how much room there is.
    room = {"origin": ORIGIN, "quotaSize": 3_000_000}
    session.send("Storage.overrideQuotaForOrigin", room)
    phone.evaluate(ENROLLED, public_key())
    run(phone, MARK + "await kho.write(data[0], [mark(data[1])]);", [SESSION, PERSON])
    fill = (
        MARK
        + """const full = (error) => (error instanceof kho.Full ? "full" : String(error));
        const failed = [];
        await box.keep("pile", "x".repeat(4e6)).catch((error) => failed.push(full(error)));
        let done = 0;
        try { for (; done < 40; done += 1) await kho.write(data[0],
            Array.from({ length: 200 }, () => mark(data[1]))); }
        catch (error) { failed.push(full(error)); }
        const { state } = await kho.session(data[0]);
        const head = await box.head(kho.me().device);
        return { failed, done, head: head.seq, cell: Boolean(state.presence[data[2]]) };"""
    )
    told = run(phone, fill, [SESSION, OTHER, PERSON])
    kept = entries(phone)
    assert told == {
        "failed": ["full", "full"],
        "done": told["done"],
        "head": len(kept),
        "cell": True,
    }
    assert len(kept) == 1 + 200 * told["done"]
    session.send("Storage.overrideQuotaForOrigin", {"origin": ORIGIN})
    run(phone, MARK + "await kho.write(data[0], [mark(data[1])]);", [SESSION, OTHER])
    headers = [entry["header"] for entry in entries(phone)]
    assert len(headers) == len(kept) + 1
    assert verify_chain(headers) == []
    context.close()


def test_the_state_is_the_servers_heads_and_what_is_here(phone):
    """A colleague's entries stand; ours replace what was shown; what the server has
    counted is not counted again when somebody else replaced it."""
    a, b, c = (f"01900000-0000-7000-8000-0000000000a{n}" for n in (1, 2, 3))
    theirs = fold(
        [
            {
                "id": a,
                "kind": "mark",
                "cell": f"presence/{PERSON}",
                "value": "present",
                "seen": [],
            },
            {
                "id": b,
                "kind": "head_count",
                "cell": "head_count",
                "value": "20",
                "seen": [],
            },
            {
                "id": c,
                "kind": "head_count",
                "cell": "head_count",
                "value": "23",
                "seen": [],
            },
        ]
    )
    told = {
        "id": SESSION,
        "host": HAMLET,
        "date": "2026-11-20",
        "status": "open",
        "kind": "class",
        "version": 4,
        "epoch": "e",
        "lessons": [12],
        "state": theirs,
    }
    found = run(
        phone,
        MARK
        + f"""await box.keep("session:{USER}:" + data.told.id, data.told);
        const id = data.told.id;
        const first = (await kho.session(id)).state;
        const [made] = await kho.write(id, [{{ kind: "head_count", cell: "head_count", value: "23" }}]);
        await kho.write(id, [mark(data.other)]);
        const second = (await kho.session(id)).state;
        await kho.undo(made.id);
        const third = (await kho.session(id)).state;
        // The server counted our mark at version 4 and somebody took it away since.
        const own = (await box.entries()).find((one) => one.header.cell.endsWith(data.other));
        await box.edit([own.id], (one) => {{ one.status = "counted"; one.version = 4; one.epoch = "e"; }});
        const fourth = (await kho.session(id)).state;
        return [[first.head_count.conflict, first.totals.head_count, first.totals.named],
          [second.head_count.conflict, second.totals.head_count, second.totals.named],
          [third.totals.head_count, third.totals.named], fourth.totals.named];""",
        {"told": told, "other": OTHER},
    )
    assert found == [[True, 20, 1], [False, 23, 2], [20, 2], 1]
    count = next(
        one["header"] for one in entries(phone) if one["header"]["cell"] == "head_count"
    )
    assert count["seen"] == [b, c]


def test_wrong_codes_slow_down_and_a_locked_phone_takes_every_tap(phone):
    told = run(
        phone,
        NAMED
        + """await kho.write(data.session, [named(data.person, "Út Em")]);
        kho.lock();
        await kho.write(data.session, [{ kind: "head_count", cell: "head_count", value: "9" },
          named(data.other, "Bảy Lành")]);
        const locked = await kho.session(data.session);
        const tries = [];
        for (let n = 0; n < 6; n += 1) tries.push(await kho.unlock("999999"));
        const early = await kho.unlock(data.code);
        await kho.editAccount(data.user, (one) => { one.lock.wait = 0; });
        const open = await kho.unlock(data.code);
        const names = (await kho.roster([], data.session)).map((one) => one.name);
        return { count: locked.state.totals.head_count, named: locked.state.totals.named,
          left: tries.map((one) => one.left), waits: tries.map((one) => one.wait > 0),
          early: early.open, open: open.open, names: names.sort() };""",
        {
            "session": SESSION,
            "person": PERSON,
            "other": OTHER,
            "code": CODE,
            "user": USER,
        },
    )
    assert told == {
        "count": 9,
        "named": 2,
        "left": [4, 3, 2, 1, 0, 0],
        "waits": [False, False, False, False, True, True],
        "early": False,
        "open": True,
        "names": ["Bảy Lành", "Út Em"],
    }
    assert len(entries(phone)) == 3


def test_after_thirty_days_names_go_and_entries_stay(phone):
    people = [{"uuid": PERSON, "name": "Sáu Thơm", "household": None}]
    told = run(
        phone,
        NAMED
        + """await kho.keepPart("hamlet:" + data.hamlet, "tag", { people: data.people, households: [] });
        await kho.keepPart("blockers", "tag", [{ code: "sim" }]);
        await kho.write(data.session, [mark(data.person)]);
        const atRest = JSON.stringify(await box.things("part:"));
        const before = (await kho.roster([data.hamlet])).map((one) => one.name);
        const early = await kho.forgetNames(Date.now() + 29.9 * 864e5);
        const late = await kho.forgetNames(Date.now() + 30.1 * 864e5);
        const after = await kho.roster([data.hamlet]);
        return { atRest: atRest.includes("Thơm"), before, early, late, after,
          blockers: (await kho.blockers()).length, unsent: await kho.unsent() };""",
        {"hamlet": HAMLET, "people": people, "session": SESSION, "person": PERSON},
    )
    assert told == {
        "atRest": False,
        "before": ["Sáu Thơm"],
        "early": False,
        "late": True,
        "after": [],
        "blockers": 1,
        "unsent": 1,
    }


def test_a_session_begun_here_a_refusal_mended_and_a_name_forgotten(phone):
    told = run(
        phone,
        NAMED
        + """const id = await kho.begin({ host: data.hamlet, date: "2026-11-20",
          start: "19:00", lessons: [12], venue: "Sala chùa" });
        const [walk] = await kho.write(id, [named(data.person, "Ba Cần")]);
        const begun = await kho.session(id);
        await box.edit([walk.id], (one) => { one.status = "refused"; one.code = "too_large"; });
        const refused = (await kho.session(id)).state.totals.named;
        const made = await kho.mend(walk.id, { body: { name: "Ba Cần, bến đò" } });
        const mended = await kho.roster([], id);
        const waiting = (await kho.waiting())[id];
        await kho.bury([data.person]);
        return { status: begun.status, venue: begun.venue, lessons: begun.lessons, refused,
          names: mended.map((one) => one.name), open: waiting.refused.length,
          here: waiting.here, listed: (await kho.sessions()).map((one) => one.host),
          after: (await kho.roster([], id)).length, own: (await box.get("entries", made.id)).own };""",
        {"hamlet": HAMLET, "person": PERSON},
    )
    assert told == {
        "status": "open",
        "venue": "Sala chùa",
        "lessons": [12],
        "refused": 0,
        "names": ["Ba Cần, bến đò"],
        "open": 0,
        "here": 7,
        "listed": [HAMLET],
        "after": 0,
        "own": None,
    }
