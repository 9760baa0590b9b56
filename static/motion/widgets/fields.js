// The fields under the chart: the kinds of the axes, and the step at which the band begins.

import { TypedField, listenToArrows, readWhole } from "../lib/typed-numbers.js";

export class Fields {
  /** @param {HTMLElement} root @param {{ model: ViewModel, run: Run }} page */
  constructor(root, { model, run }) {
    const find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.model = model;
    this.run = run;
    /** @type {["across" | "up", HTMLSelectElement][]} */
    this.axes = [["across", find("across")], ["up", find("up")]];
    this.band = find("band-start");
    this.start = new TypedField(find("band-from"), find("band-error"), {
      submit: () => this.#submit(),
      restore: () => this.#showBandStart(),
    });
    for (const [name, select] of this.axes) {
      select.addEventListener("change", () => run(name, select.value));
    }
    listenToArrows(this.band);
    find("band-here").addEventListener("click", () => this.#setBandStart(model.getVisibleSteps(performance.now()).first));
    this.show();
  }

  #submit() {
    const step = readWhole(this.start.field.value);
    if (Number.isInteger(step)) this.#setBandStart(step);
    else this.start.showError("Enter a whole number, 0 or more.");
  }

  /** @param {number} step */
  #setBandStart(step) {
    this.run("band-from", step);
    this.#showBandStart(); // the view model limits the step
  }

  #showBandStart() {
    this.start.show(String(this.model.bandStart ?? 0));
  }

  show() {
    const { model, axes, band } = this;
    for (const [name, select] of axes) {
      if (select.value !== model[name]) select.value = model[name];
    }
    band.hidden = model.bandStart === null;
    if (!this.start.isTyped || model.bandStart === null) this.#showBandStart();
  }
}
