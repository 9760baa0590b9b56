// The horizontal axis: where a step lies if the axis counts steps, running time, or the time of day. Pure.

import { formatClock, formatCount, formatCounted } from "../lib/format.js";
import { buildRunningTime, buildStepTimes } from "./step-times.js";

/** @typedef {import("./step-times.js").Frontier} Frontier
 * @typedef {{ changes: Change[], isWhole: boolean, interval: number, frontier: Frontier }} Known
 * @typedef {{ name: string, seconds: number }} Unit */

export const KINDS = ["step", "elapsed", "clock"]; // what an axis can count

const FEWEST_UNITS = 2; // in the view; below this the axis uses the next smaller unit
const SHORTEST_PAUSE = 1 / 200; // of a path's width: a shorter pause is no wider than its line

/** @type {Unit[]} */ const UNITS = [
  { name: "days", seconds: 86_400 },
  { name: "hours", seconds: 3_600 },
  { name: "minutes", seconds: 60 },
  { name: "seconds", seconds: 1 },
];

/** The axis that counts `kind`.
 * `changes` are those of the path, oldest first; `isWhole` is true if the first one began the path.
 * `interval`, in seconds, is valid until changes have been loaded. `frontier` {step, at} is the newest
 * step and when it came, in ms of the server's clock; in a pause, `at` is now. `origin` is the step
 * that the axis counts from, or null for the start; `span` the steps [from, to] in view.
 * `toX` and `toStep` are inverse and ascending, also for fractions, and outside the path. In a pause
 * the time of day goes on: `toX` of the step is when the pause began, and `toStep` of each moment in
 * the pause is that step. `note` is empty or says which times are estimated.
 * @param {string} kind @param {Known & { origin?: number | null, span?: Span | null }} path @returns {Axis} */
export function createAxis(kind, { origin = null, span, ...known }) {
  const [from, to] = span ?? [origin ?? 0, known.frontier.step];
  if (kind === "clock") return createClockAxis(known, to);
  return kind === "elapsed" ? createElapsedAxis(known, origin, [from, to]) : createStepAxis(origin);
}

/** A path in coordinates of an axis, {x, y, steps}, for points in ascending order of `steps`. A pause
 * becomes a level piece.
 * @param {Pick<Axis, "toX" | "pauses">} axis @param {Points} points */
export function projectPath(axis, { steps, positions }) {
  /** @type {{ x: number[], y: number[], steps: number[] }} */ const line = { x: [], y: [], steps: [] };
  /** @param {number} x @param {number} step @param {number} position */
  const add = (x, step, position) => {
    line.x.push(x);
    line.y.push(position);
    line.steps.push(step);
  };
  const pauses = findVisiblePauses(axis, steps);
  steps.forEach((step, index) => {
    while (pauses.length && pauses[0].step < step) {
      const { step: paused, position, from, to } = /** @type {Pause} */ (pauses.shift());
      if (line.steps[line.steps.length - 1] !== paused) add(from, paused, position);
      add(to, paused, position);
    }
    add(axis.toX(step), step, positions[index]);
  });
  return line;
}

/** @param {Pick<Axis, "toX" | "pauses">} axis @param {number[]} steps */
function findVisiblePauses({ pauses, toX }, steps) {
  if (!pauses.length || steps.length < 2) return [];
  const [first, last] = [steps[0], steps[steps.length - 1]];
  const width = SHORTEST_PAUSE * (toX(last) - toX(first));
  return pauses.filter(({ step, from, to }) => step >= first && step < last && to - from > width);
}

/** @param {number | null} origin @returns {Axis} */
function createStepAxis(origin) {
  const start = origin ?? 0;
  return {
    kind: "step",
    title: origin === null ? "step" : "steps since the reset",
    type: "linear",
    note: "",
    pauses: [],
    toX: (step) => step - start,
    toStep: (x) => x + start,
    describeStep: (step) => formatStep(step - start, origin),
  };
}

/** @param {Known} known @param {number | null} origin @param {Span} span @returns {Axis} */
function createElapsedAxis({ changes, isWhole, interval }, origin, [from, to]) {
  const running = buildRunningTime(changes, interval);
  const start = origin ?? 0;
  const zero = running.evaluate(start);
  const seconds = running.evaluate(to) - running.evaluate(from);
  const unit = UNITS.find((one) => seconds >= FEWEST_UNITS * one.seconds) ?? UNITS[UNITS.length - 1];
  return {
    kind: "elapsed",
    title: `${unit.name} ${origin === null ? "since the start" : "since the reset"}`,
    type: "linear",
    note: start >= findFirstKnownStep(changes, isWhole) ? "" : explainMissingChanges(changes),
    pauses: [],
    toX: (step) => (running.evaluate(step) - zero) / unit.seconds,
    toStep: (x) => running.invert(x * unit.seconds + zero),
    describeStep: (step) => `${formatStep(step - start, origin)}, ${formatDuration(running.evaluate(step) - zero)}`,
  };
}

/** Coordinates are ms in the reader's zone, as Plotly's date axis has no zones. The whole axis has the
 * offset from UTC of its right end, even if a clock was put forward or back in view: time never jumps.
 * @param {Known} known @param {number} to @returns {Axis} */
function createClockAxis({ changes, isWhole, interval, frontier }, to) {
  const { moments, pauses, standstill } = buildStepTimes(changes, interval, frontier);
  const minutes = -new Date(moments.evaluate(Math.min(to, frontier.step))).getTimezoneOffset();
  const offset = 60_000 * minutes;
  const isCut = findFirstKnownStep(changes, isWhole) > 0;
  const notes = [isCut && explainMissingChanges(changes), standstill && explainStandstill(standstill)];
  return {
    kind: "clock",
    title: `time of day (${formatZone(minutes)})`,
    type: "date",
    note: notes.filter(Boolean).join(" "),
    pauses: pauses.map((pause) => ({ ...pause, from: pause.from + offset, to: pause.to + offset })),
    toX: (step) => moments.evaluate(step) + offset,
    toStep: (x) => moments.invert(x - offset),
    describeStep: (step) => `${formatStep(step, null)}, ${formatClock(moments.evaluate(step))}`,
  };
}

/** The step from which on all changes are known. @param {Change[]} changes @param {boolean} isWhole */
const findFirstKnownStep = (changes, isWhole) => (isWhole && changes.length ? 0 : (changes[0]?.step ?? Infinity));

// --- text ---

/** "UTC+5:30" for a clock that is so many minutes ahead of UTC. @param {number} minutes */
function formatZone(minutes) {
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

/** @param {number} steps @param {number | null} origin */
const formatStep = (steps, origin) =>
  origin === null ? `step ${formatCount(steps)}` : `${formatCounted(steps, "step")} since the reset`;

/** @type {(changes: Change[]) => string} */
const explainMissingChanges = ({ length, 0: oldest }) =>
  length
    ? `The times before step ${formatCount(oldest.step)} are estimated: this page has only the newest ` +
      `${formatCount(length)} changes.`
    : "The times are estimated until the changes are loaded.";

/** @param {import("./step-times.js").Standstill} standstill */
const explainStandstill = ({ from, to, seconds }) =>
  `The motion stood still for ${formatDuration(seconds)} somewhere between steps ${formatCount(from)} and ${formatCount(to)}: ` +
  "the times there are estimated.";

/** In two units: 7,325 → "2 h 2 min"; 65.5 → "1 min 5 s". @param {number} seconds */
function formatDuration(seconds) {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? "−" : "";
  /** @param {string} large @param {string} small @param {number} unit @param {number} ratio */
  const format = (large, small, unit, ratio) => {
    const whole = Math.round(size / unit);
    return `${sign}${formatCount(Math.floor(whole / ratio))} ${large} ${whole % ratio} ${small}`;
  };
  if (size < 59.95) return `${sign}${size.toFixed(1)} s`;
  if (size < 3_599.5) return format("min", "s", 1, 60);
  if (size < 86_370) return format("h", "min", 60, 60);
  return format("d", "h", 3_600, 24);
}
