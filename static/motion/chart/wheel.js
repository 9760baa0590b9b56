// Whose a turn of the wheel is: the page scrolls, unless somebody asks the chart to zoom, as on a map.

import { isFull } from "../lib/fullscreen.js";

const HINT_MS = 1_500;
const KEY = /Mac/.test(navigator.platform) ? "⌘" : "Ctrl";

export class Wheel {
  #isTaken = false; // by a click, until the pointer leaves
  /** @type {Timer} */ #hiding = null;

  /** Of the `element` that can zoom; `hint` is shown for a while when somebody scrolls over it.
   * @param {HTMLElement} element @param {HTMLElement} hint */
  constructor(element, hint) {
    this.hint = hint;
    hint.textContent = `${KEY} + wheel zooms`;
    // A press would not do: while it lasts, Plotly covers the page, so that the pointer leaves.
    element.addEventListener("click", () => (this.#isTaken = true));
    for (const name of ["pointerleave", "focusout"]) {
      element.addEventListener(name, () => (this.#isTaken = false));
    }
    // A pointer that leaves before Plotly's cover is gone leaves the cover, not the chart.
    document.addEventListener("pointerover", (event) => {
      if (this.#isTaken && !isOver(element, event)) this.#isTaken = false;
    });
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#isTaken = false;
    });
  }

  /** Whether it zooms; if not, it is left to the page. A pinch on a trackpad comes with Ctrl.
   * @param {WheelEvent} event */
  takes({ ctrlKey, metaKey, deltaY }) {
    if (ctrlKey || metaKey || this.#isTaken || isFull()) return true;
    if (deltaY !== 0) this.#showHint();
    return false;
  }

  #showHint() {
    this.hint.dataset.shown = "true";
    clearTimeout(this.#hiding);
    this.#hiding = setTimeout(() => (this.hint.dataset.shown = "false"), HINT_MS);
  }
}

/** @param {HTMLElement} element @param {PointerEvent} event */
function isOver(element, { clientX, clientY }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}
