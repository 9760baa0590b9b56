// A walk along the marks of a path, one key a mark. Pure.

export class Tour {
  #mark = null; // the one that it has come to

  /**
   * To the next of `marks`, with `way` −1 to the one before: {index, words}, where the mark is
   * among them and what it says; past the ends `index` is null.
   */
  step(marks, way) {
    this.#mark = neighbour(marks, this.#mark, way);
    if (!this.#mark) return { index: null, words: "No change further on." };
    return { index: marks.indexOf(this.#mark), words: spoken(this.#mark) };
  }
}

/**
 * The mark after `current`, or with `way` −1 the one before it; from null the first, or the last.
 * Past the ends null. The list may be another than the one that `current` is from.
 */
export function neighbour(marks, current, way = 1) {
  if (way > 0) return marks.find(({ x }) => x > (current?.x ?? -Infinity)) ?? null;
  return marks.findLast(({ x }) => x < (current?.x ?? Infinity)) ?? null;
}

/** What a mark says, as plain words for a screen reader. */
export const spoken = ({ text }) =>
  text
    .replaceAll("<br>", " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
