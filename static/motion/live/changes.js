// The changes of the current epoch that this page has, and their events. Pure.

const EVENT_CHANGES = 50; // of one event at most (motion/queries/changelog.py)

/** The person who paused the motion, or null if that is unknown. @param {Change[]} items */
export function findPauser(items) {
  let first = items.length;
  while (first > 0 && items[first - 1].paused) first -= 1;
  return items[first]?.by ?? null;
}

export const LIMIT = 1_000; // the newest changes that the page keeps at most; a history has no more

export class Changes {
  /** Oldest first. Each update replaces the list. @type {Change[]} */
  items = [];

  /** Whether changes are missing, so that the page needs a history. */
  isLacking = false;

  /** @type {number | null} */ #revision = null;

  /** Those of a history; the server may have read it before the newest state. @param {Change[]} items */
  replace(items) {
    this.items = items.slice(-LIMIT);
    this.isLacking = this.#getNewestRevision() < (this.#revision ?? 0);
  }

  /** That of a `state`, if it is the next change. The greeting of a socket is none: it says where the
   * motion is now, not where it was at the change.
   * @param {StateFrame} state */
  take(state, { isGreeting = false, isNewEpoch = false } = {}) {
    const known = Math.max(this.#revision ?? 0, isNewEpoch ? 0 : this.#getNewestRevision());
    if (isNewEpoch) this.items = [];
    this.#revision = Math.max(state.revision, this.#revision ?? 0);
    if (state.revision <= known && !isNewEpoch) return;
    this.isLacking ||= isGreeting || state.revision !== known + 1;
    if (!this.isLacking) this.items = [...this.items, createChange(state)].slice(-LIMIT);
  }

  #getNewestRevision() {
    return this.items[this.items.length - 1]?.revision ?? 0;
  }
}

/** Whether `items` begin with the first change of their epoch, and not with a later one.
 * @type {(items: Change[]) => boolean} */
export const isWhole = (items) => items.length < LIMIT;

/** The events of changes, oldest first, each with the place where it begins and the text of the server
 * (motion/queries/changelog.py). All changes of one drag of the slider are one event.
 * @param {Change[]} items @returns {ChangeEvent[]} */
export function listEvents(items) {
  /** @type {ChangeEvent[]} */ const found = [];
  for (let last = items.length - 1; last >= 0; ) {
    const first = findFirst(items, last);
    const { step, position } = items[first];
    const { revision, at, kind, text } = items[last];
    found.push({ revision, step, position, at, kind, text });
    last = first - 1;
  }
  return found.reverse();
}

/** The newest `most` events, the newest first. @param {Change[]} items @param {number} most */
export function listNewestEvents(items, most) {
  return listEvents(items.slice(-most * EVENT_CHANGES)).slice(-most).reverse();
}

/** The index of the first change in the event of the change at `last`. @param {Change[]} items @param {number} last */
function findFirst(items, last) {
  let first = last;
  while (first > 0 && items[first - 1].event === items[last].event) first -= 1;
  return first;
}

/** @param {StateFrame} state @returns {Change} */
function createChange({ revision, step, position, variance, drift, interval, paused, at, by, ...words }) {
  const { event, kind, text } = words;
  return { revision, step, position, variance, drift, interval, paused, at, by, event, kind, text };
}
