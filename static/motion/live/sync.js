// Takes in the frames of a socket: the one place that acts by their type. Pure: it gets the frames and the time.
//
// It keeps the path complete: after a gap between frames, or a pong that names later steps, it requests the
// missing steps from the server, and likewise missing changes of the epoch. The clock is in milliseconds.

import { Changes } from "./changes.js";
import { EnsembleSeries } from "./ensemble-series.js";
import { Questions } from "./questions.js";

const RETRY_MS = 3_000; // between two requests for the same
const BEHIND_MS = 3_000;

export const SILENCE_MS = 10_000; // a socket with a ping unanswered for so long counts as closed

export class Sync {
  stepAt = 0;
  askedAt = -Infinity;
  askedAllAt = -Infinity;
  #pingedAt = -Infinity;
  #pingNumber = 0;

  /** @param {Series} series @param {(message: Message) => void} send to the server
   * @param {FrameHandlers} handlers @param {Pick<Changes, keyof Changes>} changes */
  constructor(series, send, handlers = {}, changes = new Changes()) {
    this.series = series;
    this.send = send;
    this.handlers = handlers;
    /** @type {StateFrame | null} */ this.state = null;
    /** @type {ViewersFrame | null} */ this.viewers = null;
    this.changes = changes;
    this.ensemble = new EnsembleSeries();
    this.questions = new Questions();
    this.reset(0);
  }

  /** A new socket is open: requests and pings on the old one get no answer. @param {number} now */
  reset(now) {
    this.stepAt = now;
    /** @type {number | null} */ this.behindSince = null;
    this.askedAt = -Infinity;
    this.askedAllAt = -Infinity;
    this.isGreeted = false;
    this.isUndrawn = false;
    this.#pingedAt = -Infinity;
    /** @type {Map<number, number>} */ this.pings = new Map();
    /** @type {number | null} */ this.pong = null;
    /** @type {number | null} */ this.roundTripMs = null;
  }

  /** The next state is a greeting: it says where the motion is now, not where it was at a change. */
  expectGreeting() {
    this.isGreeted = false;
  }

  /** The socket is closed: no steps follow a history that came last. */
  disconnect() {
    this.isUndrawn = false;
  }

  /** Take one frame in; if it brings something new, call the handler of its type.
   * @param {Frame} frame @param {number} now */
  receive(frame, now) {
    switch (frame.type) {
      case "state":
        return this.#takeState(frame, now) && this.handlers.state?.(frame, now);
      case "history":
        return this.#takeHistory(frame, now) && this.handlers.history?.(frame, now);
      case "increments":
        return this.#takeIncrements(frame, now) && this.handlers.increments?.(frame, now);
      case "pong":
        return this.#takePong(frame, now);
      case "viewers":
        this.viewers = frame;
        this.ensemble.names = new Map(frame.seats);
        return this.handlers.viewers?.(frame, now);
      case "ensemble":
        return this.ensemble.take(frame) && this.handlers.ensemble?.(frame, now);
      case "seat":
        this.ensemble.takeSeat(frame);
        return this.handlers.seat?.(frame, now);
      case "question":
        this.questions.take(frame);
        return this.handlers.question?.(frame, now);
      case "answer":
        this.questions.takeAnswer(frame);
        return this.handlers.answer?.(frame, now);
      case "view":
        return this.handlers.view?.(frame, now);
      default:
        return this.handlers.error?.(frame, now);
    }
  }

  /** Ping if the last ping is `periodMs` old. @param {number} now @param {number} periodMs */
  pingIfDue(now, periodMs) {
    if (now - this.#pingedAt < periodMs) return;
    this.#pingedAt = now;
    this.#pingNumber += 1;
    this.ping(this.#pingNumber, now);
  }

  /** Send a ping that names the newest step; request what is missing. @param {number} n @param {number} now */
  ping(n, now) {
    this.pings.set(n, now);
    this.send({ type: "ping", n, step: this.series.last });
    if (this.behindSince !== null && now - this.behindSince > BEHIND_MS) this.#requestSteps(now);
    // Steps show it sooner; without them, wait for a history that may be on its way.
    if (this.changes.isLacking && this.standstill(now) > BEHIND_MS) this.#requestHistory(now);
  }

  /** Whether the server has stopped answering, by the oldest unanswered ping. The newest answer would not
   * do: in a hidden tab minutes may pass before the next ping.
   * @param {number} now */
  isSilent(now) {
    const [oldest = now] = this.pings.values();
    return now - oldest > SILENCE_MS;
  }

  /** Milliseconds without a step, as far as this page can know. @param {number} now */
  standstill(now) {
    return now - this.stepAt;
  }

  /** @param {StateFrame} frame @param {number} now */
  #takeState(frame, now) {
    const { state } = this;
    if (state && frame.epoch < state.epoch) return false;
    if (state && frame.epoch === state.epoch && frame.revision < state.revision) return false;
    const isNewEpoch = frame.epoch !== this.series.epoch;
    if (isNewEpoch) {
      this.handlers.restart?.();
      this.series.begin(frame.epoch);
    }
    this.ensemble.follow(frame);
    this.questions.owner = frame.owner_id;
    this.changes.take(frame, { isNewEpoch, isGreeting: !this.isGreeted });
    const areNamesOld = !this.isGreeted && !isNewEpoch && state !== null && frame.access_version !== state.access_version;
    if (areNamesOld) this.#requestHistory(now); // the texts of its changes may have names that have changed meanwhile
    this.isGreeted = true;
    if (frame.revision !== state?.revision) this.stepAt = now; // the next step is due after the change
    this.state = frame;
    return true;
  }

  /** @param {HistoryFrame} frame @param {number} now */
  #takeHistory(frame, now) {
    if (frame.epoch !== this.state?.epoch) return false;
    this.series.replace(frame);
    this.changes.replace(frame.changes);
    this.#markComplete();
    this.stepAt = now;
    this.isUndrawn = true; // until the steps that follow it, so that the picture is replaced at once
    return true;
  }

  /** @param {IncrementsFrame} frame @param {number} now */
  #takeIncrements(frame, now) {
    if (!this.state || frame.epoch < this.state.epoch) return false;
    const taken = frame.epoch > this.state.epoch ? "gap" : this.series.append(frame);
    if (taken === "gap") {
      if (now - this.askedAt > RETRY_MS) this.#requestSteps(now);
      return false;
    }
    this.#markComplete();
    if (frame.increments.length) this.stepAt = now;
    // A history comes before the steps: with these here, none is on its way.
    if (this.changes.isLacking) this.#requestHistory(now);
    const isNew = taken === "new" || this.isUndrawn;
    this.isUndrawn = false;
    return isNew;
  }

  /** @param {PongFrame} frame @param {number} now */
  #takePong(frame, now) {
    const sentAt = this.pings.get(frame.n);
    this.pong = frame.n;
    if (sentAt !== undefined) this.roundTripMs = now - sentAt;
    for (const n of this.pings.keys()) if (n <= frame.n) this.pings.delete(n);
    if (frame.step <= this.series.last) this.behindSince = null;
    else this.behindSince ??= now;
  }

  #markComplete() {
    this.askedAt = -Infinity;
    this.behindSince = null;
  }

  /** @param {number} now */
  #requestSteps(now) {
    this.askedAt = now;
    this.behindSince = now;
    this.send({ type: "sync", epoch: this.series.epoch ?? 0, step: this.series.last });
  }

  /** Changes come with a whole history alone, which the server sends for an impossible place. @param {number} now */
  #requestHistory(now) {
    if (now - this.askedAllAt <= RETRY_MS) return;
    this.askedAllAt = now;
    this.send({ type: "sync", epoch: 0, step: 0 });
  }
}
