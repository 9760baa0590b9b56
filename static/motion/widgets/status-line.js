// The line under the chart: what the page has to tell of my view, or else what its axis has to say.

import { writeText } from "../lib/dom.js";

export class Note {
  #told = "";

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  /** Tell `text` until something else is told; "" leaves the line to the axis. @param {string} text */
  tell(text) {
    this.#told = text;
    writeText(this.element, text);
  }

  /** What the axis has to say, where nothing was told. @param {string} text */
  show(text) {
    writeText(this.element, this.#told || text);
  }
}
