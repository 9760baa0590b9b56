// Follow me: when a page sends the view that it presents, and whose view a page follows. Pure: the clock is in
// milliseconds.

const EVERY_MS = 110; // a server takes ten views a second
const REPEAT_MS = 2_000; // a view may be lost
const ON_THE_WAY_MS = 1_000; // so long after this page has begun, a view of the presenter before may still come

const GONE_MS = 6_000; // without a view

export class Presenting {
  isOn = false;
  #beganAt = 0;
  #sentAt = -Infinity;
  #sent = ""; // the newest view

  /** @param {number} page the number by which this page knows its own views */
  constructor(page) {
    this.page = page;
  }

  /** @param {number} now */
  start(now) {
    this.isOn = true;
    this.#beganAt = now;
    this.#sentAt = -Infinity;
  }

  stop() {
    this.isOn = false;
  }

  /** A new socket is open: the next view is due. */
  repeat() {
    this.#sentAt = -Infinity;
  }

  /** In how many ms the next view may be sent. @param {number} now */
  getWait(now) {
    return Math.max(0, this.#sentAt + EVERY_MS - now);
  }

  /** Whether to send `view` now: it is new, or the last one is to be repeated. If so, it counts as sent.
   * @param {PresentedView} view @param {number} now */
  isDue(view, now) {
    const text = JSON.stringify(view);
    if (this.getWait(now) > 0 || (text === this.#sent && now - this.#sentAt < REPEAT_MS)) return false;
    this.#sentAt = now;
    this.#sent = text;
    return true;
  }

  /** Whether this page may follow a view that has come. If it presents, it stops for a view of another page: the newest
   * presenter replaces the others.
   * @param {PresentedView | null} view @param {number} now */
  giveWay(view, now) {
    if (view?.page === this.page) return false;
    if (this.isOn && (!view || now - this.#beganAt < ON_THE_WAY_MS)) return false;
    this.stop();
    return true;
  }
}

export class Following {
  /** @type {ViewFrame | null} */ newest = null; // while somebody presents
  #takenAt = -Infinity;
  /** @type {string | null} */ #left = null; // the id of the presenter whose view the reader left

  /** Whether this page shows what the presenter shows. */
  get isOn() {
    return this.newest !== null && this.newest.id !== this.#left;
  }

  /** @param {ViewFrame} frame @param {number} now */
  take(frame, now) {
    this.#takenAt = now;
    this.newest = frame.view ? frame : null;
    if (!frame.view) this.#left = null;
  }

  /** Forget a presenter who has sent nothing for long, and return whether it did so. @param {number} now */
  expire(now) {
    if (!this.newest || now - this.#takenAt <= GONE_MS) return false;
    this.newest = null;
    return true;
  }

  /** This page presents. */
  end() {
    this.newest = null;
  }

  leave() {
    this.#left = this.newest?.id ?? this.#left;
  }

  return() {
    this.#left = null;
  }
}
