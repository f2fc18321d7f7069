/**
 * The fold: what a session's register entries add up to, on the phone.
 *
 * The same function as attendance/fold.py and cells.py, which explain it. The two
 * agree letter by letter; tests/vectors/fold and tests/attendance/test_fold*.py hold
 * them together. Change both, add a vector, and raise FOLD_VERSION. No DOM, no clock,
 * no storage.
 */

import { canonicalJson } from "./chain.js";

export const FOLD_VERSION = 1;

export const KINDS = new Set([
  "session",
  "consent",
  "mark",
  "walk_in",
  "head_count",
  "outcome",
  "blocker",
  "household",
  "hours",
  "note",
  "photo",
  "feedback",
  "close",
  "correct",
]);
export const OUTCOMES = ["not_yet", "referred", "helped", "alone"]; // lowest first
export const REMOVED = "removed"; // a note, photo or feedback that was taken back

export const COUNTED = "counted";
export const UNKNOWN = "unknown";
export const IGNORED = "ignored";

const ASCII = /^[\x00-\x7f]+$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const CODE = /^[a-z0-9_-]{1,40}$/;
const TEXT = /^[ -~]{0,64}$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,8})$/;
const SESSION_FIELD = /^(?:status|date|start|host|kind|lessons)$/;

const oneOf = (...values) => (value) => values.includes(value);
const numberTo = (limit) => (value) =>
  value === "" || (DECIMAL.test(value) && Number(value) <= limit);
const matches = (pattern) => (value) => pattern.test(value);

const smallest = (values, otherwise) =>
  values.length ? values.reduce((a, b) => (b < a ? b : a)) : otherwise;
const prefer = (winner) => (values) =>
  values.includes(winner) ? winner : smallest(values, winner);
const lowerOutcome = (values) =>
  OUTCOMES.find((value) => values.includes(value)) || "";
const smallerNumber = (values) =>
  values.filter(Boolean).reduce((a, b) => (!a || Number(b) < Number(a) ? b : a), "");
const smallerText = (values) => smallest(values.filter(Boolean), "");
const kept = (values) =>
  smallest(
    values.filter((value) => value !== REMOVED),
    REMOVED,
  );

const family = (kinds, accepts, choose) => ({
  kinds: new Set([...kinds, "correct"]),
  accepts,
  choose,
});
const outcomeFamily = family(["outcome"], oneOf(...OUTCOMES, ""), lowerOutcome);
const codeOrEmpty = (value) => value === "" || CODE.test(value);

const FAMILIES = new Map([
  [
    "presence",
    family(["mark", "walk_in"], oneOf("present", "absent"), prefer("present")),
  ],
  ["outcome", outcomeFamily],
  ["skill", outcomeFamily],
  ["blocker", family(["blocker"], codeOrEmpty, smallerText)],
  ["hours", family(["hours"], numberTo(1440), smallerNumber)],
  ["proxy", family(["household"], oneOf("child", ""), prefer("child"))],
  ["head_count", family(["head_count"], numberTo(5000), smallerNumber)],
  ["consent", family(["consent"], oneOf("read", "not_read"), prefer("not_read"))],
  ["close", family(["close"], oneOf("closed", "open"), prefer("open"))],
  ["session", family(["session"], matches(TEXT), smallerText)],
  ["tally", family(["head_count", "feedback"], numberTo(999999999), smallerNumber)],
  ["note", family(["note"], matches(TEXT), kept)],
  ["photo", family(["photo"], matches(TEXT), kept)],
  ["feedback", family(["feedback"], matches(TEXT), kept)],
]);
const OF_PERSON = new Set(["presence", "outcome", "skill", "blocker", "hours"]);
const WHOLE_SESSION = new Set(["head_count", "consent", "close"]);
const SUBJECT = new Map([
  ...[...OF_PERSON, "proxy", "note", "photo", "feedback"].map((name) => [name, UUID]),
  ["session", SESSION_FIELD],
  ["tally", CODE],
]);

/** Split a cell's name; null if this version does not know it. */
export function parseCell(name) {
  if (WHOLE_SESSION.has(name)) return { family: name, subject: "", code: "" };
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const good = SUBJECT.get(first);
  if (!good) return null;
  let subject = name.slice(slash + 1);
  let code = "";
  if (first === "skill") {
    const second = subject.indexOf("/");
    code = second < 0 ? "" : subject.slice(second + 1);
    if (!CODE.test(code)) return null;
    subject = subject.slice(0, second);
  }
  return good.test(subject) ? { family: first, subject, code } : null;
}

/** Return the person a cell is about, or null. */
export function personOf(name) {
  const cell = parseCell(name);
  return cell && OF_PERSON.has(cell.family) ? cell.subject : null;
}

/** Say whether such an entry is COUNTED, UNKNOWN (kind or cell) or IGNORED. */
export function classify(kind, name, value) {
  const cell = typeof name === "string" ? parseCell(name) : null;
  if (!KINDS.has(kind) || !cell) return UNKNOWN;
  return writes(kind, cell.family, value) ? COUNTED : IGNORED;
}

function writes(kind, name, value) {
  const { kinds, accepts } = FAMILIES.get(name);
  if (typeof value !== "string" || !kinds.has(kind) || !accepts(value)) return false;
  return kind !== "walk_in" || value === "present";
}

/**
 * Fold entry headers as they stand on the wire into the state of a session.
 * `aliases` maps merged persons to the person they were merged into.
 */
export function fold(entries, aliases = {}) {
  const once = new Map();
  for (const entry of entries) {
    const row = rowOf(entry);
    if (row === null) continue;
    const known = once.get(row.id);
    once.set(row.id, known ? smallerOf(known, row) : row);
  }
  const groups = new Map();
  const unknown = [];
  const ignored = [];
  for (const row of once.values()) {
    let group = groups.get(row.cell);
    if (!group) {
      const cell = row.cell === null ? null : parseCell(row.cell);
      if (!cell) {
        unknown.push(row.id);
        continue;
      }
      group = { name: row.cell, cell, rows: new Map() };
      groups.set(row.cell, group);
    }
    if (!KINDS.has(row.kind)) {
      unknown.push(row.id);
    } else if (writes(row.kind, group.cell.family, row.value)) {
      group.rows.set(row.id, row);
    } else {
      ignored.push(row.id);
    }
  }
  const settled = [...groups.values()]
    .filter((group) => group.rows.size)
    .map(({ name, cell, rows }) => ({ name, cell, ...settle(rows, cell.family) }));
  const state = addUp(combine(settled, cleanAliases(aliases)).sort(byName));
  return { ...state, unknown: unknown.sort(), ignored: ignored.sort() };
}

const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const textOrNull = (value) => (typeof value === "string" ? value : null);

function rowOf(entry) {
  if (typeof entry !== "object" || entry === null) return null;
  if (typeof entry.id !== "string" || !ASCII.test(entry.id)) return null;
  const seen = Array.isArray(entry.seen) ? entry.seen : [];
  return {
    id: entry.id,
    kind: textOrNull(entry.kind),
    cell: textOrNull(entry.cell),
    value: textOrNull(entry.value),
    seen: seen.filter((id) => typeof id === "string"),
  };
}

function cleanAliases(aliases) {
  return new Map(
    Object.entries(aliases).filter(
      ([old, after]) =>
        old !== after &&
        UUID.test(old) &&
        typeof after === "string" &&
        UUID.test(after),
    ),
  );
}

// Choose among entries with one id and other contents: any rule but the order.
function smallerOf(one, two) {
  return tieBreak(two) < tieBreak(one) ? two : one;
}

function tieBreak({ kind, cell, value, seen }) {
  const ids = [...new Set(seen.filter((id) => id === "" || ASCII.test(id)))].sort();
  return canonicalJson([kind, cell, value, ids]);
}

function settle(rows, familyName) {
  const heads = [...findHeads(rows)].sort();
  const values = [...new Set(heads.map((id) => rows.get(id).value))].sort();
  return {
    value: values.length > 1 ? FAMILIES.get(familyName).choose(values) : values[0],
    heads,
    conflict: values.length > 1,
    values,
  };
}

/**
 * Return the entries that nobody replaced: nobody reaches them through seen-links
 * whom they do not reach back. See attendance/fold.py: _heads.
 */
function findHeads(rows) {
  if (rows.size === 1) return rows.keys();
  const links = new Map();
  const replaced = new Set();
  for (const { id, seen } of rows.values()) {
    const older = seen.filter((other) => rows.has(other));
    older.forEach((other) => replaced.add(other));
    links.set(id, older);
  }
  const heads = [...rows.keys()].filter((id) => !replaced.has(id));
  const reached = reach(heads, links, new Set());
  if (reached.size === rows.size) return heads;
  const rest = new Map();
  const seenBy = new Map();
  for (const [id, older] of links) {
    if (!reached.has(id)) {
      rest.set(
        id,
        older.filter((other) => !reached.has(other)),
      );
      seenBy.set(id, []);
    }
  }
  const starts = [];
  const visited = new Set();
  for (const [id, older] of rest) {
    older.forEach((other) => seenBy.get(other).push(id));
    if (!visited.has(id)) {
      starts.push(id);
      reach([id], rest, visited);
    }
  }
  const ring = [];
  const below = new Set();
  for (const start of starts.reverse()) {
    if (!below.has(start)) {
      ring.push(start);
      reach([start], rest, below);
    }
  }
  return [...heads, ...reach(ring, seenBy, new Set())];
}

/** Add the starts and all that links lead to into `found`, and return it. */
function reach(starts, links, found) {
  const todo = [...starts];
  todo.forEach((id) => found.add(id));
  while (todo.length) {
    for (const id of links.get(todo.pop())) {
      if (!found.has(id)) {
        found.add(id);
        todo.push(id);
      }
    }
  }
  return found;
}

/** Follow merges to the person who stands today; endless chains lead nowhere. */
export function canonical(person, aliases) {
  const passed = new Set([person]);
  let last = person;
  while (aliases.has(last)) {
    last = aliases.get(last);
    if (passed.has(last)) return person;
    passed.add(last);
  }
  return last;
}

/** Put the cells of persons who were merged under the one who stands. */
function combine(cells, aliases) {
  if (!aliases.size) return cells;
  const combined = new Map();
  for (let { name, cell, value, heads, conflict, values } of cells) {
    if (OF_PERSON.has(cell.family)) {
      cell = { ...cell, subject: canonical(cell.subject, aliases) };
      name = `${cell.family}/${cell.subject}` + (cell.code && `/${cell.code}`);
    }
    const other = combined.get(name);
    if (other) {
      value = FAMILIES.get(cell.family).choose([other.value, value]);
      heads = [...other.heads, ...heads].sort();
      conflict = other.conflict || conflict;
      values = [...new Set([...other.values, ...values])].sort();
    }
    combined.set(name, { name, cell, value, heads, conflict, values });
  }
  return [...combined.values()];
}

function addUp(settled) {
  const cells = [];
  const values = new Map([...FAMILIES.keys()].map((name) => [name, new Map()]));
  const skills = new Map();
  let conflicts = 0;
  for (const { name, cell, value, heads, conflict, values: all } of settled) {
    cells.push([name, { value, heads, conflict, values: all }]);
    if (conflict) conflicts += 1;
    if (cell.family !== "skill") {
      values.get(cell.family).set(cell.subject, value);
    } else if (value) {
      if (!skills.has(cell.subject)) skills.set(cell.subject, []);
      skills.get(cell.subject).push([cell.code, value]);
    }
  }
  const presence = values.get("presence");
  const outcome = values.get("outcome");
  const hours = values.get("hours");
  const outcomes = { alone: 0, helped: 0, not_yet: 0, referred: 0, unrecorded: 0 };
  const blockers = new Map();
  const people = [];
  let named = 0;
  for (const person of [...new Set([...presence.keys(), ...outcome.keys()])].sort()) {
    const present = presence.get(person) === "present";
    const did = outcome.get(person) || "";
    const blocker = values.get("blocker").get(person) || "";
    const minutes = hours.get(person);
    people.push([
      person,
      {
        present,
        outcome: did,
        blocker,
        skills: Object.fromEntries(skills.get(person) || []),
        minutes: minutes ? Number(minutes) : null,
      },
    ]);
    if (present) {
      named += 1;
      outcomes[did || "unrecorded"] += 1;
      if (blocker) blockers.set(blocker, (blockers.get(blocker) || 0) + 1);
    }
  }
  const counted = values.get("head_count").get("");
  const heads = counted ? Number(counted) : null;
  const standing = (name) =>
    [...values.get(name).values()].filter((value) => value !== REMOVED).length;
  return {
    version: FOLD_VERSION,
    cells: Object.fromEntries(cells),
    people: Object.fromEntries(people),
    totals: {
      named,
      head_count: heads,
      nameless: heads === null ? null : Math.max(0, heads - named),
      visits: heads === null ? named : Math.max(heads, named),
      proxies: [...values.get("proxy").values()].filter(Boolean).length,
      short: heads !== null && heads < named,
      outcomes,
      blockers: Object.fromEntries(blockers),
      notes: standing("note"),
      photos: standing("photo"),
      feedback: standing("feedback"),
      conflicts,
      tallies: Object.fromEntries(
        [...values.get("tally")].filter(([, n]) => n).map(([key, n]) => [key, Number(n)]),
      ),
      minutes: [...hours.values()].reduce((sum, n) => sum + Number(n), 0),
    },
    consent: values.get("consent").get("") || "",
    closed: values.get("close").get("") === "closed",
    fields: Object.fromEntries(values.get("session")),
  };
}
