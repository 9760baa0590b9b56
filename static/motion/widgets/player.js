// The bar of a replay: a play button, a slider, the speed, and a button back to the live path.

import { formatCount } from "../lib/format.js";
import { Hold } from "../lib/pointer-hold.js";
import { computeSpeed } from "../view/replay.js";
import { writeAttribute, writeText } from "../lib/dom.js";

const ANNOUNCEMENTS = 20; // during a replay: a screen reader cannot follow sixty values a second

/** @typedef {Stretch & { at: number, playing: boolean, interval: number }} Shown */

export class Player {
  /** @type {Shown | null} */ #shown = null;
  /** @type {number | null} */ #announced = null; // the last twentieth that a screen reader has read

  /** @param {HTMLElement} root @param {Run} run */
  constructor(root, run) {
    const find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.run = run;
    this.bar = find("player");
    this.plot = this.bar.parentElement;
    this.button = find("player-play");
    this.head = find("player-head");
    this.hold = new Hold(this.head);
    this.text = find("player-text");
    this.place = find("player-place");
    this.pace = find("player-pace");
    find("player-close").addEventListener("click", () => run("follow"));
    this.#listen();
  }

  get stepsPerSecond() {
    return computeSpeed(this.pace.value, /** @type {Shown} */ (this.#shown));
  }

  /** Show a replay of the steps first … last that is at step `at`. `interval`, in seconds, is that of the
   * motion; `text` says which path it is.
   * @param {Shown & { text: string }} replay */
  show({ first, last, at, playing, interval, text }) {
    this.#shown = { first, last, at, playing, interval };
    this.#setOpen(true);
    writeAttribute(this.head, "min", first);
    writeAttribute(this.head, "max", last);
    if (!this.hold.isHeld) this.head.value = at;
    const label = playing ? "Pause replay" : at >= last ? "Play again" : "Play";
    writeText(this.button, label);
    writeText(this.text, text);
    const place = describeStep(at, last);
    writeText(this.place, place);
    this.place.style.minWidth = `${describeStep(last, last).length}ch`; // so that more digits move nothing
    if (!playing || this.#takeAnnouncement()) writeAttribute(this.head, "aria-valuetext", place);
  }

  hide() {
    this.#setOpen(false);
  }

  /** @param {boolean} isOpen */
  #setOpen(isOpen) {
    if (this.bar.hidden !== isOpen) return;
    this.bar.hidden = !isOpen;
    this.plot.classList.toggle("replayed", isOpen);
  }

  /** True if a screen reader should read the step: once for each twentieth of the replay. */
  #takeAnnouncement() {
    const { first, last, at } = /** @type {Shown} */ (this.#shown);
    const part = Math.floor((ANNOUNCEMENTS * (at - first)) / Math.max(last - first, 1));
    const isDue = part !== this.#announced;
    this.#announced = part;
    return isDue;
  }

  #listen() {
    this.button.addEventListener("click", () => this.#toggle());
    this.head.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      if (!event.repeat) this.#toggle();
    });
    this.head.addEventListener("input", () => this.run("seek", this.head.valueAsNumber));
    this.pace.addEventListener("change", () => this.run("speed", this.stepsPerSecond));
  }

  #toggle() {
    this.run(this.#shown?.playing ? "pause" : "play");
  }
}

/** "step 1,204 of 14,402" @type {(at: number, last: number) => string} */
const describeStep = (at, last) => `step ${formatCount(at)} of ${formatCount(last)}`;
