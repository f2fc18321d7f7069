// Text size and colours: the panel behind "Aa". The choice stays on the phone as
// localStorage.aa ("125d"); first.js applies it before the page is painted.
const root = document.documentElement;

export const choice = () => [
  String(Math.round((root.style.getPropertyValue("--aa") || 1) * 100)),
  root.dataset.theme || "",
];

export function choose(size, theme) {
  root.style.setProperty("--aa", size / 100);
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    localStorage.aa = size + theme;
  } catch (e) { /* No storage: it holds for this page. */ }
}

customElements.define("chu-to", class extends HTMLElement {
  connectedCallback() {
    const [opener, ...choices] = this.querySelectorAll("button");
    const panel = opener.nextElementSibling;
    const show = () => {
      const now = choice();
      for (const one of choices) one.setAttribute("aria-pressed", now.includes(one.value));
    };
    this.onclick = (event) => {
      const one = event.target.closest("button");
      if (one === opener) {
        panel.hidden = !panel.hidden;
        opener.setAttribute("aria-expanded", !panel.hidden);
      } else if (one) {
        const [size, theme] = choice();
        choose(/\d/.test(one.value) ? one.value : size, /\d/.test(one.value) ? theme : one.value);
      }
      show();
    };
    show();
    this.hidden = false;
  }
});
