// The server's clock, to compare with times that the server wrote: this computer's may be minutes off.
// Each `state` frame has the server's time.

let ahead = 0; // of this computer's clock, in ms

/** Call it when a frame arrives: the server sent it at `moment`, half a round trip ago.
 * @param {string | undefined} moment @param {number | null} roundTripMs */
export function setServerClock(moment, roundTripMs) {
  const at = Date.parse(moment ?? "");
  if (!Number.isNaN(at)) ahead = at + (roundTripMs ?? 0) / 2 - Date.now();
}

/** Milliseconds since 1970, as Date.now(). */
export const serverNow = () => Date.now() + ahead;
