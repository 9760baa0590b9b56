// What the canvas draws of a picture: lines, bands, points, guides and labels, in coordinates of the axes. Pure.

import { computeFrame } from "./figure.js";
import { listDateTicks, listNumberTicks } from "./ticks.js";

/** `dash` has the lengths of dashes and gaps in pixels. `thin` lines are many, and grow on the right: a step draws only
 * what is new of them (thin-lines.js).
 * @typedef {{ colour: string, width: number, dash?: number[], opacity?: number }} Stroke
 * @typedef {{ x: number[], y: number[] } & Stroke} Line
 * @typedef {{ x: number[], low: number[], high: number[], colour: string }} Area
 * @typedef {{ x: number, y: number, shape: "circle" | "diamond", radius: number, isClipped: boolean,
 *   colour: string, edge: Stroke }} Point
 * @typedef {{ left: number, top: number, width: number, height: number }} Box
 * @typedef {import("./ticks.js").Tick} Tick
 * @typedef {{ box: Box, range: Span, yRange: Span, ticks: { across: Tick[], up: Tick[] },
 *   zero: { across: string | null, up: string }, grid: string, font: { color: string, family: string, size: number },
 *   guides: { places: number[] } & Stroke, areas: Area[], thin: Line[], lines: Line[], points: Point[] }} Scene */

const DOT_PX = 3; // of Plotly's dotted lines

/** The scene of a picture in so many pixels, with widths and colours of a styled figure (figure.js). Areas lie
 * below thin lines, those below lines, lines below points; in each list the first one is the lowest.
 * @param {any} figure @param {Picture} picture @param {Size} size @returns {Scene} */
export function createScene({ data, guide, layout }, picture, size) {
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
    range,
    yRange,
    ticks: {
      across: isDate ? listDateTicks(range, labels.across) : listNumberTicks(range, labels.across, DECIMALS[axis.kind]),
      up: listYTicks(yRange, labels.up),
    },
    zero: { across: isDate ? null : xaxis.zerolinecolor, up: yaxis.zerolinecolor },
    grid: yaxis.gridcolor,
    font,
    guides: { places: markers.map(({ x }) => x), ...readStroke(guide) },
    areas: band ? [{ x: band.x, low: band.low, high: band.high, colour: style.band.fillcolor }] : [],
    thin: [],
    lines: [
      ...(band ? [{ x: band.x, y: band.mean, ...readStroke(mean) }] : []),
      { x: picture.x, y: picture.y, ...readStroke(path) },
    ],
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
