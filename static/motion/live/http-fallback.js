// Where no socket opens: its frames, requested over HTTP while the page is visible.

import { computeBackoff } from "../lib/backoff.js";
import { request } from "../lib/http.js";
import { checkFrames } from "./protocol.js";

const EVERY_MS = 2_000; // after an answer; after a failure the backoff is added

export class HttpFallback {
  /** @type {Timer} */ #timer = null;
  #turn = 0; // the number of the newest request; only its answer counts
  #failures = 0;
  /** @type {SyncMessage | null} */ #sync = null;
  isOn = false;

  /** `address(sync)` is where frames are: those after the place that `sync` names, or, for null, after
   * the page's own. Calls `on.answer(answer)`, `on.missing()` if there is no such motion, `on.fail()`.
   * @param {(sync: SyncMessage | null) => string} address
   * @param {{ answer: (answer: FramesJson) => void, missing: () => void, fail: () => void }} on */
  constructor(address, on) {
    this.address = address;
    this.on = on;
    document.addEventListener("visibilitychange", () => this.isOn && this.#schedule(0));
    addEventListener("pagehide", () => this.stop());
  }

  start() {
    if (this.isOn) return;
    this.isOn = true;
    this.#schedule(0);
  }

  stop() {
    this.isOn = false;
    this.#turn += 1;
    this.#failures = 0;
    clearTimeout(this.#timer);
  }

  /** Keep a `sync` for the next request; no other message goes this way. @param {Message} message */
  send(message) {
    if (message.type === "sync") this.#sync = message;
  }

  /** @param {number} milliseconds */
  #schedule(milliseconds) {
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => this.#poll(), milliseconds);
  }

  async #poll() {
    const turn = ++this.#turn;
    const sync = this.#sync;
    const answer = await this.#loadFrames(sync).catch(() => null);
    if (turn !== this.#turn) return;
    this.#failures = answer ? 0 : this.#failures + 1;
    if (answer && this.#sync === sync) this.#sync = null;
    this.#schedule(EVERY_MS + (answer ? 0 : computeBackoff(this.#failures)));
    if (!answer) this.on.fail();
    else if (answer.frames) this.on.answer(/** @type {FramesJson} */ (answer));
    else this.on.missing();
  }

  /** The answer, without frames if the site says that there is no such motion. Throws for any other.
   * @param {SyncMessage | null} sync @returns {Promise<Partial<FramesJson>>} */
  async #loadFrames(sync) {
    const response = await request(this.address(sync));
    const answer = await response.json(); // the error page of a proxy is no JSON
    if (response.status === 404 && answer.message) return {};
    return { ...answer, frames: checkFrames([...answer.frames, ...(answer.added ?? [])]) };
  }
}
