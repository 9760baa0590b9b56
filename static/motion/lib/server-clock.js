// The server's clock, for what is compared with moments that the server wrote: this computer's may
// be minutes off. Each `state` frame says what time it is there.

let ahead = 0; // of this computer's clock, in ms

/** A frame has come that the server made at `moment`; half of a round trip ago, where one is known.
 * @param {string | undefined} moment @param {number | null} roundTripMs */
export function setServerClock(moment, roundTripMs) {
  const at = Date.parse(moment ?? "");
  if (!Number.isNaN(at)) ahead = at + (roundTripMs ?? 0) / 2 - Date.now();
}

/** Milliseconds since 1970, as Date.now(). */
export const serverNow = () => Date.now() + ahead;
