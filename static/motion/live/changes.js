// The changes of the current epoch as this page holds them, and the events that they make. Pure.

import { count } from "../lib/format.js";

const EVENT_CHANGES = 50; // of one event at most (motion/queries/changelog.py)

/** Who paused what is paused, or null where nobody knows. @param {Change[]} items */
export function pausedBy(items) {
  let first = items.length;
  while (first > 0 && items[first - 1].paused) first -= 1;
  return items[first]?.by ?? null;
}

/** How many changes are held at most, the newest; a history brings no more. */
export const LIMIT = 1_000;

export class Changes {
  /** Oldest first. Never altered: whatever comes, a new list takes its place. @type {Change[]} */
  items = [];

  /** Whether some are missing, so that a history is needed. */
  isLacking = false;

  /** @type {number | null} */ #revision = null;

  /** What a history brings; it may have been read before the newest state was. @param {Change[]} items */
  replace(items) {
    this.items = items.slice(-LIMIT);
    this.isLacking = this.#newest() < (this.#revision ?? 0);
  }

  /**
   * A `state`. It tells one change if it is the next; the greeting of a socket does not, since it
   * says where the motion is now, not where it was at the change.
   * @param {StateFrame} state
   */
  take(state, { isGreeting = false, isNewEpoch = false } = {}) {
    const known = Math.max(this.#revision ?? 0, isNewEpoch ? 0 : this.#newest());
    if (isNewEpoch) this.items = [];
    this.#revision = Math.max(state.revision, this.#revision ?? 0);
    if (state.revision <= known && !isNewEpoch) return;
    this.isLacking ||= isGreeting || state.revision !== known + 1;
    if (!this.isLacking) this.items = [...this.items, changeIn(state)].slice(-LIMIT);
  }

  #newest() {
    return this.items[this.items.length - 1]?.revision ?? 0;
  }
}

/** Whether the first of `items` is how their epoch began; if they are cut off, it is not.
 * @type {(items: Change[]) => boolean} */
export const isWhole = (items) => items.length < LIMIT;

/**
 * The events that changes are of, oldest first: {revision, step, position, at, kind, text}, where
 * they begin and what the server says of them (motion/queries/changelog.py). All changes of one drag of the
 * slider are one event.
 * @param {Change[]} items @returns {ChangeEvent[]}
 */
export function events(items) {
  /** @type {ChangeEvent[]} */ const found = [];
  for (let last = items.length - 1; last >= 0; ) {
    const first = beginningOf(items, last);
    found.push(eventOf(items[first], items[last]));
    last = first - 1;
  }
  return found.reverse();
}

/** The newest `most` events, newest first. @param {Change[]} items @param {number} most */
export function newest(items, most) {
  const few = items.slice(-most * EVENT_CHANGES);
  return events(few).slice(-most).reverse();
}

/** The index of the first change of the event that the change at `last` is of.
 * @param {Change[]} items @param {number} last */
function beginningOf(items, last) {
  let first = last;
  while (first > 0 && idOf(items[first - 1]) === idOf(items[last])) first -= 1;
  return first;
}

/** @type {(change: Change) => number} */ const idOf = ({ event, revision }) => event ?? revision;

/** A server of the version before says nothing of an event.
 * @param {Change} first @param {Change} last @returns {ChangeEvent} */
function eventOf({ step, position }, { revision, at, kind = "", text = `Changed at step ${count(step)}` }) {
  return { revision, step, position, at, kind, text };
}

/** @param {StateFrame} state @returns {Change} */
function changeIn({ revision, step, position, variance, drift, interval, paused, at, by, ...words }) {
  const { event, kind, text } = words;
  return { revision, step, position, variance, drift, interval, paused, at, by, event, kind, text };
}
