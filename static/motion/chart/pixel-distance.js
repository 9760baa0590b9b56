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
const listXs = ({ x, markers, band, ensemble, answers, own }) => [
  ...[...x, ...markers.map((marker) => marker.x), ...(band?.x ?? []), ...(answers ? [answers.x] : []), ...(own ? [own.x] : [])],
  ...[...(ensemble?.x ?? []), ...(ensemble?.slice ? [ensemble.slice.x] : [])],
];

/** @param {Picture} picture */
const listYs = ({ y, markers, band, ensemble }) => [
  ...[...y, ...markers.map((marker) => marker.y), ...(band ? [...band.low, ...band.high] : [])],
  ...(ensemble ? [...ensemble.fan.low5, ...ensemble.fan.high95, ...ensemble.thin.map((line) => line.y[line.y.length - 1])] : []),
];

/** All that cannot move. @param {Picture} picture */
function describeFixedParts({ axis, up, stride, isCounted, yRange, x, markers, band, ensemble, answers, own }) {
  const texts = markers.map(({ text }) => text);
  const parts = [axis.kind, axis.title, up, stride, isCounted, yRange, x.length, texts, band?.x.length];
  const atStep = [answers && describeAnswers(answers), own && { ...own, x: 0 }];
  return JSON.stringify([...parts, ensemble && describeEnsemble(ensemble), ...atStep]);
}

/** Without all the answers, which a class of 500 would write with each step: another question has another step or median.
 * @param {AnswersPicture} answers */
const describeAnswers = ({ step, median, outcome, bars, intervals }) => [step, median, outcome, bars.length, intervals.length];

/** @param {EnsemblePicture} ensemble */
function describeEnsemble({ x, thin, mine, lit, slice, barriers }) {
  const paths = [mine, lit].map((path) => path && [path.seat, path.name, path.hasCrossed]);
  const crossed = thin.filter((line) => line.hasCrossed).map(({ seat }) => seat);
  return [x.length, thin.length, paths, crossed, barriers, slice && [slice.edges, slice.counts]];
}

/** @param {number[]} values @param {number[]} others */
const findLargestDifference = (values, others) =>
  values.reduce((most, value, at) => Math.max(most, Math.abs(value - others[at])), 0);
