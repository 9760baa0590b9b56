// What the frames of a socket mean for the page: pure, fed with frames and with the time.
//
// It keeps the series whole: a frame that leaves a gap, or a pong that knows of later steps, makes
// it ask for what is missing. So it does with the changes of the epoch. `send` takes messages for the server; the clock is in milliseconds.

import { Changes } from "./changes.js";

const ASK_AGAIN_MS = 3_000;
const BEHIND_MS = 3_000;

/** With a ping unanswered for so long the socket is as good as closed. */
export const SILENCE_MS = 10_000;

export class Link {
  stepAt = 0;
  askedAt = -Infinity;
  askedAllAt = -Infinity;

  /** @param {Series} series @param {(message: Message) => void} send @param {Pick<Changes, keyof Changes>} changes */
  constructor(series, send, changes = new Changes()) {
    this.series = series;
    this.send = send;
    /** @type {StateFrame | null} */ this.state = null;
    /** @type {ViewersFrame | null} */ this.viewers = null;
    this.changes = changes;
    this.reset(0);
  }

  /** A new socket: what was under way on the old one is void. @param {number} now */
  reset(now) {
    this.connectedAt = now;
    this.stepAt = now;
    /** @type {number | null} */ this.behindSince = null;
    this.askedAt = -Infinity;
    this.askedAllAt = -Infinity;
    this.isGreeted = false;
    this.isUndrawn = false;
    /** @type {Map<number, number>} */ this.pings = new Map();
    /** @type {number | null} */ this.pong = null;
    /** @type {number | null} */ this.roundTripMs = null;
  }

  /** Frames that were polled greet the page each time: they say where the motion is now. */
  greetAgain() {
    this.isGreeted = false;
  }

  /** The socket is gone: if a history was the last that came, no steps will follow it. */
  lose() {
    this.isUndrawn = false;
  }

  /**
   * Take one frame; true where there is something new to draw. A history is drawn with the steps
   * that follow it, not before: a picture that is whole takes the place of the one there was.
   * @param {Frame} frame @param {number} now
   */
  receive(frame, now) {
    switch (frame.type) {
      case "state":
        return this.#state(frame, now);
      case "history":
        return this.#history(frame, now);
      case "increments":
        return this.#increments(frame, now);
      case "viewers":
        this.viewers = frame;
        return true;
      case "pong":
        return this.#pong(frame, now);
      default:
        return false;
    }
  }

  /** Once a second: a sign of life that says which step is drawn. @param {number} n @param {number} now */
  ping(n, now) {
    this.pings.set(n, now);
    this.send({ type: "ping", n, step: this.series.last });
    if (this.behindSince !== null && now - this.behindSince > BEHIND_MS) this.#ask(now);
    // Steps tell sooner; without them, give a history on its way the time to come.
    if (this.changes.isLacking && this.standstill(now) > BEHIND_MS) this.#askAll(now);
  }

  /**
   * Whether the other end has fallen silent. Judged by the oldest ping without an answer, not by
   * the newest answer: in a hidden tab minutes may pass before the next ping.
   * @param {number} now
   */
  isSilent(now) {
    const [oldest = now] = this.pings.values();
    return now - oldest > SILENCE_MS;
  }

  /** Milliseconds without a step, as far as this page can know. @param {number} now */
  standstill(now) {
    return now - this.stepAt;
  }

  /** @param {StateFrame} frame @param {number} now */
  #state(frame, now) {
    if (this.state && frame.epoch < this.state.epoch) return false;
    if (this.state && frame.epoch === this.state.epoch && frame.revision < this.state.revision) {
      return false;
    }
    const isNewEpoch = frame.epoch !== this.series.epoch;
    if (isNewEpoch) this.series.begin(frame.epoch);
    this.changes.take(frame, { isNewEpoch, isGreeting: !this.isGreeted });
    this.isGreeted = true;
    if (frame.revision !== this.state?.revision) this.stepAt = now; // steps are due anew
    this.state = frame;
    return true;
  }

  /** @param {HistoryFrame} frame @param {number} now */
  #history(frame, now) {
    if (frame.epoch !== this.state?.epoch) return false;
    this.series.replace(frame);
    this.changes.replace(frame.changes);
    this.#whole();
    this.stepAt = now;
    this.isUndrawn = true;
    return false;
  }

  /** @param {IncrementsFrame} frame @param {number} now */
  #increments(frame, now) {
    if (!this.state || frame.epoch < this.state.epoch) return false;
    const taken = frame.epoch > this.state.epoch ? "gap" : this.series.append(frame);
    if (taken === "gap") {
      if (now - this.askedAt > ASK_AGAIN_MS) this.#ask(now);
      return false;
    }
    this.#whole();
    if (frame.increments.length) this.stepAt = now;
    // A history comes before the steps; now that these are here, none is on its way.
    if (this.changes.isLacking) this.#askAll(now);
    const isNew = taken === "new" || this.isUndrawn;
    this.isUndrawn = false;
    return isNew;
  }

  /** @param {PongFrame} frame @param {number} now */
  #pong(frame, now) {
    const sentAt = this.pings.get(frame.n);
    this.pong = frame.n;
    if (sentAt !== undefined) this.roundTripMs = now - sentAt;
    for (const n of this.pings.keys()) if (n <= frame.n) this.pings.delete(n);
    if (frame.step <= this.series.last) this.behindSince = null;
    else this.behindSince ??= now;
    return false;
  }

  #whole() {
    this.askedAt = -Infinity;
    this.behindSince = null;
  }

  /** @param {number} now */
  #ask(now) {
    this.askedAt = now;
    this.behindSince = now;
    this.send({ type: "sync", epoch: this.series.epoch ?? 0, step: this.series.last });
  }

  /** Changes come with a whole history alone, which is the answer to an impossible place. @param {number} now */
  #askAll(now) {
    if (now - this.askedAllAt <= ASK_AGAIN_MS) return;
    this.askedAllAt = now;
    this.send({ type: "sync", epoch: 0, step: 0 });
  }
}
