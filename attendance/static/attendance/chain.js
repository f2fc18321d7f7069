/**
 * The chain: entry headers that name one another by hash.
 *
 * The phone's half of attendance/chain.py, which says what it is for. The two agree
 * letter by letter; tests/vectors/chain holds them together. Hashing needs
 * `crypto.subtle`, which browsers give to secure origins only, and is asynchronous.
 */

export const NOTHING = "0".repeat(64);

const HASH = /^[0-9a-f]{64}$/;
const ASCII = /^[\x00-\x7f]+$/;

/**
 * Write JSON the one way both languages agree on: sorted, tight, ASCII.
 * Throws TypeError for what has no such form.
 */
export function canonicalJson(value) {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === "string") return asciiText(value);
  if (Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return "[" + value.map(canonicalJson).join(",") + "]";
  if (typeof value !== "object") {
    throw new TypeError(`${typeof value} has no canonical form.`);
  }
  const members = Object.keys(value)
    .sort()
    .map((key) => {
      if (key && !ASCII.test(key)) throw new TypeError("A key is not ASCII text.");
      return asciiText(key) + ":" + canonicalJson(value[key]);
    });
  return "{" + members.join(",") + "}";
}

function asciiText(text) {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** Return the bytes of a header that its hash is taken of, or throw TypeError. */
export function headerBytes(header) {
  if (!isObject(header)) throw new TypeError("A header is a JSON object.");
  return new TextEncoder().encode(canonicalJson(header));
}

/** Return the SHA-256 of a header, unknown keys included, as 64 hex digits. */
export async function headerHash(header) {
  return sha256(headerBytes(header));
}

/** Return the SHA-256 of a body's exact bytes; NOTHING for null or undefined. */
export async function bodyDigest(body) {
  return body === null || body === undefined ? NOTHING : sha256(body);
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Return what is wrong with the chains of the devices in `headers`; [] is whole.
 * The problems and their order are those of attendance/chain.py: verify_chain.
 */
export async function verifyChain(headers) {
  const problems = new Map();
  const report = (problem, device, seq, ids, until = seq) => {
    const found = { problem, device, seq, until, ids: [...new Set(ids)].sort() };
    problems.set(canonicalJson(found), found);
  };
  const devices = new Map();
  const hashes = await Promise.all(Array.from(headers, hashOrNull));
  headers.forEach((header, index) => {
    if (hashes[index] === null) {
      report("malformed", ...nameOf(header));
      return;
    }
    if (!devices.has(header.device)) devices.set(header.device, new Map());
    const numbers = devices.get(header.device);
    if (!numbers.has(header.seq)) numbers.set(header.seq, new Map());
    numbers.get(header.seq).set(hashes[index], header);
  });
  for (const [device, numbers] of devices) {
    const numberOf = new Map([[NOTHING, 0]]);
    for (const [seq, here] of numbers) {
      for (const hash of here.keys()) numberOf.set(hash, seq);
    }
    let before = 0;
    for (const seq of [...numbers.keys()].sort((a, b) => a - b)) {
      if (seq > before + 1) report("gap", device, before + 1, [], seq - 1);
      const here = [...numbers.get(seq).values()];
      if (here.length > 1) {
        report("fork", device, seq, here.map((header) => header.id));
      }
      for (const header of here) {
        const named = numberOf.get(header.prev);
        if (named === seq - 1) continue;
        if (named > 0) {
          report("wrong_order", device, seq, [header.id]);
        } else if (named === 0 || before === seq - 1) {
          report("broken_link", device, seq, [header.id]);
        }
      }
      before = seq;
    }
  }
  return [...problems]
    .sort(
      ([a, one], [b, two]) =>
        compare(one.device, two.device) || one.seq - two.seq || compare(a, b),
    )
    .map(([, problem]) => problem);
}

async function hashOrNull(header) {
  if (!isObject(header) || !isText(header.id) || !isText(header.device)) return null;
  if (!Number.isSafeInteger(header.seq) || header.seq < 1) return null;
  if (typeof header.prev !== "string" || !HASH.test(header.prev)) return null;
  let bytes;
  try {
    bytes = headerBytes(header);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
  return sha256(bytes);
}

function nameOf(header) {
  if (!isObject(header)) return ["", 0, []];
  const { device, seq, id } = header;
  return [
    isText(device) ? device : "",
    Number.isSafeInteger(seq) && seq > 0 ? seq : 0,
    isText(id) ? [id] : [],
  ];
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value) {
  return typeof value === "string" && ASCII.test(value);
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
