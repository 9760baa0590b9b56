// How far a picture (view/picture.js) lies from the one before it: many steps move nothing that a reader sees. Pure.

/** By how many pixels any point has moved at most, in an area of that size; Infinity if anything else changed.
 * If the view has moved by `enough`, its points are not measured.
 * @param {Picture} picture @param {Picture} before @param {Size} size */
export function measureShift(picture, before, { width, height }, enough = Infinity) {
  const perX = width / (before.range[1] - before.range[0]);
  const moved = perX * findLargestDifference(picture.range, before.range);
  if (moved >= enough) return moved;
  if (describeFixedParts(picture) !== describeFixedParts(before)) return Infinity;
  const perY = height / (before.yRange[1] - before.yRange[0]);
  return Math.max(
    moved,
    perX * findLargestDifference(listXs(picture), listXs(before)),
    perY * findLargestDifference(listYs(picture), listYs(before)),
  );
}

/** @param {Picture} picture */
const listXs = ({ x, markers, band }) => [...x, ...markers.map((marker) => marker.x), ...(band?.x ?? [])];

/** @param {Picture} picture */
const listYs = ({ y, markers, band }) =>
  [...y, ...markers.map((marker) => marker.y), ...(band ? [...band.low, ...band.high] : [])];

/** All that cannot move. @param {Picture} picture */
function describeFixedParts({ axis, up, stride, isCounted, yRange, x, markers, band }) {
  const texts = markers.map(({ text }) => text);
  return JSON.stringify([axis.kind, axis.title, up, stride, isCounted, yRange, x.length, texts, band?.x.length]);
}

/** @param {number[]} values @param {number[]} others */
const findLargestDifference = (values, others) =>
  values.reduce((most, value, at) => Math.max(most, Math.abs(value - others[at])), 0);
