// After an upgrade of the site an open page offers to reload, and reloads by itself while nobody uses it.

import { createElement } from "../lib/dom.js";
import { isFull } from "../lib/fullscreen.js";

const STABLE_MS = 60_000; // in a rolling restart servers of two versions answer
const SPREAD_MS = 300_000; // over which the pages of a site reload
const UNTOUCHED_MS = 300_000;
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
export class UpgradeNotice {
  /** @type {HTMLElement | null} */ #notice = null;

  /** @param {{ isBusy: () => boolean, keep?: () => void }} page */
  constructor({ isBusy, keep = () => {} }) {
    this.isBusy = isBusy;
    this.keep = keep;
    this.upgrade = new Upgrade(document.documentElement.dataset.version, {
      getItem: (key) => sessionStorage.getItem(key), // the browser may refuse even the storage itself
      setItem: (key, value) => sessionStorage.setItem(key, value),
    });
    for (const name of ["pointerdown", "keydown", "wheel", "scroll"]) {
      addEventListener(name, () => this.upgrade.touch(performance.now()), { passive: true });
    }
  }

  /** @param {string | undefined} version */
  see(version) {
    this.upgrade.see(version, performance.now());
    this.#show();
  }

  /** Reload if it is time to. Call it while the server can be reached. */
  tick() {
    if (this.isBusy() || document.querySelector("dialog[open]") || isFull()) return;
    if (this.upgrade.takeTurn(performance.now(), { isHidden: document.hidden })) this.#reload();
  }

  #reload() {
    this.keep();
    location.reload();
  }

  #show() {
    if (this.upgrade.isOffered) this.#notice ??= this.#createNotice();
    if (this.#notice) this.#notice.hidden = !this.upgrade.isOffered;
  }

  #createNotice() {
    const notice = createElement("p", { className: "upgrade card" });
    notice.setAttribute("role", "status");
    const later = () => {
      this.upgrade.decline();
      this.#show();
    };
    notice.append(
      "A new version is here. ",
      createElement("button", { type: "button", className: "primary", textContent: "Reload", onclick: () => this.#reload() }),
      createElement("button", { type: "button", className: "quiet", textContent: "Later", onclick: later }),
    );
    document.body.append(notice);
    return notice;
  }
}
