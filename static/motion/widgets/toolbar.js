// The buttons above the chart, and the menu that holds some of them on a narrow screen.

import { LAWS } from "../view/laws.js";
import { listenToFullScreen } from "../lib/fullscreen.js";
import { writeAttribute, writeHidden } from "../lib/dom.js";

/** Their ids are the names of commands. */
const BUTTONS = /** @type {const} */ (["follow", "all", "freeze", "class", "slice", ...LAWS, "band", "show-changes", "replay", "reset"]);

export class Toolbar {
  /** @param {HTMLElement} root @param {Run} run */
  constructor(root, run) {
    this.find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    for (const id of BUTTONS) this.find(id).addEventListener("click", () => run(id));
    listenToFullScreen(this.find("full-screen"));
    this.#listenToMenu();
  }

  /** @param {ViewModel} model */
  show(model) {
    const { isLive, pastOrdinal, replay, bandStart: band, hasMarkers, ensemble } = model;
    const { mode, origin } = model.view;
    this.#setPressed("follow", isLive && mode === "follow");
    this.#setPressed("all", mode === "all");
    this.#setPressed("band", band !== null);
    this.#setPressed("show-changes", hasMarkers);
    this.#setPressed("class", ensemble.isOn);
    this.#setPressed("slice", ensemble.hasSlice);
    writeHidden(this.find("class"), !ensemble.isPossible);
    writeHidden(this.find("keys-class"), !ensemble.isPossible);
    this.find("plot").toggleAttribute("data-class", ensemble.isPossible); // two more buttons
    writeHidden(this.find("slice"), !ensemble.isPossible || !ensemble.isOn);
    for (const law of LAWS) {
      this.#setPressed(law, ensemble.laws.chosen === law);
    }
    writeHidden(this.find("laws"), !ensemble.isPossible || !ensemble.isOn);
    this.find("follow").classList.toggle("primary", !isLive || mode === "fixed");
    writeHidden(this.find("my-reset"), origin === null);
    writeHidden(this.find("replay"), replay !== null);
    this.find("replay").disabled = model.series.last === 0; // there is nothing to play
    writeHidden(this.find("freeze"), pastOrdinal !== null || replay !== null);
    this.#setPressed("freeze", model.isFrozen);
  }

  /** @param {string} id @param {boolean} isOn */
  #setPressed(id, isOn) {
    writeAttribute(this.find(id), "aria-pressed", isOn);
  }

  /** Close it on any click outside, except on the fields that unfold with it. */
  #listenToMenu() {
    const button = this.find("more-tools");
    const open = (/** @type {boolean} */ isOpen) => {
      button.setAttribute("aria-expanded", String(isOpen));
      this.find("plot").classList.toggle("unfolded", isOpen);
    };
    button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
    document.addEventListener("click", ({ target }) => {
      if (!(/** @type {Element} */ (target).closest("#more-tools, .axes"))) open(false);
    });
    this.find("plot").addEventListener("keydown", (/** @type {KeyboardEvent} */ { key }) => {
      if (key === "Escape") open(false);
    });
  }
}
