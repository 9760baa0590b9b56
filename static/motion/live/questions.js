// The question that everyone sees, and this reader's answer: what they have set, what is on its way, what the server has
// stored. Pure.
//
// An answer counts once the server has confirmed it. Until then it is sent again: with backoff after a failure, at once when
// a socket opens, and after a reload of the page, because this browser keeps it.

import { computeBackoff } from "../lib/backoff.js";
import { loadValue, saveValue } from "../lib/storage.js";

/** @typedef {{ low: number, high: number }} Ends of an interval; any other answer is the same number twice
 * @typedef {{ question: number, opened_at: string }} Named a question by its number, and by when it was opened: after a restore of a
 * backup the server may give a number again
 * @typedef {Named & Ends} Due
 * @typedef {Due & { failures: number, retryAt: number }} Pending */

const KEPT = "answers"; // as which this browser keeps answers that are not confirmed: one of each reader of each motion,
const MOST_KEPT = 10; // the newest first

export class Questions {
  /** @type {QuestionFrame | null} */ shown = null;
  /** What the server has confirmed. @type {Ends | null} */ stored = null;
  /** What the reader has set, unless it is confirmed. @type {Ends | null} */ draft = null;
  /** Why the server refused the answer, or "". */ refusal = "";
  /** @type {Pending | null} */ #pending = null;
  /** @type {Due | null} */ #underWay = null; // one request at a time: the server stores the last one
  /** The id of this person in the motion; "" for a visitor. */ reader = "";
  /** The id of the owner, who asks and does not answer. @type {string | null} */ owner = null;

  get canAnswer() {
    return this.reader !== "" && this.reader !== this.owner;
  }

  /** Take in a frame `question`. @param {QuestionFrame} frame */
  take(frame) {
    const isNew = frame.number ? !this.#isShown(nameQuestion(frame)) : this.shown !== null;
    this.shown = frame.number ? frame : null;
    if (isNew) this.#begin();
  }

  #begin() {
    this.#forget();
    const kept = loadKept().find(({ reader }) => reader === this.reader);
    if (kept && this.shown && this.#isShown(kept)) this.send({ low: kept.low, high: kept.high });
  }

  /** @param {Named} named */
  #isShown({ question, opened_at: openedAt }) {
    return question === this.shown?.number && openedAt === this.shown.opened_at;
  }

  #forget() {
    this.stored = null;
    this.draft = null;
    this.refusal = "";
    this.#pending = null;
  }

  /** The reader is signed out: an answer that is not confirmed waits in this browser until they are back. */
  becomeVisitor() {
    this.reader = "";
    this.#forget();
  }

  /** Take in a frame `answer`, which follows its question: what the server has stored for this person, maybe from another
   * device.
   * @param {AnswerFrame} frame */
  takeAnswer({ question, low, high }) {
    if (question !== this.shown?.number) return;
    this.stored = low === null || high === null ? null : { low, high };
    if (isSame(this.stored, this.#pending)) this.#clear();
  }

  // --- the reader's answer ---

  /** The reader has set an answer, and may change it before it is sent. @param {Ends | null} ends */
  set(ends) {
    this.refusal = "";
    this.draft = ends && isSame(ends, this.stored) && !this.#pending ? null : ends;
  }

  /** Send an answer until the server has confirmed or refused it. @param {Ends} ends */
  send(ends) {
    if (!this.shown || !this.canAnswer) return;
    const due = { ...nameQuestion(this.shown), ...ends };
    this.draft = ends;
    this.refusal = "";
    this.#pending = { ...due, failures: 0, retryAt: -Infinity };
    this.#keep(due);
  }

  /** The answer to send now, or null; then call `settle` with the outcome. @param {number} now @returns {Due | null} */
  takeDue(now) {
    if (this.#underWay || !this.#pending || now < this.#pending.retryAt) return null;
    const { question, opened_at, low, high } = this.#pending;
    this.#underWay = { question, opened_at, low, high };
    return this.#underWay;
  }

  /** `reply` has what the server stored, or the `message` of a refusal; null: no server has answered.
   * @param {Due} due @param {Ends | { message: string } | null} reply @param {number} now */
  settle(due, reply, now) {
    this.#underWay = null;
    if (!this.#isShown(due) || !this.reader) return; // nobody is signed in any more
    if (reply && "low" in reply) this.stored = { low: reply.low, high: reply.high };
    const pending = this.#pending;
    if (!pending || !isSame(due, pending)) return; // the reader has changed it meanwhile
    if (!reply) {
      pending.retryAt = now + computeBackoff(pending.failures);
      pending.failures += 1;
    } else if ("low" in reply) this.#clear();
    else if (isSame(this.stored, due)) this.#clear(); // an earlier request has stored it
    else this.#refuse(reply.message);
  }

  /** The server may be back. */
  retryNow() {
    if (this.#pending) this.#pending.retryAt = -Infinity;
  }

  /** Where the answer is on its way: "" if it is not. @returns {"" | "sending" | "retrying"} */
  get delivery() {
    if (!this.#pending) return "";
    return this.#pending.failures ? "retrying" : "sending";
  }

  /** @param {string} message */
  #refuse(message) {
    this.refusal = message;
    this.#pending = null;
    this.#keep(null);
  }

  #clear() {
    if (isSame(this.draft, this.#pending)) this.draft = null;
    this.refusal = "";
    this.#pending = null;
    this.#keep(null);
  }

  /** Keep an answer of this reader in place of an earlier one; null: keep none. @param {Due | null} due */
  #keep(due) {
    const others = loadKept().filter(({ reader }) => reader !== this.reader);
    saveValue(KEPT, [...(due ? [{ reader: this.reader, ...due }] : []), ...others].slice(0, MOST_KEPT));
  }

  // --- the question ---

  /** What the reader can do about the question; `frontier` is the newest step of the page.
   * @param {{ epoch: number | null, last: number }} frontier @returns {QuestionPhase} */
  getPhase({ epoch, last }) {
    if (!this.shown) return "none";
    const { state, step } = this.shown;
    if (state === "revealed") return "revealed";
    if (step !== null && epoch !== this.shown.epoch) return "restarted"; // which also closes it
    if (state !== "open") return "closed";
    return step === null || last < step ? "open" : "late";
  }
}

/** A reader has another id in each motion. @returns {(Due & { reader: string })[]} */
const loadKept = () => loadValue(KEPT, []);

/** @param {QuestionFrame} frame @returns {Named} */
const nameQuestion = ({ number, opened_at }) => ({ question: number, opened_at });

/** @param {Ends | null} one @param {Ends | null} other */
const isSame = (one, other) => one !== null && one.low === other?.low && one.high === other.high;
