// Where no socket gets through: the frames that it would bring, over HTTP, while the page is seen.

import { delayBefore } from "../lib/backoff.js";
import { request } from "../lib/http.js";
import { checked } from "./protocol.js";

const EVERY_MS = 2_000; // after an answer; after a failure the backoff besides

export class Poller {
  /** @type {Timer} */ #timer = null;
  #turn = 0; // the question under way; an answer to an earlier one is not heard
  #failures = 0;
  /** @type {SyncMessage | null} */ #sync = null;
  isOn = false;

  /**
   * `address(sync)` is where to ask, `sync` a place from which frames are needed, or null for where
   * the page stands. Calls `on.answer({ frames, signed_in })`, `on.gone()` if there is no such
   * motion, `on.fail()`.
   * @param {(sync: SyncMessage | null) => string} address
   * @param {{ answer: (answer: FramesJson) => void, gone: () => void, fail: () => void }} on
   */
  constructor(address, on) {
    this.address = address;
    this.on = on;
    document.addEventListener("visibilitychange", () => this.isOn && this.#plan(0));
    addEventListener("pagehide", () => this.stop());
  }

  start() {
    if (this.isOn) return;
    this.isOn = true;
    this.#plan(0);
  }

  stop() {
    this.isOn = false;
    this.#turn += 1;
    this.#failures = 0;
    clearTimeout(this.#timer);
  }

  /** A message for the server: all that can be asked for this way is what is missing. @param {Message} message */
  send(message) {
    if (message.type === "sync") this.#sync = message;
  }

  /** @param {number} milliseconds */
  #plan(milliseconds) {
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => this.#ask(), milliseconds);
  }

  async #ask() {
    const turn = ++this.#turn;
    const sync = this.#sync;
    const answer = await this.#fetch(sync).catch(() => null);
    if (turn !== this.#turn) return;
    this.#failures = answer ? 0 : this.#failures + 1;
    if (answer && this.#sync === sync) this.#sync = null;
    this.#plan(EVERY_MS + (answer ? 0 : delayBefore(this.#failures)));
    if (!answer) this.on.fail();
    else if (answer.frames) this.on.answer(/** @type {FramesJson} */ (answer));
    else this.on.gone();
  }

  /** The answer, without frames where the site says that there is no such motion; else it throws.
   * @param {SyncMessage | null} sync @returns {Promise<Partial<FramesJson>>} */
  async #fetch(sync) {
    const response = await request(this.address(sync));
    const answer = await response.json(); // a page of some proxy is none
    if (response.status === 404 && answer.message) return {};
    answer.frames.forEach(checked);
    return answer;
  }
}
