// The picture of a view model: what the chart draws, in coordinates of its axes. Pure.

import { createAxis, projectPath } from "../chart/axis.js";
import { computeIncrementBand, computePositionBand } from "../chart/band.js";
import { isWhole } from "../live/changes.js";
import { Markers } from "../chart/markers.js";
import { chooseReach, createAnswersPicture, listAnswerValues } from "./answers-picture.js";
import { computeDifferences, findLowerBound, thinPoints, selectUpTo } from "../live/points.js";
import { createEnsemblePicture, cutEnsemble, listValues } from "./ensemble-picture.js";
import { chooseStride } from "./tiles.js";
import { chooseSteadyRange } from "./viewport.js";

const EDGE = 0.02; // free space beside a picture of a stretch, as a part of its steps
const ANSWERS_ROOM = 0.25; // right of the step of revealed answers, as a part of the steps before it
const COMPLETE = 0.9; // so many of the increments in view must be known at a stride

export class PictureBuilder {
  #markers = new Markers();
  /** @type {Span | null} */ #yRange = null;
  #yRangeKey = "";

  /** @param {ViewModel} model */
  constructor(model) {
    this.model = model;
  }

  /** The picture at the moment `now`; `interval` is that of the motion, in seconds.
   * @param {number} now @param {number} interval @returns {Picture} */
  create(now, interval) {
    const { series, view, up } = this.model;
    view.update(series, this.model.ownAnswer.nextStep);
    const [from, to] = view.range;
    const end = this.model.getLastStep(now);
    const points = this.#collectPoints(end);
    const axis = this.#createAxis(interval);
    const { zero } = this.model;
    const { x, y, steps } = projectPoints(points, axis, up, zero);
    const band = this.#createBand(points.stride, zero, axis);
    const ensemble = createEnsemblePicture(this.model.ensemble, end, axis);
    /** @type {Span} */ const range = [axis.toX(from), axis.toX(to)];
    const { ownAnswer } = this.model;
    const own = ownAnswer.createPicture(axis);
    const values = [...this.#listValues(steps, y, band), ...listValues(ensemble, range)];
    const reach = chooseReach(ownAnswer.question ? [...values, ...ownAnswer.listRoom(zero)] : []);
    const answers = createAnswersPicture(this.model.question, this.model, axis, zero, reach);
    return {
      steps,
      x,
      y,
      newest: [x[x.length - 1], y[y.length - 1]],
      band,
      markers: this.#createMarkers(points, axis, zero),
      ensemble,
      ...{ answers, own },
      range,
      yRange: this.#chooseYRange([...values, ...listAnswerValues(answers, range, reach), ...ownAnswer.listValues(own, reach)]),
      axis,
      up,
      stride: points.stride,
      isCounted: view.origin !== null,
    };
  }

  /** A picture of the steps first … last, without any other point of the path, for a file. Moves the view there, and if that
   * is the end of the path, as far as the answers to a question.
   * @param {Span} span @param {number} interval @returns {Picture} */
  createStretch([first, last], interval) {
    const { view, series, ensemble } = this.model;
    const margin = EDGE * (last - first);
    const step = last === series.last ? this.#findAnsweredStep() : null;
    const end = step === null || step < first ? last : Math.max(last, step + ANSWERS_ROOM * (Math.max(step, last) - first));
    view.showExactly([first - margin, end + margin]);
    const picture = this.create(0, interval);
    const kept = picture.steps.map((step) => step >= first && step <= last);
    /** @type {(values: number[]) => number[]} */ const within = (values) => values.filter((_, at) => kept[at]);
    const { answers, range: [left, right] } = picture;
    return {
      ...picture,
      ...{ x: within(picture.x), y: within(picture.y), steps: within(picture.steps) },
      newest: last === series.last ? picture.newest : null,
      markers: picture.markers.filter(({ step }) => step >= first && step <= last),
      ensemble:
        picture.ensemble &&
        cutEnsemble(picture.ensemble, [picture.axis.toX(first), picture.axis.toX(last)], (step) => ensemble.hasNumbersAt(step)),
      answers: answers && answers.x >= left && answers.x <= right ? answers : null,
      own: null, // a file has no handles
    };
  }

  /** The step of the revealed answers that the view shows, or null. */
  #findAnsweredStep() {
    const { question, series, up } = this.model;
    return question?.results && question.epoch === series.epoch && up === "position" ? question.step : null;
  }

  /** The points to draw up to step `end`, and their stride.
   * @param {number} end @returns {Points & { stride: number }} */
  #collectPoints(end) {
    const { series, view, tiles, up } = this.model;
    const [from, to] = view.range;
    const width = to - from;
    const stride = chooseStride(width);
    // One more width on each side, so that there is a path to drag into the view.
    const known = selectUpTo(tiles.selectBetween(series, Math.max(view.start, from - width), to + width), end);
    // A history may end before the step that the view counts from: then show its end until more has come.
    const first = Math.min(findLowerBound(known.steps, view.start), known.steps.length - 1);
    const points = { steps: known.steps.slice(first), positions: known.positions.slice(first) };
    if (up === "increments") return computeIncrements(points, stride, view.range);
    return { ...thinPoints(points, stride, view.range), stride };
  }

  /** @param {number} interval */
  #createAxis(interval) {
    const { across, items, view, series, moment } = this.model;
    return createAxis(across, {
      changes: items,
      isWhole: isWhole(items),
      interval,
      frontier: { step: series.last, at: moment },
      origin: view.origin ? view.start : null,
      span: view.range,
    });
  }

  /** @param {number} stride @param {number} zero @param {Axis} axis */
  #createBand(stride, zero, axis) {
    const { view, law, up } = this.model;
    const start = this.model.findBandStart();
    if (!start) return null;
    const [from, to] = view.range;
    const right = to + (to - from);
    const band =
      up === "increments"
        ? computeIncrementBand(law, stride, [Math.max(from, view.start), right])
        : computePositionBand(law, start, [from - (to - from), right]);
    /** @type {(values: number[]) => number[]} */ const shift = (values) => values.map((value) => value - zero);
    return {
      steps: band.steps,
      x: band.steps.map(axis.toX),
      mean: shift(band.mean),
      low: shift(band.low),
      high: shift(band.high),
    };
  }

  /** @param {Points} points @param {Axis} axis @param {number} zero */
  #createMarkers({ steps }, axis, zero) {
    const { hasMarkers, items, view, up } = this.model;
    if (!hasMarkers || !steps.length) return [];
    const [from, to] = view.range;
    const markers = this.#markers.find(items, [steps[0], steps[steps.length - 1]], to - from);
    return markers.map(({ step, position, text }) => {
      return { step, x: axis.toX(step), y: up === "position" ? position - zero : 0, text };
    });
  }

  /** The heights of the path and the band in view.
   * @param {number[]} steps @param {number[]} y @param {Band | null} band */
  #listValues(steps, y, band) {
    const [from, to] = this.model.view.range;
    /** @type {(values: number[], at: number[]) => number[]} */
    const within = (values, at) => values.filter((_, index) => at[index] >= from && at[index] <= to);
    const visible = within(y, steps);
    const edges = band ? [...within(band.low, band.steps), ...within(band.high, band.steps)] : [];
    return [...(visible.length ? visible : y), ...edges];
  }

  /** @param {number[]} values to show @returns {Span} */
  #chooseYRange(values) {
    const { view, up, series } = this.model;
    const key = `${up} ${series.epoch} ${view.start}`;
    if (key !== this.#yRangeKey) this.#yRange = null;
    this.#yRangeKey = key;
    if (this.#yRange && this.model.ownAnswer.isHeld) return this.#yRange; // it would move under the hand
    this.#yRange = chooseSteadyRange(this.#yRange, values);
    return this.#yRange;
  }
}

/** Points in coordinates of the axes. In a pause a position stays as it is; an increment belongs to one step.
 * @param {Points} points @param {Axis} axis @param {string} up @param {number} zero */
function projectPoints(points, axis, up, zero) {
  const { steps, positions } = points;
  if (up === "increments") return { x: steps.map(axis.toX), y: positions, steps };
  const line = projectPath(axis, points);
  return zero ? { ...line, y: line.y.map((position) => position - zero) } : line;
}

/** Increments of one stride: the smallest one at which nearly all increments in view are known, which is
 * a larger one until finer points have come.
 * @param {Points} points @param {number} finest @param {Span} span */
function computeIncrements(points, finest, [from, to]) {
  const { steps } = points;
  const width = Math.min(to, steps[steps.length - 1]) - Math.max(from, steps[0]);
  for (let stride = finest; ; stride *= 2) {
    const found = computeDifferences(points, stride);
    const visible = found.steps.filter((step) => step >= from && step <= to).length;
    if (visible >= Math.floor((COMPLETE * width) / stride) || stride > width) {
      return { ...thinPoints(found, stride, [from, to]), stride };
    }
  }
}
