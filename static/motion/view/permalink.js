// A view as the query of a link, and back: what the link leaves out has its first value. Pure.

import { HEIGHT_LIMIT, LAWS, writeHeight } from "./laws.js";

const PLACE_LIMIT = 2 ** 40; // steps
const EPOCH_LIMIT = Number.MAX_SAFE_INTEGER;
const NONE = "none";

export const OFF = "off";
export const VIEW = "view"; // the value of `band` for a band that begins with the view

/** The plots beside theory, in the order of the page. @type {PanelName[]} */
export const PANELS = ["histogram", "moments", "quadratic", "displacement"];

/** The view of a new page. `epoch` null is the live path when the link is opened; `range` has the whole
 * steps of a view that the reader moved, `since` is the step of a reset, `band` the step at which the
 * band begins, or VIEW; `ensemble` is whether the class is on, `slice` the step of its slice, OFF, or null for the newest,
 * `lit` the seat whose path is lit (no link has it), `law` the law that the class is compared with, and the heights of the
 * lines of a barrier.
 * @type {Readonly<Omit<LinkedView, "panels">> & { panels: readonly string[] }} */
export const FIRST_VIEW = Object.freeze({
  epoch: null,
  mode: "follow",
  range: null,
  since: null,
  x: "step",
  y: "position",
  band: null,
  marks: true,
  ensemble: true,
  slice: null,
  lit: null,
  law: null,
  panels: Object.freeze(["histogram", "moments"]),
});

/** "?epoch=…&from=200&to=800"; for the view of a new page "?view=follow", because without a query the page
 * restores the reader's own settings.
 * @param {LinkedView} view */
export function writeQuery({ epoch, mode, range, since, x, y, band, marks, ensemble, slice, law, panels }) {
  const isPlaced = epoch !== null; // a step means nothing without its path
  const isFixed = mode === "fixed" && isPlaced && range !== null;
  const fields = {
    epoch,
    view: mode === "all" ? mode : null,
    from: isFixed ? Math.round(range[0]) : null,
    to: isFixed ? Math.round(range[1]) : null,
    since: isPlaced ? since : null,
    x: x === FIRST_VIEW.x ? null : x,
    y: y === FIRST_VIEW.y ? null : y,
    band,
    marks: marks ? null : OFF,
    class: ensemble ? null : OFF,
    slice: slice === OFF || isPlaced ? slice : null,
    law: law?.name ?? null,
    low: writeLine(law?.low),
    high: writeLine(law?.high),
    panels: panels.join() === FIRST_VIEW.panels.join() ? null : panels.join() || NONE,
  };
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  if (!given.length) return `?view=${FIRST_VIEW.mode}`;
  return `?${given.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

/** The view of a query, or null if the query has none; ignores invalid values.
 * @param {string} search @returns {LinkedView | null} */
export function readQuery(search) {
  const query = new URLSearchParams(search);
  /** @template T @param {string} name @param {(text: string) => T} parse */
  const read = (name, parse) => (query.getAll(name).length === 1 ? parse(query.get(name) ?? "") : null);
  const epoch = read("epoch", parseWhole(1, EPOCH_LIMIT));
  const from = read("from", parseWhole(-PLACE_LIMIT, PLACE_LIMIT));
  const to = read("to", parseWhole(-PLACE_LIMIT, PLACE_LIMIT));
  const range = epoch !== null && from !== null && to !== null && from < to ? [from, to] : null;
  const fields = {
    epoch,
    mode: range ? "fixed" : read("view", parseName("follow", "all")),
    range,
    x: read("x", parseName("step", "elapsed", "clock")),
    y: read("y", parseName("position", "increments")),
    since: epoch === null ? null : read("since", parseWhole(0, PLACE_LIMIT)),
    band: read("band", (text) => parseName(VIEW)(text) ?? parseWhole(0, PLACE_LIMIT)(text)),
    marks: read("marks", parseSwitch),
    ensemble: read("class", parseSwitch),
    slice: read("slice", (text) => parseName(OFF)(text) ?? (epoch === null ? null : parseWhole(0, PLACE_LIMIT)(text))),
    law: readLaw(read),
    panels: read("panels", parsePanels),
  };
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  if (!given.length) return null;
  return { ...FIRST_VIEW, panels: [...FIRST_VIEW.panels], ...Object.fromEntries(given) };
}

/** @param {number | null | undefined} height */
const writeLine = (height) => (typeof height === "number" ? writeHeight(height) : null);

/** A barrier has a line at least, and two have different heights.
 * @param {<T>(name: string, parse: (text: string) => T) => T | null} read @returns {LinkedLaw | null} */
function readLaw(read) {
  const law = read("law", (text) => LAWS.find((name) => name === text) ?? null);
  if (law !== "barrier") return law && { name: law, low: null, high: null };
  const [low, high] = [read("low", parseHeight), read("high", parseHeight)];
  if (low === null && high === null) return null;
  return low !== null && high !== null && low >= high ? null : { name: law, low, high };
}

/** @type {(...names: string[]) => (text: string) => string | null} */
const parseName = (...names) => (text) => (names.includes(text) ? text : null);

/** @type {(least: number, most: number) => (text: string) => number | null} */
const parseWhole = (least, most) => (text) => {
  if (!/^-?\d{1,16}$/.test(text)) return null;
  const value = Number(text) + 0; // no −0
  return value >= least && value <= most ? value : null;
};

/** @param {string} text */
function parseHeight(text) {
  const height = /^-?\d{1,13}(\.\d{1,9})?$/.test(text) ? Number(text) + 0 : NaN; // no −0
  return Math.abs(height) <= HEIGHT_LIMIT ? height : null;
}

/** @type {(text: string) => boolean | null} */
const parseSwitch = (text) => (parseName("on", OFF)(text) ? text === "on" : null);

/** @param {string} text */
function parsePanels(text) {
  if (text === NONE) return [];
  const names = text.split(",");
  return names.every((name) => PANELS.some((panel) => panel === name)) ? PANELS.filter((name) => names.includes(name)) : null;
}
