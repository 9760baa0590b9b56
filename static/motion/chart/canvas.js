// Draws a scene (scene.js) on a canvas, pixel for pixel as Plotly draws the same picture: a test compares them. Pure.

import { findLowerBound } from "../live/points.js";
import { findEnd, GrowingLines } from "./growing-lines.js";
import { placeLabels } from "./labels.js";
import { createScale, findRoom } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Stroke} Stroke
 * @typedef {import("./scene.js").Line} Line
 * @typedef {import("./scene.js").Area} Area
 * @typedef {import("./scene.js").Point} Point
 * @typedef {import("./scene.js").Tick} Tick
 * @typedef {import("./scene.js").EnsembleScene} EnsembleScene
 * @typedef {import("./scene.js").SliceScene} SliceScene
 * @typedef {import("./scene.js").AnswersScene} AnswersScene
 * @typedef {import("./scene.js").Scale} Scale
 * @typedef {CanvasRenderingContext2D} Context */

/** What a canvas shows; `places` as in labels.js.
 * @type {WeakMap<HTMLCanvasElement, { scene: Scene, ratio: number, isBelow: boolean, places: Map<string, number> }>} */
const shown = new WeakMap();
/** @type {WeakMap<HTMLCanvasElement, GrowingLines>} */ const linesOf = new WeakMap();
const MITER = 2; // joins of lines, as Plotly's
const DIAMOND = 1.3; // its width, as a part of the circle's
const LABEL_GAP = { across: 5, up: 1 }; // px between the path and a label
const LINE_HEIGHT = 1.3; // of two lines of a label, in em
const HALO_PX = 4; // around a label
const SLICE_GAP = 10; // px beside the histogram of a slice
const STEM = { part: 0.6, least: 1, most: 4 }; // the width of an interval: of its room, in pixels
const OUTCOME_PX = 6; // the radius of its dot
const CORNER_PX = 4; // the end of a line is drawn again, as it has become a corner
const LEAD_PX = 8; // a line covers pixels so far right of its points, at most
const MIDDLE = 0.35; // from the middle of a letter to its foot, in em

/** Draw a scene on a canvas of that size. `ratio` is how many pixels of the device make one pixel. With `isBelow`, draw
 * only what lies below Plotly's picture: the grid, the ensemble and the answers.
 * @param {HTMLCanvasElement} canvas @param {Scene} scene @param {Size} size @param {number} ratio */
export function paint(canvas, scene, { width, height }, ratio, isBelow = false) {
  const context = /** @type {Context} */ (canvas.getContext("2d"));
  const [across, up] = [width * ratio, height * ratio].map(Math.round);
  if (canvas.width !== across || canvas.height !== up) {
    Object.assign(canvas, { width: across, height: up });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    shown.delete(canvas);
  }
  const before = shown.get(canvas);
  const scale = createScale(scene);
  const isAlike = before?.ratio === ratio && !before.isBelow && !isBelow;
  const left = isAlike ? Math.floor(findChange(scene, before.scene, scale) * ratio) : 0; // on the edge of a pixel
  const places = before?.places ?? new Map();
  shown.set(canvas, { scene, ratio, isBelow, places });
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.save();
  if (left) {
    context.beginPath();
    context.rect(left, 0, across - left, up);
    context.clip(); // not for all of it: without a clip, Chromium drops the last picture instead of copying it
  }
  context.clearRect(left, 0, across - left, up);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  draw(context, scene, scale, ratio, { left: left / ratio, isBelow, places });
  context.restore();
}

/** Draw all of a canvas again: its graphics card has failed. @param {HTMLCanvasElement} canvas */
export function forget(canvas) {
  shown.delete(canvas);
  linesOf.delete(canvas);
}

/** Where the first pixel lies that differs from `before`, if only the end of the path and the newest point do; else 0.
 * @param {Scene} scene @param {Scene} before @param {Scale} scale */
function findChange(scene, before, scale) {
  const isGrown = (/** @type {Scene} */ { path, points, ...others }) => [others, { ...path, x: null, y: null }, points.slice(1)];
  if (scene.ensemble || scene.answers || !isEqual(isGrown(scene), isGrown(before))) return 0;
  const ends = [scale.x(findEnd(scene.path, before.path, scene.range[0])) - CORNER_PX];
  for (const [point] of [scene.points, before.points]) {
    if (point) ends.push(scale.x(point.x) - DIAMOND * point.radius - point.edge.width);
  }
  return Math.max(0, Math.min(...ends));
}

/** @param {any} one @param {any} other @returns {boolean} */
function isEqual(one, other) {
  if (one === other || typeof one !== "object" || !one || !other) return one === other;
  if (Array.isArray(one)) return one.length === other.length && one.every((value, at) => isEqual(value, other[at]));
  return Object.keys(one).every((name) => isEqual(one[name], other[name]));
}

/** All that lies right of `left`.
 * @param {Context} context @param {Scene} scene @param {Scale} scale @param {number} ratio
 * @param {{ left: number, isBelow: boolean, places: Map<string, number> }} part */
function draw(context, scene, scale, ratio, { left, isBelow, places }) {
  context.miterLimit = MITER;
  if (!isBelow) clip(context, scene, () => strokeGuides(context, scene, scale));
  drawRules(context, scene, scale, ratio);
  if (!isBelow) clip(context, scene, () => drawBand(context, scene, scale));
  if (scene.answers) drawAnswers(context, scene, scene.answers, scale);
  if (left > 0) clip(context, scene, () => strokeLine(context, scene.path, scale, [scale.toX(left - LEAD_PX), scene.range[1]]));
  else drawGrowing(context, scene, scale, ratio, isBelow);
  if (scene.ensemble) drawEnsemble(context, scene, scene.ensemble, scale);
  if (scene.answers) markAnswers(context, scene, scene.answers, scale);
  for (const point of isBelow ? [] : scene.points) {
    if (point.isClipped) clip(context, scene, () => drawPoint(context, point, scale));
    else if (isWithin(point, scene)) drawPoint(context, point, scale);
  }
  if (scene.ensemble || scene.answers) writeLabels(context, scene, places);
  if (!isBelow) writeTicks(context, scene, scale);
}

/** @param {Context} context @param {Scene} scene @param {() => void} draw */
function clip(context, { box: { left, top, width, height } }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  draw();
  context.restore();
}

// --- the path and what belongs to it ---

/** @param {Context} context @param {Scene} scene @param {Scale} scale */
function drawBand(context, { areas, lines, range }, scale) {
  for (const area of areas) fillArea(context, area, scale);
  for (const line of lines) strokeLine(context, line, scale, range);
}

/** The lines and areas of the ensemble, and, unless `isBelow`, the path over them.
 * @param {Context} context @param {Scene} scene @param {Scale} scale @param {number} ratio @param {boolean} isBelow */
function drawGrowing(context, scene, scale, ratio, isBelow) {
  const { box, range, ensemble } = scene;
  if (isBelow && !ensemble) return;
  const areas = ensemble?.areas ?? [];
  const lines = [...(ensemble ? [...ensemble.thin, ...ensemble.lines] : []), ...(isBelow ? [] : [scene.path])];
  const known = linesOf.get(context.canvas) ?? new GrowingLines(context.canvas);
  linesOf.set(context.canvas, known);
  const drawn = known.update(scene, { areas, lines }, ratio, (own, left, [from, to]) => {
    /** @type {Span} */ const shown = [left, left + range[1] - range[0]];
    const ownScale = createScale({ ...scene, box: { ...box, left: 0, top: 0 }, range: shown });
    const edge = Math.floor(ownScale.x(from) * ratio) / ratio;
    const start = from - (LEAD_PX / box.width) * (range[1] - range[0]);
    own.setTransform(ratio, 0, 0, ratio, 0, 0);
    own.miterLimit = MITER;
    own.save();
    own.beginPath();
    own.rect(edge, 0, own.canvas.width, box.height);
    own.clip();
    own.clearRect(edge, 0, own.canvas.width, box.height);
    for (const area of areas) fillArea(own, area, ownScale, start);
    for (const line of lines) strokeLine(own, line, ownScale, [start, to]);
    own.restore();
  });
  if (!drawn) clip(context, scene, () => strokeLine(context, scene.path, scale, range));
  else {
    const { strip, shift } = drawn;
    context.drawImage(strip, shift, 0, box.width * ratio, box.height * ratio, box.left, box.top, box.width, box.height);
  }
}

/** The part of an area right of `from`. @param {Context} context @param {Area} area @param {Scale} scale */
function fillArea(context, { x, low, high, colour, opacity = 1 }, scale, from = -Infinity) {
  const first = Math.max(0, findLowerBound(x, from) - 1);
  context.beginPath();
  for (let at = first; at < x.length; at += 1) context.lineTo(scale.x(x[at]), scale.y(high[at]));
  for (let at = x.length - 1; at >= first; at -= 1) context.lineTo(scale.x(x[at]), scale.y(low[at]));
  context.fillStyle = colour;
  context.globalAlpha = opacity;
  context.fill();
  context.globalAlpha = 1;
}

/** The part of a line in view. A dashed line begins at its first point, so that its dashes stay in place.
 * @param {Context} context @param {Line} line @param {Scale} scale @param {Span} range */
function strokeLine(context, { x, y, ...stroke }, scale, [from, to]) {
  const isDashed = Boolean(stroke.dash?.length);
  const first = isDashed ? 0 : Math.max(0, findLowerBound(x, from) - 1);
  const end = isDashed ? x.length : Math.min(x.length, findLowerBound(x, to) + 1);
  context.beginPath();
  for (let at = first; at < end; at += 1) context.lineTo(scale.x(x[at]), scale.y(y[at]));
  applyStroke(context, stroke);
}

/** @param {Context} context @param {Stroke} stroke */
function applyStroke(context, { colour, width, dash = [], opacity = 1 }) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.globalAlpha = opacity;
  context.setLineDash(dash);
  context.stroke();
  context.globalAlpha = 1;
}

/** @param {{ x: number, y: number }} place @param {Scene} scene */
const isWithin = ({ x, y }, { range: [from, to], yRange: [low, high] }) => x >= from && x <= to && y >= low && y <= high;

/** @param {Context} context @param {Point} point @param {Scale} scale */
function drawPoint(context, { x, y, shape, radius, colour, edge }, scale) {
  const [across, up] = [scale.x(x), scale.y(y)];
  context.beginPath();
  if (shape === "circle") context.arc(across, up, radius, 0, 2 * Math.PI);
  else {
    const reach = DIAMOND * radius;
    for (const [dx, dy] of [[reach, 0], [0, reach], [-reach, 0], [0, -reach]]) context.lineTo(across + dx, up + dy);
  }
  context.closePath();
  context.fillStyle = colour;
  context.fill();
  applyStroke(context, edge);
}

// --- the ensemble ---

/** @param {Context} context @param {Scene} scene @param {EnsembleScene} ensemble @param {Scale} scale */
function drawEnsemble(context, scene, { points, slice }, scale) {
  if (slice) clip(context, scene, () => strokeGuide(context, slice.x, slice.line, scene, scale));
  for (const point of points) if (isWithin(point, scene)) drawPoint(context, point, scale);
  if (slice) drawHistogram(context, slice, scene, scale);
}

/** Bars from left to right beside the plot, in the scale of its vertical axis, and the density over them.
 * @param {Context} context @param {SliceScene} slice @param {Scene} scene @param {Scale} scale */
function drawHistogram(context, slice, { box, room }, scale) {
  const { curve, edge } = slice;
  const left = box.left + box.width + SLICE_GAP;
  const width = room - 2 * SLICE_GAP;
  context.save();
  context.beginPath();
  context.rect(left, box.top, width, box.height);
  context.clip();
  drawBars(context, slice, { left, width }, scale);
  context.beginPath();
  for (const { y, part } of curve) context.lineTo(left + part * width, scale.y(y));
  applyStroke(context, edge);
  context.restore();
}

/** @param {Context} context @param {{ bars: import("./scene.js").Bar[], colour: string, opacity: number }} histogram
 * @param {{ left: number, width: number }} room @param {Scale} scale */
function drawBars(context, { bars, colour, opacity }, { left, width }, scale) {
  context.beginPath();
  for (const { low, high, part } of bars) {
    const top = scale.y(high) + 0.5; // a gap of a pixel between two bars
    context.rect(left, top, part * width, Math.max(0.5, scale.y(low) - 0.5 - top));
  }
  context.fillStyle = colour;
  context.globalAlpha = opacity;
  context.fill();
  context.globalAlpha = 1;
}

// --- the answers to a question ---

/** Below the path. @param {Context} context @param {Scene} scene @param {AnswersScene} answers @param {Scale} scale */
function drawAnswers(context, scene, answers, scale) {
  const room = findRoom(scene.box, scale.x(answers.x));
  if (!room) return;
  clip(context, scene, () => {
    strokeGuide(context, answers.x, answers.line, scene, scale);
    drawBars(context, answers, room, scale);
    drawStems(context, answers, room, scale);
  });
}

/** Median and outcome, above the path. @param {Context} context @param {Scene} scene @param {AnswersScene} answers
 * @param {Scale} scale */
function markAnswers(context, scene, answers, scale) {
  const room = findRoom(scene.box, scale.x(answers.x));
  if (!room) return;
  const { left, width } = room;
  const { x, median, outcome, ink } = answers;
  clip(context, scene, () => {
    for (const { y, stroke } of [...(median ? [median] : []), ...(outcome ? [outcome] : [])]) {
      context.beginPath();
      context.moveTo(left, scale.y(y));
      context.lineTo(left + width, scale.y(y));
      applyStroke(context, stroke);
    }
    if (outcome) drawPoint(context, createDot(x, outcome.y, ink, scene.halo), scale);
  });
}

/** Side by side, in the order of their middles. @param {Context} context @param {AnswersScene} answers
 * @param {{ left: number, width: number }} room @param {Scale} scale */
function drawStems(context, { stems }, { left, width }, scale) {
  const each = width / stems.length;
  stems.forEach(({ low, high, colour }, at) => {
    const across = left + (at + 0.5) * each;
    context.beginPath();
    context.moveTo(across, scale.y(low));
    context.lineTo(across, scale.y(high));
    applyStroke(context, { colour, width: Math.min(STEM.most, Math.max(STEM.least, STEM.part * each)) });
  });
}

/** @param {number} x @param {number} y @param {string} colour @param {string} halo @returns {Point} */
const createDot = (x, y, colour, halo) => {
  return { x, y, shape: "circle", radius: OUTCOME_PX, isClipped: true, colour, edge: { colour: halo, width: 2 } };
};

// --- what lies around it ---

/** A line from bottom to top at each place. @param {Context} context @param {Scene} scene @param {Scale} scale */
function strokeGuides(context, scene, scale) {
  const { places, ...stroke } = scene.guides;
  for (const place of places) strokeGuide(context, place, stroke, scene, scale);
}

/** @param {Context} context @param {number} place @param {Stroke} stroke @param {Scene} scene @param {Scale} scale */
function strokeGuide(context, place, stroke, { box: { top, height } }, scale) {
  context.beginPath();
  context.moveTo(scale.x(place), top + height);
  context.lineTo(scale.x(place), top);
  applyStroke(context, stroke);
}

/** The grid and the lines of zero, each on whole pixels of the device.
 * @param {Context} context @param {Scene} scene @param {Scale} scale @param {number} ratio */
function drawRules(context, { box, range, yRange, ticks, grid, zero }, scale, ratio) {
  const { left, top, width, height } = box;
  const thickness = Math.max(1, Math.round(ratio)) / ratio;
  const snap = (/** @type {number} */ place) => Math.round((place - thickness / 2) * ratio) / ratio;
  /** @param {string} colour @param {number} y */
  const drawAcross = (colour, y) => {
    context.fillStyle = colour;
    context.fillRect(left, snap(y), width, thickness);
  };
  const isZeroVisible = (/** @type {Span} */ [low, high]) => low * high <= 0;
  for (const { value } of ticks.up) {
    const y = scale.y(value);
    if (value !== 0 && y > top + 1 && y < top + height - 1) drawAcross(grid, y);
  }
  if (zero.across && isZeroVisible(range)) {
    context.fillStyle = zero.across;
    context.fillRect(snap(scale.x(0)), top, thickness, height);
  }
  if (isZeroVisible(yRange)) drawAcross(zero.up, scale.y(0));
}

/** The labels of labels.js, with a halo. @param {Context} context @param {Scene} scene @param {Map<string, number>} places */
function writeLabels(context, scene, places) {
  const { halo, font: { family, size } } = scene;
  context.font = `600 ${size + 1}px ${family}`;
  context.lineJoin = "round";
  context.lineWidth = HALO_PX;
  context.setLineDash([]);
  context.strokeStyle = halo;
  for (const { text, colour, x, y, align } of placeLabels(scene, (text) => context.measureText(text).width, places)) {
    context.textAlign = align;
    context.fillStyle = colour;
    context.strokeText(text, x, y + MIDDLE * size);
    context.fillText(text, x, y + MIDDLE * size);
  }
  context.lineJoin = "miter";
}

/** @param {Context} context @param {Scene} scene @param {Scale} scale */
function writeTicks(context, { box: { left, top, height }, ticks, font: { color, family, size } }, scale) {
  context.font = `${size}px ${family}`;
  context.fillStyle = color;
  context.textAlign = "center";
  for (const { value, lines } of ticks.across) {
    const foot = top + height + size + LABEL_GAP.across;
    lines.forEach((line, at) => context.fillText(line, scale.x(value), foot + at * LINE_HEIGHT * size));
  }
  context.textAlign = "right";
  for (const { value, lines } of ticks.up) {
    context.fillText(lines[0], left - LABEL_GAP.up, scale.y(value) + MIDDLE * size);
  }
}
