// Where the labels of a scene (scene.js) stand: names of paths, and what belongs to the answers. Pure.
//
// A label has several places. It gets the first one at which it covers no other label and no point, and neither the path
// nor a bold one; it stays there as long as that holds.

import { findLowerBound } from "../live/points.js";
import { createScale, findRoom } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Scale} Scale
 * @typedef {import("./scene.js").AnswersScene} AnswersScene
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Rect in pixels
 * @typedef {{ x: number, y: number, align: "left" | "right" }} Place the end of a text at which it begins or ends, and its middle
 * @typedef {{ text: string, colour: string, places: Place[] }} Label the best place is the first one
 * @typedef {{ text: string, colour: string } & Place} PlacedLabel
 * @typedef {{ x: number[], y: number[] }} Curve */

const GAP_PX = 8; // beside what the label belongs to
const LINE_HEIGHT = 1.3; // in em
const LARGER_PX = 1; // than the labels of an axis
const BESIDE = [0, -1, 1, -2, 2, -3, 3]; // lines above or below the middle
const APART = [-0.7, 0.8, -1.7, 1.8, -2.7, 2.8, -3.7, 3.8]; // the same, not at the height of the point itself
const NEWEST = 0.1; // of the width: the end of a path, which no label may cover
const COST = { move: 2, cross: 10, forbidden: 100 };
const CORNER_PX = { width: 96, height: 26 }; // of the label that a slice beyond the view has there
const OUTCOME_PX = 8; // its dot with a gap

/** The labels that have a place. `measure(text)` is a width in pixels; `before` has the index of each label's last place, and
 * gets the new ones.
 * @param {Scene} scene @param {(text: string) => number} measure @param {Map<string, number>} [before] @returns {PlacedLabel[]} */
export function placeLabels(scene, measure, before = new Map()) {
  const scale = createScale(scene);
  const { names = [], lines = [] } = scene.ensemble ?? {};
  const curves = [scene.path, ...lines.slice(lines.length - names.length)]; // the bold ones are the last
  const taken = listPoints(scene, scale);
  const height = LINE_HEIGHT * (scene.font.size + LARGER_PX);
  return listLabels(scene, scale, height).flatMap(({ text, colour, places }) => {
    const width = measure(text);
    /** @param {number} at */
    const rate = (at) => {
      const cost = rateRect(createRect(places[at], width, height), scene, { taken, curves, scale });
      return cost + (at === (before.get(text) ?? 0) ? 0 : COST.move);
    };
    const at = findCheapest(places.length, rate, before.get(text) ?? 0);
    before.set(text, Math.max(at, 0));
    if (at < 0) return [];
    taken.push(createRect(places[at], width, height));
    return [{ text, colour, ...places[at] }];
  });
}

/** The index with the least cost, the last one if that costs nothing; −1 if each is forbidden.
 * @param {number} length @param {(at: number) => number} rate @param {number} last */
function findCheapest(length, rate, last) {
  if (last < length && rate(last) === 0) return last;
  let [best, least] = [-1, COST.forbidden];
  for (let at = 0; at < length && least > COST.move; at += 1) {
    const cost = rate(at);
    if (cost < least) [best, least] = [at, cost];
  }
  return best;
}

/** @param {Place} place @param {number} width @param {number} height @returns {Rect} */
function createRect({ x, y, align }, width, height) {
  const left = align === "left" ? x : x - width;
  return { left, top: y - height / 2, right: left + width, bottom: y + height / 2 };
}

/** @param {Rect} rect @param {Scene} scene @param {{ taken: Rect[], curves: Curve[], scale: Scale }} around */
function rateRect(rect, { box, range }, { taken, curves, scale }) {
  const isInside =
    rect.left >= box.left && rect.right <= box.left + box.width && rect.top >= box.top && rect.bottom <= box.top + box.height;
  if (!isInside || taken.some((other) => isOver(rect, other))) return COST.forbidden;
  const newest = NEWEST * (range[1] - range[0]);
  return curves.reduce((cost, curve) => cost + rateCurve(rect, curve, scale, newest), 0);
}

/** @param {Rect} one @param {Rect} other */
const isOver = (one, other) =>
  one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;

/** @param {Rect} rect @param {Curve} curve @param {Scale} scale @param {number} newest */
function rateCurve({ left, top, right, bottom }, { x, y }, scale, newest) {
  const start = Math.max(0, findLowerBound(x, scale.toX(left)) - 1);
  const end = Math.min(x.length - 1, findLowerBound(x, scale.toX(right)));
  const isNew = (/** @type {number} */ at) => x[at] >= x[x.length - 1] - newest;
  let cost = 0;
  for (let at = start; at < end; at += 1) {
    const [one, other] = [scale.y(y[at]), scale.y(y[at + 1])];
    if (Math.max(one, other) < top || Math.min(one, other) > bottom) continue;
    if (isNew(at + 1)) return COST.forbidden;
    cost = COST.cross;
  }
  return cost;
}

// --- what has a place already ---

/** The points of paths, and the corner in which a slice beyond the view has its step. @param {Scene} scene @param {Scale} scale
 * @returns {Rect[]} */
function listPoints({ box, range, points, ensemble, answers }, scale) {
  /** @type {(point: { x: number, y: number }, radius: number) => Rect} */
  const surround = ({ x, y }, radius) => {
    const [across, up] = [scale.x(x), scale.y(y)];
    return { left: across - radius, top: up - radius, right: across + radius, bottom: up + radius };
  };
  const found = [...points, ...(ensemble?.points ?? [])].map((point) => surround(point, point.radius + point.edge.width));
  if (answers?.outcome) found.push(surround({ x: answers.x, y: answers.outcome.y }, OUTCOME_PX));
  const slice = ensemble?.slice;
  if (!slice || (slice.x >= range[0] && slice.x <= range[1])) return found;
  const [right, bottom] = [box.left + box.width, box.top + box.height];
  const left = slice.x < range[0] ? box.left : right - CORNER_PX.width;
  return [...found, { left, top: bottom - CORNER_PX.height, right: left + CORNER_PX.width, bottom }];
}

// --- labels and their places ---

/** The most important one first. @param {Scene} scene @param {Scale} scale @param {number} line its height @returns {Label[]} */
function listLabels(scene, scale, line) {
  const { box, range: [from, to], yRange: [low, high], ensemble, answers } = scene;
  const names = (ensemble?.names ?? []).filter(({ x, y }) => x >= from && x <= to && y >= low && y <= high);
  return [
    ...(answers ? labelAnswers(answers, box, scale, line) : []),
    ...names.map(({ x, y, text, colour }) => ({ text, colour, places: placeAtEnd([scale.x(x), scale.y(y)], line) })),
  ];
}

/** Left of a path's end, or else right of it. @param {number[]} end @param {number} line @returns {Place[]} */
const placeAtEnd = ([x, y], line) => [
  ...APART.map((lines) => ({ x: x - GAP_PX, y: y + lines * line, align: /** @type {const} */ ("right") })),
  ...APART.map((lines) => ({ x: x + GAP_PX, y: y + lines * line, align: /** @type {const} */ ("left") })),
];

/** @param {AnswersScene} answers @param {import("./scene.js").Box} box @param {Scale} scale @param {number} line @returns {Label[]} */
function labelAnswers(answers, box, scale, line) {
  const room = findRoom(box, scale.x(answers.x));
  if (!room) return [];
  const { ink: colour, soft, step, above, below, median, outcome } = answers;
  const bottom = box.top + box.height;
  /** @type {(rows: number[], isLow: boolean) => Place[]} */
  const beside = (rows, isLow) =>
    rows.flatMap((row) => {
      const y = isLow ? bottom - (row + 0.5) * line : box.top + (row + 0.5) * line;
      return [
        { x: room.left + GAP_PX, y, align: /** @type {const} */ ("left") },
        { x: room.left - GAP_PX, y, align: /** @type {const} */ ("right") },
      ];
    });
  return [
    ...[outcome, median].flatMap((mark) => (mark ? { text: mark.text, colour, places: placeMark(scale.y(mark.y), room, line) } : [])),
    ...(above ? [{ text: above, colour, places: beside([1, 0, 2, 3], false) }] : []),
    ...(below ? [{ text: below, colour, places: beside([0, 1, 2], true) }] : []),
    { text: step, colour: soft, places: beside([0, 1, 2], false) },
  ];
}

/** Right of the answers, or else left of their step. @param {number} y @param {{ left: number, width: number }} room
 * @param {number} line @returns {Place[]} */
const placeMark = (y, { left, width }, line) => [
  ...BESIDE.map((lines) => ({ x: left + width + GAP_PX, y: y + lines * line, align: /** @type {const} */ ("left") })),
  ...APART.map((lines) => ({ x: left - GAP_PX, y: y + lines * line, align: /** @type {const} */ ("right") })),
  ...APART.map((lines) => ({ x: left + GAP_PX, y: y + lines * line, align: /** @type {const} */ ("left") })),
];
