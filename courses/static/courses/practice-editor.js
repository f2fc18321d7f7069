// Beside the fields of a practice screen: its drawing with the places to tap, as they are
// now. A tap into the drawing moves the place that was touched last.
(function () {
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 264;
  const HEIGHT = 396;
  const SMALLEST = 48;
  const APART = 8;
  const STEP = 4;

  function shape(name, attributes, text) {
    const node = document.createElementNS(SVG, name);
    for (const key of Object.keys(attributes)) node.setAttribute(key, attributes[key]);
    if (text) node.textContent = text;
    return node;
  }

  function whole(value) {
    return value === "" || value === null || value === undefined ? NaN : Number(value);
  }

  function crowd(a, b) {
    const across = Math.max(b.x - (a.x + a.w), a.x - (b.x + b.w));
    const down = Math.max(b.y - (a.y + a.h), a.y - (b.y + b.h));
    return Math.max(across, down) < APART;
  }

  // What is wrong with each place, as indexes of `words`.
  function faults(places) {
    return places.map((place, index) => {
      if ([place.x, place.y, place.w, place.h].some(Number.isNaN)) return "missing";
      if (place.w < SMALLEST || place.h < SMALLEST) return "small";
      const inside = place.x >= 0 && place.y >= 0 && place.x + place.w <= WIDTH && place.y + place.h <= HEIGHT;
      if (!inside) return "outside";
      return places.slice(0, index).some((other) => crowd(place, other)) ? "crowded" : "";
    });
  }

  function draw(svg, said, state, source, words) {
    const places = state.map(({ value }) => ({
      x: whole(value.x),
      y: whole(value.y),
      w: whole(value.w),
      h: whole(value.h),
      right: Boolean(value.right),
    }));
    const wrong = faults(places);
    svg.replaceChildren(shape("rect", { width: WIDTH, height: HEIGHT, class: "paper" }));
    if (source) svg.append(shape("image", { href: source, width: WIDTH, height: HEIGHT }));
    places.forEach((place, index) => {
      if (wrong[index] === "missing") return;
      const kind = wrong[index] ? "wrong" : place.right ? "right" : "other";
      svg.append(shape("rect", { x: place.x, y: place.y, width: Math.max(place.w, 0), height: Math.max(place.h, 0), rx: 8, class: kind }));
      svg.append(shape("text", { x: place.x + 8, y: place.y + 20, class: kind }, `${index + 1}${place.right ? " ✓" : ""}`));
    });
    const lines = wrong
      .map((code, index) => (code ? `${index + 1}: ${words[code]}` : ""))
      .filter(Boolean);
    if (places.filter((place) => place.right).length !== 1) lines.push(words.one);
    said.textContent = lines.length ? lines.join(" ") : words.good;
    said.className = lines.length ? "practice-preview__wrong" : "practice-preview__good";
  }

  function set(prefix, name, value) {
    const field = document.getElementById(`${prefix}-${name}`);
    if (!field) return;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function preview(block, prefix, words) {
    const first = document.getElementById(`${prefix}-say`);
    const area = first && first.closest(".screen-block");
    if (!area) return;
    const figure = document.createElement("figure");
    figure.className = "practice-preview";
    const title = document.createElement("figcaption");
    title.textContent = words.title;
    const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img", "aria-label": words.title });
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    figure.append(title, svg, said);
    area.append(figure);

    let touched = "";
    let waiting = false;
    function again() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        const picture = area.querySelector('[data-contentpath="picture"] img');
        draw(svg, said, block.getState().targets, picture && picture.getAttribute("src"), words);
      });
    }
    area.addEventListener("focusin", (event) => {
      const found = /^(.+-targets-\d+-value)-(x|y|w|h|label|why|right)$/.exec(event.target.id || "");
      if (found) touched = found[1];
    });
    svg.addEventListener("click", (event) => {
      const all = area.querySelectorAll('input[id$="-x"]');
      const last = all.length ? all[all.length - 1].id.replace(/-x$/, "") : "";
      const place = document.getElementById(`${touched}-x`) ? touched : last;
      if (!place) return;
      const box = svg.getBoundingClientRect();
      const size = { w: whole(document.getElementById(`${place}-w`).value), h: whole(document.getElementById(`${place}-h`).value) };
      if (!(size.w >= SMALLEST)) set(place, "w", (size.w = 216));
      if (!(size.h >= SMALLEST)) set(place, "h", (size.h = SMALLEST));
      const near = (at, extent, most) =>
        Math.max(0, Math.min(most - extent, Math.round((at - extent / 2) / STEP) * STEP));
      set(place, "x", near(((event.clientX - box.left) * WIDTH) / box.width, size.w, WIDTH));
      set(place, "y", near(((event.clientY - box.top) * HEIGHT) / box.height, size.h, HEIGHT));
    });
    area.addEventListener("input", again);
    area.addEventListener("change", again);
    // Places that are added or taken away, and a drawing that was chosen.
    new MutationObserver((changes) => {
      if (changes.some((change) => !figure.contains(change.target))) again();
    }).observe(area, { childList: true, subtree: true, attributes: true, attributeFilter: ["src"] });
    again();
  }

  const Struct = window.wagtailStreamField.blocks.StructBlockDefinition;
  class ScreenBlockDefinition extends Struct {
    render(placeholder, prefix, initialState, initialError) {
      const block = super.render(placeholder, prefix, initialState, initialError);
      preview(block, prefix, this.meta.words);
      return block;
    }
  }
  window.telepath.register("courses.blocks.ScreenBlock", ScreenBlockDefinition);
})();
