/**
 * The entry of the app: opens the store, starts sending, draws the address that was asked.
 *
 * A screen is a module with `draw(main, go, match)`; `redrawsOn` lists the changes of
 * kho.js after which it is drawn again. Screens are fetched when they are first asked for
 * and lie in the worker's store.
 */

import * as kho from "./kho.js";
import { start } from "./gui.js";
import { h, note, put, speak, t } from "./ve.js";
import { accounts } from "./ve_tac_gia.js";

const doors = () => import("./dang_ky.js");
const ROUTES = [
  [/^\/so\/ghi-danh\/$/, async () => ({ draw: (main, go) => doors().then((one) => one.drawEnrolment(main, () => enrolled(go))) })],
  [/^\/so\/mo-khoa\/$/, async () => ({ draw: (main, go) => doors().then((one) => one.drawLock(main, () => go("/so/"))) })],
  [/^\/so\/ai\/$/, async () => ({ draw: (main, go) => doors().then((one) => one.drawPeople(main, () => go("/so/mo-khoa/"))) })],
  [/^\/so\/may\/$/, () => import("./may.js")],
];
const TABS = [
  ["today", "/so/"],
  ["calendar", "/so/lich/"],
  ["open_matters", "/so/con-do/"],
  ["this_phone", "/so/may/"],
];
// Here somebody enters; the bar of tabs would lead past the door.
const DOORS = ["/so/ghi-danh/", "/so/mo-khoa/", "/so/ai/"];

let drawn = { redrawsOn: [] };
let turn = 0;

/** Put a screen's module under its addresses; for the modules that bring screens. */
export function route(pattern, load) {
  ROUTES.push([pattern, load]);
}

/** Open the app in the page. */
export async function begin() {
  speak(JSON.parse(document.getElementById("loi").textContent));
  const main = document.querySelector("main");
  try {
    await kho.open();
  } catch (error) {
    put(main, note("error", t("enrol.no_store")));
    return;
  }
  document.addEventListener("click", follow);
  addEventListener("popstate", () => show());
  kho.watchIdle(document);
  kho.onChange((what) => {
    tabs();
    if (drawn.redrawsOn.includes(what) || what === "lock" || what === "account") show();
  });
  start();
  if (kho.me()) watchWorker();
  await show();
}

function follow(event) {
  const link = event.target.closest("a[href^='/so/']");
  if (!link || event.ctrlKey || event.metaKey || link.target || link.hasAttribute("download")) return;
  if (!ROUTES.some(([pattern]) => pattern.test(link.pathname))) return;
  event.preventDefault();
  go(link.getAttribute("href"));
}

/** Lead to an address of the app. */
export function go(address) {
  history.pushState(null, "", address);
  scrollTo(0, 0);
  return show();
}

async function show() {
  const mine = (turn += 1);
  const path = await allowed(location.pathname);
  const main = document.querySelector("main");
  const found = ROUTES.find(([pattern]) => pattern.test(path));
  const screen = found ? await found[1]() : { draw: nowhere };
  // Drawn aside and shown whole: of two that draw at one time the later one stands.
  const place = h("div");
  await screen.draw(place, go, found && found[0].exec(path));
  if (mine !== turn) return;
  drawn = { redrawsOn: screen.redrawsOn || [] };
  put(main, place);
  await tabs();
  const heading = main.querySelector("h1");
  if (heading) document.title = heading.textContent;
}

// A strange phone is enrolled first; where somebody left, the next one says who he is.
async function allowed(path) {
  if (kho.me() || DOORS.includes(path)) return path;
  return (await accounts()).length ? "/so/ai/" : "/so/ghi-danh/";
}

function nowhere(main) {
  put(main, h("h1", null, t("today")), note("", t("no_page")));
}

async function tabs() {
  const bar = document.querySelector("footer.bottom");
  const path = location.pathname;
  const inside = kho.me() && !DOORS.includes(path);
  const unsent = inside ? await kho.unsent() : 0;
  const rows = TABS.map(([key, href]) => {
    const here = href === path ? "page" : null;
    const number = key === "this_phone" && unsent ? ` (${unsent})` : "";
    return h("li", null, h("a", { href, "aria-current": here }, t(key) + number));
  });
  put(bar, inside ? h("nav", { "aria-label": t("this_phone") }, h("ul", { class: "tabs" }, rows)) : null);
  bar.hidden = !inside;
  put(document.getElementById("khoa"), inside && kho.isLocked() ? locked() : null);
}

// The lock hides names only: what is counted and tapped goes on below it.
function locked() {
  return note("warn", t("unlock.why"), h("a", { class: "button second", href: "/so/mo-khoa/" }, t("unlock.press")));
}

async function enrolled(to) {
  await watchWorker();
  await to("/so/may/");
}

// --- the worker -----------------------------------------------------------------------------

// Only an enrolled phone gets the worker. A new one waits until somebody says so.
async function watchWorker() {
  if (!navigator.serviceWorker) return;
  const { worker } = document.documentElement.dataset;
  try {
    const registration = await navigator.serviceWorker.register(worker, { scope: "/so/" });
    const told = () => registration.waiting && navigator.serviceWorker.controller && offer(registration.waiting);
    told();
    registration.addEventListener("updatefound", () => {
      registration.installing.addEventListener("statechange", told);
    });
  } catch (error) {
    // Without a worker the app works as long as there is a network.
  }
}

function offer(waiting) {
  const place = document.getElementById("ban-moi");
  const take = () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    waiting.postMessage({ take: true });
  };
  const button = h("button", { class: "button second", onclick: take }, t("take_version"));
  put(place, note("", t("new_version"), h("p", null, t("version_safe")), button));
}
