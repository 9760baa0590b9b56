// The buttons over the chart, and the menu that holds some of them on a narrow screen.

import { listenToFullScreen } from "../lib/fullscreen.js";
import { toggleBand, toggleChanges } from "../view/view-settings.js";
import { writeAttribute } from "../lib/dom.js";

/** @type {Record<string, (scene: Scene) => void>} */ const CHANGES = {
  follow: (scene) => scene.follow(),
  all: ({ view }) => view.all(),
  freeze: (scene) => scene.toggleFreeze(),
  band: toggleBand,
  "show-changes": toggleChanges,
  replay: (scene) => scene.play(performance.now()),
  reset: (scene) => scene.reset(),
};

export class Toolbar {
  /** Most buttons are an `act(change)` of the scene. @param {HTMLElement} root @param {{ act: Act }} page */
  constructor(root, { act }) {
    /** @param {string} id */
    this.find = (id) => root.querySelector(`#${id}`);
    for (const [id, change] of Object.entries(CHANGES)) this.#press(id, () => act(change));
    listenToFullScreen(this.find("full-screen"));
    this.#listenToMenu();
  }

  /** @param {Scene} scene */
  show(scene) {
    const { isLive, past, replay, band, showsChanges } = scene;
    const { mode, origin } = scene.view;
    this.#light("follow", isLive && mode === "follow");
    this.#light("all", mode === "all");
    this.#light("band", band !== null);
    this.#light("show-changes", showsChanges);
    this.find("follow").classList.toggle("primary", !isLive || mode === "fixed");
    this.find("my-reset").hidden = origin === null;
    this.find("replay").hidden = replay !== null;
    this.find("replay").disabled = scene.series.last === 0; // there is nothing to play
    this.find("freeze").hidden = past !== null || replay !== null;
    this.#light("freeze", scene.isFrozen);
  }

  /** @param {string} id @param {boolean} isOn */
  #light(id, isOn) {
    writeAttribute(this.find(id), "aria-pressed", isOn);
  }

  /** @param {string} id @param {() => void} act */
  #press(id, act) {
    this.find(id).addEventListener("click", act);
  }

  /** Close it on any click outside, except on the fields that unfold with it. */
  #listenToMenu() {
    const button = this.find("more-tools");
    /** @param {boolean} isOpen */
    const open = (isOpen) => {
      button.setAttribute("aria-expanded", String(isOpen));
      this.find("plot").classList.toggle("unfolded", isOpen);
    };
    this.#press("more-tools", () => open(button.getAttribute("aria-expanded") !== "true"));
    document.addEventListener("click", ({ target }) => {
      if (!(/** @type {Element} */ (target).closest("#more-tools, .axes"))) open(false);
    });
    this.find("plot").addEventListener("keydown", (/** @type {KeyboardEvent} */ { key }) => {
      if (key === "Escape") open(false);
    });
  }
}
