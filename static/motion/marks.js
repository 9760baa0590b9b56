// Where the path was changed, as points to draw. Pure.

import { isWhole, sentence } from "./changes.js";
import { clock } from "./format.js";

const LIMIT = 100; // marks drawn at once, the newest
const LINES = 6; // sentences at one mark, the newest
const WIDTH = 34; // characters in a line: half of a phone's

export class Marks {
  #marks = [];
  #basis = {};

  /**
   * The marks of `changes` between two steps: [{step, position, text}], one a step. The same list
   * again as long as nothing in it is different.
   */
  of(changes, [from, to]) {
    const beginning = isWhole(changes) ? 1 : 0; // how an epoch began is no mark
    const first = Math.max(beginning, firstFrom(changes, Math.max(0, from)));
    const end = Math.max(first, firstFrom(changes, to + 1));
    const basis = { changes, first, end };
    if (Object.keys(basis).every((key) => basis[key] === this.#basis[key])) return this.#marks;
    this.#basis = basis;
    this.#marks = bySteps(changes, first, end).map((indices) => {
      const { step, position } = changes[indices[0]];
      return { step, position, text: told(changes, indices) };
    });
    return this.#marks;
  }
}

function firstFrom(changes, step) {
  const found = changes.findIndex((change) => change.step >= step);
  return found < 0 ? changes.length : found;
}

/** The indices of the changes at each of the last steps that have any. */
function bySteps(changes, first, end) {
  const steps = new Map();
  for (let index = end - 1; index >= first; index -= 1) {
    const { step } = changes[index];
    if (!steps.has(step) && steps.size === LIMIT) break;
    steps.set(step, [index, ...(steps.get(step) ?? [])]);
  }
  return [...steps.values()].reverse();
}

/** What happened there, in the chart's own markup: names are a person's, and escaped. */
function told(changes, indices) {
  const shown = indices.slice(-LINES);
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
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= WIDTH || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
