/**
 * What the phone knows of the register, for the screens: read here, write here.
 *
 * Screens never touch IndexedDB, keys or the network. What the server told lies in
 * `things`, what this phone recorded in `entries`; a session's state is the fold of both.
 *
 * @typedef {{uuid: string, name: string, hamlets: {uuid: string, name: string}[]}} Team
 * @typedef {{user: string, name: string, device: string, leader: boolean,
 *   locked: boolean, teams: Team[]}} Me
 * @typedef {{value: string, heads: string[], conflict: boolean, values: string[]}} Cell
 * @typedef {{id: string, host: string, team: ?string, date: string, start: string,
 *   venue: string, kind: string, status: string, lessons: number[], isHere: boolean,
 *   isTold: boolean}} Session `isTold`: the server knows it; `isHere`: recorded on here
 * @typedef {Session & {state: State}} WholeSession
 * @typedef {{totals: Object, people: Object, cells: Object<string, Cell>,
 *   presence: Object<string, Cell>, outcome: Object<string, Cell>,
 *   blocker: Object<string, Cell>, hours: Object<string, Cell>,
 *   proxy: Object<string, Cell>, skill: Object<string, Object<string, Cell>>,
 *   head_count: ?Cell, consent: ?Cell, close: ?Cell, isOld: boolean}} State `isOld`: this
 *   app is older than the server, so the totals are the server's and an update waits
 * @typedef {{uuid: string, name: string, usual: string, year: ?number, sex: string,
 *   household: ?string, head: string, hamlet: string, card: ?string, row: ?number,
 *   isNew: boolean}} Person
 * @typedef {{uuid: string, head: string, usual: string, hamlet: string, route: string,
 *   order: number, isNew: boolean}} Household
 * @typedef {{kind: string, cell: string, value: string, person?: string,
 *   body?: Object}} Draft
 * @typedef {{here: number, received: number, counted: number, refused: Object[]}} Waiting
 */

import { Full, HERE, NOTHING, Unusable, newId, open as openOutbox } from "../../offline/outbox.js";
import { bodyDigest, headerHash } from "../chain.js";
import { COUNTED, FOLD_VERSION, canonical, classify, fold, parseCell, personOf } from "../fold.js";
import { openLock, seal, unseal, waitAfter } from "./khoa.js";

export { Full, Unusable };

// What the server said of an entry, beside HERE: it waits there, counts there, was left
// out by the commune, or was not taken.
export const HELD = "held";
export const IN = "counted";
export const OUT = "out";
export const REFUSED = "refused";

// Tags of entries that lists are made of: whoever was added by name, and what a session is.
const NAME = "name";
const PLAN = "plan";

export const NAME_DAYS = 30; // names stay so long after the last contact
export const ENTRY_DAYS = 400; // longer than any period stays open, and than 60 days
export const IDLE = 15 * 60000;
const DAY = 864e5;

let box = null;
let account = null;
let key = null; // the private key while the phone is unlocked
let touched = 0;
let names = new Map(); // bodies that were opened, by entry
let parts = new Map(); // parts that were opened: key of the store -> {tag, data}
const shown = new Map(); // session -> cells as this tab showed them last
const listeners = new Set();
let channel = null;
let writing = Promise.resolve();

// --- opening ----------------------------------------------------------------------------

/** Open the store; the account in use comes back locked. Throws Unusable. */
export async function open(name) {
  if (box) return;
  box = await openOutbox(name);
  if (typeof BroadcastChannel === "function") {
    channel = new BroadcastChannel("toso-so");
    channel.onmessage = ({ data }) => hear(data);
  }
  await reload();
  await forgetNames();
}

/** The queue and the things beside it, for gui.js and ve_tac_gia.js. */
export const store = () => box;

/** The account in use, as it is stored, or null. */
export const current = () => account;

/** Read the account in use again: another one was chosen, or it was renewed. */
export async function reload() {
  const before = account && account.user;
  const who = await box.thing("who");
  account = (who && (await box.thing(`account:${who}`))) || null;
  if ((account && account.user) !== before) {
    key = null;
    forgetOpened();
    shown.clear();
  }
}

async function hear(what) {
  if (what === "account" || what === "lock") await reload();
  if (what === "lock") close();
  else if (what === "names") forgetOpened();
  tell(what);
}

function close() {
  key = null;
  forgetOpened();
}

function forgetOpened() {
  names = new Map();
  parts = new Map();
}

function tell(what) {
  for (const listener of [...listeners]) listener(what);
}

/** Say in this tab and the others that something changed. */
export function changed(what) {
  if (channel) channel.postMessage(what);
  tell(what);
}

/**
 * Be called after every change with a word: "write", "sync", "lock", "account", "names".
 * Returns a function that ends it.
 */
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// --- who, and the lock ------------------------------------------------------------------

/** @returns {?Me} the person in use, or null on a phone that is not enrolled */
export function me() {
  if (!account) return null;
  const { user, name, device, teams, leader } = account;
  return { user, name, device, teams, leader, locked: !key };
}

export const isLocked = () => !key;

/** Somebody is here: the lock waits another quarter of an hour. */
export function touch() {
  touched = Date.now();
}

/** Lock after a quarter of an hour without a touch; call once, with the page's document. */
export function watchIdle(target, every = 20000) {
  for (const name of ["pointerdown", "keydown", "scroll"]) {
    target.addEventListener(name, touch, { passive: true, capture: true });
  }
  touch();
  // A phone that slept runs no timers: it also looks when it wakes.
  const look = () => {
    if (key && Date.now() - touched >= IDLE) lock();
  };
  target.addEventListener("visibilitychange", look);
  setInterval(look, every);
}

/** Close the names away, in every tab. What is recorded meanwhile is kept all the same. */
export function lock() {
  close();
  changed("lock");
}

/**
 * Try a code: {open: true}, or {open: false, left, wait}: tries before the next pause, and
 * milliseconds to wait now. Wrong codes are counted on disk and slow down; nothing is lost.
 */
export async function unlock(code) {
  await reload();
  const { user } = account;
  const before = account.lock;
  const now = Date.now();
  // A clock that was put back does not lengthen the wait.
  const wait = Math.min(before.wait - now, waitAfter(before.tries));
  if (wait > 0) return { open: false, left: 0, wait };
  const opened = await openLock(before, code);
  const tries = opened ? 0 : before.tries + 1;
  await editAccount(user, (one) => {
    one.lock.tries = opened ? 0 : one.lock.tries + 1;
    one.lock.wait = opened ? 0 : now + waitAfter(one.lock.tries);
  });
  if (!opened) return { open: false, left: Math.max(0, 5 - tries), wait: waitAfter(tries) };
  use(opened);
  return { open: true, left: 5, wait: 0 };
}

/** Take a private key into use (unlocking, and right after enrolment). */
export function use(privateKey) {
  key = privateKey;
  forgetOpened();
  touch();
  tell("lock");
}

/** Change a stored account in one transaction, also in the memory of this tab. */
export async function editAccount(user, edit) {
  const name = `account:${user}`;
  await box.change(({ things }) => {
    const asked = things.get(name);
    asked.onsuccess = () => {
      if (!asked.result) return;
      edit(asked.result);
      things.put(asked.result, name);
    };
  });
  if (account && account.user === user) account = await box.thing(name);
}

// --- what the server told ---------------------------------------------------------------

/** How the phone and the server last heard of one another. */
export async function link() {
  return (await box.thing("link")) || { contact: 0, skew: 0, epoch: "", sealKey: "" };
}

/** Does such a part hold names? Then it lies sealed. */
export const isPersonal = (name) => name.startsWith("hamlet:");

/** Keep a part of the app's data as the server told it. */
export async function keepPart(name, tag, data) {
  const at = `part:${account.user}:${name}`;
  const value = { tag, data };
  if (isPersonal(name)) {
    const bytes = new TextEncoder().encode(JSON.stringify(data));
    value.data = null;
    value.sealed = await seal(bytes, name, account.lock.point);
  }
  await box.keep(at, value);
  parts.delete(at);
}

/** One part, or null when it is not here or locked away. */
async function part(name) {
  if (!account) return null;
  const at = `part:${account.user}:${name}`;
  if (parts.has(at)) return parts.get(at);
  const value = await box.thing(at);
  let data = value ? value.data : null;
  if (value && value.sealed) data = await opened(value.sealed, name);
  if (data) parts.set(at, data);
  return data;
}

async function opened(sealed, about) {
  if (!key) return null;
  try {
    return JSON.parse(new TextDecoder().decode(await unseal(sealed, about, key)));
  } catch (error) {
    return null;
  }
}

/** The body of an entry recorded here, or null when it is locked away or forgotten. */
export async function bodyOf(entry) {
  if (names.has(entry.id)) return names.get(entry.id);
  const text = await bodyText(entry);
  const body = text === null ? null : JSON.parse(text);
  if (body) names.set(entry.id, body);
  return body;
}

/** The exact text of a body, to send it; null when only the sealed one is at hand. */
export async function bodyText(entry) {
  if (!key || !entry.own || entry.user !== account.user) return null;
  try {
    return new TextDecoder().decode(await unseal(entry.own, entry.header.body, key));
  } catch (error) {
    return null;
  }
}

/** Lessons that can be taught: [{number, title, url, changed: [step, …]}]. */
export const lessons = async () => (await part("lessons")) || [];

/** What stops people: [{code, label, solver, referral, advice}], in order. */
export const blockers = async () => (await part("blockers")) || [];

/** The sentence read aloud before the first new name: {version, language, text}. */
export const consentText = () => part("consent");

/** Whom to ask again: [{person, household, session, date, hamlet, outcome, blocker, why}]. */
export const followUps = async () => (await part("follow_ups")) || [];

/** Merged people: {old: who stands}. */
export const aliases = async () => (await box.thing("aliases")) || {};

// --- sessions ---------------------------------------------------------------------------

/** @returns {Promise<Session[]>} all sessions in reach, by date and hour */
export async function sessions() {
  if (!account) return [];
  const found = new Map();
  for (const one of (await part("plan")) || []) found.set(one.id, one);
  for (const [, row] of await box.things(`session:${account.user}:`)) found.set(row.id, row);
  const begun = new Set((await box.entries("tag", PLAN)).map((entry) => entry.session));
  const here = new Set(await box.sessions());
  const listed = [];
  for (const id of new Set([...found.keys(), ...begun])) {
    // Only what was planned or changed here has to be folded for a list.
    const own = begun.has(id) ? await box.entries("session", id) : [];
    const state = own.length ? foldOf(found.get(id), own, {}) : null;
    const one = await summary(id, found.get(id), own, state);
    if (one.host && one.date) listed.push({ ...one, isHere: here.has(id) });
  }
  const order = (one) => `${one.date} ${one.start || "99:99"} ${one.id}`;
  return listed.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** @returns {Promise<?WholeSession>} one session with its state, null if nobody knows it */
export async function session(id) {
  const { row, own } = await known(id);
  if (!row && !own.length) return null;
  const merged = await aliases();
  const folded = foldOf(row, own, merged);
  shown.set(id, new Map(Object.entries(folded.cells)));
  const state = byFamily(folded);
  // A younger server may count what this version does not know: its sums stand.
  state.isOld = Boolean(row && row.state && row.state.version > FOLD_VERSION);
  if (state.isOld) state.totals = row.state.totals;
  return { ...(await summary(id, row, own, folded)), state };
}

async function known(id) {
  const told = account && (await box.thing(`session:${account.user}:${id}`));
  const planned = told ? null : ((await part("plan")) || []).find((one) => one.id === id);
  return { row: told || planned || null, own: await box.entries("session", id) };
}

async function summary(id, row, own, folded) {
  const fields = folded ? folded.fields : {};
  const told = row || {};
  const venue = await venueOf(own);
  return {
    id,
    host: fields.host || told.host || "",
    team: told.team || null,
    date: fields.date || told.date || "",
    start: fields.start || told.start || "",
    venue: venue === null ? told.venue || "" : venue,
    kind: fields.kind || told.kind || "class",
    status: statusOf(told.status, fields, folded),
    lessons: fields.lessons ? fields.lessons.split(",").map(Number) : told.lessons || [],
    isHere: own.length > 0,
    isTold: Boolean(row),
  };
}

// The same as attendance/lifecycle.py: status_of. To whom people came is a held session.
function statusOf(told, fields, folded) {
  if (!folded) return told || "planned";
  const { cells, closed, people, totals } = folded;
  if (closed) return "closed";
  if (totals.named || totals.head_count || totals.proxies) return "open";
  if (fields.status === "cancelled") return "cancelled";
  if (fields.status === "open" || cells.close || cells.head_count) return "open";
  if (Object.keys(people).length) return "open";
  return fields.status === "planned" ? "planned" : told || "planned";
}

async function venueOf(own) {
  let venue = null;
  for (const entry of own) {
    if (entry.header.cell !== "session/host" || entry.header.body === NOTHING) continue;
    const body = await bodyOf(entry);
    if (body && typeof body.venue === "string") venue = body.venue;
  }
  return venue;
}

// Is it news to a server that told this row? What it had counted before is in the row,
// and may have been replaced since by somebody else.
function isNews(entry, row) {
  if (entry.status === REFUSED || entry.status === OUT) return false;
  if (entry.status !== IN) return true;
  if (!row || !row.state) return true;
  return entry.version === null || (entry.epoch === row.epoch && entry.version > row.version);
}

function foldOf(row, entries, merged) {
  const own = new Map(entries.map((entry) => [entry.id, entry]));
  const cells = (row && row.state && row.state.cells) || {};
  const rows = [];
  const taken = new Set();
  for (const [cell, { heads, values, value }] of Object.entries(cells)) {
    const mine = heads.filter((id) => own.has(id));
    mine.forEach((id) => {
      rows.push(own.get(id).header);
      taken.add(id);
    });
    // The server tells heads and values but not whose is whose; ours we know.
    const said = new Set(mine.map((id) => own.get(id).header.value));
    const rest = (values || [value]).filter((one) => !said.has(one));
    heads
      .filter((id) => !own.has(id))
      .forEach((id, index) => {
        const other = index < rest.length ? rest[index] : value;
        rows.push({ id, kind: "correct", cell, value: other, seen: [] });
      });
  }
  for (const entry of entries) {
    if (!taken.has(entry.id) && isNews(entry, row)) rows.push(entry.header);
  }
  return fold(rows, merged);
}

function byFamily(folded) {
  const state = {
    ...folded,
    presence: {},
    outcome: {},
    blocker: {},
    hours: {},
    proxy: {},
    skill: {},
    note: {},
    head_count: null,
    consent: null,
    close: null,
  };
  for (const [name, cell] of Object.entries(folded.cells)) {
    const { family, subject, code } = parseCell(name);
    if (family === "skill") {
      if (!state.skill[subject]) state.skill[subject] = {};
      state.skill[subject][code] = cell;
    } else if (!subject) {
      state[family] = cell;
    } else if (state[family]) {
      state[family][subject] = cell;
    }
  }
  return state;
}

// --- people -----------------------------------------------------------------------------

/**
 * Everybody who may be on a list of these hamlets, with those added by name on this phone;
 * row numbers when a session is given. Empty while the phone is locked.
 * @returns {Promise<Person[]>}
 */
export async function roster(hamlets, sessionId = "") {
  const found = new Map();
  const wanted = new Set(hamlets);
  for (const hamlet of wanted) {
    const data = await part(`hamlet:${hamlet}`);
    if (!data) continue;
    const heads = new Map(data.households.map((one) => [one.uuid, one.head || one.usual]));
    for (const person of data.people) {
      const head = heads.get(person.household) || "";
      found.set(person.uuid, { ...person, hamlet, head, row: null, isNew: false });
    }
  }
  const merged = new Map(Object.entries(await aliases()));
  for (const person of await newcomers(wanted, sessionId)) {
    if (!found.has(canonical(person.uuid, merged))) found.set(person.uuid, person);
  }
  const gone = new Set((await box.thing("tombstones")) || []);
  const rows = ((await part("rows")) || {})[sessionId] || {};
  return [...found.values()]
    .filter(({ uuid }) => !gone.has(uuid) && (!merged.has(uuid) || !found.has(merged.get(uuid))))
    .map((person) => ({ ...person, row: rows[person.uuid] || null }));
}

async function newcomers(hamlets, sessionId) {
  const listed = [];
  const hosts = new Map((await sessions()).map((one) => [one.id, one.host]));
  for (const entry of await box.entries("tag", NAME)) {
    const { kind, person, session: of } = entry.header;
    if (kind !== "walk_in" || entry.status === REFUSED) continue;
    const body = await bodyOf(entry);
    if (!body || !body.name) continue;
    const hamlet = body.hamlet || hosts.get(of) || "";
    if (of !== sessionId && !hamlets.has(hamlet)) continue;
    listed.push({
      uuid: person,
      name: body.name,
      usual: body.usual_name || "",
      year: body.birth_year || null,
      sex: body.sex || "",
      household: body.household || null,
      head: body.household_head || "",
      hamlet,
      card: null,
      row: null,
      isNew: true,
    });
  }
  return listed;
}

/** @returns {Promise<Household[]>} homes of a hamlet along the road or canal */
export async function households(hamlet) {
  const data = await part(`hamlet:${hamlet}`);
  const found = data ? data.households.map((one) => ({ ...one, hamlet, isNew: false })) : [];
  const listed = new Set(found.map((one) => one.uuid));
  const hosts = new Map((await sessions()).map((one) => [one.id, one.host]));
  for (const entry of await box.entries("tag", NAME)) {
    if (entry.header.kind !== "household" || entry.status === REFUSED) continue;
    const cell = parseCell(entry.header.cell);
    const body = entry.header.body === NOTHING ? null : await bodyOf(entry);
    if (!cell || !body || listed.has(cell.subject)) continue;
    if ((body.hamlet || hosts.get(entry.session)) !== hamlet) continue;
    listed.add(cell.subject);
    const { name: head = "", usual_name: usual = "" } = body;
    found.push({ uuid: cell.subject, head, usual, hamlet, route: "", order: 0, isNew: true });
  }
  const gone = new Set((await box.thing("tombstones")) || []);
  return found.filter((one) => !gone.has(one.uuid));
}

// --- writing ----------------------------------------------------------------------------

/**
 * Record entries of one session; resolves with them when they are on disk, all or none.
 * Works locked. Each replaces what this tab showed in its cell. Throws Full when the phone
 * is full, TypeError for a value that does not fit its cell.
 * @param {string} sessionId
 * @param {Draft[]} drafts
 */
export function write(sessionId, drafts) {
  const turn = writing.then(() => writeNow(sessionId, drafts));
  writing = turn.catch(() => {});
  return turn;
}

async function writeNow(sessionId, drafts) {
  if (!shown.has(sessionId)) await session(sessionId);
  // Another tab may have renewed the account: its device and tickets stand on disk.
  await reload();
  if (!account) throw new Unusable("not_enrolled");
  const cells = new Map(shown.get(sessionId) || []);
  const ticket = await ticketFor(sessionId, drafts);
  const { sealKey } = await link();
  const ready = [];
  for (const draft of drafts) {
    const { kind, cell, value } = draft;
    if (classify(kind, cell, value) !== COUNTED) throw new TypeError(`${kind} ${cell} ${value}`);
    const before = cells.get(cell);
    const seen = before ? [...before.heads].sort() : [];
    const body = draft.body ? await sealed(draft.body, sealKey) : { digest: NOTHING };
    const header = {
      v: 1,
      id: newId(),
      session: sessionId,
      ticket,
      kind,
      cell,
      person: draft.person || personOf(cell),
      value,
      seen,
      at: new Date().toISOString(),
      body: body.digest,
    };
    const was = before ? before.value : null;
    const { own = null, sealed: forServer = null } = body;
    const tag = tagOf(header);
    const more = tag ? { tag } : {};
    ready.push({ header, was, own, sealed: forServer, user: account.user, ...more });
    cells.set(cell, { value, heads: [header.id], conflict: false, values: [value] });
  }
  const made = await box.append(account.device, ready, headerHash);
  shown.set(sessionId, cells);
  made.forEach((entry, index) => {
    if (drafts[index].body && key) names.set(entry.id, drafts[index].body);
  });
  changed("write");
  return made;
}

/** By which list an entry is found again, or "". */
export function tagOf({ kind, body }) {
  if (kind === "session") return PLAN;
  return (kind === "walk_in" || kind === "household") && body !== NOTHING ? NAME : "";
}

// The bytes are made once: their digest is in the header for good.
async function sealed(body, sealKey) {
  const salt = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  const bytes = new TextEncoder().encode(JSON.stringify({ salt, ...body }));
  const digest = await bodyDigest(bytes);
  const own = await seal(bytes, digest, account.lock.point);
  return { digest, own, sealed: sealKey ? await seal(bytes, digest, sealKey) : null };
}

async function ticketFor(sessionId, drafts) {
  const { row, own } = await known(sessionId);
  const drafted = drafts.find((draft) => draft.cell === "session/host");
  const begun = own.find((entry) => entry.header.cell === "session/host");
  const host = (row && row.host) || (drafted ? drafted.value : begun && begun.header.value);
  const serves = (team) => team.hamlets.some((hamlet) => hamlet.uuid === host);
  const team = account.teams.find((one) => row && one.uuid === row.team) || account.teams.find(serves);
  const { tickets } = account;
  const found = tickets.find((one) => team && one.team === team.uuid) || tickets[0];
  return found.uuid;
}

/**
 * Begin a session that nobody planned; resolves with its id.
 * @param {{host: string, date: string, start?: string, kind?: string, status?: string,
 *   lessons?: number[], venue?: string}} what
 */
export async function begin(what) {
  const id = newId();
  const fields = {
    host: what.host,
    date: what.date,
    start: what.start || "",
    kind: what.kind || "class",
    status: what.status || "open",
    lessons: (what.lessons || []).join(","),
  };
  const drafts = Object.entries(fields)
    .filter(([, value]) => value)
    .map(([field, value]) => ({ kind: "session", cell: `session/${field}`, value }));
  if (what.venue) drafts[0].body = { venue: what.venue };
  await write(id, drafts);
  return id;
}

const EMPTIED = {
  presence: "absent",
  consent: "not_read",
  close: "open",
  note: "removed",
  photo: "removed",
  feedback: "removed",
};

/** Take an entry of this phone back: a new one puts back what stood there before. */
export async function undo(entryId) {
  const entry = await box.get("entries", entryId);
  if (!entry) return null;
  const { cell, kind, person, session: of } = entry.header;
  const { family } = parseCell(cell);
  const empty = EMPTIED[family] || "";
  const value = entry.was === null || entry.was === undefined ? empty : entry.was;
  // What a session is cannot be emptied; only another value can stand there.
  if (family === "session" && !value) return null;
  const how = kind === "walk_in" ? "mark" : kind;
  const [made] = await write(of, [{ kind: how, cell, value, person: person || undefined }]);
  return made;
}

// --- what waits -------------------------------------------------------------------------

/**
 * By session what is only here, received, counted, and not taken: of all for Máy này, of
 * one for the state line of its screens.
 * @param {string} [sessionId]
 * @returns {Promise<Object<string, Waiting>>}
 */
export async function waiting(sessionId = "") {
  const told = {};
  for (const entry of await (sessionId ? box.entries("session", sessionId) : box.entries())) {
    if (!told[entry.session]) {
      told[entry.session] = { here: 0, received: 0, counted: 0, held: 0, refused: [] };
    }
    const sums = told[entry.session];
    if (entry.status === HERE) sums.here += 1;
    else if (entry.status === REFUSED) {
      if (!entry.mended) sums.refused.push(entry);
    } else {
      sums.received += 1;
      if (entry.status === IN) sums.counted += 1;
      if (entry.status === HELD) sums.held += 1;
    }
  }
  return told;
}

/** How many entries no server has answered for yet, of everybody on this phone. */
export const unsent = () => box.count(HERE);

/** Record a refused entry again, with another value or body; the old one stays, mended. */
export async function mend(entryId, change = {}) {
  const entry = await box.get("entries", entryId);
  const { kind, cell, value, person, session: of } = entry.header;
  const body = change.body || (await bodyOf(entry)) || undefined;
  const { salt, ...words } = body || {};
  const draft = { kind, cell, value, person: person || undefined, ...change };
  const [made] = await write(of, [{ ...draft, body: body && words }]);
  await box.edit([entryId], (one) => {
    one.mended = made.id;
  });
  changed("write");
  return made;
}

/**
 * Is all of a session on the phone before the network is left? Each row says what.
 * @returns {Promise<Object>} {known, names, rows, lessons: [{number, title, here, changed}],
 *   unlockable, contact, lasting}
 */
export async function ready(sessionId) {
  const { row } = await known(sessionId);
  const whole = await session(sessionId);
  const list = whole ? await part(`hamlet:${whole.host}`) : null;
  const taught = new Set(whole ? whole.lessons : []);
  const shelf = (await lessons()).filter((lesson) => taught.has(lesson.number));
  const here = await Promise.all(shelf.map((lesson) => isStored(lesson.url)));
  const rows = ((await part("rows")) || {})[sessionId];
  return {
    known: Boolean(row) || Boolean(whole),
    names: list ? list.people.length : null,
    rows: Boolean(rows),
    lessons: shelf.map((lesson, index) => ({ ...lesson, here: here[index] })),
    missing: [...taught].filter((number) => !shelf.some((one) => one.number === number)),
    unlockable: Boolean(account && account.lock),
    contact: (await link()).contact,
    lasting: await isLasting(),
  };
}

// gui.js says how. Importing it from here would close a circle that static files with
// names by their content cannot have.
let syncNow = async () => "offline";

/** How to send and fetch at once; given by gui.js. */
export const syncBy = (sync) => { syncNow = sync; };

/**
 * Bring all of a session to the phone; resolves with the trouble met, "" for none. Lessons
 * go where the residents' pages keep theirs.
 */
export async function fetchFor(sessionId) {
  const trouble = await syncNow({ force: true });
  if (trouble || !("caches" in self)) return trouble || "";
  const { lessons: taught } = await ready(sessionId);
  const cache = await caches.open("toso-giu");
  for (const { url, here } of taught) {
    if (here) continue;
    try {
      const response = await fetch(url, { credentials: "omit" });
      if (response.ok && response.headers.has("X-Good-Until")) await cache.put(url, await stamped(response));
    } catch (error) {
      return "offline";
    }
  }
  return "";
}

// As offline/sw.js stores it: with the moment, from which it says how old it is.
async function stamped(response) {
  const headers = new Headers(response.headers);
  headers.set("X-Stored-At", Date.now());
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(await response.blob(), { headers });
}

const isStored = async (url) => ("caches" in self ? Boolean(await caches.match(url)) : false);

/** Has the browser promised not to evict the store? */
export async function isLasting() {
  const { storage } = navigator;
  return Boolean(storage && storage.persisted && (await storage.persisted()));
}

// --- forgetting -------------------------------------------------------------------------

/** Until when names stay if nothing is heard of the server (milliseconds), or 0. */
export async function namesUntil() {
  const { contact } = await link();
  return contact ? contact + NAME_DAYS * DAY : 0;
}

/** Thirty days without the server: names go, entries stay. */
export async function forgetNames(now = Date.now()) {
  const until = await namesUntil();
  if (!until || now < until) return false;
  const found = await box.things("part:");
  const gone = found.map(([name]) => name).filter((name) => isPersonal(name.split(":").slice(2).join(":")));
  // Of what was received only what the server can open stays.
  const received = (await box.entries()).filter((one) => one.status !== HERE && one.own && one.sealed);
  if (!gone.length && !received.length) return false;
  await box.change(({ things }) => gone.forEach((name) => things.delete(name)));
  await box.edit(received.map((one) => one.id), (one) => {
    one.own = null;
  });
  forgetOpened();
  changed("names");
  return true;
}

/** People and households who asked to be forgotten: their names leave this phone. */
export async function bury(uuids) {
  if (!uuids.length) return;
  const gone = new Set(uuids);
  const kept = new Set([...((await box.thing("tombstones")) || []), ...uuids]);
  const all = await box.entries();
  const about = all.filter(({ header }) => {
    const cell = parseCell(header.cell);
    return header.body !== NOTHING && (gone.has(header.person) || (cell && gone.has(cell.subject)));
  });
  await box.edit(about.map((entry) => entry.id), (entry) => {
    entry.own = null;
    entry.sealed = null;
  });
  await box.keep("tombstones", [...kept]);
  names = new Map();
  changed("names");
}
