/**
 * Sending what is here and fetching what changed, by itself, in small steps.
 *
 * Everything may be sent again at any time, so whatever breaks off is simply repeated. Only
 * a receipt of our server changes what an entry is said to be. docs/register-protocol.md.
 */

import { HERE, NOTHING } from "../../offline/outbox.js";
import * as kho from "./kho.js";
import { ask } from "./mang.js";
import { forget, renew } from "./ve_tac_gia.js";

const MOST_ENTRIES = 50;
const MOST_BYTES = 64 * 1024;
const EVERY = 4 * 60000;
const SOON = 800;
const FIRST_PAUSE = 10000;
const LONGEST_PAUSE = 15 * 60000;
const DATA_AGE = 6 * 3600000;
const ASK_HELD = 6 * 3600000;
const CLOCK_OFF = 10 * 60000;
const KEPT = kho.ENTRY_DAYS * 864e5;
const READABLE = kho.NAME_DAYS * 864e5;

let timer = 0;
let isOther = false; // the last answer came from another copy of the server
let largest = MOST_ENTRIES;

kho.syncBy(sync);

/** Send by itself from now on: at once, after each write, when a network comes, and now and then. */
export function start() {
  kho.onChange((what) => {
    if (what === "write") soon(SOON);
    if (what === "lock" && !kho.isLocked()) soon(SOON);
  });
  addEventListener("online", () => sync({ force: true }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") soon(0);
  });
  setInterval(() => sync(), EVERY);
  soon(0);
}

function soon(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(() => sync(), milliseconds);
}

/**
 * Send and fetch once. `force` does not wait for the pause after a failure and fetches
 * everything. Resolves with the trouble met, "" for none, null when another tab is at it.
 */
export async function sync({ force = false } = {}) {
  // After somebody left, what he recorded is still sent; without an account nothing is asked.
  if (!kho.store() || !(kho.current() || (await kho.unsent()))) return "";
  const link = await kho.link();
  if (!force && link.next && Math.abs(link.next - Date.now()) <= LONGEST_PAUSE && Date.now() < link.next) {
    return link.trouble || "";
  }
  const trouble = await kho.store().alone("send", () => attempt(force));
  if (trouble === null) return null;
  await note(trouble);
  kho.changed("sync");
  return trouble.trouble;
}

async function note({ trouble, text = "", wait = 0 }) {
  const link = await kho.link();
  const failed = trouble ? (link.failed || 0) + 1 : 0;
  const grown = Math.min(FIRST_PAUSE * 2 ** Math.min(failed - 1, 10), LONGEST_PAUSE);
  const pause = trouble ? Math.max(wait, grown * (0.5 + Math.random() / 2)) : 0;
  const next = pause ? Date.now() + Math.min(pause, LONGEST_PAUSE) : 0;
  await kho.store().keep("link", { ...link, trouble, text, failed, next, tried: Date.now() });
  if (pause) soon(pause);
}

async function attempt(force) {
  isOther = false;
  let sent = await sendAll(force);
  // Receipts of other phones' entries became void too: they go at once, not in four minutes.
  if (isOther && !sent.trouble) sent = await sendAll(force);
  if (sent.trouble) return sent;
  if (!kho.current()) return sent;
  const fetched = await fetchAll(force);
  if (fetched.trouble === "revoked") await forget(kho.current().user);
  return fetched;
}

// --- sending ------------------------------------------------------------------------------

async function sendAll(force) {
  const again = await heldToAsk(force);
  const account = kho.current();
  // One's own phone says hello also with nothing to send: the server may have been restored.
  const groups = new Map(account ? [[account.device, []]] : []);
  for (const entry of [...(await kho.store().entries("status", HERE)), ...again]) {
    if (!groups.has(entry.device)) groups.set(entry.device, []);
    groups.get(entry.device).push(entry);
  }
  const tokens = await tokensByDevice();
  let last = { trouble: "" };
  for (const [device, entries] of groups) {
    entries.sort((a, b) => a.seq - b.seq);
    const own = tokens.get(device) || [];
    // After them, those of whoever is here: what comes from a file, or from a lost ticket.
    const mine = account && account.device !== device ? tokens.get(account.device) : [];
    const answer = await sendGroup(device, entries, [...own, ...mine]);
    if (answer.trouble && last.trouble === "") last = answer;
    if (["offline", "portal", "server", "too_often"].includes(answer.trouble)) return answer;
  }
  return last;
}

async function heldToAsk(force) {
  const held = await kho.store().entries("status", kho.HELD);
  return held.filter((entry) => force || Math.abs(Date.now() - entry.asked) > ASK_HELD);
}

async function tokensByDevice() {
  const found = new Map();
  for (const [, account] of await kho.store().things("account:")) {
    for (const { device, tickets } of [account, ...account.before]) {
      found.set(device, tickets.map(({ token }) => ({ token, device })));
    }
  }
  return found;
}

async function sendGroup(device, entries, tokens) {
  let left = entries;
  let rest = [...tokens];
  if (!rest.length) return { trouble: left.length ? "sign_in" : "" };
  do {
    const { batch, taken } = await batchOf(left);
    const [{ token, device: told }] = rest;
    const answer = await ask("sync", { token, body: { entries: batch } });
    if (answer.trouble === "sign_in" && rest.length > 1) {
      // A restored server may have lost this ticket; another of the same person delivers too.
      rest = rest.slice(1);
      continue;
    }
    if (answer.trouble === "too_large" && taken > 1) {
      largest = Math.max(1, Math.floor(taken / 2));
      continue;
    }
    if (answer.trouble) return answer;
    const voided = await applied(told === device ? device : "", answer, left.slice(0, taken));
    left = voided ? await unsentOf(device) : left.slice(taken);
  } while (left.length);
  return { trouble: "" };
}

const unsentOf = async (device) =>
  (await kho.store().entries("status", HERE))
    .filter((entry) => entry.device === device)
    .sort((a, b) => a.seq - b.seq);

async function batchOf(entries) {
  const batch = [];
  let bytes = 0;
  let taken = 0;
  for (const entry of entries) {
    if (batch.length >= largest || bytes > MOST_BYTES) break;
    taken += 1;
    const row = await onTheWire(entry);
    if (!row) continue;
    batch.push(row);
    bytes += JSON.stringify(row).length;
  }
  return { batch, taken };
}

async function onTheWire(entry) {
  const { header, sealed } = entry;
  if (header.body === NOTHING) return { header };
  const body = await kho.bodyText(entry);
  if (body !== null) return { header, body };
  if (sealed) return { header, sealed };
  // Readable only after unlocking: it waits, unless its body is gone for good.
  return entry.own ? null : { header };
}

// --- receipts -----------------------------------------------------------------------------

const STATUS = { accepted: kho.IN, already: kho.IN, held: kho.HELD, refused: kho.REFUSED };

/**
 * Note an answer; true when the server turned out to be another copy, or an older one.
 * It speaks of the phone whose token was shown: `device` is "" when that is another than
 * the one that wrote these entries.
 */
async function applied(device, { data }, sent) {
  const link = await kho.link();
  const { epoch, device: reached, receipts, sessions, aliases, tombstones, texts } = data;
  const seqs = { ...link.seqs };
  const older = link.epoch === epoch && seqs[device] !== undefined && reached.seq < seqs[device];
  const other = Boolean(link.epoch) && link.epoch !== epoch;
  if (other || older) await voidReceipts(device, reached.seq, epoch, other);
  if (other) isOther = true;
  if (device) seqs[device] = reached.seq;
  await kho.store().keep("link", {
    ...link,
    epoch,
    seqs: other ? (device ? { [device]: reached.seq } : {}) : seqs,
    texts: { ...link.texts, ...texts },
    contact: Date.now(),
  });
  const byId = new Map(receipts.map((receipt) => [receipt.id, receipt]));
  const answered = sent.filter((entry) => byId.has(entry.id)).map((entry) => entry.id);
  await kho.store().edit(answered, (entry) => {
    const { status, code } = byId.get(entry.id);
    const told = sessions[entry.session];
    entry.status = code === "rejected" ? kho.OUT : STATUS[status] || HERE;
    if (code === "bad_body" && entry.own && entry.sealed) {
      // Sealed with a key that the server has no more: the readable one goes instead.
      entry.sealed = null;
      entry.status = HERE;
    }
    if (code === "erased") {
      entry.own = null;
      entry.sealed = null;
    }
    entry.code = code;
    entry.epoch = epoch;
    entry.asked = Date.now();
    // Without a version: in no state that is here, until the next complete fetch.
    entry.version = told ? told.version : null;
  });
  await untold(sent.filter(({ id, session }) => byId.has(id) && !sessions[session]));
  await merge(aliases);
  if (tombstones.length) await kho.bury(tombstones);
  await noteCopy(device, reached, receipts.some((receipt) => receipt.code === "fork"));
  return other || older;
}

// Which entries wait for the next complete fetch to be in some state: not to be searched
// for among thousands.
async function untold(entries) {
  if (!entries.length) return;
  const known = (await kho.store().thing("untold")) || [];
  await kho.store().keep("untold", [...new Set([...known, ...entries.map((entry) => entry.id)])]);
}

// Above `seq` nothing was received by this copy of the server, of other phones nothing is
// known: all that goes again. What it has says again how it stands.
async function voidReceipts(device, seq, epoch, other) {
  const box = kho.store();
  const all = (await box.entries()).filter((entry) => other || entry.device === device);
  await box.edit(all.map((entry) => entry.id), (entry) => {
    if (entry.status === HERE) return;
    if (entry.device === device && entry.seq <= seq) {
      entry.epoch = epoch;
      entry.version = null;
    } else {
      entry.status = HERE;
    }
  });
  await untold(all.filter((entry) => entry.device === device && entry.seq <= seq));
  if (!other) return;
  const states = [...(await box.things("session:")), ...(await box.things("since:"))];
  await box.change(({ things }) => states.forEach(([name]) => things.delete(name)));
}

async function merge(aliases) {
  if (!aliases || !Object.keys(aliases).length) return;
  const known = { ...(await kho.aliases()), ...aliases };
  for (const [old, now] of Object.entries(known)) if (now === null) delete known[old];
  await kho.store().keep("aliases", known);
}

// The server holds other bytes under our number, or numbers we never gave: another phone
// carries a copy of this store. From here on this one writes under an id of its own.
async function noteCopy(device, { seq, hash }, isForked) {
  const account = kho.current();
  if (!account || account.device !== device || !seq) return;
  const box = kho.store();
  const ours = await box.numbered(device, seq);
  const head = await box.head(device);
  const isOther = ours ? hash !== null && ours.hash !== hash : seq > head.seq;
  if (isForked || isOther) await renew({ copied: true });
}

// --- fetching -----------------------------------------------------------------------------

/** Fetch later states, and the app's data when it is old or asked for. */
export async function fetchAll(force = false) {
  const renewed = await renew();
  if (renewed && renewed.trouble) return renewed;
  const { user, tickets } = kho.current();
  const { token } = tickets[0];
  const states = await fetchStates(user, token);
  if (states.trouble) return states;
  const link = await kho.link();
  const at = `data:${user}`;
  const old = Math.abs(Date.now() - ((await kho.store().thing(at)) || 0)) > DATA_AGE;
  if (!force && !old) return states;
  const asked = Date.now();
  const parts = await fetchParts(user, token);
  if (parts.trouble) return parts;
  await kho.store().keep(at, Date.now());
  await forgetReceived(user, asked);
  await tidy(Date.now() + link.skew);
  return parts;
}

async function fetchStates(user, token) {
  const box = kho.store();
  const since = (await box.thing(`since:${user}`)) || "";
  let cursor = "";
  let first = null;
  for (;;) {
    const query = new URLSearchParams(cursor ? { since, cursor } : { since });
    const answer = await ask(`state?${query}`, { token });
    if (answer.code === "bad_since" && since) {
      await box.keep(`since:${user}`);
      return fetchStates(user, token);
    }
    if (answer.trouble) return answer;
    const { data } = answer;
    first = first || answer;
    await keepStates(user, data);
    cursor = data.more ? data.cursor : "";
    if (!cursor) break;
  }
  const { data, at } = first;
  await merge(data.aliases);
  if (data.tombstones && data.tombstones.length) await kho.bury(data.tombstones);
  const link = await kho.link();
  const skew = Date.parse(data.now) - at;
  const { epoch, seal_key: sealKey, fold } = data;
  await box.keep("link", { ...link, epoch: link.epoch || epoch, sealKey, fold, skew, contact: Date.now() });
  await box.keep(`since:${user}`, data.now);
  const news = (await box.thing("untold")) || [];
  if (news.length) {
    await box.edit(news, (entry) => {
      if (entry.version === null) entry.version = 0;
    });
    await box.keep("untold");
  }
  return first;
}

function keepStates(user, { sessions, epoch }) {
  return kho.store().change(({ things }) => {
    for (const row of sessions) {
      const name = `session:${user}:${row.id}`;
      const asked = things.get(name);
      asked.onsuccess = () => {
        const had = asked.result;
        if (had && had.epoch === epoch && had.version > row.version) return;
        things.put({ ...row, epoch }, name);
      };
    }
  });
}

async function fetchParts(user, token) {
  const box = kho.store();
  for (;;) {
    const had = new Map(await box.things(`part:${user}:`));
    const since = [...had.values()].map((part) => part.tag).join(",");
    const answer = await ask(`app?${new URLSearchParams({ since })}`, { token });
    if (answer.trouble) return answer;
    const { parts, more, teams, name, leader } = answer.data;
    const fresh = parts.filter((part) => "data" in part && part.data !== null);
    for (const part of fresh) await kho.keepPart(part.key, part.tag, part.data);
    if (more && fresh.length) continue;
    const listed = new Set(parts.map((part) => `part:${user}:${part.key}`));
    const gone = [...had.keys()].filter((key) => !listed.has(key));
    if (!more && gone.length) await box.change(({ things }) => gone.forEach((key) => things.delete(key)));
    await kho.editAccount(user, (one) => Object.assign(one, { teams, name, leader }));
    return answer;
  }
}

// --- forgetting ---------------------------------------------------------------------------

// Names that the server has told back are in the sealed lists: of what was received this
// phone keeps only what the server can open, for the day it is restored from a copy.
async function forgetReceived(user, asked) {
  if (kho.isLocked()) return;
  const box = kho.store();
  const hamlets = kho.me().teams.flatMap((team) => team.hamlets.map((hamlet) => hamlet.uuid));
  const listed = await kho.roster(hamlets);
  const told = new Set(listed.filter((person) => !person.isNew).map((person) => person.uuid));
  const gone = (await box.entries("status", kho.IN)).filter(
    ({ user: of, own, sealed, asked: at, header }) =>
      of === user && own && sealed && at < asked && (told.has(header.person) || header.kind === "session"),
  );
  if (gone.length) await box.edit(gone.map((entry) => entry.id), (entry) => {
    entry.own = null;
  });
}

// Only what was received goes, long after its period was locked, by the server's clock;
// what it says in words is readable here for a month.
async function tidy(now) {
  const box = kho.store();
  const all = await box.entries("status", kho.IN);
  const old = all.filter((entry) => now - Date.parse(entry.header.at) > KEPT);
  if (old.length) await box.edit(old.map((entry) => entry.id), () => null);
  const read = all.filter((entry) => entry.own && entry.sealed && now - entry.asked > READABLE);
  if (read.length) await box.edit(read.map((entry) => entry.id), (entry) => {
    entry.own = null;
  });
}

/** Is the phone's clock off? Milliseconds, or 0 when it is near enough. It decides nothing. */
export async function clockOff() {
  const { skew = 0 } = await kho.link();
  return Math.abs(skew) > CLOCK_OFF ? skew : 0;
}
