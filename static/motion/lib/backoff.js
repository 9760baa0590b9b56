// How long to wait before coming back: exponential backoff with full jitter, so that a thousand
// pages whose server went away do not all knock at once when it returns.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Milliseconds to wait before try number `attempt` (0, 1, …); `random` is in [0, 1). @param {number} attempt */
export function delayBefore(attempt, random = Math.random()) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling * random);
}
