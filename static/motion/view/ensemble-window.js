// The part of an ensemble that a view needs from the server, and what is known of it. Pure.
//
// A window begins and ends at multiples of a power of two, so that all pages that follow a motion request the
// same few addresses: the server computes each one once. The slices of the socket continue the newest window.

import { QUANTILES } from "../live/ensemble-series.js";
import { findLowerBound } from "../live/points.js";

const ACROSS = 160; // strides from edge to edge of a view, at most
const UNIT = 32; // a window begins at a multiple of so many strides
const SHARED = 16; // a window at the newest step ends at a multiple of so many strides, if slices continue it there
const WIDEST_GAP = 8; // strides between two known slices; above it the page loads what is missing …
const WIDEST_STEPS = 32; // … unless it is of so few steps: a fast motion makes several between two frames
const TAIL = 48; // strides after a window; above it the page loads them, too: the window's points are fewer

/** The smallest power of two of which `width` steps have at most ACROSS strides. @param {number} width */
export function chooseStride(width) {
  let stride = 1;
  while (width / stride > ACROSS) stride *= 2;
  return stride;
}

/** The window to load for a view of the steps [from, to] of a path that ends at `end`, or null if `known` and the
 * slices after it are enough. `seats` has the paths to load one by one.
 * @param {{ epoch: number, range: Span, end: number, seats: number[] }} view @param {EnsembleWindow | null} known @param {Slice[]} slices @returns {AskedEnsemble | null} */
export function chooseWindow({ epoch, range: [from, to], end, seats }, known, slices) {
  const stride = chooseStride(to - from);
  const unit = UNIT * stride;
  const first = Math.max(0, Math.floor(from / unit) * unit);
  const wanted = Math.min(Math.ceil(to / unit) * unit, Math.floor(end / stride) * stride);
  if (wanted < first) return null; // beyond the path
  const isSame = known?.epoch === epoch && known.stride === stride && covers(known, seats);
  if (isSame && known.first <= first && continuesTo(known, slices, wanted)) return null;
  const shared = Math.floor(wanted / (SHARED * stride)) * SHARED * stride;
  const isContinued = slices.some(({ step }) => step <= shared + stride) && continuesTo({ last: shared, stride }, slices, wanted);
  return { epoch, first, last: isContinued && shared >= first ? shared : wanted, stride, seats };
}

/** Whether a window only goes on where the known one ends: a view that follows the motion needs it now and then.
 * @param {AskedEnsemble} asked @param {EnsembleWindow | null} known */
export const isContinuation = (asked, known) =>
  known?.epoch === asked.epoch && known.stride === asked.stride && known.first <= asked.first && covers(known, asked.seats);

/** @param {EnsembleWindow} window @param {number[]} seats */
const covers = ({ paths }, seats) => seats.every((seat) => paths.has(seat));

/** Whether the slices of the socket continue a window to the step `end` without a wide gap, and are few.
 * @param {Pick<EnsembleWindow, "last" | "stride">} window @param {Slice[]} slices @param {number} end */
function continuesTo({ last, stride }, slices, end) {
  if (end - last > TAIL * stride) return false;
  let known = last;
  for (const { step } of slices) {
    if (step <= last) continue;
    if (known >= end || isWideGap(step - known, stride)) break;
    known = step;
  }
  return !isWideGap(end - known, stride);
}

/** Whether the page must load what lies between two points that are so many `steps` apart.
 * @param {number} steps @param {number} stride */
export const isWideGap = (steps, stride) => steps > Math.max(WIDEST_GAP * stride, WIDEST_STEPS);

/** What ensemble.json answered, as the picture needs it. @param {EnsembleJson} answer @returns {EnsembleWindow} */
export function readWindow({ epoch, stride, first_step: first, quantiles, law, paths }) {
  const count = law.mean.length;
  return {
    epoch,
    stride,
    first,
    last: first + (count - 1) * stride,
    count,
    quantiles: QUANTILES.map((name) => quantiles[name]),
    law: law.mean.map((mean, at) => ({ mean, variance: law.variance[at] })),
    paths: new Map(Object.entries(paths).map(([seat, positions]) => [Number(seat), positions])),
  };
}

/** The index of `step` in a window, or −1. @param {EnsembleWindow} window @param {number} step */
export function findIndex({ first, last, stride }, step) {
  return step >= first && step <= last && (step - first) % stride === 0 ? (step - first) / stride : -1;
}

/** The slices after step `last` up to step `end`, of which the first in each `stride`: none goes when more come.
 * @param {Slice[]} slices @param {number} last @param {number} end @param {number} stride @returns {Slice[]} */
export function selectSlices(slices, last, end, stride) {
  const steps = slices.map(({ step }) => step);
  const within = slices.slice(findLowerBound(steps, last + 1), findLowerBound(steps, end + 1));
  let bucket = Math.floor(last / stride); // it has a point already
  return within.filter(({ step }) => {
    const isFirst = Math.floor(step / stride) !== bucket;
    bucket = Math.floor(step / stride);
    return isFirst;
  });
}
