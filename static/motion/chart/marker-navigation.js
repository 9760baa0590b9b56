// A walk along the marks of a path, one key a mark. Pure.

export class Tour {
  /** @type {Mark | null} */ #mark = null; // the one that it has come to

  /**
   * To the next of `marks`, with `way` −1 to the one before: {mark, words}, what it says; past the
   * ends `mark` is null. Who has come to none, or looks elsewhere by now, begins at the edge of
   * what is seen, [from, to].
   * @param {Mark[]} marks @param {number} way @param {Span} span
   */
  step(marks, way, [from, to]) {
    const isSeen = this.#mark && this.#mark.step >= from && this.#mark.step <= to;
    const edge = { step: way > 0 ? from - 1 : to + 1 };
    this.#mark = neighbour(marks, (isSeen && this.#mark) || edge, way);
    return { mark: this.#mark, words: this.#mark ? spoken(this.#mark) : "No more changes this way." };
  }
}

/**
 * The mark after `current`, or with `way` −1 the one before it; past the ends null. The list may be another than the one that `current` is from.
 * @param {Mark[]} marks @param {{ step: number }} current
 */
export function neighbour(marks, current, way = 1) {
  if (way > 0) return marks.find(({ step }) => step > current.step) ?? null;
  const before = marks.filter(({ step }) => step < current.step);
  return before[before.length - 1] ?? null;
}

/** What a mark says, as plain words for a screen reader. @type {(mark: Mark) => string} */
export const spoken = ({ text }) =>
  text
    .replaceAll("<br>", " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
