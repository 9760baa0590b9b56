// The fields under the chart: what its axes show, and the step that the band begins at.

import { listenToArrows, readWhole } from "../lib/typed-numbers.js";

export class Fields {
  #isTyped = false; // the field holds what somebody has typed and not entered yet

  /** @param {HTMLElement} root @param {{ scene: Scene, run: Run }} page */
  constructor(root, { scene, run }) {
    /** @param {string} id */
    const find = (id) => root.querySelector(`#${id}`);
    this.scene = scene;
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
    find("band-here").addEventListener("click", () => this.#begin(scene.seen(performance.now()).first));
    this.show();
  }

  #listenToStart() {
    const { start } = this;
    listenToArrows(this.band);
    start.addEventListener("input", () => (this.#isTyped = true));
    start.addEventListener("blur", () => {
      const isLeft = document.activeElement !== start; // it is not when the whole window loses focus
      if (isLeft && this.#isTyped) this.#enter();
    });
    start.addEventListener("keydown", (/** @type {KeyboardEvent} */ { key, isComposing }) => {
      if (key === "Enter" && !isComposing) this.#enter();
      if (key === "Escape") this.#fill();
    });
  }

  #enter() {
    const step = readWhole(this.start.value);
    if (Number.isInteger(step)) this.#begin(step);
    else this.#complain("Enter a whole number, 0 or more.");
  }

  /** @param {number} step */
  #begin(step) {
    this.run("band-from", step);
    this.#fill(); // what cannot be is taken back
  }

  #fill() {
    this.#isTyped = false;
    const text = String(this.scene.band ?? 0);
    if (this.start.value !== text) this.start.value = text;
    this.#complain("");
  }

  /** @param {string} text */
  #complain(text) {
    this.error.textContent = text;
    this.error.hidden = !text;
    this.start.setAttribute("aria-invalid", String(Boolean(text)));
  }

  show() {
    const { scene, axes, band } = this;
    for (const [name, select] of axes) {
      if (select.value !== scene[name]) select.value = scene[name];
    }
    band.hidden = scene.band === null;
    if (!this.#isTyped || scene.band === null) this.#fill();
  }
}
