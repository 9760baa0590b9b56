// Requests statistics of a window that moves: rarely, one request at a time, and only while the reader can
// see the answer. No DOM.

import { computeBackoff } from "../lib/backoff.js";

const LIVE_MS = 2_000; // between two requests while the window moves by itself
const MOVED_MS = 250; // after the reader has moved the window
const RETRY_MS = 2_000; // after a failure, plus the back-off
const SHARES = 64; // a window that follows the newest step moves by such a share of its width

/** Timers and time, for tests to replace. */
export const CLOCK = {
  now: () => performance.now(),
  /** @param {() => void} call @param {number} milliseconds */
  later: (call, milliseconds) => setTimeout(call, milliseconds),
  /** @param {Timer} timer */
  cancel: (timer) => clearTimeout(timer),
};

/** The window to request instead of one that moves with the newest step: both ends rounded down to a
 * multiple of the power of two that is about a 64th of its width. So a window of 600 steps changes
 * only every 8 steps, and all pages that follow a motion request the same windows: the server computes
 * each one once, and a cache can keep it. It never begins before `start`, where the view begins.
 * @param {AskedWindow & { start?: number }} view @returns {AskedWindow} */
export function alignWindow({ epoch, first, last, start = 0 }) {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2((last - first) / SHARES)));
  const roundDown = (/** @type {number} */ step) => Math.max(start, Math.floor(step / unit) * unit);
  return { epoch, first: roundDown(first), last: roundDown(last) };
}

export class StatisticsPoller {
  /** @type {AskedWindow | null} */ #window = null; // {epoch, first, last}
  #isLive = true;
  /** @type {AskedWindow | null} */ #answeredWindow = null; // of the newest answer
  /** @type {{ window: AskedWindow, abort: AbortController } | null} */
  #pending = null; // the request on its way
  #isVisible = false;
  /** @type {Timer} */ #timer = null;
  #dueAt = -Infinity;
  /** @type {number | null} */ #movedAt = null; // when the reader began to move the window
  #requestedAt = -Infinity;
  #retryAt = -Infinity;
  #failures = 0;

  /** `load(window, signal)` promises an answer, for `onAnswer(answer)`.
   * @param {(window: AskedWindow, signal: AbortSignal) => Promise<any>} load
   * @param {{ onAnswer: (answer: any) => void, onFailure: (error: Error) => void, clock?: typeof CLOCK }} on */
  constructor(load, { onAnswer, onFailure, clock = CLOCK }) {
    this.load = load;
    this.onAnswer = onAnswer;
    this.onFailure = onFailure;
    this.clock = clock;
  }

  /** Set the window in view, or null for none. Cheap if it is the same one.
   * @param {AskedWindow | null} window @param {boolean} isLive */
  setWindow(window, isLive) {
    if (isSame(window, this.#window)) return;
    const now = this.clock.now();
    this.#window = window;
    this.#isLive = isLive;
    if (!window) this.#answeredWindow = null;
    if (isLive) {
      this.#dueAt = this.#requestedAt + LIVE_MS;
    } else {
      this.#movedAt ??= now;
      this.#dueAt = Math.min(now + MOVED_MS, this.#movedAt + LIVE_MS); // also if the reader does not stop
    }
    this.#schedule();
  }

  /** Set if the reader can see the answers. @param {boolean} isVisible */
  setVisible(isVisible) {
    if (isVisible === this.#isVisible) return;
    this.#isVisible = isVisible;
    this.#schedule();
  }

  #schedule() {
    this.clock.cancel(this.#timer);
    if (!this.#isVisible || !this.#window || isSame(this.#window, this.#answeredWindow)) return;
    // A slow answer is still useful if the newest step has moved, but not if the reader has moved the window.
    const pending = this.#pending;
    if (pending && (this.#isLive || isSame(pending.window, this.#window))) return;
    const wait = Math.max(this.#dueAt, this.#retryAt) - this.clock.now();
    this.#timer = this.clock.later(() => void this.#request(), Math.max(0, wait));
  }

  async #request() {
    this.#pending?.abort.abort();
    const request = { window: /** @type {AskedWindow} */ (this.#window), abort: new AbortController() };
    this.#pending = request;
    this.#requestedAt = this.clock.now();
    this.#movedAt = null;
    const answer = await this.load(request.window, request.abort.signal).catch((/** @type {Error} */ error) => ({ error }));
    if (this.#pending !== request) return; // a newer request has replaced it
    this.#pending = null;
    if (answer.error) this.#retryLater(answer.error);
    else this.#accept(answer, request.window);
    this.#schedule();
  }

  /** @param {any} answer @param {AskedWindow} window */
  #accept(answer, window) {
    this.#failures = 0;
    const isCurrent = isSame(window, this.#window);
    if (!isCurrent && !(this.#isLive && window.epoch === this.#window?.epoch)) return;
    this.#answeredWindow = window;
    this.onAnswer(answer);
  }

  /** @param {Error} error */
  #retryLater(error) {
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
