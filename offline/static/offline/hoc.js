// "Làm được rồi / Chưa được / Vướng ở bước…": a memory of this phone, one for each learner.
// The server hears only that somebody said so.
import { send } from "./gui.js";
import { button, fill, make, words } from "./loi.js";
import { note, progress, read, write } from "./so.js";

const place = () => document.querySelector("lam-duoc-chua");

function unique() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((it) => it.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export async function tell(pressed, lesson) {
  const { lesson: number, title, steps } = lesson.dataset;
  const state = pressed.value;
  const stuckAt = state === "stuck" ? Number(pressed.form.elements.buoc.value) : 0;
  const before = progress()[number] || {};
  const again = before.state === state && before.stuckAt === stuckAt;
  const kept = note(number, { state, stuckAt, title, steps: Number(steps), url: location.pathname });
  if (!again) {
    const { ban } = pressed.form.elements;
    const body = { "ket-qua": state, buoc: stuckAt || "", ban: ban ? ban.value : "", ma: unique() };
    write("toso.queue", [...read("toso.queue", []), [pressed.form.getAttribute("action"), body]].slice(-20));
    send();
  }
  await show(number, kept);
}

export const remember = (number) => show(number, true);

async function show(number, kept) {
  const loi = await words();
  const { state, stuckAt, at } = progress()[number] || {};
  const box = place();
  if (!box || !state) return;
  const day = new Date(at);
  const told = fill(loi[state], { n: stuckAt });
  const who = loi.people[read("toso.who", "chung")];
  const text = fill(who ? loi.told_by : loi.told, { who, told, day: `${day.getDate()}/${day.getMonth() + 1}` });
  const status = make("p", text, { className: state === "done" ? "note good" : "note" });
  status.setAttribute("role", "status");
  box.replaceChildren(status);
  if (state !== "done" && document.getElementById("vuong")) {
    const way = make("p");
    way.append(make("a", loi.way, { href: "#vuong" }));
    box.append(way);
  }
  if (!kept) box.append(make("p", loi.unkept, { className: "muted" }));
  else box.append(button(loi.change, (event) => event.target.replaceWith(learners(loi, () => show(number, true), number))));
}

// Chosen by a word of the family, never typed.
export function learners(loi, chosen, number) {
  const group = make("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", loi.who);
  group.style.cssText = "display:flex;flex-wrap:wrap;gap:.5rem;margin-bottom:1rem";
  const asked = make("p", loi.who);
  asked.style.cssText = "flex:1 0 100%;margin:0";
  group.append(asked);
  for (const [id, name] of Object.entries(loi.people)) {
    const one = button(name, () => {
      // What was just told belongs to whoever is chosen now.
      const told = number && progress()[number];
      choose(id, name);
      if (told) note(number, told);
      chosen();
    });
    one.setAttribute("aria-pressed", read("toso.who", "chung") === id);
    one.style.width = "auto";
    group.append(one);
  }
  return group;
}

export function choose(id, name) {
  write("toso.who", id);
  const people = read("toso.people", []);
  if (!people.some((it) => it.id === id)) write("toso.people", [...people, { id, name }]);
}
