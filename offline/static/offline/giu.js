// "Giữ bài này": says the size first, goes on after an interruption, can be taken back.
import { keep, keptList, list, missing, release, tidy, toFetch, weight, without } from "./kho.js";
import { button, fill, make, size, words } from "./loi.js";

const AGENT = navigator.userAgent;
const APPS = [[/Zalo/i, "Zalo"], [/FBAN|FBAV|FB_IAB/, "Facebook"], [/Messenger/, "Messenger"], [/TikTok|musical_ly/, "TikTok"]];

// What really holds in this browser, in plain words; empty when nothing limits it.
export function limits(loi) {
  const app = APPS.find(([sign]) => sign.test(AGENT));
  if (app) return fill(loi.in_app, { app: app[1] });
  const apple = /iPhone|iPad|iPod/.test(AGENT) || (/Macintosh/.test(AGENT) && navigator.maxTouchPoints > 1);
  return apple && !navigator.standalone ? loi.apple : "";
}

const groupOf = (path) => path.replace(/[^/]+\/$/, "");

export async function mo(place, lesson) {
  const loi = await words();
  // Without a lesson: the whole group, "/bai/vneid/".
  const path = lesson ? location.pathname : place.dataset.nhom;
  const box = make("div", "", { className: "note" });
  box.setAttribute("role", "status");
  box.style.cssText = "display:grid;gap:.75rem";
  const show = (...parts) => box.replaceChildren(...parts);
  place.replaceChildren(box);
  show(make("p", loi.looking));
  let stop = false;
  addEventListener("online", () => {
    if (box.dataset.broken) load(JSON.parse(box.dataset.broken));
  });

  async function start() {
    delete box.dataset.broken;
    const kept = await keptList(path);
    if (kept) return state(kept);
    let all;
    try {
      all = await list(path);
    } catch (error) {
      return show(make("p", loi.no_list), button(loi.again, start));
    }
    await choices(all);
  }

  // A button for the lesson, one more with the recorded voice, one for the whole group.
  async function choices(all) {
    const text = without(all, "voice");
    const plain = await missing(text);
    // The whole group was kept before.
    if (!plain.length) return state(text);
    const bytes = weight(await toFetch(plain));
    const voiced = weight(await toFetch(await missing(all)));
    const take = bytes ? fill(loi.take, { size: size(bytes) }) : loi.take_read;
    const count = all.lessons.length;
    const weighs = lesson ? loi.weighs : loi.weigh_together;
    const ways = [
      make("p", fill(bytes ? weighs : loi.was_read, { title: all.title, size: size(bytes), count })),
      button(take, () => load(text)),
    ];
    if (voiced > bytes) ways.push(button(fill(loi.take_voice, { size: size(voiced) }), () => load(all)));
    const limit = limits(loi);
    if (limit) ways.push(make("p", limit, { className: "muted" }));
    if (lesson) ways.push(button(loi.whole_group, group));
    return show(...ways);
  }

  function group() {
    place.dataset.nhom = groupOf(path);
    mo(place, null);
  }

  async function load(chosen) {
    delete box.dataset.broken;
    stop = false;
    // Asked only now that somebody wants to keep something.
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    const bar = make("p", loi.looking);
    show(bar, button(loi.stop, () => { stop = true; }));
    try {
      await keep(path, chosen, (done, all) => {
        bar.textContent = fill(loi.loading, { done, all });
      }, () => stop);
    } catch (error) {
      if (error.name === "QuotaExceededError") {
        const way = make("p", loi.full + " ");
        way.append(make("a", loi.this_phone, { href: "/may-nay/" }));
        return show(way);
      }
      if (navigator.onLine === false) box.dataset.broken = JSON.stringify(chosen);
    }
    await state(chosen);
  }

  async function state(chosen) {
    const left = await missing(chosen);
    const drop = button(loi.release, async () => {
      await release(path, chosen);
      tidy();
      start();
    });
    if (left.length) {
      const kinds = [...new Set(left.map((part) => loi.kinds[part[2]]))].join(", ");
      return show(
        make("p", fill(loi.lacks, { parts: left.length, size: size(weight(left)), kinds })),
        button(loi.go_on, () => load(chosen)),
        drop,
      );
    }
    const limit = limits(loi);
    const more = lesson ? [button(loi.whole_group, group)] : [];
    show(
      make("p", "✓ " + fill(loi.kept, { title: chosen.title })),
      ...(limit ? [make("p", limit, { className: "muted" })] : []),
      drop,
      ...more,
    );
  }

  await start();
}
