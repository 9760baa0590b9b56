// Which of the motion's paths is shown: the one that runs, or one that a restart has ended.

import { count, localTime } from "../lib/format.js";
import { ordinal } from "../lib/ordinal.js";
import { writeText } from "../lib/dom.js";

const LIVE = ""; // the value of its option
const FAILED = "Loading failed. Close this list and open it again";

/** "2nd path · 21 Nov 2026, 18:22 · 14,402 steps", on the clock of whoever looks.
 * @param {Pick<EpochJson, "ordinal" | "began_at" | "last_step">} path */
export function told({ ordinal: number, began_at, last_step }) {
  const steps = last_step === 1 ? "1 step" : `${count(last_step)} steps`;
  return `${ordinal(number)} path · ${localTime(began_at)} · ${steps}`;
}

/** @typedef {[value: string | null, text: string]} Option */

export class Paths {
  /** @type {EpochJson[]} */ #earlier = []; // newest first
  /** @type {number | null} */ #live = null; // the ordinal of the path that runs, once it is known
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
      select.addEventListener(name, () => this.#open());
    }
    select.addEventListener("change", () => {
      onChoose(select.value === LIVE ? null : Number(select.value));
    });
    this.#draw();
  }

  /** What the page shows now: an epoch, the how-manieth it is, and whether it is the one that runs.
   * @param {{ epoch: number | null, ordinal: number, isLive: boolean }} shown */
  show({ epoch, ordinal: number, isLive }) {
    const before = this.#shown;
    if (before.epoch === epoch && before.ordinal === number && before.isLive === isLive) return;
    this.#shown = { epoch, ordinal: number, isLive };
    if (isLive) this.#live = number;
    this.#draw();
  }

  /** The motion was restarted: whoever opens this next is told anew. */
  refresh() {
    this.#isFresh = false;
    if (document.activeElement === this.select) this.#open();
  }

  #open() {
    if (this.#isFresh || this.#isLoading) return;
    this.#isFresh = true; // unless a restart comes between
    this.#isLoading = true;
    this.#failure = "";
    this.#draw();
    void this.#load();
  }

  async #load() {
    try {
      this.#take(await this.api.loadEpochs());
    } catch {
      this.#isFresh = false;
      this.#failure = FAILED;
    }
    this.#isLoading = false;
    this.#draw();
  }

  /** @param {EpochJson[]} epochs */
  #take(epochs) {
    this.#earlier = epochs.filter(({ ended_at }) => ended_at !== null);
    this.#live = epochs.find(({ ended_at }) => ended_at === null)?.ordinal ?? this.#live;
  }

  #draw() {
    const { epoch, ordinal: number, isLive } = this.#shown;
    const isKnown = isLive || this.#earlier.some((path) => path.epoch === epoch);
    /** @type {Option[]} */
    const options = [
      [LIVE, this.#live === null ? "Live" : `Live: the ${ordinal(this.#live)} path`],
    ];
    if (!isKnown) options.push([String(epoch), `${ordinal(number)} path`]);
    for (const path of this.#earlier) options.push([String(path.epoch), told(path)]);
    this.#fill(options);
    this.select.value = isLive ? LIVE : String(epoch);
    this.select.hidden = isLive && number < 2;
  }

  /** The same elements as long as they last: the list may be open. @param {Option[]} options */
  #fill(options) {
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
