// The card "Changes": the newest events, newest first.

import { listNewestEvents } from "../live/changes.js";
import { createElement } from "../lib/dom.js";
import { formatClock } from "../lib/format.js";

const SHOWN = 8;

export class ChangeList {
  /** @type {Change[] | null} */ #items = null;

  /** `onChoose(step)` is called with the step of a change that a person chooses. @param {HTMLElement} root @param {(step: number) => void} onChoose */
  constructor(root, onChoose) {
    this.onChoose = onChoose;
    this.card = root.querySelector("#changes");
    this.list = root.querySelector("#changes-list");
  }

  /** Show the newest of `items`; returns the text of the newest, or "". @param {Change[]} items */
  show(items) {
    const shown = listNewestEvents(items, SHOWN);
    if (items !== this.#items) {
      this.#items = items;
      this.list.replaceChildren(...shown.map((event) => this.#createLine(event)));
      this.card.hidden = !shown.length;
    }
    return shown[0]?.text ?? "";
  }

  /** @param {ChangeEvent} event */
  #createLine({ text, at, step }) {
    const item = createElement("li");
    const button = createElement("button", { type: "button", title: "Show it on the path", textContent: text });
    button.addEventListener("click", () => this.onChoose(step));
    item.append(button, " ", createElement("time", { dateTime: at, textContent: formatClock(at) }));
    return item;
  }
}
