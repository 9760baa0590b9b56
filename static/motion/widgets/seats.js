// The paths of the people who watch: press a name, and its path lights up.

import { createElement, writeAttribute, writeHidden, writeText } from "../lib/dom.js";

export class Seats {
  /** @type {Map<number, HTMLElement>} */ #items = new Map(); // kept, so that a focused button stays the same button

  /** @param {HTMLElement} root @param {Run} run */
  constructor(root, run) {
    this.box = root.querySelector("#seats");
    this.list = root.querySelector("#seats-list");
    this.run = run;
  }

  /** @param {Ensemble} ensemble */
  show(ensemble) {
    const { live, lit, isShown } = ensemble;
    const seats = isShown ? [...live.names].filter(([seat]) => seat <= live.paths) : [];
    const known = new Set(seats.map(([seat]) => seat));
    for (const [seat, item] of this.#items) {
      if (known.has(seat)) continue;
      item.remove();
      this.#items.delete(seat);
    }
    seats.forEach(([seat, name], index) => {
      const item = this.#getItem(seat);
      if (this.list.children[index] !== item) this.list.insertBefore(item, this.list.children[index] ?? null);
      const button = /** @type {Element} */ (item.firstElementChild);
      writeText(/** @type {Element} */ (button.lastElementChild), name);
      writeHidden(/** @type {Element} */ (button.firstElementChild), name === `Student ${seat}`); // which has it
      writeAttribute(button, "aria-pressed", seat === lit);
    });
    this.box.hidden = !seats.length;
  }

  /** @param {number} seat */
  #getItem(seat) {
    const known = this.#items.get(seat);
    if (known) return known;
    const item = createElement("li");
    const button = createElement("button", { type: "button", className: "chip" });
    button.append(createElement("span", { className: "soft", textContent: String(seat) }), createElement("bdi"));
    button.addEventListener("click", () => this.run("light", seat));
    item.append(button);
    this.#items.set(seat, item);
    return item;
  }
}
