// Loads what the class of a view lacks: single paths and quantiles (ensemble.json), and what the server says about
// the slice (slice.json) and about a law (laws.json). One request of each kind at a time.

import { isContinuation } from "./ensemble-window.js";
import { computeBackoff } from "../lib/backoff.js";

const LIVE_MS = 2_000; // between two requests for the newest steps
const MOVED_MS = 150; // between two requests while the reader drags the slice
const PRESENTED_MS = 1_000; // the same while a presenter drags it for forty pages
const RETRY_MS = 4_000; // after a failure, plus the back-off

export class EnsembleLoader {
  #hasEnded = false;
  #paths = new Turn();
  #slice = new Turn();
  #law = new Turn();

  /** `onLoad()` is called when there is more to draw; `isRead()` returns true while somebody can read the numbers of
   * the slice; its histogram may need them, too. `isFollowing()` returns true while many pages show the same.
   * @param {ViewModel} model @param {Pick<MotionApi, "loadEnsemble" | "loadSlice" | "loadLaw">} api
   * @param {{ onLoad: () => void, isRead: () => boolean, isFollowing: () => boolean }} page */
  constructor(model, api, { onLoad, isRead, isFollowing }) {
    this.model = model;
    this.api = api;
    this.onLoad = onLoad;
    this.isRead = isRead;
    this.isFollowing = isFollowing;
  }

  get #movedMs() {
    return this.isFollowing() ? PRESENTED_MS : MOVED_MS;
  }

  /** Request what is missing at `now`. @param {number} now */
  loadMissing(now) {
    if (this.#hasEnded) return;
    const { ensemble } = this.model;
    const end = this.model.getLastStep(now);
    const missing = ensemble.findMissing(end);
    if (missing) {
      const everyMs = isContinuation(missing, ensemble.window) ? LIVE_MS : this.#movedMs;
      void this.#paths.take(now, everyMs, async () => {
        ensemble.setWindow(await this.api.loadEnsemble(missing));
        this.onLoad();
      });
    }
    this.#loadSlice(now, end);
    this.#loadLaw(now, end);
  }

  /** Request nothing more: the server has refused. */
  end() {
    this.#hasEnded = true;
  }

  /** @param {number} now @param {number} end */
  #loadSlice(now, end) {
    const { ensemble, series } = this.model;
    const { epoch } = series;
    const step = ensemble.getSliceStep(end);
    if (!ensemble.isShown || epoch === null || step < 1 || ensemble.getAnswer(step)) return;
    const isDrawn = ensemble.hasSlice && !ensemble.findPositions(step);
    if (!isDrawn && !this.isRead()) return;
    const isStill = ensemble.pinned !== null || !this.model.isLive;
    void this.#slice.take(now, isStill ? this.#movedMs : LIVE_MS, async () => {
      ensemble.setAnswer(await this.api.loadSlice(epoch, step));
      this.onLoad();
    });
  }

  /** Up to the step of the slice, if the reader has moved it. @param {number} now @param {number} end */
  #loadLaw(now, end) {
    const { ensemble, series } = this.model;
    if (!ensemble.isShown || series.epoch === null) return;
    const isStill = (ensemble.hasSlice && ensemble.pinned !== null) || !this.model.isLive;
    const step = ensemble.hasSlice ? ensemble.getSliceStep(end) : end;
    const query = ensemble.laws.findMissing(series.epoch, step, isStill);
    if (!query) return;
    const everyMs = !isStill && ensemble.laws.isContinuation(query) ? LIVE_MS : this.#movedMs;
    void this.#law.take(now, everyMs, async () => {
      ensemble.laws.setAnswer(query, await this.api.loadLaw(query));
      this.onLoad();
    });
  }
}

/** Requests of one kind, one at a time. */
class Turn {
  #isTaken = false;
  #takenAt = -Infinity;
  #retryAt = -Infinity;
  #failures = 0;

  /** Call `load` unless a request is on its way, or the last one began less than `everyMs` ago.
   * @param {number} now @param {number} everyMs @param {() => Promise<void>} load */
  async take(now, everyMs, load) {
    if (this.#isTaken || now < Math.max(this.#takenAt + everyMs, this.#retryAt)) return;
    this.#isTaken = true;
    this.#takenAt = now;
    try {
      await load();
      this.#failures = 0;
    } catch {
      this.#failures += 1;
      this.#retryAt = now + RETRY_MS + computeBackoff(this.#failures);
    }
    this.#isTaken = false;
  }
}
