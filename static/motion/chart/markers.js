// The changes of a path, as markers on it. Pure.

import { listEvents, isWhole } from "../live/changes.js";
import { formatClock } from "../lib/format.js";
import { joinLines, wrapText } from "./text.js";

const CELLS = 32; // in a view at least, twice as many at most: the changes of one cell share a marker
const SENTENCES = 2; // at one marker at most: more would cover the chart of a phone
const WIDE = 34; // letters in a line: half the width of a phone

/** @type {WeakMap<Change[], ChangeEvent[]>} */
const eventsOf = new WeakMap(); // a list of changes is never altered, so its events are found once

export class Markers {
  /** @type {Marker[]} */ #markers = [];
  /** @type {Record<string, unknown>} */ #basis = {};

  /** The markers {step, position, text} of `changes` in a range of steps, for a view that is `width`
   * steps wide. Events too close to each other share a marker, at the first of them. Returns the same
   * list until a marker is different.
   * @param {Change[]} changes @param {Span} span */
  find(changes, [from, to], width = 1) {
    const events = findMarkedEvents(changes);
    const first = findFirst(events, Math.max(0, from));
    const end = Math.max(first, findFirst(events, to + 1));
    const cell = 2 ** Math.max(0, Math.floor(Math.log2(width / CELLS)));
    /** @type {Record<string, unknown>} */ const basis = { changes, first, end, cell };
    if (Object.keys(basis).every((key) => basis[key] === this.#basis[key])) return this.#markers;
    this.#basis = basis;
    this.#markers = groupByCell(events.slice(first, end), cell).map((shared) => {
      const { step, position } = shared[0];
      return { step, position, text: describeEvents(shared) };
    });
    return this.#markers;
  }
}

/** The step of each event with a marker. @param {Change[]} changes */
export const findMarkedSteps = (changes) => findMarkedEvents(changes).map(({ step }) => step);

/** All events but the beginning of a path, and changes of control: neither alters the path.
 * @param {Change[]} changes @returns {ChangeEvent[]} */
function findMarkedEvents(changes) {
  const found = eventsOf.get(changes) ?? listEvents(changes).slice(isWhole(changes) ? 1 : 0).filter(({ kind }) => !kind);
  eventsOf.set(changes, found);
  return found;
}

/** The index of the first event at `step` or later. @param {ChangeEvent[]} events @param {number} step */
function findFirst(events, step) {
  const index = events.findIndex((event) => event.step >= step);
  return index < 0 ? events.length : index;
}

/** @param {ChangeEvent[]} events @param {number} cell in steps @returns {ChangeEvent[][]} */
function groupByCell(events, cell) {
  const cells = new Map();
  for (const event of events) {
    const number = Math.floor(event.step / cell);
    if (!cells.has(number)) cells.set(number, []);
    cells.get(number).push(event);
  }
  return [...cells.values()];
}

/** @param {ChangeEvent[]} events */
function describeEvents(events) {
  const shown = events.length > SENTENCES ? events.slice(-1) : events;
  const lines = shown.flatMap(({ text, at }) => [...wrapText(text, WIDE), formatClock(at)]);
  const more = events.length - shown.length;
  const earlier = more === 1 ? "1 earlier change here" : `${more} earlier changes here`;
  return joinLines([...(more ? [earlier] : []), ...lines]);
}
