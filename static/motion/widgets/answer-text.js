// Sentences about the question on a student's page, and about their own answer. Pure.

import { formatCount, formatCounted, formatNumber } from "../lib/format.js";
import { explainAmbiguity } from "../lib/typed-numbers.js";
import {
  describeContained, describeMedian, describeOutcome, describeScore, explainPhase, formatAnswer, formatValue, scoreInterval,
} from "./question-text.js";

/** @typedef {import("../live/questions.js").Ends} Ends */

const LIMIT = 1e12; // of an answer

/** What to do, in a sentence. @param {Pick<QuestionFrame, "kind" | "step" | "level">} question */
export function describeTask({ kind, step, level }) {
  if (kind === "choice") return "Choose one, then press Answer.";
  if (kind === "number") return "Type a number, then press Answer.";
  if (kind === "where") return `Drag the point to where you expect the motion at step ${formatCount(step ?? 0)}.`;
  return `Drag both ends so that the path lands inside in ${formatNumber(10 * (level ?? 0))} of 10 cases.`;
}

/** "60 steps to go", or "" where no step matters. @param {Pick<QuestionFrame, "step" | "epoch">} question
 * @param {{ epoch: number | null, last: number }} frontier */
export function describeWay({ step, epoch }, frontier) {
  if (step === null || epoch !== frontier.epoch || frontier.last >= step) return "";
  return `${formatCounted(step - frontier.last, "step")} to go`;
}

/** "−3.2", "−4 to 2", "Above zero" @param {Pick<QuestionFrame, "kind" | "options">} question @param {Ends} ends */
export function describeEnds({ kind, options }, { low, high }) {
  if (kind === "choice") return `“${options[low] ?? low}”`;
  const [from, to] = [low, high].map(formatAnswer);
  return kind === "interval" ? `${from} to ${to}` : from;
}

/** Where the reader's answer stands, and with which tone. @param {QuestionFrame} question @param {QuestionPhase} phase
 * @param {Pick<Questions, "stored" | "draft" | "delivery" | "refusal">} answer @returns {{ text: string, tone: string }} */
export function describeProgress(question, phase, { stored, draft, delivery, refusal }) {
  if (delivery === "sending") return { text: "Sending your answer…", tone: "quiet" };
  if (delivery === "retrying") return { text: "Your answer could not be sent. Trying again…", tone: "warn" };
  const own = stored ? `Your answer: ${describeEnds(question, stored)}.` : "";
  if (refusal) return { text: `${refusal} ${own || "Your answer is not stored."}`, tone: "bad" };
  const reason = explainPhase(question, phase);
  if (reason) return { text: `${reason} ${own || "You did not answer."}`, tone: "quiet" };
  if (phase === "revealed") return { text: `${own || "You did not answer."} ${describeHit(question, stored)}`.trim(), tone: "quiet" };
  if (!stored) return { text: draft ? "Press Answer to send it." : "", tone: "quiet" };
  return { text: draft ? `${own} Press Change to replace it.` : `${own} Change it while the question is open.`, tone: "good" };
}

/** Whether the path has come into the reader's interval, or whether their answer is right; "" while that is unknown.
 * @param {QuestionFrame} question @param {Ends | null} stored */
function describeHit({ kind, level, results }, stored) {
  const outcome = results?.outcome ?? null;
  if (outcome === null || !stored) return "";
  const isInside = stored.low <= outcome && outcome <= stored.high;
  if (kind === "interval") {
    const score = scoreInterval(stored.low, stored.high, outcome, level ?? 0);
    return `${isInside ? "It contained the path" : "It did not contain the path"}: score ${formatValue(score, false)}.`;
  }
  if (kind === "choice" || isInside) return isInside ? "That is right." : "That is not right.";
  const away = Math.abs(outcome - stored.low);
  return `${formatAnswer(Number(away.toPrecision(3)))} away.`;
}

/** What all answers say together, after the reveal. @param {QuestionFrame} question */
export function describeResults(question) {
  return [describeMedian(question), describeOutcome(question), describeContained(question), describeScore(question)].filter(Boolean).join(" ");
}

/** What to type instead of such texts, or "". @param {string} kind @param {string[]} texts @param {number[]} values */
export function explainTyped(kind, texts, values) {
  const wrong = values.findIndex((value) => !(Math.abs(value) <= LIMIT));
  const start = kind === "number" ? "Type a number" : kind === "where" ? "Drag the point or type a number" : "Drag both ends or type two numbers";
  if (wrong >= 0) return texts[wrong].trim() ? explainAmbiguity(texts[wrong]) || "Enter a number from −10¹² to 10¹²." : `${start} first.`;
  return kind === "interval" && !(values[0] < values[1]) ? "The first number must be below the second." : "";
}
