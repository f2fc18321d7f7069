// Practising on drawn screens in place: the same screens, links and words as the pages
// that the server makes, without asking it again. Nothing is typed, nothing is sent.
const SVG = "http://www.w3.org/2000/svg";
const MISSES_BEFORE_RING = 2;

function ring(frame, right) {
  if (frame.querySelector(".ring")) return;
  const mark = document.createElementNS(SVG, "rect");
  const around = { x: -4, y: -4, width: 8, height: 8 };
  for (const name of Object.keys(around)) {
    mark.setAttribute(name, Number(right.getAttribute(name)) + around[name]);
  }
  mark.setAttribute("rx", 14);
  mark.setAttribute("class", "ring");
  frame.insertBefore(mark, frame.querySelector("a"));
}

function practise(box) {
  const made = box.querySelector("template");
  const area = box.querySelector(".tap");
  const feedback = box.querySelector(".feedback");
  const strip = box.querySelector(".strip");
  const dots = box.querySelector(".dots");
  if (!made || !area || box.dataset.open) return;
  box.dataset.open = "1";
  const screens = Array.from(made.content.children);
  let at = 0;
  let misses = 0;

  function say(text, kind) {
    const note = document.createElement("span");
    note.className = `note ${kind}`;
    note.textContent = text;
    feedback.replaceChildren(...(text ? [note] : []));
    // On a short screen the words would stand below the edge.
    if (text && feedback.getBoundingClientRect().bottom > innerHeight) strip.scrollIntoView();
  }

  function show(number) {
    at = number;
    misses = 0;
    const screen = document.importNode(screens[at], true);
    area.replaceChildren(screen);
    const done = at === screens.length - 1;
    dots.hidden = done;
    dots.textContent = `${at + 1}/${screens.length - 1}`;
    const first = screen.querySelector(".say, .note");
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
    if (done) {
      say("", "");
      window.dispatchEvent(
        new CustomEvent("toso:tap-xong", {
          detail: { lesson: Number(box.dataset.lesson), practice: Number(box.dataset.practice) },
        }),
      );
    }
  }

  function miss(frame, text) {
    misses += 1;
    const right = frame.querySelector("a[data-right] rect");
    const lost = misses >= MISSES_BEFORE_RING && right;
    if (lost) ring(frame, right);
    say(lost ? `${text} ${box.dataset.ring}` : text, "warn");
  }

  area.addEventListener("click", (event) => {
    const frame = event.target.closest(".frame");
    const link = event.target.closest("a");
    if (frame && !link) {
      miss(frame, box.dataset.miss);
    } else if (frame && link.hasAttribute("data-right")) {
      event.preventDefault();
      const praise = link.getAttribute("data-why");
      show(at + 1);
      if (at < screens.length - 1) say(praise, "good");
    } else if (frame) {
      event.preventDefault();
      miss(frame, link.getAttribute("data-why"));
    } else if (link && link.matches(".onward")) {
      event.preventDefault();
      show(at + 1);
      say("", "");
    } else if (link && link.matches(".again")) {
      event.preventDefault();
      show(0);
      say("", "");
    }
  });
}

// Opens what stands at root.dataset.url inside `root`; `html` is that page when the caller
// has it already. The phone's "back" leads to the lesson as it was.
async function openInside(root, html) {
  const text = html || (await (await fetch(root.dataset.url)).text());
  // Only its own part: the styles of a whole page would break this page's policy.
  const part = text.slice(text.indexOf("<tap-bam"), text.indexOf("</tap-bam>"));
  const page = new DOMParser().parseFromString(part, "text/html");
  const box = document.importNode(page.body.firstElementChild, true);
  const before = Array.from(root.childNodes);
  // While it is open its buttons are no longer those that open it.
  const script = root.dataset.script;
  delete root.dataset.script;
  root.replaceChildren(box);
  practise(box);
  history.pushState({ toso: "tap" }, "", "#tap");
  function close() {
    window.removeEventListener("popstate", close);
    root.replaceChildren(...before);
    root.dataset.script = script;
  }
  window.addEventListener("popstate", close);
  box.addEventListener("click", (event) => {
    if (event.target.closest(".home")) {
      event.preventDefault();
      history.back();
    }
  });
  root.scrollIntoView();
}

export function mo(root, html) {
  return root.matches("tap-bam") ? practise(root) : openInside(root, html);
}

document.querySelectorAll("tap-bam").forEach((box) => mo(box));
