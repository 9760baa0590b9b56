// The path in view: the live one, or an earlier one that the reader chose from the list or that a link names.

import { PathPicker } from "./path-picker.js";

export class PathChoice {
  #live; // the ordinal of the live path
  /** @type {number | null} */ #epoch = null; // of the live path, once it is known

  /**
   * `ordinal` is that of the path that was live when the server rendered the page; `report(text)` shows
   * whether a choice succeeds.
   * @param {HTMLSelectElement} select
   * @param {{ model: ViewModel, api: MotionApi, ordinal: number, run: Run, report: (text: string) => void }} page
   */
  constructor(select, { model, api, ordinal, run, report }) {
    this.model = model;
    this.api = api;
    this.run = run;
    this.report = report;
    this.#live = ordinal;
    this.picker = new PathPicker(select, { api, onChoose: (epoch) => void this.#choose(epoch) });
  }

  /** Of the path in view: 1 is the motion's first. */
  get ordinal() {
    return this.model.pastOrdinal ?? this.#live;
  }

  /** The live path is that of `epoch`; a new one is the motion's next. @param {number} epoch */
  follow(epoch) {
    if (this.#epoch !== null && epoch !== this.#epoch) {
      this.#live += 1;
      this.picker.refresh();
    }
    this.#epoch = epoch;
    this.show();
  }

  show() {
    if (this.#epoch === null) return;
    const { series, pastOrdinal: past } = this.model;
    this.picker.show({ epoch: series.epoch, ordinal: this.ordinal, isLive: past === null });
  }

  /**
   * Open what a link names: the steps `range` of the path of `epoch`, and the step `since` that the
   * view counts from. Without a range the live path stays in view, as a reset ends with its path.
   * @param {Pick<LinkedView, "epoch" | "range" | "since">} view
   */
  async open({ epoch, range, since }) {
    if (range && epoch !== this.model.live.epoch) await this.#choose(epoch);
    const { series } = this.model;
    if (epoch !== series.epoch) return;
    if (range) this.run("range", range);
    if (since !== null && since <= series.last) await this.#countFrom({ epoch, step: since });
  }

  /** @param {{ epoch: number | null, step: number }} place */
  async #countFrom(place) {
    try {
      const position = await this.api.loadPosition(place.epoch, place.step);
      this.run("count-from", { ...place, position });
    } catch {
      this.report("The start of this view could not be loaded. Reload the page to try again.");
    }
  }

  /** Load a path and show it; null is the live one. @param {number | null} epoch */
  async #choose(epoch) {
    if (epoch === null) {
      this.run("follow");
      return;
    }
    this.report("Loading the path…");
    try {
      this.run("path", await this.api.loadPath(epoch));
      this.report("");
    } catch (error) {
      const isGone = /** @type {{ status?: number }} */ (error).status === 404;
      this.report(isGone ? "This path no longer exists." : "The path could not be loaded. Choose it again.");
    }
  }
}
