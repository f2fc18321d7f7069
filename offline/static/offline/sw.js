"use strict";
// The worker of the residents' pages. The server writes CONFIG (offline/views.py).
//
// toso-doc   pages that were read, the oldest dropped when there are too many
// toso-giu   pages that somebody asked to keep
// toso-tep   files with a digest in their name: styles, scripts, pictures, voices
//
// A page is stored only when the server allows it (X-Good-Until): that never stands on
// anything personal.
const CONFIG = {};

const READ = "toso-doc";
const KEPT = "toso-giu";
const FILES = "toso-tep";
const DAY = 864e5;
const PATIENCE = 3000;
const MOST_READ = 120;
const LARGEST_FILE = 300 * 1024;
const LESSON = /^\/bai\/[^/]+\/[^/]+\/$/;
const HASHED = /\.[0-9a-f]{12}\.[^./]+$/;
const VOICE = /\.(mp3|ogg|opus|m4a)$/;

// What each tab was given (the tag of the copy, and whether the network brought it), and
// when each tab last asked (milliseconds).
const given = new Map();
const asked = new Map();

const now = () => Date.now();
const pathOf = (address) => new URL(address, location.href).pathname;
const isFile = (path) => path.startsWith(CONFIG.static) || path.startsWith(CONFIG.media);
const isPrivate = (path) => CONFIG.private.some((start) => path.startsWith(start));

// The address under which a page is stored: queries that change nothing are dropped.
function keyOf(address) {
  const url = new URL(address, location.href);
  const kept = new URLSearchParams();
  for (const name of CONFIG.queries) {
    for (const value of url.searchParams.getAll(name)) kept.append(name, value);
  }
  const query = kept.toString();
  return url.origin + url.pathname + (query ? "?" + query : "");
}

function within(promise, milliseconds) {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("late")), milliseconds);
    promise.then(resolve, reject);
  });
}

// --- what is stored ---------------------------------------------------------------------

async function find(key) {
  for (const name of [KEPT, READ]) {
    const response = await (await caches.open(name)).match(key);
    if (response) return { name, response };
  }
  return null;
}

const storedAt = (response) => Number(response.headers.get("X-Stored-At")) || 0;
const tagOf = (response) => response.headers.get("ETag");
const goodUntil = (response) => 1000 * Number(response.headers.get("X-Good-Until"));

function isStorable(response) {
  return (
    response.status === 200 &&
    response.type === "basic" &&
    !response.redirected &&
    response.headers.has("X-Good-Until") &&
    !/no-store|private/.test(response.headers.get("Cache-Control") || "")
  );
}

async function stamped(response, fresh) {
  const headers = new Headers(response.headers);
  headers.set("X-Stored-At", now());
  if (fresh) headers.set("X-Good-Until", fresh.headers.get("X-Good-Until") || 0);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(await response.blob(), { headers });
}

// Puts, and when the phone is full makes room once by dropping the oldest reading.
async function put(name, key, response) {
  const cache = await caches.open(name);
  const again = response.clone();
  try {
    await cache.put(key, response);
  } catch (error) {
    await trim(Math.floor(MOST_READ / 4));
    await sweep();
    await cache.put(key, again);
  }
}

async function store(key, response, name) {
  if (!isStorable(response)) return false;
  await put(name || READ, key, await stamped(response));
  if (!name || name === READ) await trim(MOST_READ);
  return true;
}

async function trim(most) {
  const cache = await caches.open(READ);
  const keys = await cache.keys();
  const common = new Set([CONFIG.offline, CONFIG.words_url, ...CONFIG.pages]);
  const read = keys.filter((request) => !common.has(pathOf(request.url)));
  // Practice and questions go before any lesson: what was read stays readable.
  const isLesson = (request) => LESSON.test(pathOf(request.url));
  const order = [...read.filter((it) => !isLesson(it)), ...read.filter(isLesson)];
  for (const request of order.slice(0, Math.max(0, read.length - most))) {
    await cache.delete(request);
  }
}

// Drops files that nothing stored speaks of. A script speaks of what it imports.
async function sweep() {
  const files = await caches.open(FILES);
  const wanted = new Set();
  const mark = async (text, base) => {
    for (const [, quoted] of text.matchAll(/["'(]([^"'()\s<>]+\.[^"'()\s<>./]{2,5})["')]/g)) {
      let path = "";
      try {
        path = pathOf(new URL(quoted, base));
      } catch (error) {
        continue;
      }
      if (!isFile(path) || wanted.has(path)) continue;
      wanted.add(path);
      const script = path.endsWith(".js") && (await files.match(path));
      if (script) await mark(await script.text(), new URL(path, location.href));
    }
  };
  await mark(JSON.stringify(CONFIG.shell), location.href);
  for (const name of [KEPT, READ]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      await mark(await (await cache.match(request)).text(), request.url);
    }
  }
  for (const request of await files.keys()) {
    if (!wanted.has(pathOf(request.url))) await files.delete(request);
  }
}

// --- files ----------------------------------------------------------------------------

async function file(event) {
  const { request } = event;
  const path = pathOf(request.url);
  const cache = await caches.open(FILES);
  const stored = await cache.match(path);
  if (stored && HASHED.test(path)) return part(request, stored);
  try {
    const response = await fetch(request);
    if (response.status === 200 && response.type === "basic" && !VOICE.test(path)) {
      const copy = response.clone();
      event.waitUntil(keepFile(path, copy).catch(() => {}));
    }
    return response;
  } catch (error) {
    if (stored) return part(request, stored);
    throw error;
  }
}

async function keepFile(path, response) {
  const blob = await response.blob();
  if (blob.size > LARGEST_FILE && !VOICE.test(path)) return;
  const headers = { "Content-Type": response.headers.get("Content-Type") || blob.type };
  await put(FILES, path, new Response(blob, { headers }));
}

// A player asks for a range; Safari plays nothing without a 206.
async function part(request, stored) {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("Range") || "");
  if (!asked) return stored;
  const blob = await stored.blob();
  const first = Number(asked[1]);
  const last = Math.min(asked[2] ? Number(asked[2]) : Infinity, blob.size - 1);
  if (first > last) {
    return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${blob.size}` } });
  }
  return new Response(blob.slice(first, last + 1), {
    status: 206,
    headers: {
      "Content-Type": blob.type,
      "Content-Range": `bytes ${first}-${last}/${blob.size}`,
      "Accept-Ranges": "bytes",
    },
  });
}

// --- pages ------------------------------------------------------------------------------

function opensAtOnce(path, response) {
  const age = now() - storedAt(response);
  return (
    (path === "/" || path.startsWith("/bai/") || path.startsWith("/giu/")) &&
    age >= 0 &&
    age < DAY &&
    now() < goodUntil(response)
  );
}

async function page(event) {
  const { request } = event;
  const path = pathOf(request.url);
  const key = keyOf(request.url);
  const found = await find(key);
  const over = await withdrawal(path, found);
  const tab = event.resultingClientId;
  if (found) given.set(tab, { tag: tagOf(found.response) });
  if (found && !over && opensAtOnce(path, found.response)) return found.response;
  const network = fetch(request).then(async (response) => {
    if (response.status === 404 || response.status === 410) await forget(key);
    const copy = response.clone();
    event.waitUntil(store(key, copy, found && found.name).catch(() => {}));
    return response;
  });
  event.waitUntil(network.catch(() => {}));
  try {
    const response = await (found || over ? within(network, PATIENCE) : network);
    if (response.status < 500 || !(found || over)) {
      given.set(tab, { tag: tagOf(response), fresh: true });
      return response;
    }
  } catch (error) {
    // No network, or too little: what is on the phone stands in.
  }
  if (over) return over;
  if (found) return found.response;
  return request.mode === "navigate" ? instead(path) : Response.error();
}

async function forget(key) {
  for (const name of [KEPT, READ]) await (await caches.open(name)).delete(key);
}

// A lesson says itself from when nobody may follow it; its practice and questions ask it.
async function withdrawal(path, found) {
  const home = /^\/bai\/[^/]+\/[^/]+\//.exec(path);
  if (!home) return null;
  const lesson = home[0] === path ? found : await find(keyOf(home[0]));
  if (!lesson) return null;
  const html = await lesson.response.clone().text();
  // Taken down by hand: the page itself is the notice already.
  if (home[0] !== path && /<article[^>]* data-withdrawn/.test(html)) return Response.redirect(home[0]);
  const moment = /<article[^>]* data-good-until="(\d+)"/.exec(html);
  if (!moment || now() < 1000 * Number(moment[1])) return null;
  if (home[0] !== path) return Response.redirect(home[0]);
  return notice(html, lesson.response.headers);
}

// Text 4.8 and the replacement wait in the page itself; title and whom to ask remain.
function notice(html, headers) {
  const piece = (pattern) => (pattern.exec(html) || ["", ""])[1];
  const parts = [
    '<article class="lesson" data-withdrawn>',
    piece(/(<h1[^]*?<\/h1>)/),
    piece(/<template id="het-han">([^]*?)<\/template>/) || `<p class="note warn">${CONFIG.words.withdrawn}</p>`,
    "</article>",
    piece(/(<section id="hoi"[^]*?<\/section>)/),
  ];
  const text = html.replace(/(<main[^>]*>)[^]*<\/main>/, (all, start) => `${start}${parts.join("")}</main>`);
  return new Response(text, { headers });
}

// What stands in for a page that is not on the phone: whom to call, and what is here.
async function instead(path) {
  const number = /^\/(\d{1,6})\/?$/.exec(path);
  const lessons = await stored();
  const typed = number && lessons.find((lesson) => lesson.number === number[1]);
  if (typed) return Response.redirect(typed.path);
  // A search finds nothing without network, but the whole list may be here.
  const whole = await find(keyOf(path));
  if (whole) return whole.response;
  const found = await find(keyOf(CONFIG.offline));
  if (!found) return Response.error();
  const rows = lessons.map(({ path: to, title }) => `<li><a class="row" href="${to}">${title}</a></li>`);
  const html = await found.response.text();
  const list = rows.length ? `<ul class="rows">${rows.join("")}</ul>` : `<p>${CONFIG.words.none}</p>`;
  return new Response(html.replace("<!--bai-->", () => list), { headers: found.response.headers });
}

// Titles come out of our own pages and are already escaped there.
async function stored() {
  const lessons = new Map();
  for (const name of [KEPT, READ]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const path = pathOf(request.url);
      if (!LESSON.test(path) || lessons.has(path)) continue;
      const html = await (await cache.match(request)).text();
      const number = (/<article[^>]* data-lesson="(\d+)"/.exec(html) || [])[1];
      const title = (/<article[^>]* data-title="([^"]*)"/.exec(html) || /<h1[^>]*>([^<]*)/.exec(html) || [])[1];
      if (title) lessons.set(path, { path, number, title });
    }
  }
  return [...lessons.values()];
}

// --- what an open page asks -----------------------------------------------------------

// Is the stored copy what the server has today? One small question; 304 is the usual answer.
async function check(key, frugal) {
  const found = await find(key);
  const tag = found && tagOf(found.response);
  // The first visit came before the worker: its bytes are still in the browser's own store.
  const cache = found ? "no-store" : frugal ? "only-if-cached" : "force-cache";
  const headers = tag ? { "If-None-Match": tag } : {};
  let response;
  try {
    response = await within(fetch(key, { cache, headers, mode: "same-origin" }), 15e3);
    // A server in trouble says nothing about the copy: it is shown with its date.
    if (found && response.status >= 500) throw new Error(response.status);
  } catch (error) {
    if (frugal && !found) return { fresh: "same" };
    if (found && (await withdrawal(pathOf(key), found))) return { fresh: "over" };
    return { fresh: "offline", at: found ? storedAt(found.response) : 0 };
  }
  if (response.status === 304 && found) {
    await put(found.name, key, await stamped(found.response, response));
    return { fresh: "same", at: now() };
  }
  if (response.status === 404 || response.status === 410) {
    await forget(key);
    return { fresh: found ? "gone" : "same" };
  }
  if (!isStorable(response)) return { fresh: "same" };
  const html = await response.clone().text();
  const changed = found && html !== (await found.response.clone().text());
  await store(key, response, found && found.name);
  const closed = LESSON.test(pathOf(key)) && !html.includes('id="buoc-1"');
  return { fresh: !changed ? "same" : closed ? "gone" : "changed", at: now() };
}

// Brings a page or a file to the phone unless it is there and young enough.
async function get(path, cache, name) {
  if (isFile(path)) {
    if (await (await caches.open(FILES)).match(path)) return true;
    const response = await fetch(path, { cache, mode: "same-origin" });
    if (response.status !== 200) return false;
    await keepFile(path, response);
    return true;
  }
  const key = keyOf(path);
  const found = await find(key);
  const place = name || (found && found.name);
  if (found && found.name === (name || found.name) && opensAtOnce("/giu/", found.response)) return true;
  return store(key, await fetch(key, { cache, mode: "same-origin" }), place);
}

// Files that the page showed already: from the browser's store, never from the network
// when the phone saves data.
async function filesOf(key, cache) {
  const found = await find(key);
  if (!found) return;
  const html = await found.response.text();
  const spoken = html.matchAll(/(?:src|href)="([^"]+\.(?:js|css|svg|png|webp|jpe?g))"/g);
  for (const [, path] of spoken) {
    if (isFile(path)) await get(path, cache).catch(() => {});
  }
}

// The rest of this lesson: practice, questions, pictures, scripts; never the voices.
async function rest(path) {
  const list = path.replace("/bai/", "/giu/");
  if (!(await get(list))) return;
  const { lessons } = await (await find(keyOf(list))).response.json();
  for (const lesson of lessons) {
    for (const [address, , kind] of lesson.files) {
      if (kind !== "voice") await get(address);
    }
  }
}

// Are all scripts on the phone, so that no button of theirs can be dead?
async function ready() {
  const files = await caches.open(FILES);
  for (const address of CONFIG.shell) if (!(await files.match(address))) return false;
  return true;
}

async function common() {
  for (const path of [...CONFIG.shell, CONFIG.words_url, CONFIG.offline, ...CONFIG.pages]) {
    await get(path).catch(() => {});
  }
  await renew();
}

// What somebody keeps is asked after once a day: a withdrawal reaches it, and a part that
// an interruption left out comes now.
async function renew() {
  const cache = await caches.open(KEPT);
  let most = 12;
  for (const request of await cache.keys()) {
    const stored = await cache.match(request);
    const path = pathOf(request.url);
    const old = now() - storedAt(stored) > DAY;
    if (path.startsWith("/giu/")) await complete(request, await stored.json(), old);
    else if (old && most-- > 0) await check(request.url);
  }
}

async function complete(request, chosen, old) {
  let list = chosen;
  const path = pathOf(request.url);
  if (old && (await get(path))) {
    const kinds = new Set(chosen.lessons.flatMap((lesson) => lesson.files.map((part) => part[2])));
    list = await (await find(keyOf(path))).response.json();
    list.out = chosen.out || [];
    list.lessons = list.lessons.filter((lesson) => !list.out.includes(lesson.url));
    for (const lesson of list.lessons) lesson.files = lesson.files.filter((part) => kinds.has(part[2]));
    const headers = { "Content-Type": "application/json", "X-Stored-At": now() };
    await put(KEPT, request, new Response(JSON.stringify(list), { headers }));
  }
  for (const lesson of list.lessons) {
    for (const [address] of lesson.files) await get(address, "default", KEPT).catch(() => {});
  }
}

// A page that the network just brought need not be asked after, nor one asked a minute ago.
function isKnown(tab) {
  const { fresh } = given.get(tab) || {};
  const known = (fresh && !asked.has(tab)) || now() - (asked.get(tab) || 0) < 6e4;
  if (asked.size > 200) asked.clear();
  if (given.size > 200) given.clear();
  asked.set(tab, now());
  return known;
}

// Does the tab show another copy than the one that is stored by now? A slow answer of the
// network may have come after the stored copy was shown.
async function isOutrun(tab, key) {
  const shown = given.get(tab);
  const found = await find(key);
  return Boolean(shown && shown.tag && found && tagOf(found.response) && tagOf(found.response) !== shown.tag);
}

async function attend({ page: address, frugal }, port, tab) {
  const key = keyOf(address);
  const path = pathOf(key);
  if (isPrivate(path)) return;
  let answer = isKnown(tab) && (await find(key)) ? { fresh: "same" } : await check(key, frugal);
  if (answer.fresh === "same" && (await isOutrun(tab, key))) answer = { fresh: "changed" };
  if (answer.fresh !== "same") port.postMessage(answer);
  if (answer.fresh !== "offline") {
    await filesOf(key, frugal ? "only-if-cached" : "force-cache");
    if (frugal) {
      for (const script of CONFIG.shell) await get(script, "only-if-cached").catch(() => {});
    } else {
      if (LESSON.test(path)) await rest(path).catch(() => {});
      await common();
    }
  }
  port.postMessage({ ready: await ready() });
}

addEventListener("install", (event) => {
  const first = [CONFIG.offline, CONFIG.words_url, ...CONFIG.first].map((path) => get(path).catch(() => {}));
  event.waitUntil(Promise.all(first).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) {
      // Other workers of this address keep stores of their own.
      if (/^toso-(doc|giu|tep)/.test(name) && ![READ, KEPT, FILES].includes(name)) await caches.delete(name);
    }
    await sweep();
    await clients.claim();
  };
  event.waitUntil(clean());
});

addEventListener("message", (event) => {
  const { data, ports, source } = event;
  if (data.page) event.waitUntil(attend(data, ports[0], source && source.id).catch(() => {}));
  if (data.tidy) event.waitUntil(sweep());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  // Opened by itself a file needs the policy that the server sends with it.
  if (isFile(url.pathname)) {
    if (request.mode !== "navigate") event.respondWith(file(event));
  } else if (isPrivate(url.pathname)) return;
  else if (request.mode === "navigate" || /^\/(bai|giu)\//.test(url.pathname)) {
    event.respondWith(page(event));
  }
});
