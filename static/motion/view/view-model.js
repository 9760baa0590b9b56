// What I look at: a path, as it grows or held still; a part of it; on the axes I chose. Pure.
//
// The live path goes on whatever I do. To look at something else (my view frozen, an earlier path,
// a stretch played again) is to look at a copy of what is held of it: `still`.

import { VIEW } from "./permalink.js";
import { createAxis, projectPath } from "../chart/axis.js";
import { Law, bandFrom, bandOfIncrements } from "../chart/band.js";
import { isWhole } from "../live/changes.js";
import { serverNow } from "../lib/server-clock.js";
import { Marks } from "../chart/markers.js";
import { computeDifferences, findLowerBound, thinPoints, selectUpTo } from "../live/points.js";
import { Replay } from "./replay.js";
import { Tiles, strideFor } from "./tiles.js";
import { View, steadyRange } from "./viewport.js";

export const UP = ["position", "increments"];
const EDGE = 0.02; // beside a picture of some steps alone, so much of their number

export class Scene {
  view = new View();
  tiles = new Tiles();
  /** @type {string} */ across = "step"; // one of KINDS, see axis.js
  /** @type {string} */ up = "position"; // one of UP
  showsChanges = true;
  /** @type {Replay | null} */ replay = null;
  /** @type {number | "view" | null} */
  #beginning = null; // of the band: null for none, VIEW, or the step that a person or a link chose
  /** @type {Path | null} */ #still = null; // {series, items, ordinal, endedAt, isPast}
  /** @type {Place | null} */ #anchor = null; // a point that was asked for: {epoch, step, position}
  #marks = new Marks();
  #allMarks = new Marks();
  #law = new Law([]);
  /** @type {Change[] | null} */ #lawOf = null; // the changes it is of
  /** @type {Span | null} */ #yRange = null;
  #yRangeOf = "";

  /** `series` and `changes`: the live ones, which somebody else feeds.
   * @param {Series} series @param {{ items: Change[] }} changes */
  constructor(series, changes) {
    this.live = series;
    this.changes = changes;
  }

  // --- what is looked at ---

  get series() {
    return this.#still?.series ?? this.live;
  }

  get items() {
    return this.#still?.items ?? this.changes.items;
  }

  get isLive() {
    return this.#still === null;
  }

  /** The ordinal of an earlier path that is looked at, else null. */
  get past() {
    return this.#still?.isPast ? this.#still.ordinal : null;
  }

  /** My view is held still; an earlier path, or one played again, is not frozen. */
  get isFrozen() {
    return !this.isLive && this.past === null && this.replay === null;
  }

  /** How many steps the motion has made that I do not see; Infinity where it was restarted. */
  get behind() {
    if (!this.#still) return 0;
    if (this.#still.series.epoch !== this.live.epoch) return Infinity;
    return Math.max(0, this.live.last - this.#still.series.last);
  }

  /** The motion goes on, my view does not. */
  freeze() {
    if (!this.isLive) return;
    const endedAt = serverNow();
    this.#still = { series: this.live.copy(), items: this.items, ordinal: null, endedAt };
  }

  /** The live path is about to end: what I moved to stays in sight, held still. */
  part() {
    if (this.view.mode === "fixed") this.freeze();
  }

  /** Hold my view still, or go back to the moving edge. */
  toggleFreeze() {
    if (this.isLive) this.freeze();
    else this.follow();
  }

  /** What I look at as it is at `now`, for the export: a scene that stays so, whatever I do to mine.
   * @param {number} now */
  copy(now) {
    const copy = new Scene(this.live, this.changes);
    const { tiles, across, up, showsChanges, band } = this;
    Object.assign(copy, { tiles, across, up, showsChanges, band });
    copy.#anchor = this.view.origin ?? this.#anchor;
    const still = this.#still ?? { items: this.items, ordinal: null, endedAt: serverNow() };
    copy.#still = { ...still, series: this.series.copy(this.#end(now)) };
    return copy;
  }

  /** Back to the moving edge. */
  follow() {
    this.#still = null;
    this.replay = null;
    this.view.follow();
  }

  /** Cleared, and starting again at zero from now; nothing before there is a path. */
  reset() {
    if (this.live.epoch === null) return;
    this.#still = null;
    this.replay = null;
    this.#yRangeOf = "";
    this.view.reset(this.live);
  }

  /** Count from `origin` {epoch, step, position} again, at which I reset the view before. @param {Place} origin */
  countFrom(origin) {
    this.#yRangeOf = "";
    this.view.countFrom(origin);
  }

  /** The step at which the band of theory begins, or null for none. */
  get band() {
    return this.#beginning === VIEW ? this.view.start : this.#beginning;
  }

  /** @param {number | null} step */
  set band(step) {
    this.#beginning = step;
  }

  /** What begins the band, as a link says it: a step, VIEW, or null for no band. */
  get beginning() {
    return this.#beginning;
  }

  /** @param {number | "view" | null} beginning */
  set beginning(beginning) {
    this.#beginning = beginning;
  }

  /** Show the band from where my view begins, also after a reset of the view, or show none. @param {boolean} isOn */
  showBand(isOn) {
    this.#beginning = isOn ? VIEW : null;
  }

  /** Begin the band at a whole step, the newest at most, wherever my view begins. Another number changes nothing.
   * @param {number} step */
  beginBand(step) {
    if (Number.isInteger(step) && step >= 0) this.band = Math.min(step, this.series.last);
  }

  /** An earlier path, whole: {series, items, ordinal, endedAt}. @param {Path} path */
  choose(path) {
    this.replay = null;
    this.#still = { ...path, isPast: true };
    this.view.all();
  }

  /** Play what my view shows again, from its beginning. @param {number} now */
  play(now) {
    const { first, last } = this.seen(now);
    if (last <= first) return;
    this.freeze();
    this.view.fix([first, last]);
    this.replay = new Replay({ first, last });
    this.replay.play(now);
  }

  /**
   * The whole steps that my view shows of the path: {epoch, first, last, isLive}; `isLive` where
   * the last of them moves by itself.
   * @param {number} now
   */
  seen(now) {
    const [from, to] = this.view.range;
    const end = this.#end(now);
    const last = Math.min(Math.floor(to), end);
    const first = Math.min(Math.max(Math.ceil(from), this.view.start), last);
    const moves = this.replay ? this.replay.playing : this.isLive && !this.items[this.items.length - 1]?.paused;
    return { epoch: this.series.epoch, first, last, isLive: moves && last === end };
  }

  /** The stretch {first, last} that my view shows of the live path, if the newest step is not in it.
   * @param {number} now @returns {Stretch | null} */
  leftBehind(now) {
    if (!this.isLive || this.view.mode !== "fixed") return null;
    const { first, last } = this.seen(now);
    return last < this.live.last ? { first, last } : null;
  }

  /** @param {number} now */
  #end(now) {
    return this.replay ? this.replay.at(now) : this.series.last;
  }

  // --- what is missing ---

  /** Tiles to ask for (tiles.js). @param {number} now */
  wanted(now) {
    return this.tiles.wanted(this.series, this.view.range, now);
  }

  /** Where the band begins, if its position must be asked for: {epoch, step}, or null. */
  get unknownAnchor() {
    if (this.band === null || this.#bandStart()) return null;
    return { epoch: this.series.epoch, step: this.band };
  }

  /** An answer: X at a step. @param {Place} anchor */
  takeAnchor(anchor) {
    this.#anchor = anchor;
  }

  /** All marks of the path, those beyond my view as well: {step, position, text}. */
  get allMarks() {
    if (!this.showsChanges) return [];
    const [from, to] = this.view.range;
    return this.#allMarks.of(this.items, [0, this.series.last], to - from);
  }

  // --- the picture ---

  /** What to draw: coordinates as the axes have them, and the points' steps.
   * @param {number} now @param {number} interval @returns {Picture} */
  picture(now, interval) {
    const { series, view } = this;
    view.attend(series);
    const end = this.#end(now);
    const [from, to] = view.range;
    const points = this.#points(end);
    const axis = this.#axis(interval);
    const ground = this.#ground();
    const { x, y, steps } = this.#line(points, axis, ground);
    const band = this.#band(points.stride, ground, axis);
    return {
      steps,
      x,
      y,
      newest: [x[x.length - 1], y[y.length - 1]],
      band,
      marks: this.#marksBetween(points, axis, ground),
      range: [axis.toX(from), axis.toX(to)],
      yRange: this.#heights(steps, y, band),
      axis,
      up: this.up,
      stride: points.stride,
      isCounted: view.origin !== null,
    };
  }

  /** What to draw of the steps first … last, and no other point of the path.
   * @param {Span} span @param {number} interval @returns {Picture} */
  pictureOf([first, last], interval) {
    const margin = EDGE * (last - first);
    this.view.attend(this.series);
    this.view.fix([first - margin, last + margin]);
    const picture = this.picture(0, interval);
    const kept = picture.steps.map((step) => step >= first && step <= last);
    /** @type {(values: number[]) => number[]} */ const within = (values) => values.filter((_, at) => kept[at]);
    return {
      ...picture,
      ...{ x: within(picture.x), y: within(picture.y), steps: within(picture.steps) },
      newest: last === this.series.last ? picture.newest : null,
      marks: picture.marks.filter(({ step }) => step >= first && step <= last),
    };
  }

  /** The points to draw, and the steps between them where they are increments.
   * @param {number} end @returns {Points & { stride: number }} */
  #points(end) {
    const { series, view } = this;
    const [from, to] = view.range;
    const width = to - from;
    const stride = strideFor(width);
    // A width more on both sides, so that there is something to drag into sight.
    const left = Math.max(view.start, from - width);
    const held = selectUpTo(this.tiles.selectBetween(series, left, to + width), end);
    // A history may end before the step that my view counts from: then its end, till more has come.
    const first = Math.min(findLowerBound(held.steps, view.start), held.steps.length - 1);
    const mine = { steps: held.steps.slice(first), positions: held.positions.slice(first) };
    if (this.up === "increments") return evenly(mine, stride, view.range);
    return { ...thinPoints(mine, stride, view.range), stride };
  }

  /** Points as the axes have them; a position stays what it is over a pause, an increment does not.
   * @param {Points} points @param {Axis} axis @param {number} ground */
  #line(points, axis, ground) {
    const { steps, positions } = points;
    if (this.up === "increments") return { x: steps.map(axis.toX), y: positions, steps };
    const line = projectPath(axis, points);
    return ground ? { ...line, y: line.y.map((position) => position - ground) } : line;
  }

  /** @param {number} interval */
  #axis(interval) {
    const { series, items } = this;
    const at = this.#still?.endedAt ?? serverNow();
    return createAxis(this.across, {
      changes: items,
      isWhole: isWhole(items),
      interval,
      frontier: { step: series.last, at },
      origin: this.view.origin ? this.view.start : null,
      span: this.view.range,
    });
  }

  /** What my reset takes for zero. */
  #ground() {
    return this.up === "position" ? (this.view.origin?.position ?? 0) : 0;
  }

  /** @param {number} stride @param {number} ground @param {Axis} axis */
  #band(stride, ground, axis) {
    const start = this.#bandStart();
    if (!start) return null;
    const [from, to] = this.view.range;
    const right = to + (to - from);
    const band =
      this.up === "increments"
        ? bandOfIncrements(this.#law, stride, [Math.max(from, this.view.start), right])
        : bandFrom(this.#law, start, [from - (to - from), right]);
    /** @type {(values: number[]) => number[]} */
    const shifted = (values) => values.map((value) => value - ground);
    return {
      steps: band.steps,
      x: band.steps.map((step) => axis.toX(step)),
      mean: shifted(band.mean),
      low: shifted(band.low),
      high: shifted(band.high),
    };
  }

  /** The step and the position that the band begins at; null where it is off or not known yet. */
  #bandStart() {
    const { band, items, series } = this;
    if (band === null) return null;
    if (this.#lawOf !== items) {
      this.#lawOf = items;
      this.#law = new Law(items);
    }
    // More changes than are held: it cannot begin before the oldest of them.
    if (band < this.#law.first) return { from: this.#law.first, position: items[0].position };
    if (band === 0 || band > series.last) return { from: 0, position: 0 };
    const known = [this.view.origin, this.#anchor].find(
      (point) => point?.epoch === series.epoch && point.step === band,
    );
    if (known) return { from: band, position: known.position };
    const held = this.tiles.selectBetween(series, band, band);
    const at = held.steps.indexOf(band);
    return at < 0 ? null : { from: band, position: held.positions[at] };
  }

  /** @param {Points} points @param {Axis} axis @param {number} ground */
  #marksBetween({ steps }, axis, ground) {
    if (!this.showsChanges || !steps.length) return [];
    const [from, to] = this.view.range;
    const marks = this.#marks.of(this.items, [steps[0], steps[steps.length - 1]], to - from);
    return marks.map(({ step, position, text }) => ({
      step,
      x: axis.toX(step),
      y: this.up === "position" ? position - ground : 0,
      text,
    }));
  }

  /** @param {number[]} steps @param {number[]} y @param {Band | null} band @returns {Span} */
  #heights(steps, y, band) {
    const [from, to] = this.view.range;
    /** @type {(values: number[], at: number[]) => number[]} */
    const within = (values, at) => values.filter((_, index) => at[index] >= from && at[index] <= to);
    const seen = within(y, steps);
    const values = seen.length ? seen : y;
    const around = band ? [...within(band.low, band.steps), ...within(band.high, band.steps)] : [];
    const of = `${this.up} ${this.series.epoch} ${this.view.start}`;
    if (of !== this.#yRangeOf) this.#yRange = null;
    this.#yRangeOf = of;
    this.#yRange = steadyRange(this.#yRange, [...values, ...around]);
    return this.#yRange;
  }
}

/**
 * Increments over equal strides, of the least stride for which nearly all that the range shows
 * are there: coarser ones until finer points have come.
 * @param {Points} points @param {number} finest @param {Span} span
 */
function evenly(points, finest, [from, to]) {
  const { steps } = points;
  const shown = Math.min(to, steps[steps.length - 1]) - Math.max(from, steps[0]);
  for (let stride = finest; ; stride *= 2) {
    const found = computeDifferences(points, stride);
    const seen = found.steps.filter((step) => step >= from && step <= to).length;
    if (seen >= Math.floor((0.9 * shown) / stride) || stride > shown) {
      return { ...thinPoints(found, stride, [from, to]), stride };
    }
  }
}
