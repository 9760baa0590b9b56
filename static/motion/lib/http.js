// The only module that names fetch: every request of the page, with one time-out.

const TIMEOUT_MS = 15_000;

/** @typedef {RequestInit & { timeoutMs?: number }} Options */

/** `fetch`, aborted after `timeoutMs`, also while its body is read, or as soon as `signal` aborts.
 * @param {string} address @param {Options} options */
export function request(address, { timeoutMs = TIMEOUT_MS, signal = null, ...options } = {}) {
  return fetch(address, { ...options, signal: abortAfter(timeoutMs, signal) });
}

/** The JSON at `address`. Throws an Error with the `status` of any answer but a 2xx.
 * @param {string} address @param {Options} options @returns {Promise<any>} */
export async function requestJson(address, options = {}) {
  const response = await request(address, options);
  const { ok, status } = response;
  if (!ok) throw Object.assign(new Error(`${address} answered ${status}`), { status });
  return response.json();
}

/** The methods timeout() and any() of AbortSignal are newer than the oldest browsers that the page supports.
 * @param {number} milliseconds @param {AbortSignal | null} outer */
function abortAfter(milliseconds, outer) {
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
