// What a reader meets now and then: no network, a newer lesson, a voice, a memory.
import { send } from "./gui.js";
import { note, progress } from "./so.js";

export { send };

const one = (name) => document.querySelector(name);
const two = (number) => String(number).padStart(2, "0");
let shown;
let copied;

// One quiet line at the head of the page, with a way on.
export function line(words, text, label, href) {
  if (!shown) {
    shown = document.createElement("p");
    shown.className = "note";
    shown.setAttribute("role", "status");
    one("main").prepend(shown);
  }
  shown.hidden = !text;
  shown.textContent = text;
  if (!label) return;
  const link = document.createElement("a");
  link.href = href;
  link.textContent = label;
  shown.append(" ", link);
}

export function back(words) {
  if (shown) line(words, "");
  send();
}

export const offer = (words, step) =>
  line(words, words.here.replace("{n}", step), words.on, "#buoc-" + step);

export function lost(words, lesson, at, since) {
  // The page that stands in for one that is not here says so itself.
  if (one("#khong-mang")) return label(words);
  const parts = [words.off];
  if (lesson) {
    const here = at ? words.here.replace("{n}", at) + " " : "";
    parts[0] = words.lost.replace("{o}", here);
  }
  copied = since || copied;
  if (copied) {
    const day = new Date(copied);
    parts.push(words.copy
      .replace("{t}", two(day.getHours()) + ":" + two(day.getMinutes()))
      .replace("{d}", two(day.getDate()) + "/" + two(day.getMonth() + 1)));
  }
  line(words, parts.join(" "));
  return lesson || label(words);
}

// On a list of lessons: which of them open now.
async function label(words) {
  for (const row of document.querySelectorAll('a.row[href^="/bai/"]')) {
    if (row.querySelector(".tag") || row.closest("lam-tiep")) continue;
    const here = await caches.match(row.pathname);
    // Asked twice at once: the other was quicker.
    if (row.querySelector(".tag")) continue;
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.style.cssText = "white-space:nowrap;font-weight:normal";
    tag.textContent = here ? words.have : words.need;
    // Inside the words, so that it wraps with them when letters are large.
    let said = row.querySelector("span");
    if (!said) {
      said = document.createElement("span");
      said.append(row.lastChild);
      row.append(said);
    }
    said.append(" ", tag);
    if (!here) row.classList.add("muted");
  }
}

// Opens the page again, but never in a circle: two servers in the middle of an update may
// each call the other's page the newer one.
function reload() {
  try {
    const lately = (sessionStorage["toso.lai"] || "").split(",").filter((it) => Date.now() - it < 6e4);
    if (lately.length > 1) return false;
    sessionStorage["toso.lai"] = [...lately, Date.now()];
  } catch (e) {
    return false;
  }
  location.reload();
  return true;
}

// The worker asked the server about the page that is open. A newer one is on the phone by
// now and opens at the same step; only somebody who is practising is asked first.
export function heard(words, { fresh, at: since }, lesson, at) {
  if (fresh === "offline") return lost(words, lesson, at, since);
  // The last day passed while it was open; what is shown may be the notice already.
  if (fresh === "over" && !one(".lesson .step")) return null;
  if (fresh === "changed" && one("[data-open]")) return line(words, words.news, words.see, location.pathname);
  return reload() || line(words, words.news, words.see, location.pathname);
}

export function speak(words, step, voice) {
  // The second press stops it.
  if (speechSynthesis.speaking) return speechSynthesis.cancel();
  const [sentence, warning] = [step.querySelector("p"), step.querySelector(".warn")];
  const text = [sentence, warning].map((it) => (it ? it.textContent.trim() : "")).join(". ");
  const said = new SpeechSynthesisUtterance(text);
  Object.assign(said, { voice, lang: voice.lang, rate: 0.9 });
  return speechSynthesis.speak(said);
}

// With a title on the lock screen a recording plays like the radio, the screen off.
export function plays(words, sound, title) {
  if (!navigator.mediaSession || !window.MediaMetadata) return;
  const figure = sound.closest("figure");
  navigator.mediaSession.metadata = new MediaMetadata({
    title: title || document.title,
    artist: figure ? figure.textContent.trim().replace(/\s+/g, " ") : "",
  });
  for (const other of document.querySelectorAll("audio")) if (other !== sound) other.pause();
}

// The home page: what this learner has begun and not finished, of the last thirty days.
export function again(words, place) {
  const open = Object.values(progress())
    .filter((it) => it.step && it.url && it.state !== "done" && Date.now() - it.at < 30 * 864e5)
    .sort((one, other) => other.at - one.at)[0];
  if (!open) return;
  const link = document.createElement("a");
  link.className = "row";
  link.href = open.url + "#buoc-" + open.step;
  const text = document.createElement("span");
  text.textContent = words.begun.replace("{b}", open.title).replace("{n}", open.step) + " " + words.on;
  link.append(text);
  place.replaceChildren(link);
  place.hidden = false;
}

export async function tap(words, here, lesson) {
  if (here.form) await (await import("./hoc.js")).tell(here, lesson);
  else {
    const place = here.closest("[data-script]");
    await (await import(place.dataset.script)).mo(place);
  }
  return true;
}

// Practice and questions say what was done: a state, not a trail of taps.
export function learnt(words, { type, detail }) {
  const { answers, practised = 0 } = progress()[detail.lesson] || {};
  if (type === "toso:tap-xong") note(detail.lesson, { practised: practised + 1 });
  else note(detail.lesson, { answers: { ...answers, [detail.question]: detail.right } });
}

export const remember = async (words, number) => (await import("./hoc.js")).remember(number);
