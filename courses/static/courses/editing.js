// The look at a draft: fetched after the editor is there, and again after each saving.
class KiemBai extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-again]").addEventListener("click", () => this.look());
    document.addEventListener("w-autosave:success", () => this.soon());
    const toggle = document.querySelector('[data-side-panel-toggle="quality"]');
    const chip = document.querySelector("[data-can-bai]");
    if (toggle && chip) {
      // The panel is nearer than the page, and leaves what is being typed alone.
      chip.addEventListener("click", (event) => {
        event.preventDefault();
        toggle.click();
      });
    }
    this.look();
  }

  soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.look(), 1500);
  }

  async look() {
    const place = this.querySelector("[data-look]");
    try {
      const answer = await fetch(this.dataset.src, {
        headers: { "X-Requested-With": "XMLHttpRequest" },
        credentials: "same-origin",
      });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      place.innerHTML = await answer.text();
      this.show(place.firstElementChild);
    } catch (error) {
      place.textContent = this.dataset.failed;
    }
  }

  show(found) {
    const count = Number(found.dataset.count);
    const counter = document.querySelector(
      '[data-side-panel-toggle="quality"] [data-side-panel-toggle-counter]',
    );
    if (counter) {
      counter.textContent = String(count);
      counter.hidden = count === 0;
    }
    const chip = document.querySelector("[data-can-bai]");
    if (chip) {
      chip.textContent = found.dataset.chip;
      chip.toggleAttribute("data-heavy", Boolean(found.querySelector(".heavy")));
    }
  }
}

// This script stands in the head: the element is upgraded when its content is there.
document.addEventListener("DOMContentLoaded", () => customElements.define("kiem-bai", KiemBai));
