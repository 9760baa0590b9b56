// The newest slices of the class, as the socket sends them: the positions of all paths at one step. Pure.
//
// A frame `ensemble` is a hint that may be lost: what is missing between two slices comes over HTTP
// (view/ensemble-loader.js), and the next frame has the newest positions again.

export const LIMIT = 1_000; // slices at most

/** The quantiles of a fan, lowest first, as ensemble.json names them. */
export const QUANTILES = /** @type {const} */ (["0.05", "0.25", "0.5", "0.75", "0.95"]);

export class EnsembleSeries {
  /** @type {number | null} */ epoch = null;
  paths = 0; // of this epoch; 0: it has no ensemble
  /** @type {Slice[]} */ slices = []; // in order of their steps
  /** The path of this reader, or null. @type {Seat | null} */ seat = null;
  /** The names of people who watch, by the numbers of their seats. @type {Map<number, string>} */ names = new Map();

  /** The motion is in this epoch, which has so many paths. @param {{ epoch: number, paths?: number }} state */
  follow({ epoch, paths = 0 }) {
    if (epoch !== this.epoch) this.slices = [];
    this.epoch = epoch;
    this.paths = paths;
  }

  /** Take in a frame; false if it brings nothing new. @param {{ epoch: number, step: number, positions: string }} frame */
  take({ epoch, step, positions }) {
    if (epoch !== this.epoch || (this.newest && step <= this.newest.step)) return false;
    const decoded = decodePositions(positions);
    if (decoded.length !== this.paths) return false;
    this.slices.push({ step, positions: decoded, quantiles: null });
    if (this.slices.length > LIMIT) this.#thin();
    return true;
  }

  /** @param {{ number: number | null, name: string }} frame */
  takeSeat({ number, name }) {
    this.seat = number === null ? null : { number, name };
  }

  get newest() {
    return this.slices[this.slices.length - 1] ?? null;
  }

  /** The name of the person with this seat, or "". @param {number} seat */
  getName(seat) {
    return this.seat?.number === seat ? this.seat.name : (this.names.get(seat) ?? "");
  }

  /** Drop every second one of the older half. */
  #thin() {
    const half = this.slices.length >> 1;
    this.slices = this.slices.filter((_, at) => at >= half || at % 2 === 0);
  }
}

/** The numbers of base64 text with float32, the lowest byte first. @param {string} text */
export function decodePositions(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer, 0, bytes.length >> 2);
}

/** The QUANTILES of a slice, with linear interpolation as the server's. @param {Slice} slice @returns {number[]} */
export function readQuantiles(slice) {
  slice.quantiles ??= computeQuantiles(slice.positions);
  return slice.quantiles;
}

/** @param {Float32Array} positions */
function computeQuantiles(positions) {
  const sorted = positions.slice().sort();
  return QUANTILES.map((part) => {
    const place = Number(part) * (sorted.length - 1);
    const at = Math.floor(place);
    return sorted[at] + (place - at) * ((sorted[at + 1] ?? sorted[at]) - sorted[at]);
  });
}

/** The place of a seat among all paths, 1 for the highest; paths at the same position share one.
 * @param {Slice} slice @param {number} seat */
export function computeRank({ positions }, seat) {
  const own = positions[seat - 1];
  return 1 + positions.filter((position) => position > own).length;
}
