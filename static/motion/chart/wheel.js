// Decides if the wheel zooms a chart or scrolls the page: it zooms with Ctrl, or after a click, as on a map.

import { isFull } from "../lib/fullscreen.js";

const HINT_MS = 1_500;
const KEY = /Mac/.test(navigator.platform) ? "⌘" : "Ctrl";

export class Wheel {
  #isActive = false; // from a click until the pointer leaves
  /** @type {Timer} */ #hiding = null;

  /** For an `element` that can zoom; `hint` is shown for a while if the reader scrolls over the element.
   * @param {HTMLElement} element @param {HTMLElement} hint */
  constructor(element, hint) {
    this.hint = hint;
    hint.textContent = `${KEY} + wheel zooms`;
    // Not on pointerdown: then Plotly covers the page, and the pointer leaves the element.
    element.addEventListener("click", () => (this.#isActive = true));
    for (const name of ["pointerleave", "focusout"]) {
      element.addEventListener(name, () => (this.#isActive = false));
    }
    // A pointer that leaves before Plotly's cover is gone sends no pointerleave.
    document.addEventListener("pointerover", (event) => {
      if (this.#isActive && !isOver(element, event)) this.#isActive = false;
    });
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#isActive = false;
    });
  }

  /** True if this turn zooms; otherwise shows the hint. Browsers report a pinch on a trackpad with Ctrl.
   * @param {WheelEvent} event */
  claim({ ctrlKey, metaKey, deltaY }) {
    if (ctrlKey || metaKey || this.#isActive || isFull()) return true;
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
