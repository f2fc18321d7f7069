/**
 * Máy này: what is only here, what was received, what counts, and what can be done.
 */

import { isLasting, isLocked, lock, me, mend, namesUntil } from "./kho.js";
import * as kho from "./kho.js";
import { clockOff, sync } from "./gui.js";
import { clock, day, h, note, put, stretch, t } from "./ve.js";
import { controlCode, fromFile, leave, toFile } from "./ve_tac_gia.js";

const TROUBLES = ["portal", "server", "sign_in", "revoked", "too_often"];
const MEGABYTE = 1024 * 1024;
const MOST_SESSIONS = 20;

export const redrawsOn = ["sync", "write", "names"];

/** Draw the screen; `go` leads to another address of the app. */
export async function draw(main, go) {
  const [waiting, link, sessions, code] = await Promise.all([
    kho.waiting(),
    kho.link(),
    kho.sessions(),
    controlCode(),
  ]);
  const unsent = await kho.unsent();
  const told = h("div", { "aria-live": "polite" });
  const again = () => draw(main, go);
  put(
    main,
    said,
    h("h1", null, t("this_phone")),
    h("p", { class: "big" }, unsent ? t("may.left", { n: unsent }) : t("may.all_sent")),
    unsent ? h("p", null, t("may.saved")) : null,
    await clockNote(),
    state(link, go),
    sendButton(link, unsent, told, again),
    told,
    refused(waiting, link, again),
    bySession(waiting, sessions, link),
    facts(link, code, await namesUntil(), await storage()),
    files(told, again),
    hands(told, unsent, go),
  );
}

async function clockNote() {
  const off = await clockOff();
  if (!off) return null;
  const key = off < 0 ? "may.clock_fast" : "may.clock_slow";
  return note("warn", t(key, { time: stretch(off) }));
}

function state({ trouble, text }, go) {
  if (!trouble || trouble === "offline") return null;
  if (trouble === "refused") return note("error", t("may.refused", { text }));
  if (!TROUBLES.includes(trouble)) return note("warn", t("may.server"));
  const enrol = h("a", { class: "button second", href: "/so/ghi-danh/" }, t("may.enrol_again"));
  return note("warn", t(`may.${trouble}`), trouble === "sign_in" ? enrol : null);
}

// Without a network the button would promise what the phone cannot do.
function sendButton(link, unsent, told, again) {
  if (!navigator.onLine) return h("p", { class: "muted" }, t("may.no_network"));
  const press = async (event) => {
    event.target.disabled = true;
    put(told, note("", t("may.sending")));
    const trouble = await sync({ force: true });
    await again();
    if (trouble === "offline") say(note("warn", t("may.no_network")));
  };
  const kind = unsent ? "button" : "button second";
  return h("div", { class: "actions" }, h("button", { class: kind, onclick: press }, t("may.send")));
}

// Said above the heading and kept when the screen is drawn again for what came of it.
let said = null;

function say(words) {
  said = words;
  document.querySelector("main > div").prepend(words);
  setTimeout(() => {
    if (said === words) said = null;
  }, 10000);
}

function refused(waiting, { texts = {} }, again) {
  const rows = Object.values(waiting).flatMap((sums) => sums.refused);
  if (!rows.length) return null;
  const anew = async (entry) => {
    if (isLocked() && entry.own) {
      say(note("warn", t("may.mend_open")));
      return;
    }
    await mend(entry.id);
    await again();
    say(note("good", t("may.mended")));
  };
  return h(
    "section",
    null,
    h("h2", null, t("may.not_taken")),
    rows.map((entry) =>
      note(
        "error",
        texts[entry.code] || entry.code,
        h("button", { class: "button second", onclick: () => anew(entry) }, t("may.mend")),
      ),
    ),
  );
}

function bySession(waiting, sessions, { contact }) {
  const known = new Map(sessions.map((one) => [one.id, one]));
  const places = new Map((me() ? me().teams : []).flatMap((team) => team.hamlets.map((one) => [one.uuid, one.name])));
  const dateOf = (id) => (known.has(id) ? known.get(id).date : "");
  const ids = Object.keys(waiting).sort((a, b) => (dateOf(a) < dateOf(b) ? 1 : -1));
  if (!ids.length) return h("p", { class: "muted" }, t("may.nothing"));
  const rows = ids.slice(0, MOST_SESSIONS).map((id) => {
    const one = known.get(id);
    const place = one && (one.venue || places.get(one.host) || "");
    const title = one ? t("may.session", { date: day(one.date), place }) : t("may.unknown_session");
    const sums = waiting[id];
    const all = sums.here + sums.received;
    const whole = { n: sums.received, all, time: clock(contact) };
    const done = sums.here ? null : h("small", null, t("may.received", whole), h("br"));
    const held = sums.held ? h("small", null, t("may.held", { n: sums.held })) : null;
    return h("li", null, h("p", null, h("b", null, title), h("br"), t("may.sums", sums)), done, held);
  });
  return h("section", null, h("h2", null, t("may.by_session")), h("ul", { class: "rows" }, rows));
}

async function storage() {
  const { storage: store } = navigator;
  const told = store && store.estimate ? await store.estimate() : null;
  return { used: told ? told.usage : null, lasting: await isLasting() };
}

function facts(link, code, until, { used, lasting }) {
  const account = kho.current();
  const seq = account && link.seqs ? link.seqs[account.device] || 0 : 0;
  const lines = [
    t("may.contact", { time: link.contact ? clock(link.contact) : t("may.never") }),
    link.next > Date.now() ? t("may.next", { time: clock(link.next) }) : null,
    code && code.seq > seq ? t("may.gap", { seq, last: code.seq }) : t("may.whole", { seq }),
    code && code.seq ? t("may.control", code) : null,
    until ? t("may.names_until", { date: day(until) }) : null,
    account ? t("may.ticket", { date: day(account.tickets[0].until) }) : null,
    used === null ? null : t("may.storage", { mb: (used / MEGABYTE).toLocaleString("vi", { maximumFractionDigits: 1 }) }),
    t(lasting ? "may.lasting" : "may.not_lasting"),
  ];
  return h("ul", { class: "facts" }, lines.filter(Boolean).map((line) => h("li", null, line)));
}

function files(told, again) {
  const save = async () => {
    const blob = new Blob([await toFile()], { type: "application/json" });
    const address = URL.createObjectURL(blob);
    const name = `so-cua-to-${new Date().toISOString().slice(0, 10)}.json`;
    h("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  };
  const take = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const n = await fromFile(await file.text());
    await again();
    say(n < 0 ? note("error", t("may.no_file")) : note("good", t("may.taken", { n })));
  };
  // The browser's own words for choosing a file are in its own language.
  const chosen = h("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: take });
  return h(
    "section",
    null,
    h("p", { class: "muted" }, t("may.file_why")),
    h(
      "div",
      { class: "actions" },
      h("button", { class: "button second", onclick: save }, t("may.to_file")),
      h("button", { class: "button second", onclick: () => chosen.click() }, t("may.from_file")),
      chosen,
    ),
  );
}

function hands(told, unsent, go) {
  const sure = () => {
    const really = async () => {
      await leave();
      go("/so/ai/");
    };
    put(
      told,
      note(
        "warn",
        unsent ? t("may.leaving", { n: unsent }) : t("may.all_sent"),
        h("button", { class: "button danger", onclick: really }, t("may.leave_sure")),
        h("button", { class: "button quiet", onclick: () => put(told) }, t("may.stay")),
      ),
    );
    told.scrollIntoView({ block: "center" });
  };
  const locked = isLocked();
  return h(
    "section",
    null,
    h("p", null, me() ? t("may.you", { name: me().name }) : ""),
    h(
      "div",
      { class: "actions" },
      locked
        ? h("a", { class: "button second", href: "/so/mo-khoa/" }, t("may.unlock"))
        : h("button", { class: "button second", onclick: lock }, t("may.lock")),
      h("a", { class: "button second", href: "/so/ai/" }, t("may.switch")),
      h("button", { class: "button danger", onclick: sure }, t("may.leave")),
    ),
  );
}
