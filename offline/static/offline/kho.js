// What lies on this phone: the same three stores that the worker (sw.js) keeps.
export const READ = "toso-doc";
export const KEPT = "toso-giu";
export const FILES = "toso-tep";

const isPage = (address) => address.startsWith("/bai/");
export const listOf = (path) => path.replace("/bai/", "/giu/");
// A chosen list lies where no request of a page leads, so that nothing overwrites it.
const chosenKey = (path) => listOf(path) + "?giu=1";

async function has([address]) {
  const cache = await caches.open(isPage(address) ? KEPT : FILES);
  return Boolean(await cache.match(address));
}

// Of these parts those that the network would have to bring: what was merely read is here.
export async function toFetch(parts) {
  const found = [];
  for (const part of parts) if (!(await caches.match(part[0]))) found.push(part);
  return found;
}

// The parts of this list that are not yet on the phone to stay.
export async function missing(list) {
  const found = [];
  for (const lesson of list.lessons) {
    for (const part of lesson.files) if (!(await has(part))) found.push(part);
  }
  return found;
}

export const weight = (parts) => parts.reduce((sum, [, bytes]) => sum + bytes, 0);

// The list of what to keep, as it was chosen: it says later what is still missing.
export async function keptList(path) {
  const stored = await (await caches.open(KEPT)).match(chosenKey(path));
  return stored ? stored.json() : null;
}

export async function list(path) {
  const answer = await fetch(listOf(path));
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

export const without = (all, kind) => ({
  ...all,
  lessons: all.lessons.map((one) => ({ ...one, files: one.files.filter((part) => part[2] !== kind) })),
});

function stamp(body, headers) {
  const more = new Headers(headers);
  if (!more.has("X-Stored-At")) more.set("X-Stored-At", Date.now());
  more.delete("Content-Encoding");
  more.delete("Content-Length");
  return new Response(body, { headers: more });
}

async function fetchPart([address]) {
  const answer = await fetch(address);
  if (answer.status !== 200) throw new Error(answer.status);
  const body = await answer.blob();
  if (!isPage(address)) {
    const headers = { "Content-Type": answer.headers.get("Content-Type") || body.type };
    await (await caches.open(FILES)).put(address, new Response(body, { headers }));
  } else if (answer.headers.has("X-Good-Until")) {
    await (await caches.open(KEPT)).put(address, stamp(body, answer.headers));
    await (await caches.open(READ)).delete(address);
  } else throw new Error("not for keeping");
}

// One part after the other, so that an interruption loses one part at most.
export async function keep(path, chosen, told, stopped) {
  const note = new Response(JSON.stringify(chosen), {
    headers: { "Content-Type": "application/json", "X-Stored-At": Date.now() },
  });
  await (await caches.open(KEPT)).put(chosenKey(path), note);
  const parts = await missing(chosen);
  let done = 0;
  for (const part of parts) {
    if (stopped()) return;
    told(done, parts.length);
    await fetchPart(part);
    done += 1;
  }
}

// What is taken out of a kept group stays out: the worker completes only what is listed.
async function takeOut(url) {
  const cache = await caches.open(KEPT);
  const key = chosenKey(url.replace(/[^/]+\/$/, ""));
  const found = await cache.match(key);
  if (!found) return;
  const list = await found.json();
  list.out = [...(list.out || []), url];
  list.lessons = list.lessons.filter((one) => one.url !== url);
  await cache.put(key, new Response(JSON.stringify(list), { headers: found.headers }));
}

// A page that was kept becomes one that was merely read; a later reading may push it out.
export async function release(path, chosen) {
  await takeOut(path);
  const [kept, read] = [await caches.open(KEPT), await caches.open(READ)];
  for (const lesson of chosen.lessons) {
    if (lesson.url !== path) await kept.delete(chosenKey(lesson.url));
    for (const [address] of lesson.files.filter((part) => isPage(part[0]))) {
      const page = await kept.match(address);
      if (page) await read.put(address, page);
      await kept.delete(address);
    }
  }
  await kept.delete(chosenKey(path));
}

// Not a parsed document: its styles would be held against the policy of this page.
function said(html, pattern) {
  const [, text = ""] = pattern.exec(html) || [];
  const plain = document.createElement("textarea");
  plain.innerHTML = text;
  return plain.value;
}

const LESSON = /^\/bai\/[^/]+\/[^/]+\/$/;

// Every lesson on the phone: title, when it came, how much it takes, whether it is kept.
export async function lessons() {
  const found = new Map();
  const files = await caches.open(FILES);
  const sizes = new Map();
  for (const request of await files.keys()) {
    sizes.set(new URL(request.url).pathname, (await (await files.match(request)).blob()).size);
  }
  for (const name of [KEPT, READ]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const path = new URL(request.url).pathname;
      const home = (/^\/bai\/[^/]+\/[^/]+\//.exec(path) || [])[0];
      if (!home) continue;
      const page = await cache.match(request);
      const html = await page.text();
      const one = found.get(home) || { path: home, bytes: 0, parts: new Set() };
      found.set(home, one);
      if (one.parts.has(path)) continue;
      one.parts.add(path).add(html);
      one.bytes += html.length;
      for (const [file, bytes] of sizes) {
        if (!file.endsWith(".js") && !one.parts.has(file) && html.includes(file)) {
          one.parts.add(file);
          one.bytes += bytes;
        }
      }
      if (!LESSON.test(path)) continue;
      one.title = said(html, /<article[^>]* data-title="([^"]*)"/) || said(html, /<h1[^>]*>([^<]*)/);
      one.number = said(html, /<article[^>]* data-lesson="(\d+)"/);
      one.at = Number(page.headers.get("X-Stored-At"));
      one.kept = name === KEPT;
    }
  }
  return [...found.values()].filter((one) => one.title).sort((one, other) => other.at - one.at);
}

// One lesson with its practice, its questions and its list; or everything.
export async function remove(path) {
  await takeOut(path);
  for (const name of [KEPT, READ]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const at = new URL(request.url).pathname;
      if (at.startsWith(path) || at === listOf(path)) await cache.delete(request);
    }
  }
  tidy();
}

export async function removeAll() {
  for (const name of [KEPT, READ, FILES]) await caches.delete(name);
}

// The worker drops the files that nothing speaks of any more.
export function tidy() {
  const { controller } = navigator.serviceWorker || {};
  if (controller) controller.postMessage({ tidy: true });
}

export async function total() {
  let bytes = 0;
  for (const name of [KEPT, READ, FILES]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) bytes += (await (await cache.match(request)).blob()).size;
  }
  return bytes;
}
