// A picture of the path for a file: with its class, the answers to a question and a caption, in sizes for print. Pure.

import { isWhole } from "../live/changes.js";
import { createCoordinateWriter, fillFigure, getAxisTitles, measureYLabel } from "./figure.js";
import { formatCount, formatCounted, formatOrdinal, formatPace, formatNumber, formatUtcTime } from "../lib/format.js";
import { placeLabels } from "./labels.js";
import { createScale, createScene, findRoom } from "./scene.js";
import { joinLines, wrapText } from "./text.js";

/** @typedef {import("./scene.js").Scene} Scene
 * @typedef {(x: number) => number | string} Write a coordinate for Plotly
 * @typedef {{ data: object[], shapes: object[] }} Drawing */

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
const SLICE = { part: 0.14, gap: 0.02 }; // of the width: its histogram, and what lies left of it
const TITLE = { size: 20, line: 26, wide: 54 }; // pixels, and letters in a line
const TEXT = { size: 14, line: 19, wide: 104 };
const AXIS_PX = 16; // the text of its title
export const LABEL_PX = 15;
const BAR_GAP = 0.06; // of its width, on each side
const LEGEND_PX = 26;
const TITLE_LINES = 3;
const LISTED_CHANGES = 4; // of more changes the caption has the number and the ranges of values
/** @type {Parameter[]} */ const NUMBERS = ["variance", "drift", "interval"];

// --- the caption ---

/** The caption {title, lines, foot} in plain text. `items` are the changes of the path, `path` its ordinal,
 * `stretch` the steps [first, last] of the picture, `stride` the steps between two points, `at` the moment
 * of the picture in ms. `address` is "" unless the motion is public: a picture goes farther than a link.
 * `more` describes the class and the answers to a question, or is empty.
 * @param {{ title: string, address: string, at: number, path: number, stretch: Span, items: Change[],
 *   stride: number, more: string[] }} of
 * @returns {Caption} */
export function writeCaption({ title, address, at, path, stretch, items, stride, more }) {
  const [first, last] = stretch;
  const steps = `Steps ${formatCount(first)} to ${formatCount(last)} of the ${formatOrdinal(path)} path`;
  const thinned = stride > 1 ? `, of which one in ${formatCount(stride)} is drawn` : "";
  const { start, within } = findSettings(items, stretch);
  const law = start ? `${describeLaw(start)}, ${describeSpeed(start)}` : "";
  const parameters = [law, describeChanges(start, within)].filter(Boolean).join(". ");
  return {
    title,
    lines: [`${steps}${thinned}`, parameters, ...more].filter(Boolean),
    foot: [address, formatUtcTime(at)].filter(Boolean).join(" · "),
  };
}

/** What the picture shows of a class of so many `paths`; null if the page has only a part of it.
 * @param {EnsemblePicture | null} ensemble @param {number} paths */
export function describeClass(ensemble, paths) {
  if (!ensemble) return "The class is not in this picture: this page has only a part of it for these steps";
  const { thin, mine, barriers, slice } = ensemble;
  const drawn = mine ? [mine, ...thin] : thin;
  const some = drawn.length < paths ? `, ${formatCount(drawn.length)} of them drawn` : "";
  const group = `Class of ${formatCounted(paths, "path")}${some}`;
  const histogram = slice ? `. Right: all positions at step ${formatCount(slice.step)}, beside the normal density of theory` : "";
  const law = `Shaded: 90 % and 50 % of them, with the median. Dashed: 90 % in theory${histogram}`;
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

// --- the figure ---

/** Plotly's {data, layout} of a picture with its caption. `style` is a styled figure (figure.js); `colour(name)` returns a
 * colour, `measure(text)` the width of a label in pixels.
 * @param {any} style @param {Picture} picture @param {Caption} caption
 * @param {{ colour: Colour, family: string, measure: (text: string) => number }} by */
export function composeFigure(style, picture, caption, { colour, family, measure }) {
  const { data, layout } = frameFigure(fillFigure(style, picture, PAPER_SIZE), getAxisTitles(picture), caption, colour, family);
  const drawn = createScene(style, picture, PAPER_SIZE);
  const part = drawn.ensemble?.slice ? 1 - SLICE.part - SLICE.gap : 1;
  const scene = { ...drawn, box: measureBox(layout.margin, picture, part), font: { ...drawn.font, size: LABEL_PX - 1 } };
  const write = createCoordinateWriter(picture.axis);
  const parts = [drawClass(scene, write), drawAnswers(scene, write)];
  const barriers = (picture.ensemble?.barriers ?? []).map((height) => shapeBarrier(height, part, colour("--bad")));
  const labels = placeLabels(scene, measure).map((label) => annotate(label, scene, write, colour("--card")));
  return {
    data: [...data, ...parts.flatMap((one) => one.data)],
    layout: {
      ...layout,
      shapes: [...layout.shapes, ...parts.flatMap((one) => one.shapes), ...barriers],
      annotations: [...layout.annotations, ...labels],
      xaxis: { ...layout.xaxis, domain: [0, part] },
      xaxis2: { domain: [1 - SLICE.part, 1], range: [0, 1], visible: false, fixedrange: true },
    },
  };
}

/** Of the path, in pixels. @param {{ l: number, r: number, t: number, b: number }} margin @param {Picture} picture @param {number} part */
function measureBox({ r, t, b }, picture, part) {
  const left = SIDE_PX + AXIS_PX + TEXT.size + measureYLabel(picture);
  return { left, top: t, width: part * (PAPER_SIZE.width - left - r), height: PAPER_SIZE.height - t - b };
}

/** A label with the ground behind it. @param {import("./labels.js").PlacedLabel} label @param {Scene} scene @param {Write} write
 * @param {string} ground */
function annotate({ text, colour, x, y, align }, scene, write, ground) {
  const { box: { top, height }, yRange: [low, high] } = scene;
  return {
    ...{ text: joinLines([text]), showarrow: false, bgcolor: ground, borderpad: 0, xanchor: align, yanchor: "middle" },
    ...{ x: write(createScale(scene).toX(x)), y: high - ((y - top) / height) * (high - low), xref: "x", yref: "y" },
    font: { color: colour, size: LABEL_PX, weight: 600 },
  };
}

const SILENT = { type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: false };

/** Rectangles as one trace, with a gap between two. @param {{ left: number | string, right: number | string, low: number, high: number }[]} bars
 * @param {string} colour @param {number} opacity */
const fillBars = (bars, colour, opacity) => ({
  ...{ ...SILENT, fill: "toself", fillcolor: colour, opacity, line: { width: 0 } },
  x: bars.flatMap(({ left, right }) => [left, right, right, left, left, null]),
  y: bars.flatMap(({ low, high }) => {
    const gap = BAR_GAP * (high - low);
    return [low + gap, low + gap, high - gap, high - gap, low + gap, null];
  }),
});

/** @param {import("./scene.js").Stroke} stroke */
const styleLine = ({ colour, width, dash = [] }) => ({
  ...{ color: colour, width, dash: dash.length ? dash.map((length) => `${length}px`).join() : "solid" },
});

/** A line from bottom to top. @param {number} x @param {import("./scene.js").Stroke} stroke @param {Write} write */
const shapeGuide = (x, stroke, write) => ({
  ...{ type: "line", layer: "below", xref: "x", x0: write(x), x1: write(x), yref: "paper", y0: 0, y1: 1, line: styleLine(stroke) },
});

// --- the class ---

/** @param {Scene} scene @param {Write} write @returns {Drawing} */
function drawClass({ ensemble, range: [from, to] }, write) {
  if (!ensemble) return { data: [], shapes: [] };
  const { slice } = ensemble;
  const isInView = slice && slice.x >= from && slice.x <= to;
  return {
    data: [...traceClass(ensemble, write), ...(slice ? traceSlice(slice) : [])],
    shapes: isInView ? [shapeGuide(slice.x, slice.line, write)] : [],
  };
}

/** The class of a scene (scene.js) as traces of Plotly, without its slice.
 * @param {import("./scene.js").EnsembleScene} scene @param {Write} write */
export function traceClass({ areas, thin, lines, points }, write) {
  return [
    ...areas.map(({ x, low, high, colour, opacity }) => ({
      ...{ ...SILENT, x: [...x, ...[...x].reverse()].map(write), y: [...high, ...[...low].reverse()] },
      ...{ fill: "toself", fillcolor: colour, opacity, line: { width: 0 }, zorder: -4 },
    })),
    ...[...thin, ...lines].map(({ x, y, opacity, ...stroke }) => ({
      ...{ ...SILENT, x: x.map(write), y, opacity, zorder: -3, line: styleLine(stroke) },
    })),
    ...points.map(({ x, y, radius, colour, edge }) => ({
      ...{ ...SILENT, mode: "markers", x: [write(x)], y: [y], cliponaxis: false, zorder: 1 },
      marker: { size: 2 * radius, color: colour, line: { color: edge.colour, width: edge.width } },
    })),
  ];
}

/** The histogram and the density, on an axis of their own. @param {import("./scene.js").SliceScene} slice */
export function traceSlice({ bars, colour, opacity, curve, edge }) {
  return [
    { ...fillBars(bars.map(({ low, high, part }) => ({ left: 0, right: part, low, high })), colour, opacity), xaxis: "x2", zorder: -5 },
    { ...SILENT, x: curve.map(({ part }) => part), y: curve.map(({ y }) => y), line: styleLine(edge), xaxis: "x2" },
  ];
}

// --- the answers to a question ---

/** @param {Scene} scene @param {Write} write @returns {Drawing} */
function drawAnswers(scene, write) {
  const { answers, box } = scene;
  const scale = createScale(scene);
  const room = answers && findRoom(box, scale.x(answers.x));
  if (!answers || !room) return { data: [], shapes: [] };
  const place = (/** @type {number} */ part) => write(scale.toX(room.left + part * room.width));
  return { data: traceAnswers(answers, place, scene.halo), shapes: [shapeGuide(answers.x, answers.line, write)] };
}

/** `place(part)` is the coordinate at a part of the room from the step to the right. @param {import("./scene.js").AnswersScene} answers
 * @param {(part: number) => number | string} place @param {string} halo */
export function traceAnswers({ bars, stems, colour, opacity, median, outcome, ink }, place, halo) {
  const colours = [...new Set(stems.map((stem) => stem.colour))];
  return [
    { ...fillBars(bars.map(({ low, high, part }) => ({ left: place(0), right: place(part), low, high })), colour, opacity), zorder: -5 },
    ...colours.map((one) => {
      const drawn = stems.flatMap((stem, at) => (stem.colour === one ? { ...stem, x: place((at + 0.5) / stems.length) } : []));
      const line = { color: one, width: Math.min(4, Math.max(1, 60 / stems.length)) };
      return { ...SILENT, line, zorder: -5, x: drawn.flatMap(({ x }) => [x, x, null]), y: drawn.flatMap(({ low, high }) => [low, high, null]) };
    }),
    ...[median, outcome].flatMap((mark) =>
      mark ? { ...SILENT, x: [place(0), place(1)], y: [mark.y, mark.y], line: styleLine(mark.stroke), zorder: 1 } : [],
    ),
    ...(outcome
      ? [{ ...SILENT, mode: "markers", x: [place(0)], y: [outcome.y], zorder: 1, marker: { size: 12, color: ink, line: { color: halo, width: 2 } } }]
      : []),
  ];
}

/** A barrier as a shape of Plotly, as long as the path's part of the width. @param {number} height @param {number} part
 * @param {string} colour */
const shapeBarrier = (height, part, colour) => ({
  ...{ type: "line", xref: "paper", x0: 0, x1: part, y0: height, y1: height },
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
