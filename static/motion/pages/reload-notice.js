// An open page that is out of date offers to reload, and reloads by itself at a calm moment: after an upgrade of the site,
// and when its person or their role has changed.

import { createElement, writeHidden, writeText } from "../lib/dom.js";
import { isFull } from "../lib/fullscreen.js";

const STABLE_MS = 60_000; // in a rolling restart servers of two versions answer
const SPREAD_MS = 300_000; // over which the pages of a site reload
const UNTOUCHED_MS = 300_000;
const CALM_MS = 2_000; // without a touch
const TYPED = "input:not([type=radio], [type=checkbox], [type=range]), textarea";
const KEY = "reloaded for";
const KEPT = 20;

/** Decides when to offer a reload and when to reload, from the versions of servers and the time. */
export class Upgrade {
  /** @type {string | null} */ #seen = null;
  #since = 0;
  #touchedAt = 0;
  /** @type {string | null} */ #declined = null;

  /** `version` is the page's own; `store` has getItem and setItem; `random` is in [0, 1).
   * @param {string | undefined} version @param {Pick<Storage, "getItem" | "setItem">} store */
  constructor(version, store, random = Math.random()) {
    this.version = version;
    this.store = store;
    this.stableMs = STABLE_MS + SPREAD_MS * random;
  }

  /** Note the version of a server; one without a version is older than this page.
   * @param {string | undefined} version @param {number} now */
  see(version, now) {
    if (!version || version === this.version) this.#seen = null;
    else if (version !== this.#seen) [this.#seen, this.#since] = [version, now];
  }

  /** @param {number} now */
  touch(now) {
    this.#touchedAt = now;
  }

  decline() {
    this.#declined = this.#seen;
  }

  get isOffered() {
    return this.#seen !== null && this.#seen !== this.#declined;
  }

  /** Whether to reload now; if so, it is noted. Once for each version, because servers of two versions
   * would make a page reload again and again. Never if it cannot be noted.
   * @param {number} now @param {{ isHidden: boolean }} page */
  takeTurn(now, { isHidden }) {
    if (this.#seen === null || now - this.#since < this.stableMs) return false;
    if (!isHidden && now - this.#touchedAt < UNTOUCHED_MS) return false;
    try {
      const reloaded = JSON.parse(this.store.getItem(KEY) ?? "[]");
      if (reloaded.includes(this.#seen)) return false;
      this.store.setItem(KEY, JSON.stringify([...reloaded, this.#seen].slice(-KEPT)));
      return true;
    } catch {
      return false;
    }
  }
}

/** The notice of this page. `isBusy()` is whether a reload would disturb the reader; `keep()` saves the
 * view for after the reload. */
export class ReloadNotice {
  /** @type {HTMLElement | null} */ #notice = null;
  #reason = ""; // why the page is out of date, for its person
  #touchedAt = -Infinity;
  /** What the reader has typed into fields. @type {Map<HTMLInputElement, string>} */ #typed = new Map();

  /** @param {{ isBusy: () => boolean, keep?: () => void }} page */
  constructor({ isBusy, keep = () => {} }) {
    this.isBusy = isBusy;
    this.keep = keep;
    this.upgrade = new Upgrade(document.documentElement.dataset.version, {
      getItem: (key) => sessionStorage.getItem(key), // the browser may refuse even the storage itself
      setItem: (key, value) => sessionStorage.setItem(key, value),
    });
    for (const name of ["pointerdown", "keydown", "wheel", "scroll"]) {
      addEventListener(name, () => this.#touch(), { passive: true });
    }
    addEventListener("input", (/** @type {any} */ { target }) => target.matches(TYPED) && this.#typed.set(target, target.value));
  }

  #touch() {
    this.#touchedAt = performance.now();
    this.upgrade.touch(this.#touchedAt);
  }

  /** @param {string | undefined} version of a server */
  see(version) {
    this.upgrade.see(version, performance.now());
    this.#show();
  }

  /** The page is out of date for this `reason`, a sentence, or no longer for any: "". @param {string} reason */
  explain(reason) {
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#show();
  }

  /** Reload if it is time to. Call it while the server can be reached. */
  tick() {
    if (this.isBusy() || document.querySelector("dialog[open]") || isFull()) return;
    const now = performance.now();
    if (this.#isOutdated(now) || this.upgrade.takeTurn(now, { isHidden: document.hidden })) this.#reload();
  }

  /** @param {number} now */
  #isOutdated(now) {
    return this.#reason !== "" && now - this.#touchedAt >= CALM_MS && !this.#hasTyped;
  }

  /** Whether a field still has what the reader typed. */
  get #hasTyped() {
    return [...this.#typed].some(([field, text]) => text !== "" && field.isConnected && field.value === text);
  }

  #reload() {
    this.keep();
    location.reload();
  }

  #show() {
    const text = this.#reason || (this.upgrade.isOffered ? "A new version is here." : "");
    if (text) this.#notice ??= this.#createNotice();
    if (!this.#notice) return;
    this.#notice.hidden = !text;
    const [message, , later] = this.#notice.children;
    writeText(message, text);
    writeHidden(later, this.#reason !== "");
  }

  #createNotice() {
    const notice = createElement("p", { className: "upgrade card" });
    notice.setAttribute("role", "status");
    const later = () => {
      this.upgrade.decline();
      this.#show();
    };
    notice.append(
      createElement("span"),
      createElement("button", { type: "button", className: "primary", textContent: "Reload", onclick: () => this.#reload() }),
      createElement("button", { type: "button", className: "quiet", textContent: "Later", onclick: later }),
    );
    document.body.append(notice);
    return notice;
  }
}
