// Exponential backoff with full jitter: after a restart of the server a thousand pages must not
// reconnect in the same moment.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Milliseconds to wait before attempt number `attempt` (0, 1, …); `random` is in [0, 1). @param {number} attempt */
export function computeBackoff(attempt, random = Math.random()) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling * random);
}
