// Plotly's figure of a picture: what motion/views/figures.py describes, with data, ranges and colours. Pure.
//
// Nothing in it makes Plotly measure a text, which would lay out the page several times a step: so
// margins are reckoned here, and the page writes the axes' titles.

import { count } from "../lib/format.js";

const DIGIT_PX = 7; // of a label's text, commas and all
const TITLE_PX = 20; // of an axis, which the page writes (chart.js)
const GAP_PX = 8;
const LABEL_PX = 18; // the height of one, and of its standoff
const ROW_PX = 24; // of an axis upwards, for one label
const NOTHING = { x: [], y: [] };
/** @type {Record<string, string>} */ const TICKS = { step: ",d", elapsed: ",", clock: "" };
const DAY_MS = 86_400_000;
/** Of clock time by the distance of two labels; what follows the new line stands once a day, month or year. */
const CLOCK_TICKS = [
  { dtickrange: [null, 999], value: "%H:%M:%S.%L\n%-d %b %Y" },
  { dtickrange: [1_000, 59_999], value: "%H:%M:%S\n%-d %b %Y" },
  { dtickrange: [60_000, DAY_MS - 1], value: "%H:%M\n%-d %b %Y" },
  { dtickrange: [DAY_MS, 27 * DAY_MS], value: "%-d %b\n%Y" },
  { dtickrange: ["M1", "M11"], value: "%b\n%Y" },
  { dtickrange: ["M12", null], value: "%Y" },
];

/** The figure with the colours of a style sheet: `colour(name)` tells one of them.
 * @param {Figure} figure @param {Colour} colour @param {string} family */
export function dressed({ data, mark, layout, config }, colour, family) {
  const [ink, soft, line] = ["--ink", "--soft", "--line"].map(colour);
  const colours = coloursOf(colour);
  const axes = { gridcolor: line, zerolinecolor: line };
  return {
    data: data.map((trace) => ({ ...trace, ...painted(trace, colours[trace.name]) })),
    mark: { ...mark, ...painted(mark, { line: { color: colour("--warn") } }) },
    layout: {
      ...layout,
      font: { color: soft, family, size: 12 },
      hoverlabel: { bgcolor: colour("--card"), bordercolor: line, font: { color: ink, family, size: 13 } },
      xaxis: { ...layout.xaxis, ...axes },
      yaxis: { ...layout.yaxis, ...axes, zerolinecolor: soft },
    },
    config,
  };
}

/** {data, layout} of a picture (view-model.js) in so many pixels; traces without points are left out.
 * @param {Figure} figure @param {Picture} picture @param {Size} size */
export function drawn({ data, mark, layout }, picture, { width, height }) {
  const points = pointsOf(picture);
  const { range, yRange, axis, marks } = picture;
  const write = coordinate(axis);
  const margin = margins(picture);
  return {
    data: data
      .filter(({ name }) => points[name].x.length)
      .map((trace) => ({ ...trace, ...points[trace.name], x: points[trace.name].x.map(write) })),
    layout: {
      ...layout,
      width,
      height,
      margin,
      shapes: marks.length ? [lines(marks.map(({ x }) => write(x)), mark)] : [],
      xaxis: {
        ...layout.xaxis,
        type: axis.type,
        range: range.map(write),
        nticks: ticks(picture, width - margin.l - margin.r),
        tickformat: TICKS[axis.kind],
        tickformatstops: axis.kind === "clock" ? CLOCK_TICKS : [],
      },
      yaxis: { ...layout.yaxis, range: [...yRange], nticks: rows(layout.yaxis.nticks, height - margin.t - margin.b) },
    },
  };
}

/** What the axes of a picture are called: {across, up}.
 * @param {Pick<Picture, "up" | "stride" | "isCounted" | "axis">} picture */
export function titles({ up, stride, isCounted, axis }) {
  if (up === "position") return { across: axis.title, up: isCounted ? "position since my reset" : "position" };
  return { across: axis.title, up: stride > 1 ? `increment over ${count(stride)} steps` : "increment" };
}

/** As many labels above each other as there is room for: on a phone that lies on its side, few.
 * @type {(most: number, height: number) => number} */
const rows = (most, height) => Math.max(2, Math.min(most, Math.floor(height / ROW_PX)));

// --- colours ---

/** @param {Colour} colour @returns {Record<string, object>} */
function coloursOf(colour) {
  const [accent, card] = [colour("--accent"), colour("--card")];
  return {
    path: { line: { color: accent } },
    newest: { marker: { color: accent, line: { color: card } } },
    marks: { marker: { color: colour("--warn"), line: { color: card } } },
    band: { fillcolor: colour("--band") },
    middle: { line: { color: colour("--soft") } },
  };
}

/** `colours` as far down as they reach, over what `part` has there.
 * @param {any} part @param {object} colours @returns {object} */
function painted(part, colours) {
  /** @param {string} name @param {any} value */
  const under = (name, value) =>
    typeof value === "object" ? { ...part[name], ...painted(part[name] ?? {}, value) } : value;
  return Object.fromEntries(Object.entries(colours).map(([name, value]) => [name, under(name, value)]));
}

// --- data ---

/**
 * How to write a coordinate for Plotly. Plotly would shift numbers on a date axis by the browser's zone,
 * which axis.js has done already; it does not shift texts.
 * @type {(axis: Axis) => (x: number) => number | string}
 */
const coordinate = ({ type }) =>
  type === "date" ? (x) => new Date(x).toISOString().slice(0, -1) : (x) => x;

/** What each trace has of a picture, by the names that motion/views/figures.py gives them.
 * @param {Picture} picture @returns {Record<string, any>} */
function pointsOf({ x, y, steps, newest, marks, band, axis }) {
  /** @type {(name: "x" | "y" | "text") => any[]} */
  const all = (name) => marks.map((mark) => mark[name]);
  return {
    path: { x, y, ...told(axis, steps) },
    newest: newest ? { x: [newest[0]], y: [newest[1]] } : NOTHING,
    marks: { x: all("x"), y: all("y"), text: all("text"), hovertemplate: "%{text}<extra></extra>" },
    band: outline(band),
    middle: { x: band?.x ?? [], y: band?.mean ?? [] },
  };
}

/** There along the upper edge, and back along the lower one. @param {Picture["band"]} band */
function outline(band) {
  if (!band) return NOTHING;
  return { x: [...band.x, ...[...band.x].reverse()], y: [...band.high, ...[...band.low].reverse()] };
}

/** What a point of the path says; its position as the axis's `hoverformat` has it.
 * @param {Axis} axis @param {number[]} steps */
function told(axis, steps) {
  if (axis.kind === "step") {
    return { customdata: steps, hovertemplate: "step %{customdata:,d} · %{y}<extra></extra>" };
  }
  return { customdata: steps.map(axis.describeStep), hovertemplate: "%{customdata} · %{y}<extra></extra>" };
}

/** A line from top to bottom at every mark: all in one shape, a hundred would cost as many.
 * @param {(string | number)[]} places @param {object} mark */
function lines(places, mark) {
  // In a path, Plotly wants "_" between the day and the time.
  return { ...mark, path: places.map((x) => `M${String(x).replace("T", "_")},0V1`).join("") };
}

// --- room ---

/** As many labels on the x axis as find room side by side. @param {Picture} picture @param {number} width */
function ticks(picture, width) {
  return Math.max(2, Math.min(10, Math.floor(width / (acrossPx(picture) + 1.5 * DIGIT_PX))));
}

/** @param {Picture} picture */
function margins(picture) {
  const isTwoLines = picture.axis.type === "date"; // the first label says the day, too
  return {
    l: TITLE_PX + upPx(picture) + GAP_PX,
    r: Math.max(12, acrossPx(picture) / 2),
    t: GAP_PX,
    b: LABEL_PX * (isTwoLines ? 2 : 1) + TITLE_PX + 4,
  };
}

/** How wide a label of the x axis is, at most. @param {Picture} picture */
function acrossPx({ range: [, last], axis }) {
  const digits = axis.type === "date" ? 8 : String(Math.ceil(last)).length;
  return Math.round((digits * 4 * DIGIT_PX) / 3);
}

/** How wide one of the y axis is: as many digits as tell its ticks apart. @param {Picture} picture */
function upPx({ yRange: [low, high] }, most = 8) {
  const spacing = (2 * (high - low)) / most; // above 5, Plotly takes the next power of ten
  const digits = Math.max(0, -Math.floor(Math.log10(spacing)));
  const longest = Math.max(...[low, high].map((value) => count(Math.trunc(value)).length + Number(value < 0)));
  return DIGIT_PX * (longest + (digits ? digits + 1 : 0));
}
