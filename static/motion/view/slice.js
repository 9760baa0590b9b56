// The histogram of a slice, and the normal density that theory expects there. Pure.

const MOST = 120; // bins
const REACH = 3.5; // standard deviations of the density on each side
const POINTS = 61;
const WIDTH = 2.7; // of a bin of n normal numbers: WIDTH·σ/∛n at most (Freedman and Diaconis, 1981)

/** The edges of bins for `positions` of the law, at multiples of 1, 2 or 5 times a power of ten.
 * @param {ArrayLike<number>} positions @param {Law} law @returns {number[]} */
export function chooseEdges(positions, { variance }) {
  const [low, high] = findEnds(positions);
  const reach = high - low;
  if (!(reach > 0)) return [low - 0.5, low + 0.5]; // all at one place
  const spread = Math.min(Math.sqrt(variance) || reach, reach);
  const width = roundDown(Math.max((WIDTH * spread) / Math.cbrt(positions.length), reach / MOST));
  const [first, last] = [Math.floor(low / width), Math.floor(high / width) + 1];
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * width);
}

/** How many of `positions` lie in each bin; a bin has its lower edge. @param {ArrayLike<number>} positions @param {number[]} edges */
export function countPositions(positions, edges) {
  const counts = Array.from({ length: edges.length - 1 }, () => 0);
  const width = edges[1] - edges[0];
  for (let at = 0; at < positions.length; at += 1) {
    const bin = Math.floor((positions[at] - edges[0]) / width);
    counts[Math.min(Math.max(bin, 0), counts.length - 1)] += 1;
  }
  return counts;
}

/** The density of a law as points {y, p}: `p` of `count` paths are expected in a bin of `width` around `y`.
 * @param {Law} law @param {number} count @param {number} width */
export function sampleDensity({ mean, variance }, count, width) {
  if (!(variance > 0)) return [];
  const deviation = Math.sqrt(variance);
  return Array.from({ length: POINTS }, (_, at) => {
    const z = REACH * ((2 * at) / (POINTS - 1) - 1);
    return { y: mean + z * deviation, p: (count * width * Math.exp((-z * z) / 2)) / (deviation * Math.sqrt(2 * Math.PI)) };
  });
}

/** @param {ArrayLike<number>} positions @returns {Span} */
function findEnds(positions) {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < positions.length; at += 1) {
    if (positions[at] < low) low = positions[at];
    if (positions[at] > high) high = positions[at];
  }
  return [low, high];
}

/** To 1, 2 or 5 times a power of ten. @param {number} width */
function roundDown(width) {
  const power = 10 ** Math.floor(Math.log10(width));
  return power * (width >= 5 * power ? 5 : width >= 2 * power ? 2 : 1);
}
