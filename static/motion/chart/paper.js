// A picture of the path for a file: with its class and a caption, in sizes for print. Pure.

import { isWhole } from "../live/changes.js";
import { formatCount, formatCounted, formatOrdinal, formatPace, formatNumber, formatUtcTime } from "../lib/format.js";
import { joinLines, wrapText } from "./text.js";

/** In pixels; if printed 16 cm wide, the smallest text is 8 points high. */
export const PAPER_SIZE = { width: 800, height: 560 };

/** The colours for paper: dark ink on white; they differ in grey as well. @type {Record<string, string>} */
export const PAPER_COLOURS = {
  "--card": "#fff",
  "--ink": "#000",
  "--soft": "#333a44",
  "--line": "#d9dde3",
  "--accent": "#2343b8",
  "--warn": "#96480a",
  "--bad": "#a3122a",
  "--mine": "#b35900",
  "--theory": "#0b6b4b",
  "--band": "rgba(35, 67, 184, 0.14)",
};

const SIDE_PX = 16;
const RIGHT_PX = 40; // half of the last label
const TITLE = { size: 20, line: 26, wide: 54 }; // pixels, and letters in a line
const TEXT = { size: 14, line: 19, wide: 104 };
const AXIS_PX = 16; // the text of its title
const LEGEND_PX = 26;
const TITLE_LINES = 3;
const LISTED_CHANGES = 4; // of more changes the caption has the number and the ranges of values
/** @type {Parameter[]} */ const NUMBERS = ["variance", "drift", "interval"];

// --- the caption ---

/** The caption {title, lines, foot} in plain text. `items` are the changes of the path, `path` its ordinal,
 * `stretch` the steps [first, last] of the picture, `stride` the steps between two points, `at` the moment
 * of the picture in ms. `address` is "" unless the motion is public: a picture goes farther than a link.
 * `members` is "", or describes the class.
 * @param {{ title: string, address: string, at: number, path: number, stretch: Span, items: Change[],
 *   stride: number, members: string }} of
 * @returns {Caption} */
export function writeCaption({ title, address, at, path, stretch, items, stride, members }) {
  const [first, last] = stretch;
  const steps = `Steps ${formatCount(first)} to ${formatCount(last)} of the ${formatOrdinal(path)} path`;
  const thinned = stride > 1 ? `, of which one in ${formatCount(stride)} is drawn` : "";
  const { start, within } = findSettings(items, stretch);
  const law = start ? `${describeLaw(start)}, ${describeSpeed(start)}` : "";
  const parameters = [law, describeChanges(start, within)].filter(Boolean).join(". ");
  return {
    title,
    lines: [`${steps}${thinned}`, parameters, members].filter(Boolean),
    foot: [address, formatUtcTime(at)].filter(Boolean).join(" · "),
  };
}

/** What the picture shows of a class of so many `paths`; null if the page has only a part of it.
 * @param {EnsemblePicture | null} ensemble @param {number} paths */
export function describeClass(ensemble, paths) {
  if (!ensemble) return "The class is not in this picture: this page has only a part of it for these steps";
  const { thin, mine, barriers } = ensemble;
  const drawn = mine ? [mine, ...thin] : thin;
  const some = drawn.length < paths ? `, ${formatCount(drawn.length)} of them drawn` : "";
  const group = `Class of ${formatCounted(paths, "path")}${some}`;
  const law = "Shaded: 90 % and 50 % of them, with the median. Dashed: 90 % in theory";
  if (!barriers.length) return `${group}. ${law}`;
  const heights = barriers.map((height) => formatNumber(height)).join(" and ");
  const crossed = drawn.some(({ hasCrossed }) => hasCrossed) ? ", and the paths that crossed" : "";
  return `${group}. ${law}. Red: ${barriers.length === 2 ? "barriers" : "a barrier"} at ${heights}${crossed}`;
}

/** The change in force at the first step, null if unknown, and the last change of each step within the stretch.
 * @param {Change[]} items @param {Span} stretch */
function findSettings(items, [first, last]) {
  const before = Math.max(first - 1, 0);
  const start = items.filter(({ step }) => step <= before).pop() ?? null;
  const isKnown = start !== null && (isWhole(items) || start !== items[0]);
  /** @type {Map<number, Change>} */ const within = new Map();
  for (const item of items) if (item.step > before && item.step < last) within.set(item.step, item);
  return { start: isKnown ? start : null, within: [...within.values()] };
}

/** @param {Change | null} start @param {Change[]} within */
function describeChanges(start, within) {
  const changes = within
    .map((item, at) => ({ ...item, before: within[at - 1] ?? start }))
    .map((item) => ({ ...item, names: NUMBERS.filter((name) => item.before?.[name] !== item[name]) }))
    .filter(({ names }) => names.length);
  if (!changes.length) return "";
  if (changes.length > LISTED_CHANGES) return summarizeChanges(start, changes);
  const texts = changes.map((item) => {
    const values = item.names.map((name) => describeValue(name, item));
    return `${values.join(", ")} from step ${formatCount(item.step)} on`;
  });
  return `Changed: ${texts.join("; ")}`;
}

/** "37 changes between steps 210 and 790: variance 0.1 to 4". @param {Change | null} start @param {Change[]} changes */
function summarizeChanges(start, changes) {
  /** @param {Parameter} name */
  const values = (name) => [...(start ? [start] : []), ...changes].map((item) => item[name]);
  const ranges = NUMBERS.map((name) => ({ name, least: Math.min(...values(name)), most: Math.max(...values(name)) }))
    .filter(({ least, most }) => least < most)
    .map(({ name, least, most }) =>
      name === "interval" ? `${formatPace(1 / most)} to ${formatPace(1 / least)} steps/s` : `${name} ${formatNumber(least)} to ${formatNumber(most)}`,
    );
  const [first, last] = [changes[0].step, changes[changes.length - 1].step].map(formatCount);
  return `${formatCount(changes.length)} changes between steps ${first} and ${last}: ${ranges.join(", ")}`;
}

/** @type {(change: Change) => string} */
const describeLaw = ({ variance, drift }) => `Variance ${formatNumber(variance)}, drift ${formatNumber(drift)}`;
/** @type {(change: Change) => string} */
const describeSpeed = ({ interval }) => `${formatPace(1 / interval)} steps/s`;
/** @type {(name: Parameter, change: Change) => string} */
const describeValue = (name, item) => (name === "interval" ? describeSpeed(item) : `${name} ${formatNumber(item[name])}`);

// --- the class ---

/** The class of a scene (scene.js) as traces of Plotly; `write(x)` writes a coordinate for it.
 * @param {import("./scene.js").EnsembleScene} scene @param {(x: number) => number | string} write */
export function traceClass({ areas, thin, lines, points, names }, write) {
  const silent = { type: "scatter", mode: "lines", hoverinfo: "skip" };
  return [
    ...areas.map(({ x, low, high, colour, opacity }) => ({
      ...{ ...silent, x: [...x, ...[...x].reverse()].map(write), y: [...high, ...[...low].reverse()] },
      ...{ fill: "toself", fillcolor: colour, opacity, line: { width: 0 }, zorder: -4 },
    })),
    ...[...thin, ...lines].map(({ x, y, colour, width, dash = [], opacity }) => ({
      ...{ ...silent, x: x.map(write), y, opacity, zorder: -3 },
      line: { color: colour, width, dash: dash.length ? dash.map((length) => `${length}px`).join() : "solid" },
    })),
    ...points.map(({ x, y, radius, colour, edge }, at) => ({
      ...{ ...silent, mode: "markers+text", x: [write(x)], y: [y], cliponaxis: false, zorder: 1 },
      marker: { size: 2 * radius, color: colour, line: { color: edge.colour, width: edge.width } },
      ...{ text: [joinLines([names[at].text])], textposition: "top left", textfont: { color: colour, weight: 600 } },
    })),
  ];
}

/** A barrier as a shape of Plotly. @param {number} height @param {string} colour */
export const shapeBarrier = (height, colour) => ({
  ...{ type: "line", xref: "paper", x0: 0, x1: 1, y0: height, y1: height },
  line: { color: colour, width: 2 },
});

// --- the frame ---

/** {data, layout} of a figure (figure.js), with the titles of its axes, a caption and a legend
 * around it. `colour(name)` returns a colour.
 * @param {Omit<Figure, "guide" | "config">} figure @param {Titles} titles @param {Caption} caption
 * @param {Colour} colour @param {string} family */
export function frameFigure({ data, layout }, titles, caption, colour, family) {
  const [ink, ground] = ["--ink", "--card"].map(colour);
  const font = { color: ink, family, size: TEXT.size };
  const traces = data.map((trace) => ({ ...trace, ...getLegendEntry(trace.name, titles.up) }));
  const hasLegend = traces.filter(({ showlegend }) => showlegend).length > 1;
  const colours = { paper_bgcolor: ground, plot_bgcolor: ground };
  return { data: traces, layout: { ...layout, ...colours, font, ...createFrame(layout, titles, caption, font, hasLegend) } };
}

/** The title and the legend above the path, the axis and the foot below it.
 * @param {any} layout @param {Titles} titles @param {Caption} caption @param {object} font
 * @param {boolean} hasLegend */
function createFrame({ xaxis, yaxis }, { across, up }, caption, font, hasLegend) {
  const head = createHeadline(caption, font);
  const below = (xaxis.type === "date" ? 2 : 1) * TEXT.line + AXIS_PX + 14; // the day has its own line
  const top = SIDE_PX + head.height + (hasLegend ? LEGEND_PX : SIDE_PX);
  /** @param {object} part @param {string} text */
  const axis = (part, text) => {
    return { ...part, tickfont: font, title: { text, standoff: 8, font: { ...font, size: AXIS_PX } } };
  };
  return {
    margin: { l: SIDE_PX, r: RIGHT_PX, t: top, b: below + TEXT.line + SIDE_PX },
    title: head.title,
    annotations: [createFoot(caption.foot, font, below)],
    showlegend: hasLegend,
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", font, bgcolor: "rgba(0,0,0,0)" },
    xaxis: { ...axis(xaxis, across), nticks: Math.max(2, xaxis.nticks - 2) },
    yaxis: { ...axis(yaxis, up), automargin: true },
  };
}

const CORNER = {
  ...{ xref: "container", x: SIDE_PX / PAPER_SIZE.width, xanchor: "left" },
  ...{ yref: "container", yanchor: "top" },
};

/** The title with the text below it, and their height. One text of two sizes would need inline styles,
 * which the page's security policy forbids.
 * @param {Caption} caption @param {object} font */
function createHeadline({ title, lines }, font) {
  const large = wrapText(title, TITLE.wide, TITLE_LINES);
  const small = lines.flatMap((line) => wrapText(line, TEXT.wide, 3));
  const top = SIDE_PX + ((large.length - 1) * TITLE.line) / 2; // Plotly positions the middle of the lines
  return {
    title: {
      ...{ ...CORNER, y: 1 - top / PAPER_SIZE.height, text: joinLines(large) },
      ...{ font: { ...font, size: TITLE.size, weight: 600 }, subtitle: { text: joinLines(small), font } },
    },
    height: large.length * TITLE.line + small.length * TEXT.line,
  };
}

/** @type {(text: string, font: object, below: number) => object} */
const createFoot = (text, font, below) => ({
  ...{ text: joinLines([text]), font, showarrow: false, align: "right" },
  ...{ xref: "paper", x: 1, xanchor: "right", yref: "paper", y: 0, yanchor: "top", yshift: -below },
});

/** The name of a trace in the legend, which leaves out the newest point. @param {string} name @param {string} up */
function getLegendEntry(name, up) {
  /** @type {Record<string, string>} */
  const names = { path: up, markers: "change", band: "95 % band", mean: "expected mean" };
  return { name: names[name] ?? name, showlegend: name in names };
}
