"use strict";
// The worker of the team's app: the shell for every page under /so/, and its files. What
// was recorded lies in IndexedDB and is none of its business. The server writes CONFIG.
const CONFIG = {};

const STORE = `so-${CONFIG.version}`;
const OWN = /^so-[0-9a-f]+$/;

// Pages that the server alone can give: lessons for staff, files, and what is asked of it.
const isOfServer = (url) =>
  url.pathname.startsWith("/so/bai/") || /\/in\/$/.test(url.pathname) || url.searchParams.has("may-chu");

addEventListener("install", (event) => {
  const fill = async () => {
    const store = await caches.open(STORE);
    await store.add(new Request(CONFIG.shell, { cache: "reload", credentials: "omit" }));
    await store.addAll(CONFIG.files);
  };
  event.waitUntil(fill());
});

// A new worker waits until the person says so: nothing changes under somebody who records.
addEventListener("message", (event) => {
  if (event.data && event.data.take) skipWaiting();
});

addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) {
      if (OWN.test(name) && name !== STORE) await caches.delete(name);
    }
    await clients.claim();
  };
  event.waitUntil(clean());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (!isOfServer(url)) event.respondWith(stored(CONFIG.shell, request));
  } else if (CONFIG.files.includes(url.pathname)) {
    event.respondWith(stored(url.pathname, request));
  }
});

async function stored(key, request) {
  const found = await (await caches.open(STORE)).match(key);
  return found || fetch(request);
}
