// How far a picture (view-model.js) lies from the one before it: many steps move nothing that one sees. Pure.

/** The pixels by which what moved most has moved, in an area so large; Infinity if more than that changed.
 * @param {Picture} picture @param {Picture} before @param {Size} size */
export function shift(picture, before, { width, height }) {
  if (kindOf(picture) !== kindOf(before)) return Infinity;
  const perX = width / (before.range[1] - before.range[0]);
  const perY = height / (before.yRange[1] - before.yRange[0]);
  /** @type {(picture: Picture) => number[]} */
  const across = ({ range, x, marks, band }) => [...range, ...x, ...marks.map((mark) => mark.x), ...(band?.x ?? [])];
  /** @type {(picture: Picture) => number[]} */
  const up = ({ y, marks, band }) => [...y, ...marks.map((mark) => mark.y), ...(band ? [...band.low, ...band.high] : [])];
  return Math.max(
    perX * furthest(across(picture), across(before)),
    perY * furthest(up(picture), up(before)),
  );
}

/** What does not slide: another of these is another picture. @param {Picture} picture */
function kindOf({ axis, up, stride, isCounted, yRange, x, marks, band }) {
  const texts = marks.map(({ text }) => text);
  return JSON.stringify([axis.kind, axis.title, up, stride, isCounted, yRange, x.length, texts, band?.x.length]);
}

/** @param {number[]} values @param {number[]} others */
function furthest(values, others) {
  return values.reduce((most, value, at) => Math.max(most, Math.abs(value - others[at])), 0);
}
