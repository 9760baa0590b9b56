// The revealed answers at the step that a question is about, in coordinates of the axes. Pure.

const REACH = 4; // answers so many times the middle half away from the median do not stretch the vertical axis
const FAR = 2; // nor do answers so many times the height of path and theory above or below them
const BINS = 25; // at most

/** The answers in a view of the path that the question is about, or null: before the reveal, of a choice or a number,
 * and where the vertical axis has no positions. `zero` is the position at 0 on the axis, `reach` as by `chooseReach`.
 * @param {QuestionFrame | null} question @param {Pick<ViewModel, "series" | "up">} model @param {Axis} axis @param {number} zero
 * @param {Span} reach @returns {AnswersPicture | null} */
export function createAnswersPicture(question, { series, up }, axis, zero, reach) {
  if (!question?.results || question.step === null || question.epoch !== series.epoch || up !== "position") return null;
  const { intervals, median, outcome } = question.results;
  return {
    step: question.step,
    x: axis.toX(question.step),
    bars: question.kind === "where" ? createBars(question.results, zero, reach) : [],
    intervals: question.kind === "where" ? [] : (intervals ?? []).map(([low, high]) => ({ low: low - zero, high: high - zero, isHit: outcome !== null && low <= outcome && outcome <= high })),
    median: median === null ? null : median - zero,
    outcome: outcome === null ? null : outcome - zero,
  };
}

/** The heights of answers that the chart can show beside `values`, those of path and theory.
 * @param {number[]} values @returns {Span} */
export function chooseReach(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const height = Math.max(0, high - low) || 1;
  return low > high ? [-Infinity, Infinity] : [low - FAR * height, high + FAR * height];
}

/** The values to show if the step is between two coordinates: those of most answers, so that a wild one hides nothing, and
 * none beyond `reach`: were half of the answers absurd, the path would be a flat line.
 * @param {AnswersPicture | null} answers @param {Span} range @param {Span} reach @returns {number[]} */
export function listAnswerValues(answers, [from, to], reach) {
  if (!answers || answers.x < from || answers.x > to) return [];
  const { median, outcome } = answers;
  const ends = [...answers.bars, ...answers.intervals].flatMap(({ low, high }) => [low, high]);
  const kept = selectWithin(median === null ? ends : [...selectNear(ends, median), median], reach);
  return outcome === null ? kept : [...kept, outcome];
}

/** @param {number[]} values @param {Span} span */
export const selectWithin = (values, [low, high]) => values.filter((value) => value >= low && value <= high);

/** @param {number[]} values @param {number} median */
function selectNear(values, median) {
  const distances = values.map((value) => Math.abs(value - median)).sort((one, other) => one - other);
  const most = REACH * (distances[Math.floor(distances.length / 2)] || Infinity);
  return values.filter((value) => Math.abs(value - median) <= most);
}

// --- the histogram ---

/** The bins that have an answer, as wide as the answers within `reach` need. Of more answers than the server sends one by one
 * its own bins. @param {QuestionResults} results @param {number} zero @param {Span} reach @returns {AnswersPicture["bars"]} */
function createBars({ edges, counts, intervals }, zero, reach) {
  const positions = (intervals ?? []).map(([position]) => position - zero);
  if (positions.length < counts.reduce((sum, count) => sum + count, 0)) {
    const bars = counts.map((count, at) => ({ low: (edges ?? [])[at] - zero, high: (edges ?? [])[at + 1] - zero, count }));
    return bars.filter(({ count }) => count);
  }
  const width = chooseWidth(selectWithin(positions, reach));
  /** @type {Map<number, number>} */ const found = new Map();
  for (const position of positions) {
    const bin = Math.floor(position / width);
    found.set(bin, (found.get(bin) ?? 0) + 1);
  }
  return [...found].map(([bin, count]) => ({ low: bin * width, high: (bin + 1) * width, count }));
}

/** As wide as Freedman and Diaconis have it (motion/core/predictions.py), to 1, 2 or 5 times a power of ten.
 * @param {number[]} values in ascending order */
function chooseWidth(values) {
  const [low, high] = [values[0], values[values.length - 1]];
  const quarter = (/** @type {number} */ part) => values[Math.round(part * (values.length - 1))];
  const spread = quarter(0.75) - quarter(0.25) || high - low;
  if (!(spread > 0)) return 1;
  const wanted = Math.max((2 * spread) / Math.cbrt(values.length), (high - low) / BINS);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * (wanted >= 5 * power ? 5 : wanted >= 2 * power ? 2 : 1);
}
