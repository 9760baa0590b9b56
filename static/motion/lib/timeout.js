// A time-out for a request: the browser's own is newer than the oldest browsers that the page works in.

/** A signal that aborts after so many milliseconds, or as soon as the signal `outer` does.
 * @param {number} milliseconds @param {AbortSignal | null} outer */
export function timeOut(milliseconds, outer = null) {
  const controller = new AbortController();
  const stop = () => controller.abort(outer?.reason);
  const expire = () => {
    outer?.removeEventListener("abort", stop);
    controller.abort(new DOMException("The server did not answer in time.", "TimeoutError"));
  };
  const timer = setTimeout(expire, milliseconds);
  controller.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  if (outer?.aborted) stop();
  else outer?.addEventListener("abort", stop, { once: true });
  return controller.signal;
}
