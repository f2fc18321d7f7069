import { note, progress, read } from "./so.js";

const page = document, worker = navigator.serviceWorker;
const one = (name) => page.querySelector(name);
const words = one("#trang").dataset;
const lesson = one("article.lesson");
const { lesson: number, title } = lesson ? lesson.dataset : {};
const steps = [...page.querySelectorAll(".lesson .step")];
const bar = one("buoc-dang-o");
const more = (what, ...rest) => import("./them.js").then((it) => it[what](words, ...rest)).catch(() => {});
const button = (place, textContent, onclick) => place.append(Object.assign(
  page.createElement("button"), { type: "button", className: "button second", textContent, onclick }));
let at = +location.hash.replace("#buoc-", "") || 0;
let still, ready, free;

const say = (text) => {
  if (!bar) return;
  bar.textContent = text.replace("{n}", at).replace("{m}", steps.length)
    + (navigator.onLine === false ? words.cut : "");
  // Chrome lists its voices only some time after it was first asked.
  const voice = window.speechSynthesis
    && speechSynthesis.getVoices().find((it) => it.localService && /^vi/i.test(it.lang));
  if (voice) button(bar, words.hear, () => more("speak", steps[at - 1], voice));
};

if (steps[0]) {
  const { step, at: when, state } = progress()[number] || {};
  if (step > 1 && steps[step - 1] && state !== "done" && !location.hash) {
    // Back from another app: straight to the step. Later it is only an offer.
    if (Date.now() - when < 432e5) location.replace("#buoc-" + (at = step));
    else more("offer", step);
  }
  if (at) say(words.here);
  if (state) more("remember", number);
  onscroll = () => {
    clearTimeout(still);
    still = setTimeout(() => {
      const now = steps.filter((it) => it.getBoundingClientRect().top < innerHeight / 2).length;
      if (!now && bar) bar.textContent = "";
      if (!now || (now === at && bar && bar.textContent)) return;
      note(number, { step: (at = now), steps: steps.length, title, url: location.pathname });
      history.replaceState(null, "", "#buoc-" + at);
      say(words.step);
    }, 250);
  };
}

if (one("lam-tiep")) more("again", one("lam-tiep"));
if (read("toso.queue")) more("send");
const aa = one("chu-to");
if (aa) {
  aa.hidden = false;
  aa.onclick = ({ target }) => import("../lms/aa.js").then(() => target.click(), () => {});
}
ononline = onoffline = () => {
  if (at) say(words.step);
  if (navigator.onLine) more("back");
  else more("lost", lesson, at);
};
for (const it of ["tra-loi", "tap-xong"]) addEventListener("toso:" + it, (event) => more("learnt", event));
page.addEventListener("play", (event) => more("plays", event.target, title), true);
onclick = (event) => {
  const here = event.target.closest("#lam-duoc button, [data-script] a.button");
  if (!here || free || !(here.form || ready)) return;
  event.preventDefault();
  more("tap", here, lesson).then((done) => {
    // Without its script the plain link or form does the work.
    if (!done) here.click((free = true));
  });
};

const ask = async () => {
  if (navigator.onLine === false) more("lost", lesson, at);
  const { saveData, effectiveType } = navigator.connection || {};
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    if (data.fresh) return more("heard", data, lesson, at);
    ready = data.ready;
    const keep = one("giu-bai:empty");
    if (keep && (ready || navigator.onLine)) button(keep, words.keep, () => import("./giu.js").then((it) => it.mo(keep, lesson)));
  };
  await worker.register(words.sw);
  (await worker.ready).active.postMessage(
    { page: location.href, frugal: saveData || /2g/.test(effectiveType) }, [port2]);
};
const later = () => ask().catch(() => {});
if (worker && words.sw) {
  onload = () => setTimeout(later, 500);
  page.onvisibilitychange = () => page.hidden || later();
}
