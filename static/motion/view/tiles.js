// Finer points of a path, for a view in which the points of the page are too coarse. Pure.
//
// A tile is 512 strides of a path: the steps [i·512·s, (i + 1)·512·s] for a power of two s. So all pages
// request the same few addresses for a view, and a cache can answer. The last tile of a live path ends
// at its newest step, and is requested again once it is stale. Until a tile has come, the page draws the
// coarse points.

import { selectBetween, mergePoints, selectUpTo, findWidestGap } from "../live/points.js";

export const ACROSS = 800; // how many points a view draws at most from one edge to the other

export const LENGTH = 512; // strides in a tile

const MOST_TILES = 4; // one more than a view of ACROSS strides can touch
const STALE = LENGTH / 16; // after so many more strides the last tile of a live path is requested again
const RETRY_MS = 4_000;

/** The smallest power of two of which `width` steps have at most `ACROSS` strides. @param {number} width */
export function chooseStride(width) {
  let stride = 1;
  while (width / stride > ACROSS) stride *= 2;
  return stride;
}

export class Tiles {
  /** @type {(Tile & Points)[]} */ #tiles = []; // the most recently used one is the last
  /** @type {Map<string | undefined, number>} */
  #requested = new Map(); // by key: not to be requested again before this time

  /** How many points the tiles have. */
  get size() {
    return this.#tiles.reduce((sum, tile) => sum + tile.steps.length, 0);
  }

  /** The finest known points of `source` with `from` ≤ step ≤ `to`, and one more on each side; none is
   * newer than those of `source`.
   * @param {Series} source @param {number} from @param {number} to */
  selectBetween(source, from, to) {
    let points = selectBetween(source, from, to);
    for (const tile of this.#tiles) {
      if (tile.epoch !== source.epoch || tile.first > to || tile.last < from) continue;
      points = mergePoints(points, selectUpTo(selectBetween(tile, from, to), source.last));
    }
    return points;
  }

  /** The tiles to request for the view [from, to] of `source`, {key, epoch, stride, first, last}, without
   * those that are known, on their way, or have just failed.
   * @param {Series} source @param {Span} span @param {number} now */
  listMissing(source, [from, to], now) {
    const stride = chooseStride(to - from);
    const length = stride * LENGTH;
    const low = Math.max(0, from);
    const high = Math.min(to, source.last);
    /** @type {Tile[]} */ const missing = [];
    for (let first = Math.floor(low / length) * length; first < high; first += length) {
      const last = Math.min(first + length, source.last);
      if (last - first < stride) continue; // its only point is known
      const tile = { key: `${source.epoch}/${stride}/${first}`, epoch: source.epoch, stride, first, last };
      /** @type {Span} */ const visible = [Math.max(low, first), Math.min(high, last)];
      if (findWidestGap(source, ...visible) <= stride) continue;
      const known = this.#tiles.find(({ key }) => key === tile.key);
      if (known) this.#tiles = [...this.#tiles.filter((other) => other !== known), known];
      const isFresh = known && (known.last === last || last - known.last < STALE * stride);
      if (!isFresh && !((this.#requested.get(tile.key) ?? 0) > now)) missing.push(tile);
    }
    return missing;
  }

  /** The page has requested this tile: do not request it again until it has come or failed. @param {Tile} tile */
  markRequested(tile) {
    this.#requested.set(tile.key, Infinity);
  }

  /** Add the positions of a tile, at the multiples of its stride in [first, last].
   * @param {Tile} tile @param {number[]} positions */
  add(tile, positions) {
    this.#requested.delete(tile.key);
    this.#tiles = this.#tiles.filter(({ key }) => key !== tile.key);
    const steps = positions.map((_, at) => tile.first + at * tile.stride);
    this.#tiles = [...this.#tiles, { ...tile, steps, positions }].slice(-MOST_TILES);
  }

  /** The request failed: wait before the next one. @param {Tile} tile @param {number} now */
  markFailed(tile, now) {
    this.#requested.set(tile.key, now + RETRY_MS);
    for (const [key, until] of this.#requested) if (until <= now) this.#requested.delete(key);
  }
}
