/**
 * The author tickets of this phone: who is enrolled here, who uses it, who leaves.
 *
 * An account keeps the id its phone was given, the signed tickets, and its lock. Ids and
 * tokens of before stay, because what was written with them is sent with them.
 */

import { canLock, changeCode, makeLock, seal } from "./khoa.js";
import * as kho from "./kho.js";
import { ask } from "./mang.js";

const DAY = 864e5;

/** Everybody who is enrolled on this phone: [{user, name, here, left}], `here` = in use. */
export async function accounts() {
  const now = kho.me();
  return (await kho.store().things("account:")).map(([, { user, name, left }]) => ({
    user,
    name,
    left: Boolean(left),
    here: Boolean(now) && now.user === user,
  }));
}

/** Can a phone be enrolled at this address? Else why not: "insecure" or "no_store". */
export async function obstacle() {
  if (!canLock()) return "insecure";
  try {
    await kho.open();
    return "";
  } catch (error) {
    return "no_store";
  }
}

/**
 * Enrol with the officer's code and six digits of one's own. Resolves to the answer of
 * mang.js; its trouble is empty when the phone is enrolled, unlocked and ready to fetch.
 */
export async function enrol({ username, code, label, pin }) {
  const answer = await ask("enrol", { body: { username, code, label } });
  if (answer.trouble) return answer;
  const { data } = answer;
  const before = await kho.store().thing(`account:${data.user}`);
  // The lock is new each time: who forgot the digits is let in by the officer's code.
  // What only the old digits could open is gone; the server's sealed copies are not.
  const { lock, key } = await makeLock(pin);
  const older = before ? [...before.before, { device: before.device, tickets: before.tickets }] : [];
  await adopt(data, { lock, before: older, left: false, renewed: Date.now() });
  if (before) await orphan(data.user);
  await kho.store().keep("who", data.user);
  await notePresence(answer);
  await kho.reload();
  kho.use(key);
  kho.changed("account");
  await persist();
  return answer;
}

function adopt(data, more) {
  const { user, username, name, leader, device, teams, tickets } = data;
  const account = { user, username, name, leader, device, teams, tickets, ...more };
  return kho.store().keep(`account:${user}`, account);
}

async function orphan(user) {
  const box = kho.store();
  const own = (await box.entries()).filter((entry) => entry.user === user && entry.own);
  await box.edit(own.map((entry) => entry.id), (entry) => {
    entry.own = null;
  });
  const parts = await box.things(`part:${user}:hamlet:`);
  await box.change(({ things }) => parts.forEach(([name]) => things.delete(name)));
}

async function notePresence({ data, at }) {
  const link = await kho.link();
  const skew = Date.parse(data.now) - at;
  const { epoch, seal_key: sealKey } = data;
  await kho.store().keep("link", { ...link, contact: Date.now(), skew, epoch: link.epoch || epoch, sealKey });
}

/** Ask the browser to evict nothing; it may say no. */
export async function persist() {
  const { storage } = navigator;
  if (!storage || !storage.persist) return false;
  try {
    return await storage.persist();
  } catch (error) {
    return false;
  }
}

/** Fresh tickets once a day, or at once with `force`. Resolves to an answer or null. */
export async function renew({ force = false, copied = false } = {}) {
  const account = kho.current();
  if (!account) return null;
  const young = Math.abs(Date.now() - account.renewed) < DAY;
  if (young && !force && !copied) return null;
  const token = account.tickets[0].token;
  const answer = await ask("renew", { token, body: copied ? { new: true } : {} });
  if (answer.trouble) return answer;
  const { device, tickets, teams, leader, name } = answer.data;
  await kho.editAccount(account.user, (one) => {
    if (one.device !== device) one.before.push({ device: one.device, tickets: one.tickets });
    Object.assign(one, { device, tickets, teams, leader, name, renewed: Date.now() });
  });
  kho.changed("account");
  return answer;
}

/** Somebody else takes this phone into hand; the names of the other stay locked away. */
export async function switchTo(user) {
  await kho.store().keep("who", user);
  kho.lock();
  await kho.reload();
  await kho.editAccount(user, (one) => {
    one.left = false;
  });
  kho.changed("account");
}

/**
 * Leave this phone: lists go, and what is not sent can be sent by the next person and
 * read by nobody but the server. Resolves with how many entries are still to be sent.
 */
export async function leave() {
  const account = kho.current();
  const box = kho.store();
  const { sealKey } = await kho.link();
  const mine = (await box.entries()).filter((entry) => entry.user === account.user && entry.own);
  const sealed = new Map();
  for (const entry of mine.filter((one) => !one.sealed && sealKey)) {
    const text = await kho.bodyText(entry);
    if (text === null) continue;
    const bytes = new TextEncoder().encode(text);
    sealed.set(entry.id, await seal(bytes, entry.header.body, sealKey));
  }
  // A body that nobody could send would be lost: then the locked one stays.
  await box.edit(mine.map((entry) => entry.id), (entry) => {
    if (sealed.has(entry.id)) entry.sealed = sealed.get(entry.id);
    if (entry.sealed) entry.own = null;
  });
  await forget(account.user);
  await kho.editAccount(account.user, (one) => {
    one.left = true;
  });
  await box.keep("who");
  kho.lock();
  await kho.reload();
  kho.changed("account");
  return kho.unsent();
}

/** Take the lists and sessions of a login off this phone; entries and tickets stay. */
export async function forget(user) {
  const box = kho.store();
  const parts = [...(await box.things(`part:${user}:`)), ...(await box.things(`session:${user}:`))];
  await box.change(({ things }) => {
    parts.forEach(([name]) => things.delete(name));
    things.delete(`since:${user}`);
  });
}

/** Choose other digits; false when the old ones are wrong. */
export async function chooseCode(before, after) {
  const account = kho.current();
  const lock = await changeCode(account.lock, before, after);
  if (!lock) return false;
  await kho.editAccount(account.user, (one) => {
    one.lock = lock;
  });
  return true;
}

// --- the queue as a file ------------------------------------------------------------------

/** What was not received yet, as text of a file: names only sealed for the server. */
export async function toFile() {
  const rows = (await kho.store().entries())
    .filter((entry) => entry.status === "here" || entry.status === "held")
    .map(({ header, hash, sealed }) => ({ header, hash, sealed: sealed || null }));
  return JSON.stringify({ toso: 1, made: new Date().toISOString(), entries: rows });
}

/** Take a file of another phone in; resolves with how many entries are new, -1 if it is none. */
export async function fromFile(text) {
  let rows;
  try {
    const { toso, entries } = JSON.parse(text);
    rows = toso === 1 && entries.filter(({ header }) => header.id && header.session && header.device);
  } catch (error) {
    return -1;
  }
  if (!rows) return -1;
  const taken = rows.map(({ header, hash, sealed }) => {
    const { id, device, seq, session } = header;
    const tag = kho.tagOf(header);
    const more = tag ? { tag } : {};
    return { id, device, seq, session, header, hash, sealed, own: null, user: "", status: "here", ...more };
  });
  const fresh = await kho.store().take(taken);
  kho.changed("write");
  return fresh;
}

/** A short code of the chain's head, to read to the officer: number and eight characters. */
export async function controlCode() {
  const account = kho.current();
  if (!account) return null;
  const { seq, hash } = await kho.store().head(account.device);
  return { seq, code: seq ? `${hash.slice(0, 4)} ${hash.slice(4, 8)}` : "" };
}

