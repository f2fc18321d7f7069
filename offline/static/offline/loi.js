// The words of these scripts come from the server, in the reader's language.
let asked;
export const words = () => (asked = asked || fetch("/giu/loi/").then((it) => it.json()).catch((error) => {
  // The next press asks again.
  asked = null;
  throw error;
}));
export const fill = (text, values) => text.replace(/{(\w+)}/g, (all, name) => (name in values ? values[name] : all));
export const size = (bytes) => {
  const kilobytes = Math.max(1, Math.round(bytes / 1024));
  if (kilobytes < 1000) return `${kilobytes}\u00a0KB`;
  return `${(kilobytes / 1024).toFixed(1).replace(".", ",")}\u00a0MB`;
};
export function make(tag, text, more = {}) {
  const made = Object.assign(document.createElement(tag), more);
  if (text) made.textContent = text;
  return made;
}
export const button = (text, onclick, second = true) =>
  make("button", text, { type: "button", className: second ? "button second" : "button", onclick });
