// Where the path was changed, as points to draw. Pure.

import { isWhole, sentence } from "./changes.js";
import { clock } from "./format.js";

const ACROSS = 32; // marks in a view at least, and twice as many at most, before some share one
const SENTENCES = 2; // at one mark at most: more would hide a phone's chart
const WIDTH = 34; // characters in a line: half of a phone's

export class Marks {
  #marks = [];
  #basis = {};

  /**
   * The marks of `changes` between two steps: [{step, position, text}], for a view that is `width`
   * steps wide: changes too near each other to be told apart in it share a mark, at the first of
   * them. The same list again as long as nothing in it is different.
   */
  of(changes, [from, to], width = 1) {
    const first = Math.max(beginning(changes), firstFrom(changes, Math.max(0, from)));
    const end = Math.max(first, firstFrom(changes, to + 1));
    const cell = 2 ** Math.max(0, Math.floor(Math.log2(width / ACROSS)));
    const basis = { changes, first, end, cell };
    if (Object.keys(basis).every((key) => basis[key] === this.#basis[key])) return this.#marks;
    this.#basis = basis;
    this.#marks = byCells(changes, first, end, cell).map((indices) => {
      const { step, position } = changes[indices[0]];
      return { step, position, text: told(changes, indices) };
    });
    return this.#marks;
  }
}

/** The steps of all marks there are, one or more at each. */
export const marked = (changes) => changes.slice(beginning(changes)).map(({ step }) => step);

/** How an epoch began is no mark. */
const beginning = (changes) => (isWhole(changes) ? 1 : 0);

function firstFrom(changes, step) {
  const found = changes.findIndex((change) => change.step >= step);
  return found < 0 ? changes.length : found;
}

/** The indices of the changes in each stretch of `cell` steps that has any. */
function byCells(changes, first, end, cell) {
  const cells = new Map();
  for (let index = first; index < end; index += 1) {
    const number = Math.floor(changes[index].step / cell);
    if (!cells.has(number)) cells.set(number, []);
    cells.get(number).push(index);
  }
  return [...cells.values()];
}

/** What happened there, in the chart's own markup: names are a person's, and escaped. */
function told(changes, indices) {
  const shown = indices.length > SENTENCES ? indices.slice(-1) : indices;
  const lines = shown.flatMap((index) => [
    ...wrapped(sentence(changes, index)),
    clock(changes[index].at),
  ]);
  const more = indices.length - shown.length;
  return [...(more ? [`${more} more before`] : []), ...lines].map(escaped).join("<br>");
}

/** `text` in lines of at most `WIDTH` characters, as far as its words allow. */
function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (longer.length <= WIDTH || !lines[lines.length - 1]) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
