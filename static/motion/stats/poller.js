// When to ask the server about a window that moves: seldom, one question at a time, and only
// while somebody can see the answer. No DOM.

import { computeBackoff } from "../lib/backoff.js";

const LIVE_MS = 2_000; // between two questions while the window moves by itself
const HAND_MS = 250; // after the last move of a hand
const RETRY_MS = 2_000; // after a failure, and the backoff besides
const SHARES = 64; // of a window that follows the edge: by so much it moves at a time

/** Timers and time, for tests to replace. */
export const CLOCK = {
  now: () => performance.now(),
  /** @param {() => void} call @param {number} milliseconds */
  later: (call, milliseconds) => setTimeout(call, milliseconds),
  /** @param {Timer} timer */
  cancel: (timer) => clearTimeout(timer),
};

/**
 * The window to ask for in place of one that moves with the newest step: both ends down to a
 * multiple of the power of two that is about a 64th of its width. So a window of 600 steps is
 * another one every 8 steps only, and all pages that follow one motion ask for the same windows: one
 * computation answers them, and any cache may keep it, because such a window has ended. `start`, before
 * which nothing is visible, is no multiple of anything.
 * @param {AskedWindow & { start?: number }} seen @returns {AskedWindow}
 */
export function aligned({ epoch, first, last, start = 0 }) {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2((last - first) / SHARES)));
  /** @param {number} step */
  const down = (step) => Math.max(start, Math.floor(step / unit) * unit);
  return { epoch, first: down(first), last: down(last) };
}

export class Inquiry {
  /** @type {AskedWindow | null} */ #wanted = null; // {epoch, first, last}
  #isLive = true;
  /** @type {AskedWindow | null} */ #held = null; // the window of the newest answer
  /** @type {{ window: AskedWindow, abort: AbortController } | null} */
  #pending = null; // what is under way: {window, abort}
  #attends = false;
  /** @type {Timer} */ #timer = null;
  #dueAt = -Infinity;
  /** @type {number | null} */ #movedAt = null; // since when a hand has been moving it
  #askedAt = -Infinity;
  #retryAt = -Infinity;
  #failures = 0;

  /** `ask(window, signal)` is a promise of an answer, for `onAnswer(answer)`.
   * @param {(window: AskedWindow, signal: AbortSignal) => Promise<any>} ask
   * @param {{ onAnswer: (answer: any) => void, onFailure: (error: Error) => void, clock?: typeof CLOCK }} on */
  constructor(ask, { onAnswer, onFailure, clock = CLOCK }) {
    this.ask = ask;
    this.onAnswer = onAnswer;
    this.onFailure = onFailure;
    this.clock = clock;
  }

  /** From now on this window is looked at, or none. Cheap where it is the one it was.
   * @param {AskedWindow | null} window @param {boolean} isLive */
  want(window, isLive) {
    if (isSame(window, this.#wanted)) return;
    const now = this.clock.now();
    this.#wanted = window;
    this.#isLive = isLive;
    if (!window) this.#held = null; // what is shown now is nothing
    if (isLive) {
      this.#dueAt = this.#askedAt + LIVE_MS;
    } else {
      this.#movedAt ??= now;
      this.#dueAt = Math.min(now + HAND_MS, this.#movedAt + LIVE_MS); // it may never hold still
    }
    this.#plan();
  }

  /** Whether anybody can see the answers. @param {boolean} attends */
  attend(attends) {
    if (attends === this.#attends) return;
    this.#attends = attends;
    this.#plan();
  }

  #plan() {
    this.clock.cancel(this.#timer);
    if (!this.#attends || !this.#wanted || isSame(this.#wanted, this.#held)) return;
    // An edge that moves on does not make a slow answer useless; a hand that moves on does.
    const pending = this.#pending;
    if (pending && (this.#isLive || isSame(pending.window, this.#wanted))) return;
    const wait = Math.max(this.#dueAt, this.#retryAt) - this.clock.now();
    this.#timer = this.clock.later(() => void this.#turn(), Math.max(0, wait));
  }

  async #turn() {
    this.#pending?.abort.abort();
    const asked = { window: /** @type {AskedWindow} */ (this.#wanted), abort: new AbortController() };
    this.#pending = asked;
    this.#askedAt = this.clock.now();
    this.#movedAt = null;
    const answer = await this.ask(asked.window, asked.abort.signal).catch((/** @type {Error} */ error) => ({ error }));
    if (this.#pending !== asked) return; // another one was asked for since
    this.#pending = null;
    if (answer.error) this.#failed(answer.error);
    else this.#answered(answer, asked.window);
    this.#plan();
  }

  /** @param {any} answer @param {AskedWindow} window */
  #answered(answer, window) {
    this.#failures = 0;
    const isOfNow = isSame(window, this.#wanted);
    if (!isOfNow && !(this.#isLive && window.epoch === this.#wanted?.epoch)) return;
    this.#held = window;
    this.onAnswer(answer);
  }

  /** @param {Error} error */
  #failed(error) {
    this.#failures += 1;
    this.#retryAt = this.clock.now() + RETRY_MS + computeBackoff(this.#failures);
    this.onFailure(error);
  }
}

/** @param {AskedWindow | null} one @param {AskedWindow | null} other */
function isSame(one, other) {
  if (!one || !other) return one === other;
  return one.last === other.last && one.first === other.first && one.epoch === other.epoch;
}
