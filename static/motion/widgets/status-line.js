// The line under the chart: a message about the view, or else the note of the axis.

import { writeText } from "../lib/dom.js";

export class StatusLine {
  #message = "";

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  /** Show a message until the next one; "" leaves the line to the axis. @param {string} text */
  showMessage(text) {
    this.#message = text;
    writeText(this.element, text);
  }

  /** Show the note of the axis, unless there is a message. @param {string} text */
  showNote(text) {
    writeText(this.element, this.#message || text);
  }
}
