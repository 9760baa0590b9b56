// The card "Changes": what was done last, newest first.

import { newest } from "./changes.js";
import { clock } from "./format.js";

const SHOWN = 8;

export class Recent {
  #items = null;

  constructor(root) {
    this.card = root.querySelector("#changes");
    this.list = root.querySelector("#changes-list");
  }

  /** Show the end of `items`; the newest sentence, or "". */
  show(items) {
    const told = newest(items, SHOWN);
    if (items !== this.#items) {
      this.#items = items;
      this.list.replaceChildren(...told.map(line));
      this.card.hidden = !told.length;
    }
    return told.at(0)?.text ?? "";
  }
}

function line({ text, at }) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = clock(at);
  item.append(`${text} `, time);
  return item;
}
