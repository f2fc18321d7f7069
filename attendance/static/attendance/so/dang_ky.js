/**
 * The doors of the app: enrolling this phone, unlocking it, choosing who records.
 */

import { goodCode } from "./khoa.js";
import * as kho from "./kho.js";
import { field, h, note, put, stretch, t } from "./ve.js";
import { accounts, enrol, obstacle, switchTo } from "./ve_tac_gia.js";

const PIN = { inputmode: "numeric", autocomplete: "off", maxlength: "6", type: "password" };
const APPS = [
  [/Zalo/i, "Zalo"],
  [/FBAN|FBAV|FB_IAB/, "Facebook"],
  [/Messenger/, "Messenger"],
  [/TikTok|musical_ly/i, "TikTok"],
];

/** The app whose own browser this is, or "". */
export function insideOf(agent = navigator.userAgent) {
  const found = APPS.find(([sign]) => sign.test(agent));
  return found ? found[1] : "";
}

/** Is it an iPhone or iPad whose store may be emptied because the page is not installed? */
export function mayForget() {
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent);
  return apple && !navigator.standalone;
}

/** The form that enrols this phone. `done` is called when it is. */
export async function drawEnrolment(main, done) {
  const app = insideOf();
  const wrong = await obstacle();
  put(main, h("h1", null, t("enrol.title")));
  if (app) {
    main.append(note("warn", t("enrol.in_app", { app })));
    return;
  }
  if (wrong) {
    main.append(note("error", t(`enrol.${wrong}`)));
    return;
  }
  const told = h("div", { "aria-live": "polite" });
  const form = h(
    "form",
    { novalidate: true, onsubmit: (event) => send(event, form, told, done) },
    field(t("enrol.username"), { name: "username", autocapitalize: "none", autocomplete: "off", required: true }),
    field(t("enrol.code"), { name: "code", autocapitalize: "characters", autocomplete: "off", required: true }),
    field(t("enrol.label"), { name: "label", maxlength: "60", autocomplete: "off" }),
    field(t("enrol.pin"), { name: "pin", ...PIN }, t("enrol.pin_hint")),
    field(t("enrol.again"), { name: "again", ...PIN }),
    told,
    h("div", { class: "actions" }, h("button", { class: "button" }, t("enrol.press"))),
  );
  main.append(h("p", null, t("enrol.why")), mayForget() ? note("warn", t("enrol.apple")) : "", form);
}

async function send(event, form, told, done) {
  event.preventDefault();
  const said = Object.fromEntries(new FormData(form));
  const wrong = mistake(said);
  if (wrong) {
    put(told, note("error", t(wrong)));
    return;
  }
  const button = form.querySelector("button");
  button.disabled = true;
  put(told, note("", t("enrol.working")));
  const answer = await enrol(said);
  button.disabled = false;
  if (!answer.trouble) done();
  else put(told, note("error", reason(answer)));
}

function mistake({ username, code, pin, again }) {
  if (!username.trim() || !code.trim()) return "enrol.empty";
  if (!goodCode(pin)) return "enrol.pin_bad";
  return pin === again ? "" : "enrol.pin_differs";
}

function reason({ trouble, text }) {
  if (text) return text;
  const known = { portal: "may.portal", server: "may.server" };
  return t(known[trouble] || "enrol.offline");
}

/** The lock: six digits, a pause after five wrong ones. `done` is called when it opens. */
export function drawLock(main, done) {
  const { name } = kho.me();
  const told = h("div", { "aria-live": "polite" });
  const digits = field(t("unlock.pin"), { name: "pin", ...PIN, autofocus: true });
  const button = h("button", { class: "button" }, t("unlock.press"));
  const open = async (event) => {
    event.preventDefault();
    button.disabled = true;
    const input = digits.querySelector("input");
    const answer = await kho.unlock(input.value);
    button.disabled = false;
    input.value = "";
    if (answer.open) done();
    else if (answer.wait) put(told, note("warn", t("unlock.wait", { time: stretch(answer.wait) })));
    else put(told, note("error", t("unlock.wrong", { n: answer.left })));
  };
  put(
    main,
    h("h1", null, t("unlock.title")),
    h("p", null, t("unlock.hello", { name })),
    h("p", null, t("unlock.why")),
    h("form", { onsubmit: open }, digits, told, h("div", { class: "actions" }, button)),
    h("p", null, h("a", { class: "button quiet", href: "/so/ai/" }, t("unlock.other"))),
  );
}

/** Who takes the phone into hand. Names of the others stay locked away. */
export async function drawPeople(main, done) {
  const rows = (await accounts()).map(({ user, name }) => {
    const choose = () => switchTo(user).then(done);
    return h("button", { class: "button second", onclick: choose }, name);
  });
  put(
    main,
    h("h1", null, t("who.title")),
    h("div", { class: "actions" }, rows),
    h("p", null, h("a", { class: "button quiet", href: "/so/ghi-danh/" }, t("who.new"))),
  );
}
