// Where a step lies on the x axis a person chose: by its number, by the time the motion had run,
// or by the clock on the wall. Pure.

import { clock, count, counted } from "../lib/format.js";
import { Rising } from "../lib/piecewise-linear.js";
import { wallClock } from "./clock-time.js";

/**
 * @typedef {{ changes: Change[], isWhole: boolean, interval: number, frontier: { step: number, at: number } }} Known
 * @typedef {{ step: number, position: number, interval: number, paused: boolean, begin: number, end: number }} Regime
 * @typedef {import("../lib/piecewise-linear.js").Piece & { position?: number, before?: number }} Piece
 */

/** What an axis can count. */
export const KINDS = ["step", "elapsed", "clock"];

const STOOD_S = 60; // so much longer than its steps take, and a regime is said to have stood still
const HASTE = 0.01; // of an interval: a step takes so much at least, whatever clocks said
const AHEAD_MS = 366 * 86_400_000; // for how long the settings of the wall's clock are looked up
const FEWEST_UNITS = 2; // across the axis, or it takes the next smaller one
const LEVEL = 1 / 200; // of the width of a path: a shorter pause is no wider than its line

const UNITS = [
  { name: "days", seconds: 86_400 },
  { name: "hours", seconds: 3_600 },
  { name: "minutes", seconds: 60 },
  { name: "seconds", seconds: 1 },
];

/**
 * The axis that counts `kind`: {kind, title, type, note, x(step), step(x), label(step), levels}.
 *
 * `changes` are those of the epoch, oldest first, `isWhole` whether the first is how it began;
 * `interval`, in seconds, holds until they have come; `frontier` {step, at} is the newest step,
 * and when it was seen, in ms of the server's clock: in a pause, now. `origin` is the step that the axis
 * counts from, null for the start; `span` the steps [from, to] that are to be seen, by which it
 * takes its unit.
 *
 * `x` and `step` are inverse and rise, beyond the frontier and before the start as well, in
 * fractions too. Over a pause the clock goes on and the steps do not: `x` of the step is when it
 * came, `step` of every moment in the pause is that step, and `levels` has the pause as
 * {step, position, from, to}. `note` is "" or says which times are not known exactly.
 * @param {string} kind @param {Known & { origin?: number | null, span?: Span | null }} path
 */
export function axisOf(kind, { changes, isWhole, interval, frontier, origin = null, span = null }) {
  const known = { changes, isWhole, interval, frontier };
  const seen = span ?? [origin ?? 0, frontier.step];
  if (kind === "clock") return clockAxis(known);
  return kind === "elapsed" ? elapsedAxis(known, origin, seen) : stepAxis(origin);
}

/**
 * A path as a line over an axis, `steps` ascending: {x, y, steps}. Where the clock went on in a
 * pause the line is level; it would slope to the first step after it.
 * @param {Pick<Axis, "x" | "levels">} axis @param {Points} points
 */
export function along(axis, { steps, positions }) {
  /** @type {{ x: number[], y: number[], steps: number[] }} */ const line = { x: [], y: [], steps: [] };
  /** @param {number} x @param {number} step @param {number} position */
  const add = (x, step, position) => {
    line.x.push(x);
    line.y.push(position);
    line.steps.push(step);
  };
  const levels = levelsBetween(axis, steps);
  let next = 0;
  /** @param {number} before */
  const level = (before) => {
    for (; next < levels.length && levels[next].step < before; next += 1) {
      const { step, position, from, to } = levels[next];
      if (line.steps[line.steps.length - 1] !== step) add(from, step, position);
      add(to, step, position);
    }
  };
  steps.forEach((step, index) => {
    level(step);
    add(axis.x(step), step, positions[index]);
  });
  return line;
}

/** The pauses within `steps` that are wide enough to be seen.
 * @param {Pick<Axis, "x" | "levels">} axis @param {number[]} steps */
function levelsBetween({ levels, x }, steps) {
  if (!levels.length || steps.length < 2) return [];
  const [first, last] = [steps[0], steps[steps.length - 1]];
  const width = LEVEL * (x(last) - x(first));
  return levels.filter(({ step, from, to }) => step >= first && step < last && to - from > width);
}

// --- steps ---

/** @param {number | null} origin @returns {Axis} */
function stepAxis(origin) {
  const start = origin ?? 0;
  return {
    kind: "step",
    title: origin === null ? "step" : "steps since my reset",
    type: "linear",
    note: "",
    levels: [],
    x: (step) => step - start,
    step: (x) => x + start,
    label: (step) => numbered(step - start, origin),
  };
}

// --- the time it ran ---

/** @param {Known} path @param {number | null} origin @param {Span} span @returns {Axis} */
function elapsedAxis({ changes, isWhole, interval }, origin, span) {
  const run = runningTime(changes, interval);
  const start = origin ?? 0;
  const zero = run.of(start);
  const unit = unitFor(run.of(span[1]) - run.of(span[0]));
  const since = origin === null ? "since the start" : "since my reset";
  return {
    kind: "elapsed",
    title: `${unit.name} ${since}`,
    type: "linear",
    note: start >= knownFrom(changes, isWhole) ? "" : cutOff(changes),
    levels: [],
    x: (step) => (run.of(step) - zero) / unit.seconds,
    step: (x) => run.whence(x * unit.seconds + zero),
    label: (step) => `${numbered(step - start, origin)}, ${lasting(run.of(step) - zero)}`,
  };
}

/** Step → Σ interval over the steps to it, in seconds; a pause takes none.
 * @param {Change[]} changes @param {number} interval */
function runningTime(changes, interval) {
  const regimes = regimesOf(changes);
  if (!regimes.length) return new Rising([{ at: 0, value: 0, start: 0, slope: interval }]);
  let before = { at: 0, value: 0, start: 0, slope: regimes[0].interval };
  const pieces = regimes.map(({ step, interval: slope }) => {
    const value = before.value + (step - before.at) * before.slope;
    before = { at: step, value, start: value, slope };
    return before;
  });
  return new Rising(pieces);
}

/** The largest unit of which some fit into `seconds`. @param {number} seconds */
const unitFor = (seconds) =>
  UNITS.find((unit) => seconds >= FEWEST_UNITS * unit.seconds) ?? UNITS[UNITS.length - 1];

// --- the clock on the wall ---

/** @param {Known} path @returns {Axis} */
function clockAxis({ changes, isWhole, interval, frontier }) {
  const { pieces, stood } = happened(changes, interval, frontier);
  const moment = new Rising(pieces, pieces[0].before);
  const wall = wallClock([pieces[0].value, Math.max(frontier.at, pieces[pieces.length - 1].start) + AHEAD_MS]);
  /** @param {number} step */
  const x = (step) => wall.of(moment.of(step));
  return {
    kind: "clock",
    title: "time of day",
    type: "date",
    note: [knownFrom(changes, isWhole) > 0 ? cutOff(changes) : "", stood ? stoodStill(stood) : ""].filter(Boolean).join(" "),
    levels: pieces
      .filter(({ value, start }) => start > value)
      .map(({ at, position, value, start }) => {
        return { step: at, position, from: wall.of(value), to: wall.of(start) };
      }),
    x,
    step: (value) => moment.whence(wall.whence(value)),
    label: (step) => `${numbered(step, null)}, ${clock(moment.of(step))}`,
  };
}

/**
 * When steps were made, in ms: a regime's lie evenly between the change that began it and the next
 * one, or the frontier. `stood` is the regime that took longest beyond what its steps take.
 * @param {Change[]} changes @param {number} interval @param {Known["frontier"]} frontier
 */
function happened(changes, interval, { step, at }) {
  const regimes = regimesOf(changes);
  if (!regimes.length) {
    const slope = 1_000 * interval;
    return { pieces: [{ at: step, value: at, start: at, slope, before: slope }], stood: null };
  }
  const last = regimes[regimes.length - 1];
  const pace = 1_000 * last.interval;
  // The frontier's time is of another clock: it came no faster than a motion can step.
  const soonest = last.end + Math.max(0, step - last.step - 1) * pace;
  const seen = { step, begin: Math.max(at, soonest), end: Math.max(at, soonest) };
  if (step > last.step) return laidOut([...regimes, { ...last, ...seen }]);
  const end = last.paused ? Math.max(last.end, at) : last.end; // the pause goes on
  return laidOut([...regimes.slice(0, -1), { ...last, end }]);
}

/** @param {Regime[]} regimes */
function laidOut(regimes) {
  /** @type {any[]} */ const pieces = [];
  /** @type {{ from: number, to: number, seconds: number } | null} */ let stood = null;
  regimes.forEach((regime, index) => {
    const { step, begin, end, position, interval } = regime;
    const before = pieces[pieces.length - 1];
    const slope = 1_000 * interval;
    if (!before) {
      pieces.push({ at: step, position, value: begin, start: end, slope, before: slope });
      return;
    }
    const steps = step - before.at;
    // A server's clock may have gone back.
    const value = Math.max(begin, before.start + HASTE * steps * before.slope);
    const late = (value - before.start - steps * before.slope) / 1_000;
    if (late > Math.max(STOOD_S, before.slope / 1_000, stood?.seconds ?? 0)) {
      stood = { from: regimes[index - 1].step, to: step, seconds: late };
    }
    before.slope = (value - before.start) / steps;
    pieces.push({ at: step, position, value, start: Math.max(value, end), slope });
  });
  return { pieces, stood };
}

// --- regimes ---

/** @type {WeakMap<Change[], Regime[]>} */
const kept = new WeakMap(); // what is read out of a list of changes, once: lists never alter

/** One a step: its last change governs; {step, position, interval, paused, begin, end} in ms.
 * @param {Change[]} changes @returns {Regime[]} */
function regimesOf(changes) {
  const regimes = kept.get(changes) ?? read(changes);
  kept.set(changes, regimes);
  return regimes;
}

/** The step from which on all changes are held. @param {Change[]} changes @param {boolean} isWhole */
const knownFrom = (changes, isWhole) => (isWhole && changes.length ? 0 : (changes[0]?.step ?? Infinity));

/** @param {Change[]} changes */
function read(changes) {
  /** @type {Regime[]} */ const regimes = [];
  for (const { step, position, interval, paused, at } of changes) {
    const end = Date.parse(at);
    const replaced = regimes[regimes.length - 1]?.step === step ? regimes.pop() : null;
    const begin = replaced?.begin ?? end;
    regimes.push({ step, position, interval, paused, begin, end });
  }
  return regimes;
}

// --- words ---

/** @param {number} steps @param {number | null} origin */
const numbered = (steps, origin) =>
  origin === null ? `step ${count(steps)}` : `${counted(steps, "step")} since my reset`;

/** @type {(changes: Change[]) => string} */
const cutOff = ({ length, 0: oldest }) =>
  length
    ? `The times before step ${count(oldest.step)} are estimated: this page has only the newest ${count(length)} changes.`
    : "The times are estimated until the changes are loaded.";

/** @param {{ from: number, to: number, seconds: number }} stop */
const stoodStill = ({ from, to, seconds }) =>
  `The motion stood still for ${lasting(seconds)} somewhere between steps ${count(from)} and ${count(to)}: the times there are estimated.`;

/** 7,325 → "2 h 2 min"; 65.5 → "1 min 5.5 s": two units, the smallest that says it. @param {number} seconds */
function lasting(seconds) {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? "−" : "";
  /** @param {string} large @param {{ name: string, seconds: number }} small @param {number} of */
  const parts = (large, small, of) => {
    const whole = Math.round(size / small.seconds);
    return `${sign}${count(Math.floor(whole / of))} ${large} ${whole % of} ${small.name}`;
  };
  if (size < 59.95) return `${sign}${size.toFixed(1)} s`;
  if (size < 3_599.5) return parts("min", { name: "s", seconds: 1 }, 60);
  if (size < 86_370) return parts("h", { name: "min", seconds: 60 }, 60);
  return parts("d", { name: "h", seconds: 3_600 }, 24);
}
