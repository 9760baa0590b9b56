// What one reader sees of the class: which paths, which slice, and the part that the page has loaded. Pure.

import { chooseWindow, findIndex, readWindow } from "./ensemble-window.js";
import { Laws } from "./laws.js";

const MOST_THIN = 100; // single paths that the page draws, unless it has no room or is a wall

export class Ensemble {
  isOn = true; // the switch "Class"
  hasSlice = true; // the switch "Slice"
  hasRoom = true; // for a slice, unless the reader asks for it
  /** Where the reader has moved the slice. @type {{ epoch: number | null, step: number } | null} */ #pin = null;
  /** The seat whose path is lit, or null. @type {number | null} */ lit = null;
  mostThin = MOST_THIN;
  laws = new Laws();
  /** @type {EnsembleWindow | null} */ #window = null;
  /** @type {SliceJson | null} */ #answer = null;

  /** @param {Pick<ViewModel, "series" | "up" | "view" | "law" | "paths" | "stillSlices">} model @param {EnsembleSeries} live */
  constructor(model, live) {
    this.model = model;
    this.live = live;
  }

  /** A copy for another model: what this one has loaded, and the same choices. @param {ViewModel} model */
  copy(model) {
    const copy = Object.assign(new Ensemble(model, this.live), this, { model });
    copy.#pin = this.#pin;
    copy.#window = this.#window;
    copy.#answer = this.#answer;
    return copy;
  }

  /** Whether there is a class to switch on: in this path, or in the one that runs. */
  get isPossible() {
    return this.model.paths > 0 || this.live.paths > 0;
  }

  get isShown() {
    return this.isOn && this.model.paths > 0 && !this.obstacle;
  }

  /** What to say until the numbers of the class are here. */
  get waitingText() {
    return this.model.series.last > 0 ? "The server is computing the numbers…" : "There are no numbers before the first step.";
  }

  /** Why the view shows no class though it is on, or "". */
  get obstacle() {
    const { paths, up, view } = this.model;
    if (!paths) return this.live.paths ? "This path has no class." : "";
    if (up !== "position") return "The class is hidden: it has positions, not increments.";
    return view.origin ? "The class is hidden while the view counts from a reset." : "";
  }

  /** The reader's own path, or null: a seat above the number of paths has none. */
  get mine() {
    const { seat } = this.live;
    return seat && seat.number <= this.model.paths ? seat : null;
  }

  /** The seats of the paths to draw one by one. */
  get seats() {
    const { paths } = this.model;
    const seats = Array.from({ length: Math.min(paths, this.mostThin) }, (_, at) => at + 1);
    const others = [this.mine?.number, this.lit].filter((seat) => seat && seat > seats.length && seat <= paths);
    return [...seats, .../** @type {number[]} */ ([...new Set(others)])];
  }

  /** Light the path of a seat; a second time, or with null, none. @param {number | null} seat */
  light(seat) {
    this.lit = seat === this.lit ? null : seat;
  }

  /** Move the slice to a step; from the newest one on it follows the newest. @param {number | null} step */
  moveSlice(step) {
    const { epoch, last } = this.model.series;
    this.#pin = step === null || step >= last ? null : { epoch, step: Math.max(0, Math.round(step)) };
  }

  /** The step of the slice in this path, or null: the newest step. */
  get pinned() {
    return this.#pin?.epoch === this.model.series.epoch ? this.#pin.step : null;
  }

  // --- data ---

  /** The slices of the epoch in view that the socket has sent. @returns {Slice[]} */
  get slices() {
    const { series, stillSlices } = this.model;
    return stillSlices ?? (this.live.epoch === series.epoch ? this.live.slices : []);
  }

  /** The loaded window, if it is of the epoch in view. */
  get window() {
    return this.#window?.epoch === this.model.series.epoch ? this.#window : null;
  }

  /** What the server has answered about the slice at `step`, or null. @param {number} step */
  getAnswer(step) {
    const answer = this.#answer;
    return answer?.epoch === this.model.series.epoch && answer.step === step ? answer : null;
  }

  /** The newest answer about a slice of the epoch in view, or null. */
  get newestAnswer() {
    return this.#answer?.epoch === this.model.series.epoch ? this.#answer : null;
  }

  /** The window to load for the steps up to `end` in view, or null. @param {number} end */
  findMissing(end) {
    const { series, view } = this.model;
    if (!this.isShown || series.epoch === null || end < 1) return null;
    return chooseWindow({ epoch: series.epoch, range: view.range, end, seats: this.seats }, this.window, this.slices);
  }

  /** @param {EnsembleJson} answer */
  setWindow(answer) {
    this.#window = readWindow(answer);
  }

  /** @param {SliceJson} answer */
  setAnswer(answer) {
    this.#answer = answer;
  }

  /** The step of the slice in a view that ends at `end`. @param {number} end */
  getSliceStep(end) {
    return Math.min(this.pinned ?? end, end);
  }

  /** The positions of all paths at `step`, if the page has them. @param {number} step @returns {ArrayLike<number> | null} */
  findPositions(step) {
    const slice = this.slices.find((one) => one.step === step);
    if (slice) return slice.positions;
    const { window } = this;
    const at = window ? findIndex(window, step) : -1;
    if (!window || at < 0 || window.paths.size < this.model.paths) return null;
    return [...window.paths.values()].map((positions) => positions[at]);
  }

  /** Whether the page has the positions of all paths at `step`, or what the server has counted there. @param {number} step */
  hasNumbersAt(step) {
    return (this.findPositions(step) ?? this.getAnswer(step)) !== null;
  }

  /** The law of X at `step`, or null if the page does not know it. The server's law at the nearest loaded step, and
   * what the changes since then add.
   * @param {number} step @returns {Law | null} */
  findLaw(step) {
    const { law } = this.model;
    const { window } = this;
    if (!window && law.first > 0) return null;
    const at = window ? Math.floor((Math.min(step, window.last) - window.first) / window.stride) : -1;
    const isKnown = window !== null && at >= 0;
    if (!isKnown && law.first > 0) return null;
    const base = isKnown ? window.law[at] : { mean: 0, variance: 0 };
    const [before, after] = [law.sumTo(isKnown ? window.first + at * window.stride : 0), law.sumTo(step)];
    return { mean: base.mean + after.mean - before.mean, variance: Math.max(0, base.variance + after.variance - before.variance) };
  }
}
