// Trong máy này: lessons on this phone, who learns here; everything can be deleted.
import { choose } from "./hoc.js";
import { lessons, remove, removeAll, total } from "./kho.js";
import { button, fill, make, size, words } from "./loi.js";
import { progress, read, write } from "./so.js";

const one = (name) => document.querySelector(name);

// Asks once more in place; what is deleted by mistake needs the network again.
function asking(loi, text, name, act) {
  const start = button(text, () => {
    const yes = button(loi.yes, act, false);
    const box = make("span", loi.sure + " ", { className: "ways" });
    box.setAttribute("role", "group");
    box.append(yes, button(loi.no, () => {
      box.replaceWith(start);
      start.focus();
    }));
    start.replaceWith(box);
    yes.focus();
  });
  if (name) start.setAttribute("aria-label", name);
  return start;
}

function day(moment) {
  const it = new Date(moment);
  return `${it.getDate()}/${it.getMonth() + 1}/${it.getFullYear()}`;
}

async function stored(loi, told) {
  const box = one("bai-trong-may");
  if (!window.caches || !navigator.serviceWorker) return box.replaceChildren(make("p", loi.cannot));
  const found = await lessons();
  const status = make("p", told || "", { className: told ? "note good" : "" });
  status.setAttribute("role", "status");
  if (!found.length) return box.replaceChildren(status, make("p", loi.empty));
  const list = make("ul", "", { className: "kept" });
  for (const lesson of found) {
    const row = make("li");
    const title = lesson.number ? fill(loi.lesson, lesson) : lesson.title;
    const about = fill(loi.about, { size: size(lesson.bytes), day: day(lesson.at) });
    row.append(
      make("a", title, { href: lesson.path }),
      asking(loi, loi.delete, fill(loi.delete_what, lesson), async () => {
        await remove(lesson.path);
        stored(loi, loi.deleted);
      }),
      make("small", lesson.kept ? `${about} · ${loi.stays}` : about),
    );
    list.append(row);
  }
  const everything = asking(loi, loi.delete_all, "", async () => {
    await removeAll();
    stored(loi, loi.deleted);
  });
  box.replaceChildren(status, list, make("p", fill(loi.total, { size: size(await total()) })), everything);
}

function learning(loi, told) {
  const box = one("ai-dang-hoc");
  const now = read("toso.who", "chung");
  const group = make("div", "", { className: "ways" });
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", loi.who);
  for (const [id, name] of Object.entries(loi.people)) {
    const choice = button(name, () => {
      choose(id, name);
      learning(loi);
    });
    choice.setAttribute("aria-pressed", now === id);
    group.append(choice);
  }
  const who = loi.people[now];
  const noted = Object.entries(progress()).sort((a, b) => b[1].at - a[1].at);
  const list = make("ul", "", { className: "kept" });
  for (const [, it] of noted) {
    const row = make("li");
    const state = it.state
      ? fill(loi[it.state], { n: it.stuckAt })
      : fill(loi.at_step, { n: it.step, m: it.steps });
    row.append(make("a", it.title, { href: it.url || "/bai/" }), make("small", `${state} · ${day(it.at)}`));
    list.append(row);
  }
  const status = make("p", told || "", { className: told ? "note good" : "" });
  status.setAttribute("role", "status");
  box.replaceChildren(group, status);
  if (!noted.length) return box.append(make("p", who ? fill(loi.nothing_learnt, { who }) : loi.nothing_here, { className: "muted" }));
  box.append(list, asking(loi, who ? fill(loi.forget, { who }) : loi.forget_here, "", () => {
    localStorage.removeItem("toso.progress." + now);
    write("toso.people", read("toso.people", []).filter((it) => it.id !== now));
    learning(loi, loi.forgotten);
  }));
}

words().then((loi) => {
  stored(loi);
  learning(loi);
}).catch(() => {});
