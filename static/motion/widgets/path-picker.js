// The list of the motion's paths: the live one, and those that a restart has ended.

import { formatCounted, formatLocalTime, formatOrdinal } from "../lib/format.js";
import { writeText } from "../lib/dom.js";

const LIVE = ""; // the value of its option
const FAILED = "Loading failed. Close this list and open it again";

/** "2nd path · 21 Nov 2026, 18:22 · 14,402 steps", in the reader's time zone.
 * @param {Pick<EpochJson, "ordinal" | "began_at" | "last_step">} path */
function describePath({ ordinal: number, began_at, last_step }) {
  return `${formatOrdinal(number)} path · ${formatLocalTime(began_at)} · ${formatCounted(last_step, "step")}`;
}

/** @typedef {[value: string | null, text: string]} Option */

export class PathPicker {
  /** @type {EpochJson[]} */ #earlier = []; // newest first
  /** @type {number | null} */ #live = null; // the ordinal of the live path, once it is known
  /** @type {{ epoch: number | null, ordinal: number, isLive: boolean }} */
  #shown = { epoch: null, ordinal: 1, isLive: true };
  #isLoading = false;
  #isFresh = false;
  #failure = "";

  /** `onChoose(epoch)` hears what a person chose, null for the live path.
   * @param {HTMLSelectElement} select
   * @param {{ api: Pick<MotionApi, "loadEpochs">, onChoose: (epoch: number | null) => void }} page */
  constructor(select, { api, onChoose }) {
    this.select = select;
    this.api = api;
    for (const name of ["pointerenter", "pointerdown", "focus"]) {
      select.addEventListener(name, () => this.#loadIfStale());
    }
    select.addEventListener("change", () => {
      onChoose(select.value === LIVE ? null : Number(select.value));
    });
    this.#draw();
  }

  /** The path in view: its epoch, its ordinal, and whether it is the live one.
   * @param {{ epoch: number | null, ordinal: number, isLive: boolean }} shown */
  show({ epoch, ordinal: number, isLive }) {
    const before = this.#shown;
    if (before.epoch === epoch && before.ordinal === number && before.isLive === isLive) return;
    this.#shown = { epoch, ordinal: number, isLive };
    if (isLive) this.#live = number;
    this.#draw();
  }

  /** After a restart: load the list again when it is opened next. */
  refresh() {
    this.#isFresh = false;
    if (document.activeElement === this.select) this.#loadIfStale();
  }

  #loadIfStale() {
    if (this.#isFresh || this.#isLoading) return;
    this.#isFresh = true; // unless a restart comes between
    this.#isLoading = true;
    this.#failure = "";
    this.#draw();
    void this.#load();
  }

  async #load() {
    try {
      this.#setEpochs(await this.api.loadEpochs());
    } catch {
      this.#isFresh = false;
      this.#failure = FAILED;
    }
    this.#isLoading = false;
    this.#draw();
  }

  /** @param {EpochJson[]} epochs */
  #setEpochs(epochs) {
    this.#earlier = epochs.filter(({ ended_at }) => ended_at !== null);
    this.#live = epochs.find(({ ended_at }) => ended_at === null)?.ordinal ?? this.#live;
  }

  #draw() {
    const { epoch, ordinal: number, isLive } = this.#shown;
    const isKnown = isLive || this.#earlier.some((path) => path.epoch === epoch);
    /** @type {Option[]} */
    const options = [
      [LIVE, this.#live === null ? "Live" : `Live: the ${formatOrdinal(this.#live)} path`],
    ];
    if (!isKnown) options.push([String(epoch), `${formatOrdinal(number)} path`]);
    for (const path of this.#earlier) options.push([String(path.epoch), describePath(path)]);
    this.#fillSelect(options);
    this.select.value = isLive ? LIVE : String(epoch);
    this.select.hidden = isLive && number < 2;
  }

  /** Reuse the elements: the list may be open. @param {Option[]} options */
  #fillSelect(options) {
    const note = this.#isLoading ? "Loading…" : this.#failure;
    const wanted = note ? [...options, /** @type {Option} */ ([null, note])] : options;
    while (this.select.options.length > wanted.length) this.select.lastElementChild?.remove();
    wanted.forEach(([value, text], at) => {
      const option = this.select.options[at] ?? this.select.appendChild(document.createElement("option"));
      option.disabled = value === null;
      option.value = String(value);
      writeText(option, text);
    });
  }
}
