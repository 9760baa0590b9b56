// The answers to a choice as bars, one for each option, and to a number, one for each range; before the reveal the options alone.

import { formatCount } from "../lib/format.js";
import { createElement, writeAttribute, writeEach, writeHidden, writeProperty, writeText } from "../lib/dom.js";
import { formatAnswer } from "./question-text.js";

const MOST_RANGES = 6; // of numbers, as many as a choice has options

export class Tally {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
  }

  /** @param {QuestionFrame} question */
  show(question) {
    const rows = listRows(question);
    writeHidden(this.list, !rows.length);
    writeEach(this.list, rows.map(({ text }) => text), createRow);
    const most = Math.max(1, ...rows.map(({ count }) => count ?? 0));
    rows.forEach(({ count, isRight }, at) => {
      const row = /** @type {HTMLElement} */ (this.list.children[at]);
      const [, number, right] = row.children;
      row.toggleAttribute("data-counted", count !== null);
      writeProperty(row, "--part", (count ?? 0) / most);
      writeText(number, count === null ? "" : formatCount(count));
      writeAttribute(row, "data-right", isRight);
      writeText(right, isRight ? "right" : "");
    });
  }
}

/** The options, or ranges of revealed numbers, with their answers once these are revealed.
 * @param {QuestionFrame} question @returns {{ text: string, count: number | null, isRight: boolean }[]} */
export function listRows({ kind, options, results }) {
  if (kind === "choice") {
    return options.map((text, at) => ({ text, count: results?.counts[at] ?? null, isRight: results?.outcome === at }));
  }
  if (kind !== "number" || !results?.edges) return [];
  const { edges, counts, outcome } = results;
  const each = Math.ceil(counts.length / MOST_RANGES);
  const rows = Math.ceil(counts.length / each);
  return Array.from({ length: rows }, (_, row) => {
    const [first, end] = [row * each, Math.min((row + 1) * each, counts.length)];
    // The outermost have everything beyond.
    const low = rows > 1 && row === 0 ? -Infinity : edges[first];
    const high = rows > 1 && row === rows - 1 ? Infinity : edges[end];
    return {
      text: describeRange(low, high),
      count: counts.slice(first, end).reduce((sum, count) => sum + count, 0),
      isRight: outcome !== null && outcome >= low && outcome < high,
    };
  });
}

/** An answer on an edge is in the range that begins there. @param {number} low @param {number} high */
function describeRange(low, high) {
  if (low === -Infinity) return `below ${formatAnswer(high)}`;
  return high === Infinity ? `${formatAnswer(low)} or above` : `${formatAnswer(low)} to ${formatAnswer(high)}`;
}

/** @param {string} text */
function createRow(text) {
  const row = createElement("li");
  row.append(createElement("bdi", { textContent: text }), createElement("b"), createElement("i"));
  return row;
}
