// The bar of a replay: play and pause, a head one can drag, the speed, and *Go live*.

import { count } from "../lib/format.js";
import { Hold } from "../lib/pointer-hold.js";
import { speed } from "../view/replay.js";
import { writeAttribute, writeText } from "../lib/dom.js";

const SAID_TIMES = 20; // while it plays: a screen reader cannot follow sixty values a second

/** @typedef {Stretch & { at: number, playing: boolean, interval: number }} Shown */

export class Player {
  /** @type {Shown | null} */ #shown = null;
  /** @type {number | null} */ #said = null; // how many twentieths of the way

  /** Told what a hand does: onSeek(step), onPlay(), onPause(), onSpeed(stepsPerSecond), onClose().
   * @param {HTMLElement} root
   * @param {{ onSeek: (step: number) => void, onPlay: () => void, onPause: () => void,
   *   onSpeed: (pace: number) => void, onClose: () => void }} on */
  constructor(root, { onSeek, onPlay, onPause, onSpeed, onClose }) {
    /** @param {string} id */
    const find = (id) => root.querySelector(`#${id}`);
    this.bar = find("player");
    this.plot = this.bar.parentElement;
    this.button = find("player-play");
    this.head = find("player-head");
    this.hold = new Hold(this.head);
    this.words = find("player-words");
    this.place = find("player-place");
    this.pace = find("player-pace");
    this.onPlay = onPlay;
    this.onPause = onPause;
    this.#listen(onSeek, onSpeed);
    find("player-close").addEventListener("click", () => onClose());
  }

  /** Of the chosen speed, for the stretch that is shown. */
  get stepsPerSecond() {
    return speed(this.pace.value, /** @type {Shown} */ (this.#shown));
  }

  /**
   * A replay of the steps first … last whose head is at step `at`; `interval` in seconds is that
   * of the motion, `words` say which path it is.
   * @param {Shown & { words: string }} replay
   */
  show({ first, last, at, playing, interval, words }) {
    this.#shown = { first, last, at, playing, interval };
    this.#open(true);
    writeAttribute(this.head, "min", first);
    writeAttribute(this.head, "max", last);
    if (!this.hold.isHeld) this.head.value = at;
    const label = playing ? "Pause replay" : at >= last ? "Play again" : "Play";
    writeText(this.button, label);
    writeText(this.words, words);
    const place = inWords(at, last);
    writeText(this.place, place);
    this.place.style.minWidth = `${inWords(last, last).length}ch`; // one digit more moves nothing
    if (!playing || this.#isDue()) writeAttribute(this.head, "aria-valuetext", place);
  }

  hide() {
    this.#open(false);
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    if (this.bar.hidden !== isOpen) return;
    this.bar.hidden = !isOpen;
    this.plot.classList.toggle("replayed", isOpen);
  }

  /** Whether the head has come so far since it was said that it should be said again. */
  #isDue() {
    const { first, last, at } = /** @type {Shown} */ (this.#shown);
    const part = Math.floor((SAID_TIMES * (at - first)) / Math.max(last - first, 1));
    const isDue = part !== this.#said;
    this.#said = part;
    return isDue;
  }

  /** @param {(step: number) => void} onSeek @param {(pace: number) => void} onSpeed */
  #listen(onSeek, onSpeed) {
    this.button.addEventListener("click", () => this.#toggle());
    this.head.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      if (!event.repeat) this.#toggle();
    });
    this.head.addEventListener("input", () => onSeek(this.head.valueAsNumber));
    this.pace.addEventListener("change", () => onSpeed(this.stepsPerSecond));
  }

  #toggle() {
    if (this.#shown?.playing) this.onPause();
    else this.onPlay();
  }
}

/** "step 1,204 of 14,402" @type {(at: number, last: number) => string} */
const inWords = (at, last) => `step ${count(at)} of ${count(last)}`;
