// Plotly's figure of a picture: the figure of motion/views/figures.py with data, ranges and colours. Pure.
//
// Plotly must not measure text, because that makes the browser lay out the page several times a step.
// Therefore this module computes the margins, and the page writes the titles of the axes.

import { formatCount } from "../lib/format.js";
import { joinLines } from "./text.js";

const DIGIT_PX = 7; // of a label, also of a comma
const TITLE_PX = 20; // of an axis; the page writes it (chart.js)
const GAP_PX = 8;
const LABEL_PX = 18; // the height of a label with its standoff
const ROW_PX = 24; // of the y axis for one label
const SLICE = { part: 0.15, least: 60, most: 160 }; // the room of its histogram: of the width, in pixels
const MOST_LABELS = { across: 10, up: 8 };
const ENSEMBLE_COLOURS = ["accent", "bad", "card", "ink", "mine", "soft", "theory"];
const NO_POINTS = { x: [], y: [] };
/** @type {Record<string, string>} */ const FORMATS = { step: ",d", elapsed: ",", clock: "" };
const DAY_MS = 86_400_000;
/** Formats of times, by the distance of two labels; Plotly writes the second line once a day, month or year. */
const CLOCK_FORMATS = [
  { dtickrange: [null, 999], value: "%H:%M:%S.%L\n%-d %b %Y" },
  { dtickrange: [1_000, 59_999], value: "%H:%M:%S\n%-d %b %Y" },
  { dtickrange: [60_000, DAY_MS - 1], value: "%H:%M\n%-d %b %Y" },
  { dtickrange: [DAY_MS, 27 * DAY_MS], value: "%-d %b\n%Y" },
  { dtickrange: ["M1", "M11"], value: "%b\n%Y" },
  { dtickrange: ["M12", null], value: "%Y" },
];

/** The figure with the colours of a style sheet; `colour(name)` returns one of them.
 * @param {Figure} figure @param {Colour} colour @param {string} family */
export function styleFigure({ data, guide, layout, config }, colour, family) {
  const [ink, soft, line] = ["--ink", "--soft", "--line"].map(colour);
  const colours = chooseColours(colour);
  const axes = { gridcolor: line, zerolinecolor: line };
  return {
    data: data.map((trace) => ({ ...trace, ...mergeStyle(trace, colours[trace.name]) })),
    guide: { ...guide, ...mergeStyle(guide, { line: { color: colour("--warn") } }) },
    layout: {
      ...layout,
      font: { color: soft, family, size: 12 },
      hoverlabel: { bgcolor: colour("--card"), bordercolor: line, font: { color: ink, family, size: 13 } },
      xaxis: { ...layout.xaxis, ...axes },
      yaxis: { ...layout.yaxis, ...axes, zerolinecolor: soft },
    },
    config,
    ensemble: Object.fromEntries(ENSEMBLE_COLOURS.map((name) => [name, colour(`--${name}`)])),
  };
}

/** {data, layout} of a picture (view/picture.js) in so many pixels, without the traces that have no points.
 * @param {Figure} figure @param {Picture} picture @param {Size} size */
export function fillFigure({ data, guide, layout }, picture, { width, height }) {
  const points = collectPoints(picture);
  const { range, yRange, axis, markers } = picture;
  const write = createCoordinateWriter(axis);
  const { margin, labels } = computeFrame(picture, { width, height });
  return {
    data: data
      .filter(({ name }) => points[name].x.length)
      .map((trace) => ({ ...trace, ...points[trace.name], x: points[trace.name].x.map(write) })),
    layout: {
      ...layout,
      width,
      height,
      margin,
      shapes: markers.length ? [drawGuides(markers.map(({ x }) => write(x)), guide)] : [],
      xaxis: {
        ...layout.xaxis,
        type: axis.type,
        range: range.map(write),
        nticks: labels.across,
        tickformat: FORMATS[axis.kind],
        tickformatstops: axis.kind === "clock" ? CLOCK_FORMATS : [],
      },
      yaxis: { ...layout.yaxis, range: [...yRange], nticks: labels.up },
    },
  };
}

/** The titles of the axes of a picture, {across, up}.
 * @param {Pick<Picture, "up" | "stride" | "isCounted" | "axis">} picture */
export function getAxisTitles({ up, stride, isCounted, axis }) {
  if (up === "position") return { across: axis.title, up: isCounted ? "position since the reset" : "position" };
  return { across: axis.title, up: stride > 1 ? `increment over ${formatCount(stride)} steps` : "increment" };
}

// --- colours ---

/** @param {Colour} colour @returns {Record<string, object>} */
function chooseColours(colour) {
  const [accent, card] = [colour("--accent"), colour("--card")];
  return {
    path: { line: { color: accent } },
    newest: { marker: { color: accent, line: { color: card } } },
    markers: { marker: { color: colour("--warn"), line: { color: card } } },
    band: { fillcolor: colour("--band") },
    mean: { line: { color: colour("--soft") } },
    mine: {},
  };
}

/** `part` with `colours`, merged on all levels. @param {any} part @param {object} colours @returns {object} */
function mergeStyle(part, colours) {
  /** @param {string} name @param {any} value */
  const merge = (name, value) =>
    typeof value === "object" ? { ...part[name], ...mergeStyle(part[name] ?? {}, value) } : value;
  return Object.fromEntries(Object.entries(colours).map(([name, value]) => [name, merge(name, value)]));
}

// --- data ---

/** A writer of coordinates for Plotly. Plotly would shift numbers on a date axis by the browser's zone,
 * which axis.js has done already; it does not shift texts.
 * @type {(axis: Axis) => (x: number) => number | string} */
export const createCoordinateWriter = ({ type }) =>
  type === "date" ? (x) => new Date(x).toISOString().slice(0, -1) : (x) => x;

/** The data of each trace, by the names of motion/views/figures.py.
 * @param {Picture} picture @returns {Record<string, any>} */
function collectPoints({ x, y, steps, newest, markers, band, axis, ensemble }) {
  /** @type {(name: "x" | "y" | "text") => any[]} */
  const all = (name) => markers.map((marker) => marker[name]);
  return {
    path: { x, y, ...describePath(axis, steps) },
    newest: newest ? { x: [newest[0]], y: [newest[1]] } : NO_POINTS,
    markers: { x: all("x"), y: all("y"), text: all("text"), hovertemplate: "%{text}<extra></extra>" },
    band: outlineBand(band),
    mean: { x: band?.x ?? [], y: band?.mean ?? [] },
    mine: ensemble?.mine ? labelOwn(axis, ensemble.mine) : NO_POINTS,
  };
}

/** A closed line along the upper edge, and back along the lower one. @param {Picture["band"]} band */
function outlineBand(band) {
  if (!band) return NO_POINTS;
  return { x: [...band.x, ...[...band.x].reverse()], y: [...band.high, ...[...band.low].reverse()] };
}

/** The labels of the points of a path; the y axis has the format of the position, `hoverformat`.
 * @param {Axis} axis @param {number[]} steps */
function describePath(axis, steps) {
  if (axis.kind === "step") {
    return { customdata: steps, hovertemplate: "step %{customdata:,d} · %{y}<extra></extra>" };
  }
  return { customdata: steps.map(axis.describeStep), hovertemplate: "%{customdata} · %{y}<extra></extra>" };
}

/** The points of the reader's own path, with its name in their labels. @param {Axis} axis @param {BoldPath} mine */
function labelOwn(axis, { name, x, y }) {
  const { customdata, hovertemplate } = describePath(axis, x.map((place) => Math.round(axis.toStep(place))));
  return { x, y, customdata, meta: joinLines([name]), hovertemplate: `%{meta} · ${hovertemplate}` };
}

/** A line from bottom to top at each marker, all in one shape: Plotly is slow with a hundred shapes.
 * @param {(string | number)[]} places @param {object} guide */
function drawGuides(places, guide) {
  // In paths of shapes Plotly expects "_" between day and time.
  return { ...guide, path: places.map((x) => `M${String(x).replace("T", "_")},0V1`).join("") };
}

// --- room ---

/** What surrounds a path in so many pixels: the {margin}, whole pixels beside it, and for how many {labels} each axis
 * has room, side by side and above each other; on a phone they are few.
 * @param {Picture} picture @param {Size} size */
export function computeFrame(picture, { width, height }) {
  const margin = computeMargins(picture, width);
  const across = (width - margin.l - margin.r) / (measureXLabel(picture) + 1.5 * DIGIT_PX);
  const up = (height - margin.t - margin.b) / ROW_PX;
  return { margin, labels: { across: fitCount(across, MOST_LABELS.across), up: fitCount(up, MOST_LABELS.up) } };
}

/** @type {(room: number, most: number) => number} */
const fitCount = (room, most) => Math.max(2, Math.min(most, Math.floor(room)));

/** @param {Picture} picture @param {number} width */
function computeMargins(picture, width) {
  const slice = picture.ensemble?.slice ? Math.min(SLICE.most, Math.max(SLICE.least, Math.round(SLICE.part * width))) : 0;
  const isTwoLines = picture.axis.type === "date"; // the first label has the day, too
  return {
    l: TITLE_PX + measureYLabel(picture) + GAP_PX,
    r: Math.max(12, Math.round(measureXLabel(picture) / 2), slice),
    t: GAP_PX,
    b: LABEL_PX * (isTwoLines ? 2 : 1) + TITLE_PX + 4,
  };
}

/** The width of the widest label of the x axis, in pixels. @param {Picture} picture */
function measureXLabel({ range: [, last], axis }) {
  const digits = axis.type === "date" ? 8 : String(Math.ceil(last)).length;
  return Math.round((digits * 4 * DIGIT_PX) / 3);
}

/** The width of the widest label of the y axis, in pixels, with as many digits as its labels need.
 * @param {Picture} picture */
export function measureYLabel({ yRange: [low, high] }) {
  const spacing = (2 * (high - low)) / MOST_LABELS.up; // above 5, Plotly takes the next power of ten
  const digits = Math.max(0, -Math.floor(Math.log10(spacing)));
  const longest = Math.max(...[low, high].map((value) => formatCount(Math.trunc(value)).length + Number(value < 0)));
  return DIGIT_PX * (longest + (digits ? digits + 1 : 0));
}
