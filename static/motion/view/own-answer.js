// The reader's answer about a step of the path, as handles on the chart show it. Pure.

import { Questions } from "../live/questions.js";
import { selectWithin } from "./answers-picture.js";

const REACH = 4; // standard deviations of the way to the step, above and below the newest position: room to answer
const NARROW = 1 / 20; // of the reach: half of an interval that the reader has not set yet
const ROOM = 1 / 8; // of the reach, above and below an answer

/** @typedef {import("../live/questions.js").Ends} Ends */

export class OwnAnswer {
  isHeld = false; // while the reader drags a handle, the vertical axis stays
  /** Where the handles are until the reader moves them. @type {{ opened: string, ends: Ends } | null} */ #start = null;

  /** @param {Pick<ViewModel, "live" | "series" | "isLive" | "up" | "view" | "law">} model @param {Questions} questions */
  constructor(model, questions) {
    this.model = model;
    this.questions = questions;
  }

  /** A copy for another model, of the question as it is now. @param {ViewModel} model */
  copy(model) {
    return new OwnAnswer(model, Object.assign(new Questions(), this.questions));
  }

  /** The shown question about a step of the path, or null. */
  get question() {
    const { shown } = this.questions;
    return shown && shown.step !== null ? { ...shown, step: shown.step } : null;
  }

  get canMove() {
    return this.questions.canAnswer && this.questions.getPhase(this.model.live) === "open";
  }

  /** The step to which a view that moves by itself leaves room, or null. */
  get nextStep() {
    const { live, isLive } = this.model;
    const { question } = this;
    return isLive && question && question.epoch === live.epoch ? question.step : null;
  }

  /** Why the chart shows no handles, or "". */
  get obstacle() {
    const { question } = this;
    if (!question) return "";
    const { up, view, series, isLive } = this.model;
    const [from, to] = view.range;
    if (up !== "position") return "The chart shows increments, not positions.";
    if (view.origin) return "The chart counts from a reset.";
    const isInView = isLive && series.epoch === question.epoch && question.step >= from && question.step <= to;
    return isInView ? "" : "The chart does not show that step.";
  }

  /** What the reader has set, or else what the server has stored, or else where the handles begin; null for none. */
  get ends() {
    const { draft, stored } = this.questions;
    return draft ?? stored ?? (this.canMove ? this.#getStart() : null);
  }

  /** Move one end of an interval, or the point. @param {"low" | "high"} end @param {number} value */
  move(end, value) {
    const { question, ends } = this;
    if (!question || !ends || !this.canMove) return;
    const moved = question.kind === "interval" ? { ...ends, [end]: value } : { low: value, high: value };
    if (question.kind !== "interval" || moved.low < moved.high) this.questions.set(moved);
  }

  /** The answer in coordinates of an axis; null without a question about a step in view.
   * @param {Axis} axis @returns {OwnAnswerPicture | null} */
  createPicture(axis) {
    const { question, ends, canMove } = this;
    if (!question || this.obstacle) return null;
    const { step, kind, state } = question;
    const { draft, stored } = this.questions;
    return { step, x: axis.toX(step), isInterval: kind === "interval", ends, canMove, isSet: Boolean(draft ?? stored), state };
  }

  /** The values to show: the answer unless it is beyond the reach of the chart, and room to change it.
   * @param {OwnAnswerPicture | null} picture @param {Span} reach as by `chooseReach` @returns {number[]} */
  listValues(picture, reach) {
    if (!picture?.ends) return [];
    const { low, high } = picture.ends;
    const room = ROOM * this.#measureReach();
    return [...(picture.canMove ? this.listRoom() : []), ...selectWithin([low - room, high + room], reach)];
  }

  /** How low and how high the path may get by the step of a question about it, counted from `zero`. */
  listRoom(zero = 0) {
    const { live, series } = this.model;
    if (this.question?.epoch !== series.epoch || live.epoch !== series.epoch) return [];
    const reach = this.#measureReach();
    return [live.position - zero - reach, live.position - zero + reach];
  }

  /** At the newest position when the question came; an interval is narrow. */
  #getStart() {
    const { opened_at: opened = "", kind } = this.questions.shown ?? {};
    if (this.#start?.opened === opened) return this.#start.ends;
    const small = NARROW * this.#measureReach();
    const unit = 10 ** Math.floor(Math.log10(small));
    const half = kind === "interval" ? small : 0;
    const [low, high] = [-half, half].map((way) => Number((Math.round((this.model.live.position + way) / unit) * unit).toPrecision(12)));
    this.#start = { opened, ends: { low, high } };
    return this.#start.ends;
  }

  /** How far the path may get by the step of the question. */
  #measureReach() {
    const { live, law } = this.model;
    const [now, then] = [law.sumTo(live.last), law.sumTo(Math.max(this.question?.step ?? 0, live.last + 1))];
    return REACH * Math.sqrt(then.variance - now.variance) + Math.abs(then.mean - now.mean) || 1;
  }
}
