// The revealed answers at the step that a question is about, in coordinates of the axes. Pure.

const REACH = 4; // answers so many times the middle half away from the median do not stretch the vertical axis

/** The answers in a view of the path that the question is about, or null: before the reveal, of a choice or a number,
 * and where the vertical axis has no positions. `zero` is the position at 0 on the axis.
 * @param {QuestionFrame | null} question @param {Pick<ViewModel, "series" | "up">} model @param {Axis} axis @param {number} zero
 * @returns {AnswersPicture | null} */
export function createAnswersPicture(question, { series, up }, axis, zero) {
  if (!question?.results || question.step === null || question.epoch !== series.epoch || up !== "position") return null;
  const { edges, counts, intervals, median, outcome } = question.results;
  return {
    step: question.step,
    x: axis.toX(question.step),
    bars: intervals || !edges ? [] : counts.map((count, at) => ({ low: edges[at] - zero, high: edges[at + 1] - zero, count })),
    intervals: (intervals ?? []).map(([low, high]) => ({ low: low - zero, high: high - zero, isHit: outcome !== null && low <= outcome && outcome <= high })),
    median: median === null ? null : median - zero,
    outcome: outcome === null ? null : outcome - zero,
  };
}

/** The values to show if the step is between two coordinates: those of most answers, so that a wild one hides nothing.
 * @param {AnswersPicture | null} answers @param {Span} range @returns {number[]} */
export function listAnswerValues(answers, [from, to]) {
  if (!answers || answers.x < from || answers.x > to) return [];
  const { median, outcome } = answers;
  const ends = [...answers.bars.filter(({ count }) => count), ...answers.intervals].flatMap(({ low, high }) => [low, high]);
  const kept = median === null ? ends : selectNear(ends, median);
  return [...kept, median, outcome].flatMap((value) => value ?? []);
}

/** @param {number[]} values @param {number} median */
function selectNear(values, median) {
  const distances = values.map((value) => Math.abs(value - median)).sort((one, other) => one - other);
  const most = REACH * (distances[Math.floor(distances.length / 2)] || Infinity);
  return values.filter((value) => Math.abs(value - median) <= most);
}
