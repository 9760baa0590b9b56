// The changes of the current epoch as this page holds them, and each as a sentence. Pure.

import { count, isolated, plain } from "./format.js";

const DRAG_MS = 2_000; // a hand on a slider makes a change each 200 ms: one deed, not fifty
const NUMBERS = ["variance", "drift", "interval"];

/** Who paused what is paused, or null where nobody knows. */
export function pausedBy(items) {
  let first = items.length;
  while (first > 0 && items[first - 1].paused) first -= 1;
  return items[first]?.by ?? null;
}

/** How many changes are held at most, the newest; a history brings no more. */
export const LIMIT = 1_000;

export class Changes {
  /** Oldest first. Never altered: whatever comes, a new list takes its place. */
  items = [];

  /** Whether some are missing, so that a history is needed. */
  isLacking = false;

  #revision = null;

  /** What a history brings; it may have been read before the newest state was. */
  replace(items) {
    this.items = items.slice(-LIMIT);
    this.isLacking = this.#newest() < (this.#revision ?? 0);
  }

  /**
   * A `state`. It tells one change if it is the next; the greeting of a socket does not, since it
   * says where the motion is now, not where it was at the change.
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

/** Whether the first of `items` is how their epoch began; if they are cut off, it is not. */
export const isWhole = (items) => items.length < LIMIT;

/**
 * What was done by the change at `index`: "JM changed the variance 1 → 0.25 at step 14,162"; or by
 * those from `first` to it.
 */
export function sentence(items, index, first = index) {
  const change = items[index];
  const who = isolated(change.by ?? "Somebody");
  if (first > 0) return `${who} ${deed(items[first - 1], change)} at step ${count(change.step)}`;
  if (!isWhole(items)) return `${who} changed it at step ${count(change.step)}`;
  if (change.revision > 1) return `${who} restarted it`;
  return change.by === null ? "It began" : `${who} began it`;
}

/** The newest `most` deeds, newest first: {revision, step, text, at}. */
export function newest(items, most) {
  const told = [];
  for (let index = items.length - 1; index >= 0 && told.length < most; index -= 1) {
    const last = index;
    while (goesOn(items, index)) index -= 1;
    const { revision, step, at } = items[last];
    told.push({ revision, step, at, text: sentence(items, last, index) });
  }
  return told;
}

/** Whether the change at `index` is of one deed with that before it, as a dragged slider's are. */
function goesOn(items, index) {
  if (index < 2) return false;
  const [before, earlier, change] = items.slice(index - 2, index + 1);
  const name = onlyNumber(earlier, change);
  return (
    name !== null &&
    name === onlyNumber(before, earlier) &&
    change.by === earlier.by &&
    Date.parse(change.at) - Date.parse(earlier.at) <= DRAG_MS
  );
}

/** Which number is all that was changed, or null. */
function onlyNumber(before, after) {
  const names = NUMBERS.filter((name) => before[name] !== after[name]);
  return names.length === 1 && before.paused === after.paused ? names[0] : null;
}

function deed(before, after) {
  const values = NUMBERS.filter((name) => before[name] !== after[name]).map(
    (name) => `the ${name} ${plain(before[name])} → ${plain(after[name])}${name === "interval" ? " s" : ""}`,
  );
  const deeds = values.length ? [`changed ${listed(values)}`] : [];
  if (before.paused !== after.paused) deeds.push(after.paused ? "paused it" : "resumed it");
  return deeds.join(", and ") || "changed it";
}

/** "a", "a and b", "a, b and c". */
export function listed(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

function changeIn({ revision, step, position, variance, drift, interval, paused, at, by }) {
  return { revision, step, position, variance, drift, interval, paused, at, by };
}
