// A walk along the marks of a path, one key a mark. Pure.

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
