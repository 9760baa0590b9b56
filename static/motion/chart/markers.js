// Where the path was changed, as points to draw. Pure.

import { listEvents, isWhole } from "../live/changes.js";
import { clock } from "../lib/format.js";

const ACROSS = 32; // marks in a view at least, and twice as many at most, before some share one
const SENTENCES = 2; // at one mark at most: more would hide a phone's chart
const WIDTH = 34; // characters in a line: half of a phone's

/** @type {WeakMap<Change[], ChangeEvent[]>} */
const eventsOf = new WeakMap(); // a list of changes → its events that have marks

export class Marks {
  /** @type {Mark[]} */ #marks = [];
  /** @type {Record<string, unknown>} */ #basis = {};

  /**
   * The marks of `changes` between two steps: [{step, position, text}], for a view that is `width`
   * steps wide: events too near each other to be told apart in it share a mark, at the first of
   * them. The same list again as long as nothing in it is different.
   * @param {Change[]} changes @param {Span} span
   */
  of(changes, [from, to], width = 1) {
    const events = markedEvents(changes);
    const first = firstFrom(events, Math.max(0, from));
    const end = Math.max(first, firstFrom(events, to + 1));
    const cell = 2 ** Math.max(0, Math.floor(Math.log2(width / ACROSS)));
    /** @type {Record<string, unknown>} */ const basis = { changes, first, end, cell };
    if (Object.keys(basis).every((key) => basis[key] === this.#basis[key])) return this.#marks;
    this.#basis = basis;
    this.#marks = byCells(events.slice(first, end), cell).map((shared) => {
      const { step, position } = shared[0];
      return { step, position, text: textOf(shared) };
    });
    return this.#marks;
  }
}

/** The steps of all marks there are, one or more at each. @param {Change[]} changes */
export const marked = (changes) => markedEvents(changes).map(({ step }) => step);

/** How an epoch began is no mark, nor who controls: neither is on the path. A list of changes is never altered, so its events are found once.
 * @param {Change[]} changes @returns {ChangeEvent[]} */
function markedEvents(changes) {
  const found = eventsOf.get(changes) ?? listEvents(changes).slice(isWhole(changes) ? 1 : 0).filter(({ kind }) => !kind);
  eventsOf.set(changes, found);
  return found;
}

/** @param {ChangeEvent[]} events @param {number} step */
function firstFrom(events, step) {
  const found = events.findIndex((event) => event.step >= step);
  return found < 0 ? events.length : found;
}

/** The events in each stretch of `cell` steps that has any.
 * @param {ChangeEvent[]} events @param {number} cell @returns {ChangeEvent[][]} */
function byCells(events, cell) {
  const cells = new Map();
  for (const event of events) {
    const number = Math.floor(event.step / cell);
    if (!cells.has(number)) cells.set(number, []);
    cells.get(number).push(event);
  }
  return [...cells.values()];
}

/** What happened there, in the chart's own markup: names are a person's, and escaped.
 * @param {ChangeEvent[]} events */
function textOf(events) {
  const shown = events.length > SENTENCES ? events.slice(-1) : events;
  const lines = shown.flatMap(({ text, at }) => [...wrapped(text), clock(at)]);
  const more = events.length - shown.length;
  const earlier = more === 1 ? "1 earlier change here" : `${more} earlier changes here`;
  return [...(more ? [earlier] : []), ...lines].map(escaped).join("<br>");
}

/** `text` in lines of at most `WIDTH` characters, as far as its words allow. @param {string} text */
function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (longer.length <= WIDTH || !lines[lines.length - 1]) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** @type {(text: string) => string} */
const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
