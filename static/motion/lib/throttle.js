// Limits how often a function is called; the last call is always made.

/** `call` at once, then at most every `everyMs` with the latest arguments.
 * `now` and `later` are the clock and the timer.
 * @template {unknown[]} Arguments
 * @param {(...latest: Arguments) => void} call @param {number} everyMs @returns {(...latest: Arguments) => void} */
export function throttle(call, everyMs, now = () => performance.now(), later = setTimeout) {
  let readyAt = -Infinity;
  /** @type {Arguments | null} */ let waiting = null;

  const run = () => {
    const latest = /** @type {Arguments} */ (waiting);
    waiting = null;
    readyAt = now() + everyMs;
    call(...latest);
  };

  return (...latest) => {
    const scheduled = waiting !== null;
    waiting = latest;
    if (scheduled) return;
    const wait = readyAt - now();
    if (wait <= 0) run();
    else later(run, wait);
  };
}
