/**
 * Drawing with DOM functions: no template language, no HTML from data, nothing to escape.
 */

let words = {};

/** Take the words that the shell carries. */
export function speak(catalogue) {
  words = catalogue;
}

/** A sentence by its key, with {names} filled in; the key itself if nobody wrote it. */
export function t(key, values = {}) {
  const text = words[key] || key;
  return text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

/**
 * An element: h("button", {class: "button", onclick: press}, "Words", child, …).
 * Functions become listeners, true becomes an empty attribute; null and false are left out.
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Put these in the place of everything in an element. */
export function put(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== false));
}

/** A note told apart by form: kind is "", "warn", "error" or "good". */
export function note(kind, text, ...more) {
  const lead = { warn: t("note"), error: t("failed") }[kind];
  const role = kind === "error" ? "alert" : "status";
  return h("div", { class: `note ${kind}`, role }, lead && h("strong", null, lead), h("p", null, text), ...more);
}

/** A labelled field, with a line of help below when there is one. */
export function field(label, props, help = "") {
  const id = `f-${props.name}`;
  const about = help && `${id}-h`;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("input", { id, "aria-describedby": about || null, ...props }),
    help ? h("p", { class: "help", id: about }, help) : null,
  );
}

const two = (number) => String(number).padStart(2, "0");

/** "20/11/2026" of milliseconds or of an ISO date. */
export function day(moment) {
  const date = typeof moment === "string" ? new Date(`${moment}T00:00:00`) : new Date(moment);
  return `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()}`;
}

/** "20:41 20/11/2026". */
export function clock(moment) {
  const date = new Date(moment);
  return `${two(date.getHours())}:${two(date.getMinutes())} ${day(moment)}`;
}

/** A stretch of time in the largest unit that is not nought: "2 ngày", "3 phút". */
export function stretch(milliseconds) {
  const seconds = Math.ceil(Math.abs(milliseconds) / 1000);
  if (seconds < 60) return t("seconds", { n: seconds });
  if (seconds < 5400) return t("minutes", { n: Math.round(seconds / 60) });
  if (seconds < 129600) return t("hours", { n: Math.round(seconds / 3600) });
  return t("days", { n: Math.round(seconds / 86400) });
}
