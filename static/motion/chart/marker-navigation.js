// Keyboard navigation from one marker of a path to the next. Pure.

import { readLines } from "./text.js";

export class MarkerNavigation {
  /** @type {Marker | null} */ #marker = null; // the current one

  /** Move to the next of `markers`, or to the previous one if `direction` is −1. Returns {marker, text},
   * the text for a screen reader; beyond the last marker `marker` is null. Starts at the edge of the
   * view `span` if there is no current marker, or the view does not show it.
   * @param {Marker[]} markers @param {number} direction @param {Span} span */
  move(markers, direction, [from, to]) {
    const isVisible = this.#marker && this.#marker.step >= from && this.#marker.step <= to;
    const edge = { step: direction > 0 ? from - 1 : to + 1 };
    this.#marker = findNeighbour(markers, (isVisible && this.#marker) || edge, direction);
    return { marker: this.#marker, text: this.#marker ? readLines(this.#marker.text) : "No more changes this way." };
  }
}

/** The marker after `current`, or before it if `direction` is −1; null beyond the last one. `current`
 * need not be in the list.
 * @param {Marker[]} markers @param {{ step: number }} current */
export function findNeighbour(markers, current, direction = 1) {
  if (direction > 0) return markers.find(({ step }) => step > current.step) ?? null;
  return markers.filter(({ step }) => step < current.step).pop() ?? null;
}
