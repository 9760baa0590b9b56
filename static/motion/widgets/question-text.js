// Sentences about a question to the class: how many have answered, where the answers lie, what the path did. Pure.

import { formatCount, formatCounted, formatDecimal, formatNumber, formatPower } from "../lib/format.js";

const TINY = 1e-6;

/** What an answer is: "An interval at step 240: 5 of 10 should contain the path".
 * @param {Pick<QuestionFrame, "kind" | "step" | "level">} question */
export const describeKind = ({ kind, step, level }) => describeAnswer(kind, level, step === null ? "" : `at step ${formatCount(step)}`);

/** The same of a question that is not asked yet. @param {Pick<QuestionJson, "kind" | "ahead" | "level">} question */
export const describePrepared = ({ kind, ahead, level }) =>
  describeAnswer(kind, level, ahead === null ? "" : `${formatCounted(ahead, "step")} ahead`);

/** The same in as few words as a wall has room for, "step 240, 5 of 10 inside"; "" if there is no step.
 * @param {Pick<QuestionFrame, "step" | "level">} question */
export function describeStep({ step, level }) {
  if (step === null) return "";
  return `step ${formatCount(step)}${level ? `, ${formatNumber(10 * level)} of 10 inside` : ""}`;
}

/** @param {string} kind @param {number | null} level @param {string} place */
function describeAnswer(kind, level, place) {
  if (kind === "choice") return "One of the options";
  if (kind === "number") return "A number";
  if (kind === "where") return `The position ${place}`;
  return `An interval ${place}: ${formatNumber(10 * (level ?? 0))} of 10 should contain the path`;
}

/** "23 of 30 answered", or that there is nobody to answer. @param {Pick<QuestionFrame, "answered" | "of">} question */
export const describeTally = ({ answered, of }) => (of ? `${formatCount(answered)} of ${formatCount(of)} answered` : "No students here yet");

/** The tally, and whether a student can still answer. @param {QuestionFrame} question @param {QuestionPhase} phase */
export function describeState(question, phase) {
  const tally = describeTally(question);
  if (phase === "open") return tally;
  const reason = phase === "closed" ? "The answers are closed." : explainPhase(question, phase);
  return [`${tally}.`, reason].filter(Boolean).join(" ");
}

/** Why nobody can answer any more, or "". @param {Pick<QuestionFrame, "step">} question @param {QuestionPhase} phase */
export function explainPhase({ step }, phase) {
  if (phase === "late") return `Too late: step ${formatCount(step ?? 0)} has come.`;
  if (phase === "restarted") return "Too late: the path was restarted."; // before that step, or after it
  return phase === "closed" ? "The question is closed." : "";
}

/** The median of the answers, or "". @param {QuestionFrame} question */
export function describeMedian({ kind, answered, results }) {
  if (!results) return "";
  if (!answered) return "Nobody answered.";
  if (kind === "choice" || results.median === null) return "";
  const median = kind === "number" ? formatAnswer(results.median) : formatValue(results.median);
  return kind === "interval" ? `The intervals lie around ${median} (median).` : `Median of the answers: ${median}.`;
}

/** What came true, or why nothing can; "" before the reveal, and where nothing is right or wrong. @param {QuestionFrame} question */
export function describeOutcome({ kind, step, options, results }) {
  if (!results) return "";
  const { outcome, ended } = results;
  if (step !== null && outcome === null) {
    const place = `step ${formatCount(step)}`;
    return ended ? `The path was restarted before ${place}.` : `Next, watch the path reach ${place}.`;
  }
  if (outcome === null) return "";
  if (step !== null) return `At step ${formatCount(step)} the path is at ${formatValue(outcome)}.`;
  return `Right: ${kind === "choice" ? (options[outcome] ?? "") : formatAnswer(outcome)}.`;
}

/** The question with what came of it, for a picture: “Where will we be?” 30 answers at step 400. Median … @param {QuestionFrame} question */
export function describeRound(question) {
  const { text, step, answered, results } = question;
  const answers = `${formatCounted(answered, "answer")}${step === null ? "" : ` at step ${formatCount(step)}`}.`;
  const outcome = results?.outcome === null && !results.ended ? "" : describeOutcome(question);
  return [`“${text}”`, answers, describeMedian(question), outcome, describeContained(question)].filter(Boolean).join(" ");
}

/** How many of the class's intervals contain the outcome, beside what theory says of people who know how sure they are; "".
 * @param {QuestionFrame} question */
export function describeContained({ answered, level, results }) {
  if (results?.contained === null || results?.contained === undefined || !level || !answered) return "";
  const intervals = `${formatCounted(answered, "interval")} (${formatNumber(100 * level)}\u00a0%)`;
  const verb = results.contained === 1 ? "contains" : "contain";
  return `${formatCount(results.contained)} of our ${intervals} ${verb} it: theory says ${writeExpected(level * answered)}.`;
}

/** The interval score: the width, and 2/α times the distance by which it misses, in which 1 − α is the level.
 * @param {number} low @param {number} high @param {number} outcome @param {number} level */
export function scoreInterval(low, high, outcome, level) {
  return high - low + (2 / (1 - level)) * Math.max(low - outcome, outcome - high, 0);
}

/** The mean interval score, or "". @param {QuestionFrame} question */
export function describeScore({ results }) {
  const score = results?.mean_score ?? null;
  return score === null ? "" : `Mean interval score: ${formatValue(score, false)}. Less is better.`;
}

/** "15", "1.5": of a small class with a decimal. @param {number} expected */
const writeExpected = (expected) => formatNumber(Number(expected.toFixed(expected < 10 ? 1 : 0)));

/** As it was typed, with six digits at most, and of a tiny number with a power of ten: a student may type 1e-300.
 * @param {number} value */
export function formatAnswer(value) {
  const rounded = Number(value.toPrecision(6));
  return Math.abs(rounded) < TINY && rounded !== 0 ? formatPower(rounded.toExponential()) : formatNumber(rounded);
}

/** With a decimal or two, fewer of a large number. @param {number} value */
export function formatValue(value, sign = true) {
  const size = Math.abs(value);
  return formatDecimal(value, size >= 1_000 ? 0 : size >= 10 ? 1 : 2, sign);
}

/** The names with their answers, if names are shown: the nearest to the outcome first. @param {QuestionFrame} question
 * @returns {[name: string, answer: string][]} */
export function listNames({ kind, options, results }) {
  const { names, outcome } = results ?? { names: null, outcome: null };
  /** @type {(low: number, high: number) => number} */
  const measureMiss = (low, high) => (outcome === null ? 0 : Math.max(low - outcome, outcome - high, 0));
  /** @type {(low: number, high: number) => string} */
  const write = (low, high) => {
    if (kind === "choice") return options[low] ?? "";
    if (kind === "number") return formatAnswer(low);
    return kind === "where" ? formatValue(low) : `${formatDecimal(low, 1)} to ${formatDecimal(high, 1)}`;
  };
  const sorted = [...(names ?? [])].sort((one, other) => measureMiss(one[1], one[2]) - measureMiss(other[1], other[2]));
  return sorted.map(([name, low, high]) => [name, write(low, high)]);
}

// --- questions to ask ---

/** The questions that are ready to ask, so many steps ahead. @param {number} ahead @returns {Ready[]} */
export function listReady(ahead) {
  const steps = formatCounted(ahead, "step");
  return [
    { label: `Where will we be in ${steps}?`, fields: { kind: "where", text: `Where will we be in ${steps}?` } },
    ...[5, 9].map((of) => ({
      label: `An interval for ${steps}, ${of} of 10 inside`,
      fields: {
        kind: "interval",
        level: String(of / 10),
        text: `Where will we be in ${steps}? Give an interval that is right ${of} times in 10.`,
      },
    })),
  ].map(({ label, fields }) => ({ label, fields: { ...fields, ahead: String(ahead) } }));
}

/** @typedef {{ label: string, fields: Record<string, string> }} Ready a button, and what it sends */
