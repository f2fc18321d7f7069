/**
 * The lock of the register on a phone: names at rest, and who may read them.
 *
 * Each account has a key pair of its own. What holds a name is sealed to the public
 * point, so it can be stored also while the phone is locked; the private key lies
 * encrypted under the six digits that its owner chose. The same sealing, with the
 * server's point, makes a body that only the server can read (docs/register-protocol.md).
 */

export const ROUNDS = 300000;
export const FREE_TRIES = 5;
const POINT = 65;
const NONCE = 12;
const INFO = "toso sealed body 1";
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const LONGEST_WAIT = 15 * 60000;

const bytesOf = (text) => new TextEncoder().encode(text);
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** Bytes as base64, in pieces: a long argument list overflows the stack. */
export function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}

export const fromBase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** Can this page lock and hash at all? Only a secure address gives `crypto.subtle`. */
export const canLock = () => Boolean(globalThis.crypto && crypto.subtle);

// --- sealing ----------------------------------------------------------------------------

async function stretched(own, point, usage) {
  const other = await crypto.subtle.importKey("raw", point, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: other }, own, 256);
  const wide = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: bytesOf(INFO) };
  return crypto.subtle.deriveKey(how, wide, { name: "AES-GCM", length: 256 }, false, [usage]);
}

/** Seal bytes to a public point, bound to `about`; base64. */
export async function seal(bytes, about, point) {
  const own = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const key = await stretched(own.privateKey, fromBase64(point), "encrypt");
  const iv = random(NONCE);
  const how = { name: "AES-GCM", iv, additionalData: bytesOf(about) };
  const words = new Uint8Array(await crypto.subtle.encrypt(how, key, bytes));
  const start = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const all = new Uint8Array(POINT + NONCE + words.length);
  all.set(start);
  all.set(iv, POINT);
  all.set(words, POINT + NONCE);
  return toBase64(all);
}

/** The bytes that were sealed to the owner of this private key; throws if they were not. */
export async function unseal(sealed, about, privateKey) {
  const all = fromBase64(sealed);
  const key = await stretched(privateKey, all.slice(0, POINT), "decrypt");
  const iv = all.slice(POINT, POINT + NONCE);
  const how = { name: "AES-GCM", iv, additionalData: bytesOf(about) };
  return new Uint8Array(await crypto.subtle.decrypt(how, key, all.slice(POINT + NONCE)));
}

// --- the code ---------------------------------------------------------------------------

async function keyOfCode(code, salt, rounds) {
  const typed = await crypto.subtle.importKey("raw", bytesOf(code), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  const made = { name: "AES-GCM", length: 256 };
  return crypto.subtle.deriveKey(how, typed, made, false, ["encrypt", "decrypt"]);
}

const readKey = (pkcs8) => crypto.subtle.importKey("pkcs8", pkcs8, CURVE, false, ["deriveBits"]);

async function wrapped(pkcs8, code) {
  const salt = random(16);
  const iv = random(NONCE);
  const key = await keyOfCode(code, salt, ROUNDS);
  const words = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, pkcs8);
  return {
    rounds: ROUNDS,
    salt: toBase64(salt),
    iv: toBase64(iv),
    key: toBase64(new Uint8Array(words)),
    tries: 0,
    wait: 0,
  };
}

async function unwrapped(lock, code) {
  const key = await keyOfCode(code, fromBase64(lock.salt), lock.rounds);
  const how = { name: "AES-GCM", iv: fromBase64(lock.iv) };
  try {
    return await crypto.subtle.decrypt(how, key, fromBase64(lock.key));
  } catch (error) {
    return null;
  }
}

/** Is this a code that may be chosen: six digits, not one repeated, not a run? */
export function goodCode(code) {
  if (!/^\d{6}$/.test(code) || /^(\d)\1+$/.test(code)) return false;
  return !"01234567890".includes(code) && !"09876543210".includes(code);
}

/** A new lock under a code: {lock to store, key to use}. */
export async function makeLock(code) {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  const lock = { ...(await wrapped(pkcs8, code)), point: toBase64(point) };
  return { lock, key: await readKey(pkcs8) };
}

/** The private key if the code is right, else null. Counting tries is the caller's. */
export async function openLock(lock, code) {
  const pkcs8 = await unwrapped(lock, code);
  return pkcs8 && readKey(pkcs8);
}

/** The same lock under another code, or null when the old one is wrong. */
export async function changeCode(lock, before, after) {
  const pkcs8 = await unwrapped(lock, before);
  return pkcs8 && { ...(await wrapped(pkcs8, after)), point: lock.point };
}

/**
 * Milliseconds to wait after so many wrong codes: five are free, then half a minute,
 * doubling up to a quarter of an hour. Nothing is ever erased for a wrong code.
 */
export function waitAfter(tries) {
  if (tries < FREE_TRIES) return 0;
  return Math.min(30000 * 2 ** (tries - FREE_TRIES), LONGEST_WAIT);
}
