// What the canvas draws of a picture: lines, bands, points, guides and labels, in coordinates of the axes. Pure.

import { computeFrame } from "./figure.js";
import { formatCount, formatCounted, formatDecimal } from "../lib/format.js";
import { listDateTicks, listNumberTicks } from "./ticks.js";

/** `dash` has the lengths of dashes and gaps in pixels.
 * @typedef {{ colour: string, width: number, dash?: number[], opacity?: number }} Stroke
 * @typedef {{ x: number[], y: number[] } & Stroke} Line
 * @typedef {{ x: number[], low: number[], high: number[], colour: string, opacity?: number }} Area
 * @typedef {{ x: number, y: number, shape: "circle" | "diamond", radius: number, isClipped: boolean,
 *   colour: string, edge: Stroke }} Point
 * @typedef {{ left: number, top: number, width: number, height: number }} Box
 * @typedef {import("./ticks.js").Tick} Tick
 * @typedef {{ x: (value: number) => number, y: (value: number) => number, toX: (pixel: number) => number }} Scale to pixels
 * @typedef {{ box: Box, room: number, range: Span, yRange: Span, ticks: { across: Tick[], up: Tick[] },
 *   zero: { across: string | null, up: string }, grid: string, font: { color: string, family: string, size: number },
 *   halo: string, guides: { places: number[] } & Stroke, ensemble: EnsembleScene | null, answers: AnswersScene | null,
 *   areas: Area[], lines: Line[], path: Line, points: Point[] }} Scene */

/** What is drawn of an ensemble. Areas and lines grow on the right: a step draws only what is new (growing-lines.js). Thin lines
 * look alike. A part of 1 is as wide as the room of the slice.
 * @typedef {{ x: number, y: number, text: string, colour: string }} Name at the end of a path
 * @typedef {{ low: number, high: number, part: number }} Bar
 * @typedef {{ x: number, line: Stroke, bars: Bar[], colour: string, opacity: number, curve: { y: number, part: number }[],
 *   edge: Stroke }} SliceScene
 * @typedef {{ areas: Area[], thin: Line[], lines: Line[], points: Point[], names: Name[],
 *   slice: SliceScene | null }} EnsembleScene
 * @typedef {Record<"accent" | "bad" | "card" | "ink" | "mine" | "soft" | "theory", string>} EnsembleColours */

/** The answers to a question: bars from the step to the right, each `part` as long as there is room, or an upright stem for
 * each interval. `median` and `outcome` have a label, as does the `step`; `above` and `below` say how many answers lie beyond the
 * vertical axis, or are "".
 * @typedef {{ low: number, high: number, colour: string }} Stem
 * @typedef {{ y: number, text: string, stroke: Stroke }} Mark a line across the answers
 * @typedef {{ x: number, line: Stroke, bars: Bar[], stems: Stem[], colour: string, opacity: number, ink: string, soft: string,
 *   step: string, above: string, below: string, median: Mark | null, outcome: Mark | null }} AnswersScene */

const DOT_PX = 3; // of Plotly's dotted lines

// of an ensemble
const FAN = { outer: 0.13, inner: 0.2 }; // opacity
const THIN = { width: 1, opacity: 0.35 };
const CROSSED = { width: 1.4, opacity: 0.75 }; // a barrier
const MIDDLE = { width: 1.5, opacity: 0.55 };
const LAW = { width: 1.6, dash: [8, 6] };
const BOLD = { width: 2.6 };
const POINT = { shape: /** @type {const} */ ("circle"), radius: 5, isClipped: false };
const BARS = 0.75; // opacity
const SLICE_PX = 1.6;
const MEDIAN = { width: 2 };
const OUTCOME = { width: 1, dash: [3, 3] };
const ANSWERS = { part: 0.16, least: 48, most: 160, narrowest: 12 }; // their room: of the width, in pixels
const ROOM = 1.7; // a bar of as many times the expected number of paths is as long as there is room

/** The scene of a picture in so many pixels, with widths and colours of a styled figure (figure.js). Areas lie
 * below lines, those below the ensemble, that below the path, and points above all; in each list the first is the lowest.
 * @param {any} figure @param {Picture} picture @param {Size} size @returns {Scene} */
export function createScene({ data, guide, layout, ensemble }, picture, size) {
  const { margin, labels } = computeFrame(picture, size);
  const { xaxis, yaxis, font } = layout;
  const { range, yRange, axis, band, markers } = picture;
  const style = Object.fromEntries(data.map((/** @type {any} */ trace) => [trace.name, trace]));
  const { path, mean } = style;
  const isDate = axis.type === "date";
  return {
    box: {
      left: margin.l,
      top: margin.t,
      width: size.width - margin.l - margin.r,
      height: size.height - margin.t - margin.b,
    },
    room: margin.r,
    range,
    yRange,
    ticks: {
      across: isDate ? listDateTicks(range, labels.across) : listNumberTicks(range, labels.across, DECIMALS[axis.kind]),
      up: listYTicks(yRange, labels.up),
    },
    zero: { across: isDate ? null : xaxis.zerolinecolor, up: yaxis.zerolinecolor },
    grid: yaxis.gridcolor,
    font,
    halo: ensemble.card,
    guides: { places: markers.map(({ x }) => x), ...readStroke(guide) },
    ensemble: picture.ensemble && createEnsembleScene(picture.ensemble, ensemble),
    answers: picture.answers && createAnswersScene(picture.answers, yRange, ensemble),
    areas: band ? [{ x: band.x, low: band.low, high: band.high, colour: style.band.fillcolor }] : [],
    lines: band ? [{ x: band.x, y: band.mean, ...readStroke(mean) }] : [],
    path: { x: picture.x, y: picture.y, ...readStroke(path) },
    points: listPoints(style, picture),
  };
}

let yTicks = { key: "", ticks: /** @type {Tick[]} */ ([]) }; // the last ones: the range changes rarely

/** @param {Span} range @param {number} most */
function listYTicks(range, most) {
  const key = [...range, most].join();
  if (key !== yTicks.key) yTicks = { key, ticks: listNumberTicks(range, most) };
  return yTicks.ticks;
}

/** @type {Record<string, number | undefined>} */ const DECIMALS = { step: 0 }; // others as many as they need

/** @param {any} trace @returns {Stroke} */
function readStroke({ line: { color, width, dash }, opacity = 1 }) {
  return { colour: color, width, opacity, dash: dash === "dot" ? [DOT_PX, DOT_PX] : (dash?.split(",").map(parseFloat) ?? []) };
}

/** @param {Record<string, any>} style @param {Picture} picture @returns {Point[]} */
function listPoints({ newest, markers }, picture) {
  /** @type {(trace: any) => Omit<Point, "x" | "y">} */
  const describe = ({ marker: { size, symbol = "circle", color, line }, cliponaxis: isClipped = true }) => {
    return { shape: symbol, radius: size / 2, isClipped, colour: color, edge: { colour: line.color, width: line.width } };
  };
  const [x, y] = picture.newest ?? [];
  return [
    ...(picture.newest ? [{ x, y, ...describe(newest) }] : []),
    ...picture.markers.map((marker) => ({ x: marker.x, y: marker.y, ...describe(markers) })),
  ];
}

// --- the ensemble ---

/** Areas lie below thin lines, those below lines, lines below points.
 * @param {EnsemblePicture} ensemble @param {EnsembleColours} colours @returns {EnsembleScene} */
function createEnsembleScene({ x, fan, law, thin, mine, lit, slice }, colours) {
  const { accent, bad, card, ink, soft, theory } = colours;
  const paths = [
    ...(lit && lit.seat !== mine?.seat ? [{ ...lit, colour: mine ? ink : colours.mine }] : []),
    ...(mine ? [{ ...mine, colour: colours.mine }] : []),
  ]
    .filter((path) => path.y.length)
    .map((path) => (path.hasCrossed ? { ...path, colour: bad } : path));
  return {
    areas: [
      { x, low: fan.low5, high: fan.high95, colour: accent, opacity: FAN.outer },
      { x, low: fan.low25, high: fan.high75, colour: accent, opacity: FAN.inner },
    ],
    thin: thin.map(({ y, hasCrossed }) => ({ x, y, ...(hasCrossed ? { colour: bad, ...CROSSED } : { colour: accent, ...THIN }) })),
    lines: [
      { x, y: fan.mid, colour: ink, ...MIDDLE },
      ...[law.low, law.high].map((y) => ({ x, y, colour: theory, ...LAW })),
      ...paths.map((path) => ({ x: path.x, y: path.y, colour: path.colour, ...BOLD })),
    ],
    points: paths.map((path) => ({ ...findEnd(path), ...POINT, colour: path.colour, edge: { colour: card, width: 1 } })),
    names: paths.map((path) => ({ ...findEnd(path), text: path.name, colour: path.colour })),
    slice: slice && createSliceScene(slice, accent, soft, theory),
  };
}

/** @param {{ x: number[], y: number[] }} path */
const findEnd = ({ x, y }) => ({ x: x[y.length - 1], y: y[y.length - 1] });

/** @param {SlicePicture} slice @param {string} accent @param {string} soft @param {string} theory @returns {SliceScene} */
function createSliceScene({ x, edges, counts, density }, accent, soft, theory) {
  const expected = density.reduce((most, { p }) => Math.max(most, p), 0);
  const most = Math.max(ROOM * expected, ...counts); // steady, unless a bar is very long
  return {
    x,
    line: { colour: soft, width: SLICE_PX },
    bars: counts.map((count, at) => ({ low: edges[at], high: edges[at + 1], part: count / most })),
    colour: accent,
    opacity: BARS,
    curve: density.map(({ y, p }) => ({ y, part: p / most })),
    edge: { colour: theory, width: SLICE_PX },
  };
}

// --- the answers to a question ---

/** @param {AnswersPicture} answers @param {Span} yRange @param {EnsembleColours} colours @returns {AnswersScene} */
function createAnswersScene({ step, x, bars, intervals, median, outcome }, yRange, { accent, ink, soft }) {
  const [bottom, top] = yRange;
  const seen = bars.filter(({ low, high }) => low < top && high > bottom);
  const most = seen.reduce((highest, { count }) => Math.max(highest, count), 1);
  const all = [...bars, ...intervals.map((interval) => ({ ...interval, count: 1 }))];
  /** @type {(value: number | null) => boolean} */ const isSeen = (value) => value !== null && value >= bottom && value <= top;
  return {
    x,
    line: { colour: soft, width: SLICE_PX, dash: [2, 3] },
    bars: seen.map(({ low, high, count }) => ({ low, high, part: count / most })),
    stems: intervals.map(({ low, high, isHit }) => ({ low, high, colour: isHit ? accent : soft })),
    colour: soft,
    opacity: BARS,
    ...{ ink, soft },
    step: `step ${formatCount(step)}`,
    above: describeBeyond(all.filter(({ low }) => low >= top), "above"),
    below: describeBeyond(all.filter(({ high }) => high <= bottom), "below"),
    median: median !== null && isSeen(median) ? { y: median, text: "median", stroke: { colour: ink, ...MEDIAN } } : null,
    outcome: outcome === null ? null : { y: outcome, text: formatDecimal(outcome, 1, true), stroke: { colour: ink, ...OUTCOME } },
  };
}

/** "2 answers lie above", or "". @param {{ count: number }[]} answers @param {string} side */
function describeBeyond(answers, side) {
  const count = answers.reduce((sum, answer) => sum + answer.count, 0);
  return count ? `${formatCounted(count, "answer")} ${count === 1 ? "lies" : "lie"} ${side}` : "";
}

// --- pixels ---

/** @param {Pick<Scene, "box" | "range" | "yRange">} scene @returns {Scale} */
export function createScale({ box: { left, top, width, height }, range: [from, to], yRange: [low, high] }) {
  const [perX, perY] = [width / (to - from), height / (high - low)];
  return {
    x: (value) => left + (value - from) * perX,
    y: (value) => top + (high - value) * perY,
    toX: (pixel) => from + (pixel - left) / perX,
  };
}

/** Where the answers are whose step is at `left` pixels; null if that is out of view. @param {Box} box @param {number} left */
export function findRoom(box, left) {
  if (left < box.left - ANSWERS.most || left > box.left + box.width) return null;
  const width = Math.min(ANSWERS.most, Math.max(ANSWERS.least, ANSWERS.part * box.width));
  const rest = Math.max(ANSWERS.narrowest, box.left + box.width - left);
  return { left, width: Math.min(width, rest) };
}
