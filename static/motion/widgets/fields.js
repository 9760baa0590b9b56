// The fields under the chart: the kinds of the axes, and the step at which the band begins.

import { listenToArrows, readWhole } from "../lib/typed-numbers.js";

export class Fields {
  #isTyped = false; // the field has text that the reader has not submitted

  /** @param {HTMLElement} root @param {{ model: ViewModel, run: Run }} page */
  constructor(root, { model, run }) {
    const find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.model = model;
    this.run = run;
    /** @type {["across" | "up", HTMLSelectElement][]} */
    this.axes = [["across", find("across")], ["up", find("up")]];
    this.band = find("band-start");
    this.start = find("band-from");
    this.error = find("band-error");
    for (const [name, select] of this.axes) {
      select.addEventListener("change", () => run(name, select.value));
    }
    this.#listenToStart();
    find("band-here").addEventListener("click", () => this.#setBandStart(model.getVisibleSteps(performance.now()).first));
    this.show();
  }

  #listenToStart() {
    const { start } = this;
    listenToArrows(this.band);
    start.addEventListener("input", () => (this.#isTyped = true));
    start.addEventListener("blur", () => {
      const isLeft = document.activeElement !== start; // not if the whole window loses the focus
      if (isLeft && this.#isTyped) this.#submit();
    });
    start.addEventListener("keydown", (/** @type {KeyboardEvent} */ { key, isComposing }) => {
      if (key === "Enter" && !isComposing) this.#submit();
      if (key === "Escape") this.#showBandStart();
    });
  }

  #submit() {
    const step = readWhole(this.start.value);
    if (Number.isInteger(step)) this.#setBandStart(step);
    else this.#showError("Enter a whole number, 0 or more.");
  }

  /** @param {number} step */
  #setBandStart(step) {
    this.run("band-from", step);
    this.#showBandStart(); // the view model limits the step
  }

  #showBandStart() {
    this.#isTyped = false;
    const text = String(this.model.bandStart ?? 0);
    if (this.start.value !== text) this.start.value = text;
    this.#showError("");
  }

  /** @param {string} text */
  #showError(text) {
    this.error.textContent = text;
    this.error.hidden = !text;
    this.start.setAttribute("aria-invalid", String(Boolean(text)));
  }

  show() {
    const { model, axes, band } = this;
    for (const [name, select] of axes) {
      if (select.value !== model[name]) select.value = model[name];
    }
    band.hidden = model.bandStart === null;
    if (!this.#isTyped || model.bandStart === null) this.#showBandStart();
  }
}
