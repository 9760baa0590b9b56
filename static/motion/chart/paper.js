// A picture of the path by itself, as it is saved: with what it is of, in sizes for print. Pure.

import { isWhole } from "../live/changes.js";
import { count, ordinal, pace, plain, utcTime } from "../lib/format.js";

/** Pixels of a picture; printed 16 cm wide, its smallest text is 8 points high. */
export const SIZE = { width: 800, height: 560 };

/** The colours for paper: dark ink on white, and what can be told apart in grey as well.
 * @type {Record<string, string>} */
export const PAPER = {
  "--card": "#fff",
  "--ink": "#000",
  "--soft": "#333a44",
  "--line": "#d9dde3",
  "--accent": "#2343b8",
  "--warn": "#96480a",
  "--band": "rgba(35, 67, 184, 0.14)",
};

const SIDE_PX = 16;
const RIGHT_PX = 40; // half of the last label's text
const TITLE = { size: 20, line: 26, wide: 54 }; // pixels, and characters in a line
const TEXT = { size: 14, line: 19, wide: 104 };
const AXIS_PX = 16; // its title's text
const LEGEND_PX = 26;
const TITLE_LINES = 3;
const NAMED_CHANGES = 4; // more are told by how many there were, and between what values
/** @type {Parameter[]} */ const NUMBERS = ["variance", "drift", "interval"];

// --- what it is of ---

/**
 * What a picture says of itself, {title, lines, foot}, in plain text: `items` are the changes of its path, `path`
 * its ordinal, `stretch` its steps [first, last], `stride` how many steps one point stands for, `at`
 * the moment that it shows, in ms. `address` is "" where nobody else may open it.
 * @param {{ title: string, address: string, at: number, path: number, stretch: Span, items: Change[],
 *   stride: number }} of
 * @returns {Caption}
 */
export function captionOf({ title, address, at, path, stretch, items, stride }) {
  const [first, last] = stretch;
  const steps = `Steps ${count(first)} to ${count(last)} of the ${ordinal(path)} path`;
  const thinned = stride > 1 ? `, of which one in ${count(stride)} is drawn` : "";
  const { start, within } = settingsOf(items, stretch);
  const law = start ? `${lawOf(start)}, ${speedOf(start)}` : "";
  const parameters = [law, changesOf(start, within)].filter(Boolean).join(". ");
  return {
    title,
    lines: [`${steps}${thinned}`, parameters].filter(Boolean),
    foot: [address, utcTime(at)].filter(Boolean).join(" · "),
  };
}

/** What held at the first step, null where that is not known, and what was set within: one a step.
 * @param {Change[]} items @param {Span} stretch */
function settingsOf(items, [first, last]) {
  const before = Math.max(first - 1, 0);
  const start = items.filter(({ step }) => step <= before).pop() ?? null;
  const isKnown = start !== null && (isWhole(items) || start !== items[0]);
  /** @type {Map<number, Change>} */ const within = new Map();
  for (const item of items) if (item.step > before && item.step < last) within.set(item.step, item);
  return { start: isKnown ? start : null, within: [...within.values()] };
}

/** @param {Change | null} start @param {Change[]} within */
function changesOf(start, within) {
  const changes = within
    .map((item, at) => ({ ...item, before: within[at - 1] ?? start }))
    .map((item) => ({ ...item, names: NUMBERS.filter((name) => item.before?.[name] !== item[name]) }))
    .filter(({ names }) => names.length);
  if (!changes.length) return "";
  if (changes.length > NAMED_CHANGES) return summed(start, changes);
  const told = changes.map((item) => {
    const values = item.names.map((name) => said(name, item));
    return `${values.join(", ")} from step ${count(item.step)} on`;
  });
  return `Changed: ${told.join("; ")}`;
}

/** "37 changes between steps 210 and 790: variance 0.1 to 4".
 * @param {Change | null} start @param {Change[]} changes */
function summed(start, changes) {
  /** @param {Parameter} name */
  const values = (name) => [...(start ? [start] : []), ...changes].map((item) => item[name]);
  const ranges = NUMBERS.map((name) => ({ name, least: Math.min(...values(name)), most: Math.max(...values(name)) }))
    .filter(({ least, most }) => least < most)
    .map(({ name, least, most }) =>
      name === "interval" ? `${pace(1 / most)} to ${pace(1 / least)} steps/s` : `${name} ${plain(least)} to ${plain(most)}`,
    );
  const [first, last] = [changes[0].step, changes[changes.length - 1].step].map(count);
  return `${count(changes.length)} changes between steps ${first} and ${last}: ${ranges.join(", ")}`;
}

/** @type {(change: Change) => string} */
const lawOf = ({ variance, drift }) => `Variance ${plain(variance)}, drift ${plain(drift)}`;
/** @type {(change: Change) => string} */
const speedOf = ({ interval }) => `${pace(1 / interval)} steps/s`;
/** @type {(name: Parameter, change: Change) => string} */
const said = (name, item) => (name === "interval" ? speedOf(item) : `${name} ${plain(item[name])}`);

// --- its frame ---

/**
 * {data, layout} of what figure.js has drawn, with the titles of its axes, its caption and a legend
 * in the room around it. `colour(name)` tells a colour.
 * @param {Omit<Figure, "mark" | "config">} figure @param {Titles} titles @param {Caption} caption
 * @param {Colour} colour @param {string} family
 */
export function framed({ data, layout }, titles, caption, colour, family) {
  const [ink, ground] = ["--ink", "--card"].map(colour);
  const font = { color: ink, family, size: TEXT.size };
  const traces = data.map((trace) => ({ ...trace, ...entry(trace.name, titles.up) }));
  const hasLegend = traces.filter(({ showlegend }) => showlegend).length > 1;
  const colours = { paper_bgcolor: ground, plot_bgcolor: ground };
  return { data: traces, layout: { ...layout, ...colours, font, ...around(layout, titles, caption, font, hasLegend) } };
}

/** What stands around the path: above it the title and the legend, below it the axis and the foot.
 * @param {any} layout @param {Titles} titles @param {Caption} caption @param {object} font
 * @param {boolean} hasLegend */
function around({ xaxis, yaxis }, { across, up }, caption, font, hasLegend) {
  const head = headline(caption, font);
  const below = (xaxis.type === "date" ? 2 : 1) * TEXT.line + AXIS_PX + 14; // a day has a line of its own
  const top = SIDE_PX + head.height + (hasLegend ? LEGEND_PX : SIDE_PX);
  /** @param {object} part @param {string} text */
  const axis = (part, text) => {
    return { ...part, tickfont: font, title: { text, standoff: 8, font: { ...font, size: AXIS_PX } } };
  };
  return {
    margin: { l: SIDE_PX, r: RIGHT_PX, t: top, b: below + TEXT.line + SIDE_PX },
    title: head.title,
    annotations: [foot(caption.foot, font, below)],
    showlegend: hasLegend,
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", font, bgcolor: "rgba(0,0,0,0)" },
    xaxis: { ...axis(xaxis, across), nticks: Math.max(2, xaxis.nticks - 2) },
    yaxis: { ...axis(yaxis, up), automargin: true },
  };
}

const CORNER = {
  ...{ xref: "container", x: SIDE_PX / SIZE.width, xanchor: "left" },
  ...{ yref: "container", yanchor: "top" },
};

/**
 * The title with the text below it, and how high both are. Plotly would write one text of two sizes
 * with styles of its own, which the page's security policy forbids.
 * @param {Caption} caption @param {object} font
 */
function headline({ title, lines }, font) {
  const large = wrapped(title, TITLE.wide, TITLE_LINES);
  const small = lines.flatMap((line) => wrapped(line, TEXT.wide, 3));
  /** @param {string[]} parts */
  const text = (parts) => parts.map(escaped).join("<br>");
  const top = SIDE_PX + ((large.length - 1) * TITLE.line) / 2; // Plotly counts from the middle of its lines
  return {
    title: {
      ...{ ...CORNER, y: 1 - top / SIZE.height, text: text(large) },
      ...{ font: { ...font, size: TITLE.size, weight: 600 }, subtitle: { text: text(small), font } },
    },
    height: large.length * TITLE.line + small.length * TEXT.line,
  };
}

/** @type {(text: string, font: object, below: number) => object} */
const foot = (text, font, below) => ({
  ...{ text: escaped(text), font, showarrow: false, align: "right" },
  ...{ xref: "paper", x: 1, xanchor: "right", yref: "paper", y: 0, yanchor: "top", yshift: -below },
});

/** What the legend says of a trace; the newest point is part of the path. @param {string} name @param {string} up */
function entry(name, up) {
  /** @type {Record<string, string>} */
  const words = { path: up, marks: "change", band: "95 % band", middle: "expected mean" };
  return { name: words[name] ?? name, showlegend: name in words };
}

/** `text` in at most so many lines of `wide` characters; what is longer is cut.
 * @param {string} text @param {number} wide @param {number} most */
function wrapped(text, wide, most) {
  const lines = [""];
  for (const word of text.split(" ").flatMap((long) => pieces(long, wide))) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (width(longer) <= wide) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${lines[most - 1]} …`];
}

/** A word that is longer than a line, cut. @param {string} word @param {number} wide */
function pieces(word, wide) {
  const signs = [...word];
  const length = width(word) > signs.length ? Math.floor(wide / 2) : wide;
  const found = [];
  for (let at = 0; at < signs.length; at += length) found.push(signs.slice(at, at + length).join(""));
  return found;
}

/** In letters: those of East Asia are twice as wide. @type {(text: string) => number} */
const width = (text) => [...text].reduce((sum, sign) => sum + (sign >= "\u2e80" ? 2 : 1), 0);

/** @type {(text: string) => string} */
const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
