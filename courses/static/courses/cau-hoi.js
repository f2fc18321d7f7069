// Three questions explained in place: the same words that the server would answer with.
// What was chosen stays on this phone; another module may remember it.
function note(kind, title, text) {
  const box = document.createElement("p");
  box.className = `note ${kind}`;
  const head = document.createElement("strong");
  head.textContent = title;
  box.append(head, text);
  return box;
}

function ask(box) {
  const form = box.querySelector("form");
  if (!form || box.dataset.open) return;
  box.dataset.open = "1";
  const words = box.dataset;
  const sets = Array.from(form.querySelectorAll("fieldset"));
  const answers = new Map();
  const sum = document.createElement("div");
  sum.setAttribute("role", "status");
  form.querySelector("button").replaceWith(sum);
  for (const set of sets) {
    const said = document.createElement("div");
    said.setAttribute("role", "status");
    set.append(said);
    set.addEventListener("change", (event) => explain(set, said, event.target.closest("label")));
  }
  form.addEventListener("submit", (event) => event.preventDefault());

  function explain(set, said, label) {
    const right = label.hasAttribute("data-right");
    const kind = right ? "good" : "warn";
    said.replaceChildren(note(kind, right ? words.right : words.wrong, label.dataset.why));
    answers.set(set, right);
    window.dispatchEvent(
      new CustomEvent("toso:tra-loi", {
        detail: { lesson: Number(words.lesson), question: sets.indexOf(set) + 1, right },
      }),
    );
    if (answers.size < sets.length) return;
    const correct = Array.from(answers.values()).filter(Boolean).length;
    const all = correct === sets.length;
    const text = words.sum.replace("{n}", correct).replace("{m}", sets.length);
    sum.replaceChildren(note(all ? "good" : "", text, all ? words.well : words.again));
  }
}

// As in tap.js: inside a lesson, or on the page of the questions itself.
async function openInside(root, html) {
  const text = html || (await (await fetch(root.dataset.url)).text());
  // Only its own part: the styles of a whole page would break this page's policy.
  const part = text.slice(text.indexOf("<hoi-dap"), text.indexOf("</hoi-dap>"));
  const page = new DOMParser().parseFromString(part, "text/html");
  const box = document.importNode(page.body.firstElementChild, true);
  delete root.dataset.script;
  root.replaceChildren(box);
  ask(box);
  root.scrollIntoView();
}

export function mo(root, html) {
  return root.matches("hoi-dap") ? ask(root) : openInside(root, html);
}

document.querySelectorAll("hoi-dap").forEach((box) => mo(box));
