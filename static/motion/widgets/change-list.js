// The card "Changes": the newest events, newest first.

import { newest } from "../live/changes.js";
import { clock } from "../lib/format.js";

const SHOWN = 8;

export class Recent {
  /** @type {Change[] | null} */ #items = null;

  /** `onChoose(step)` shows a step of the path. @param {HTMLElement} root @param {(step: number) => void} onChoose */
  constructor(root, onChoose) {
    this.onChoose = onChoose;
    this.card = root.querySelector("#changes");
    this.list = root.querySelector("#changes-list");
  }

  /** Show the end of `items`; the newest sentence, or "". @param {Change[]} items */
  show(items) {
    const shown = newest(items, SHOWN);
    if (items !== this.#items) {
      this.#items = items;
      this.list.replaceChildren(...shown.map((event) => this.#line(event)));
      this.card.hidden = !shown.length;
    }
    return shown[0]?.text ?? "";
  }

  /** @param {ChangeEvent} event */
  #line({ text, at, step }) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Show it on the path";
    button.textContent = text;
    button.addEventListener("click", () => this.onChoose(step));
    const time = document.createElement("time");
    time.dateTime = at;
    time.textContent = clock(at);
    item.append(button, " ", time);
    return item;
  }
}
