// My view as the query of a link, and back: what the link leaves out is as it is at first. Pure.

const PLACE_LIMIT = 2 ** 40; // steps
const EPOCH_LIMIT = Number.MAX_SAFE_INTEGER;
const NONE = "none";

/** Of the band: it begins where the view does. */
export const VIEW = "view";

/** The pictures of the theory, in the order of the page. */
export const PANELS = ["histogram", "moments", "quadratic", "displacement"];

/**
 * How a page begins. `epoch` null is the path that runs whenever the link is opened; `range` are
 * the whole steps of a view that was moved, `since` is the step that a view counts from after a
 * reset, `band` the step at which the band begins, or VIEW.
 * @type {Readonly<Omit<LinkedView, "panels">> & { panels: readonly string[] }}
 */
export const AT_FIRST = Object.freeze({
  epoch: null,
  mode: "follow",
  range: null,
  since: null,
  x: "step",
  y: "position",
  band: null,
  marks: true,
  panels: Object.freeze(["histogram", "moments"]),
});

/**
 * "?epoch=…&from=200&to=800"; of a page as it is at first "?view=follow", for without a query the
 * page would be as the one who opens it left it.
 * @param {LinkedView} view
 */
export function toQuery({ epoch, mode, range, since, x, y, band, marks, panels }) {
  const isPlaced = epoch !== null; // a step means nothing without the path it is of
  const isFixed = mode === "fixed" && isPlaced && range !== null;
  const fields = {
    epoch,
    view: mode === "all" ? mode : null,
    from: isFixed ? Math.round(range[0]) : null,
    to: isFixed ? Math.round(range[1]) : null,
    since: isPlaced ? since : null,
    x: x === AT_FIRST.x ? null : x,
    y: y === AT_FIRST.y ? null : y,
    band,
    marks: marks ? null : "off",
    panels: panels.join() === AT_FIRST.panels.join() ? null : panels.join() || NONE,
  };
  const said = Object.entries(fields).filter(([, value]) => value !== null);
  if (!said.length) return `?view=${AT_FIRST.mode}`;
  return `?${said.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

/** The view that a query says, or null where it says none; what cannot be meant is passed over.
 * @param {string} search @returns {LinkedView | null} */
export function fromQuery(search) {
  const query = new URLSearchParams(search);
  /** @template T @param {string} name @param {(text: string) => T} parse */
  const read = (name, parse) => (query.getAll(name).length === 1 ? parse(query.get(name) ?? "") : null);
  const epoch = read("epoch", whole(1, EPOCH_LIMIT));
  const from = read("from", whole(-PLACE_LIMIT, PLACE_LIMIT));
  const to = read("to", whole(-PLACE_LIMIT, PLACE_LIMIT));
  const range = epoch !== null && from !== null && to !== null && from < to ? [from, to] : null;
  const said = {
    epoch,
    mode: range ? "fixed" : read("view", among("follow", "all")),
    range,
    x: read("x", among("step", "elapsed", "clock")),
    y: read("y", among("position", "increments")),
    since: epoch === null ? null : read("since", whole(0, PLACE_LIMIT)),
    band: read("band", (text) => among(VIEW)(text) ?? whole(0, PLACE_LIMIT)(text)),
    marks: read("marks", parseSwitch),
    panels: read("panels", parsePanels),
  };
  const given = Object.entries(said).filter(([, value]) => value !== null);
  if (!given.length) return null;
  return { ...AT_FIRST, panels: [...AT_FIRST.panels], ...Object.fromEntries(given) };
}

/** @type {(...words: string[]) => (text: string) => string | null} */
const among = (...words) => (text) => (words.includes(text) ? text : null);

/** @type {(least: number, most: number) => (text: string) => number | null} */
const whole = (least, most) => (text) => {
  if (!/^-?\d{1,16}$/.test(text)) return null;
  const value = Number(text) + 0; // no −0
  return value >= least && value <= most ? value : null;
};

/** @type {(text: string) => boolean | null} */
const parseSwitch = (text) => (among("on", "off")(text) ? text === "on" : null);

/** @param {string} text */
function parsePanels(text) {
  if (text === NONE) return [];
  const names = text.split(",");
  return names.every((name) => PANELS.includes(name)) ? PANELS.filter((name) => names.includes(name)) : null;
}
