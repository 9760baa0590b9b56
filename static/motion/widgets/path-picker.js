// The path in view: the live one, or an earlier one that the reader chose from the list or that a link names.

import { formatCounted, formatLocalTime, formatOrdinal } from "../lib/format.js";
import { writeText } from "../lib/dom.js";

const LIVE = ""; // the value of its option
const FAILED = "Loading failed. Close this list and open it again";

/** @typedef {[value: string | null, text: string]} Option */

export class PathPicker {
  #live; // the ordinal of the live path
  /** @type {number | null} */ #epoch = null; // of the live path, once it is known
  /** @type {EpochJson[]} */ #earlier = []; // newest first
  #shown = ""; // what the list shows as chosen
  #isLoading = false;
  #isFresh = false;
  #failure = "";

  /** `ordinal` is that of the path that was live when the server rendered the page; `report(text)` shows
   * whether a choice succeeds.
   * @param {HTMLSelectElement} select
   * @param {{ model: ViewModel, api: MotionApi, ordinal: number, run: Run, report: (text: string) => void }} page */
  constructor(select, { model, api, ordinal, run, report }) {
    this.select = select;
    this.model = model;
    this.api = api;
    this.report = report;
    this.#live = ordinal;
    for (const name of ["pointerenter", "pointerdown", "focus"]) {
      select.addEventListener(name, () => this.#loadIfStale());
    }
    select.addEventListener("change", () => {
      if (select.value === LIVE) run("follow");
      else void this.#showPath(Number(select.value), run);
    });
  }

  /** Of the path in view: 1 is the motion's first. */
  get ordinal() {
    return this.model.pastOrdinal ?? this.#live;
  }

  /** The live path is that of `epoch`; a new one is the motion's next. @param {number} epoch */
  follow(epoch) {
    if (this.#epoch !== null && epoch !== this.#epoch) {
      this.#live += 1;
      this.#isFresh = false;
      if (document.activeElement === this.select) this.#loadIfStale();
    }
    this.#epoch = epoch;
    this.show();
  }

  show() {
    if (this.#epoch === null) return;
    const shown = [this.model.series.epoch, this.model.pastOrdinal, this.#live].join();
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#draw();
  }

  /** Open what a link names, or a presenter shows: in a fixed view the steps `range` of the path of `epoch`, the step
   * `since` that the view counts from, and the step of the `slice`. Any other view is of the live path, as a reset ends
   * with its path. `run` runs the commands.
   * @param {Pick<LinkedView, "epoch" | "mode" | "range" | "since" | "slice">} view @param {Run} run */
  async open({ epoch, mode, range, since, slice }, run) {
    if (epoch === null) return;
    if (mode === "fixed" && epoch !== this.model.series.epoch) await this.#showPath(epoch, run);
    const { series } = this.model;
    if (epoch !== series.epoch) return;
    if (mode === "fixed") run("range", range);
    if (typeof slice === "number") run("move-slice", slice);
    if (since !== null && since <= series.last) await this.#countFrom({ epoch, step: since }, run);
  }

  /** @param {{ epoch: number, step: number }} place @param {Run} run */
  async #countFrom(place, run) {
    try {
      const known = this.model.findPosition(place.step);
      const position = known ?? (await this.api.loadPosition(place.epoch, place.step));
      run("count-from", { ...place, position });
    } catch {
      this.report("The start of this view could not be loaded. Reload the page to try again.");
    }
  }

  /** Load an earlier path and show it. @param {number} epoch @param {Run} run */
  async #showPath(epoch, run) {
    this.report("Loading the path…");
    try {
      run("path", await this.api.loadPath(epoch));
      this.report("");
    } catch (error) {
      const isGone = /** @type {{ status?: number }} */ (error).status === 404;
      this.report(isGone ? "This path no longer exists." : "The path could not be loaded. Choose it again.");
    }
  }

  // --- the list ---

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
      const epochs = await this.api.loadEpochs();
      this.#earlier = epochs.filter(({ ended_at }) => ended_at !== null);
      this.#live = epochs.find(({ epoch }) => epoch === this.#epoch)?.ordinal ?? this.#live;
    } catch {
      this.#isFresh = false;
      this.#failure = FAILED;
    }
    this.#isLoading = false;
    this.#draw();
  }

  #draw() {
    const { series, pastOrdinal: past } = this.model;
    const chosen = past === null ? LIVE : String(series.epoch);
    /** @type {Option[]} */ const options = [[LIVE, `Live: the ${formatOrdinal(this.#live)} path`]];
    const isListed = this.#earlier.some(({ epoch }) => epoch === series.epoch);
    if (past !== null && !isListed) options.push([chosen, `${formatOrdinal(past)} path`]);
    for (const path of this.#earlier) options.push([String(path.epoch), describePath(path)]);
    const note = this.#isLoading ? "Loading…" : this.#failure;
    if (note) options.push([null, note]);
    this.#fillSelect(options);
    this.select.value = chosen;
    this.select.hidden = past === null && this.#live < 2;
  }

  /** Reuse the elements: the list may be open. @param {Option[]} options */
  #fillSelect(options) {
    while (this.select.options.length > options.length) this.select.lastElementChild?.remove();
    options.forEach(([value, text], at) => {
      const option = this.select.options[at] ?? this.select.appendChild(document.createElement("option"));
      option.disabled = value === null;
      option.value = String(value);
      writeText(option, text);
    });
  }
}

/** "2nd path · 21 Nov 2026, 18:22 · 14,402 steps", in the reader's time zone. @param {EpochJson} path */
const describePath = ({ ordinal, began_at: beganAt, last_step: last }) =>
  `${formatOrdinal(ordinal)} path · ${formatLocalTime(beganAt)} · ${formatCounted(last, "step")}`;
