// Finer stretches of a path, for a view that what the page holds of it is too coarse for. Pure.
//
// A tile is 512 strides of a path: the steps [i·512·s, (i + 1)·512·s] for a power of two s. All who
// look at a stretch so ask for the same few addresses, and any cache may answer. The last tile of a
// path that goes on ends at its newest step, and is asked for again once the path has left it
// behind. What has not come yet is drawn from the points there are: coarse, never blank.

import { selectBetween, mergePoints, selectUpTo, findWidestGap } from "../live/points.js";

/** How many points a view draws from one edge to the other at most. */
export const ACROSS = 800;

/** Strides in a tile. */
export const LENGTH = 512;

const HELD = 4; // tiles kept: one more than a view of ACROSS strides can touch
const OUTGROWN = LENGTH / 16; // strides after which a tile at the moving edge is asked for again
const RETRY_MS = 4_000;

/** The least power of two that takes at most `ACROSS` strides for `width` steps. @param {number} width */
export function strideFor(width) {
  let stride = 1;
  while (width / stride > ACROSS) stride *= 2;
  return stride;
}

export class Tiles {
  /** @type {(Tile & Points)[]} */ #held = []; // the one that was needed last is the last
  /** @type {Map<string | undefined, number>} */
  #asked = new Map(); // by key; until when it is not asked for again

  /** How many points are held. */
  get size() {
    return this.#held.reduce((sum, tile) => sum + tile.steps.length, 0);
  }

  /**
   * The points of `source` with `from` ≤ step ≤ `to`, and one more on each side, as fine as they
   * are held; none is newer than those of `source`.
   * @param {Series} source @param {number} from @param {number} to
   */
  selectBetween(source, from, to) {
    let points = selectBetween(source, from, to);
    for (const tile of this.#held) {
      if (tile.epoch !== source.epoch || tile.first > to || tile.last < from) continue;
      points = mergePoints(points, selectUpTo(selectBetween(tile, from, to), source.last));
    }
    return points;
  }

  /**
   * The tiles to ask for, so that [from, to] of `source` can be drawn: {key, epoch, stride, first,
   * last}, none that is held, on its way, or has just failed.
   * @param {Series} source @param {Span} span @param {number} now
   */
  wanted(source, [from, to], now) {
    const stride = strideFor(to - from);
    const length = stride * LENGTH;
    const low = Math.max(0, from);
    const high = Math.min(to, source.last);
    /** @type {Tile[]} */ const missing = [];
    for (let first = Math.floor(low / length) * length; first < high; first += length) {
      const last = Math.min(first + length, source.last);
      if (last - first < stride) continue; // its one point is held
      const tile = { key: `${source.epoch}/${stride}/${first}`, epoch: source.epoch, stride, first, last };
      /** @type {Span} */
      const seen = [Math.max(low, first), Math.min(high, last)];
      if (findWidestGap(source, ...seen) <= stride) continue;
      const held = this.#held.find(({ key }) => key === tile.key);
      if (held) this.#touch(held);
      const isFresh = held && (held.last === last || last - held.last < OUTGROWN * stride);
      if (!isFresh && !((this.#asked.get(tile.key) ?? 0) > now)) missing.push(tile);
    }
    return missing;
  }

  /** It was asked for: not again until it came, or failed. @param {Tile} tile */
  ask(tile) {
    this.#asked.set(tile.key, Infinity);
  }

  /** Its positions came, at the multiples of its stride in [first, last].
   * @param {Tile} tile @param {number[]} positions */
  take(tile, positions) {
    this.#asked.delete(tile.key);
    this.#held = this.#held.filter(({ key }) => key !== tile.key);
    const steps = positions.map((_, at) => tile.first + at * tile.stride);
    this.#held = [...this.#held, { ...tile, steps, positions }].slice(-HELD);
  }

  /** It did not come: not again for a while. @param {Tile} tile @param {number} now */
  fail(tile, now) {
    this.#asked.set(tile.key, now + RETRY_MS);
    for (const [key, until] of this.#asked) if (until <= now) this.#asked.delete(key);
  }

  /** @param {Tile & Points} tile */
  #touch(tile) {
    this.#held = [...this.#held.filter((held) => held !== tile), tile];
  }
}
