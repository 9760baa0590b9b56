// The view of one reader: the live path or a still copy of a path, the steps in view, and the axes. Pure.
//
// The live path always goes on. A frozen view, an earlier path and a replay show a copy of the points
// that the page holds: `#still`.

import { VIEW } from "./permalink.js";
import { Law } from "../chart/band.js";
import { Ensemble } from "./ensemble.js";
import { EnsembleSeries } from "../live/ensemble-series.js";
import { OwnAnswer } from "./own-answer.js";
import { Questions } from "../live/questions.js";
import { serverNow } from "../lib/server-clock.js";
import { Markers } from "../chart/markers.js";
import { PictureBuilder } from "./picture.js";
import { Replay } from "./replay.js";
import { Tiles } from "./tiles.js";
import { Viewport } from "./viewport.js";

export const UP = ["position", "increments"]; // what the vertical axis can show

export class ViewModel {
  view = new Viewport();
  tiles = new Tiles();
  pictures = new PictureBuilder(this);
  /** @type {string} */ across = "step"; // one of KINDS in axis.js
  /** @type {string} */ up = "position"; // one of UP
  hasMarkers = true;
  /** @type {Replay | null} */ replay = null;
  /** Where the band begins: a step that the reader or a link chose, VIEW, or null for no band.
   * @type {number | "view" | null} */
  bandChoice = null;
  /** @type {Path | null} */ #still = null;
  /** @type {Place | null} */ #loadedPlace = null; // a point of the path that the server sent
  #allMarkers = new Markers();
  #law = new Law([]);
  /** @type {Change[] | null} */ #changesOfLaw = null;

  /** `series`, `changes`, `ensemble` and `questions` are the live ones; live/sync.js updates them.
   * @param {Series} series @param {{ items: Change[] }} changes @param {EnsembleSeries} ensemble @param {Questions} questions */
  constructor(series, changes, ensemble = new EnsembleSeries(), questions = new Questions()) {
    this.live = series;
    this.changes = changes;
    this.ensemble = new Ensemble(this, ensemble);
    this.ownAnswer = new OwnAnswer(this, questions);
  }

  // --- the path ---

  get series() {
    return this.#still?.series ?? this.live;
  }

  get items() {
    return this.#still?.items ?? this.changes.items;
  }

  /** The question that everyone sees, or null. */
  get question() {
    return this.ownAnswer.questions.shown;
  }

  /** How many paths the ensemble of this path has; 0 without one. */
  get paths() {
    return this.#still?.paths ?? this.ensemble.live.paths;
  }

  /** The slices of the ensemble that the page had when the reader froze the path, or null: a restart ends them. */
  get stillSlices() {
    return this.#still?.slices ?? null;
  }

  get isLive() {
    return this.#still === null;
  }

  /** The ordinal of the earlier path in view, or null. */
  get pastOrdinal() {
    return this.#still?.isPast ? this.#still.ordinal : null;
  }

  /** True if the reader has frozen the view; an earlier path or a replay is not frozen. */
  get isFrozen() {
    return !this.isLive && this.pastOrdinal === null && this.replay === null;
  }

  /** How many steps the motion has made since this copy of the path; Infinity after a restart. */
  get missedSteps() {
    if (!this.#still) return 0;
    if (this.#still.series.epoch !== this.live.epoch) return Infinity;
    return Math.max(0, this.live.last - this.#still.series.last);
  }

  /** When the path reached its last step, in ms: now, for the live path. */
  get moment() {
    return this.#still?.endedAt ?? serverNow();
  }

  freeze() {
    if (!this.isLive) return;
    const { items, paths } = this;
    const { slices } = this.ensemble;
    this.#still = { series: this.live.copy(), items, ordinal: null, endedAt: serverNow(), paths, slices };
  }

  /** Before a restart: keep showing the steps that the reader moved to. */
  freezeIfMoved() {
    if (this.view.mode === "fixed") this.freeze();
  }

  toggleFreeze() {
    if (this.isLive) this.freeze();
    else this.follow();
  }

  /** A still copy at the moment `now`, for the export. Changes of this view do not alter it. @param {number} now */
  copy(now) {
    const copy = new ViewModel(this.live, this.changes);
    const { tiles, across, up, hasMarkers, items, paths, bandStart: bandChoice } = this;
    copy.ensemble = this.ensemble.copy(copy);
    copy.ownAnswer = this.ownAnswer.copy(copy);
    Object.assign(copy, { tiles, across, up, hasMarkers, bandChoice });
    copy.#loadedPlace = this.view.origin ?? this.#loadedPlace;
    const { slices } = this.ensemble; // a restart begins other ones
    const still = this.#still ?? { items, paths, slices, ordinal: null, endedAt: serverNow() };
    copy.#still = { ...still, series: this.series.copy(this.getLastStep(now)) };
    return copy;
  }

  /** Show the newest steps. */
  follow() {
    this.#still = null;
    this.replay = null;
    this.view.follow();
  }

  /** Show the positions of the live path, and the step of the question. */
  showQuestion() {
    this.up = "position";
    this.view.showAll(); // undoes a reset
    this.follow();
  }

  /** Hide the path so far, and count from zero from now on. */
  reset() {
    if (this.live.epoch === null) return;
    this.#still = null;
    this.replay = null;
    this.view.reset(this.live);
  }

  /** Show an earlier path as a whole. @param {Path} path */
  showPast(path) {
    this.replay = null;
    this.#still = { ...path, isPast: true };
    this.view.showAll();
    this.view.update(this.series); // a range that comes before the next drawing is of this path
  }

  /** Replay the steps in view from their beginning. @param {number} now */
  play(now) {
    const { first, last } = this.getVisibleSteps(now);
    if (last <= first) return;
    this.freeze();
    this.view.setRange([first, last]);
    this.replay = new Replay({ first, last });
    this.replay.play(now);
  }

  /** The last step to draw. @param {number} now */
  getLastStep(now) {
    return this.replay ? this.replay.getStep(now) : this.series.last;
  }

  /** The whole steps of the path in view, {epoch, first, last, isLive}; `isLive` is true if the last one
   * moves by itself.
   * @param {number} now */
  getVisibleSteps(now) {
    const [from, to] = this.view.range;
    const end = this.getLastStep(now);
    const last = Math.min(Math.floor(to), end);
    const first = Math.min(Math.max(Math.ceil(from), this.view.start), last);
    const isMoving = this.replay ? this.replay.playing : this.isLive && !this.items[this.items.length - 1]?.paused;
    return { epoch: this.series.epoch, first, last, isLive: isMoving && last === end };
  }

  /** The steps of the live path in view, if the newest step is not one of them, else null.
   * @param {number} now @returns {Stretch | null} */
  getOlderSteps(now) {
    if (!this.isLive || this.view.mode !== "fixed") return null;
    const { first, last } = this.getVisibleSteps(now);
    return last < this.live.last ? { first, last } : null;
  }

  // --- the band ---

  /** The step at which the band begins, or null for no band. */
  get bandStart() {
    return this.bandChoice === VIEW ? this.view.start : this.bandChoice;
  }

  /** Begin the band at a whole step, at the newest one at most; ignore other numbers. @param {number} step */
  beginBand(step) {
    if (Number.isInteger(step) && step >= 0) this.bandChoice = Math.min(step, this.series.last);
  }

  /** The law of the increments, by the changes of the path. */
  get law() {
    if (this.#changesOfLaw !== this.items) {
      this.#changesOfLaw = this.items;
      this.#law = new Law(this.items);
    }
    return this.#law;
  }

  /** The step and position at which the band begins, or null if there is no band or the position is unknown. */
  findBandStart() {
    const { bandStart: step, law } = this;
    if (step === null) return null;
    // The page has only the newest changes: the band cannot begin before the oldest of them.
    if (step < law.first) return { from: law.first, position: this.items[0].position };
    if (step === 0 || step > this.series.last) return { from: 0, position: 0 };
    const position = this.findPosition(step);
    return position === null ? null : { from: step, position };
  }

  /** X at a step, or null if the page does not have it. @param {number} step */
  findPosition(step) {
    const { series } = this;
    const known = [this.view.origin, this.#loadedPlace].find(
      (place) => place?.epoch === series.epoch && place.step === step,
    );
    if (known) return known.position;
    const { steps, positions } = this.tiles.selectBetween(series, step, step);
    return positions[steps.indexOf(step)] ?? null;
  }

  /** The position that the vertical axis counts from. */
  get zero() {
    return this.up === "position" ? (this.view.origin?.position ?? 0) : 0;
  }

  /** The point {epoch, step} at which the band begins, if its position must be loaded, else null. */
  get missingPlace() {
    if (this.bandStart === null || this.findBandStart()) return null;
    return { epoch: this.series.epoch, step: this.bandStart };
  }

  /** @param {Place} place */
  setLoadedPlace(place) {
    this.#loadedPlace = place;
  }

  /** All markers of the path, also outside the view. */
  get allMarkers() {
    if (!this.hasMarkers) return [];
    const [from, to] = this.view.range;
    return this.#allMarkers.find(this.items, [0, this.series.last], to - from);
  }
}
