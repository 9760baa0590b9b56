// Stretches of a path over HTTP: the points that a view lacks.

import { serverNow } from "../lib/server-clock.js";
import { Series } from "./series.js";
import { timeOut } from "../lib/timeout.js";

const PATIENCE_MS = 15_000;
const WHOLE = 1_000; // points that an earlier path is first shown in

export class Windows {
  /** `base()` is the motion's address, "/motions/…/": it changes when the motion is renamed.
   * @param {() => string} base */
  constructor(base) {
    this.base = base;
  }

  /** The positions of a tile (tiles.js). @param {Tile} tile @returns {Promise<number[]>} */
  async tile({ epoch, first, last, stride }) {
    const points = Math.floor((last - first) / stride) + 1;
    const window = await this.#get("path.json", { epoch, first, last, points, changes: 0 });
    if (window.stride !== stride) throw new Error(`a tile of stride ${window.stride}, not ${stride}`);
    return window.positions;
  }

  /** X at one step. @param {number | null} epoch @param {number} step @returns {Promise<number>} */
  async position(epoch, step) {
    const query = { epoch, first: step, last: step, points: 1, changes: 0 };
    const { positions } = await this.#get("path.json", query);
    return positions[0];
  }

  /** An earlier path, coarse but whole, as view-model.js takes it. @param {number} epoch @returns {Promise<Path>} */
  async whole(epoch) {
    /** @type {{ epochs: EpochJson[] }} */
    const { epochs } = await this.#get("epochs.json", {});
    const told = epochs.find((path) => path.epoch === epoch);
    // By its last step: a cache may hold another end of it, from before a backup was restored.
    const end = told ? { last: told.last_step } : {};
    const window = await this.#get("path.json", { epoch, points: WHOLE, ...end });
    const { stride, last, positions, changes } = window;
    const series = new Series();
    series.replace({ epoch, first_step: 0, stride, positions });
    if (last % stride) {
      series.steps.push(last);
      series.positions.push(await this.position(epoch, last));
    }
    const endedAt = Date.parse(told?.ended_at ?? "") || serverNow();
    return { series, items: changes, ordinal: told?.ordinal ?? null, endedAt };
  }

  /** @param {string} name @param {Record<string, any>} query @returns {Promise<any>} */
  async #get(name, query) {
    const response = await fetch(`${this.base()}${name}?${new URLSearchParams(query)}`, {
      signal: timeOut(PATIENCE_MS),
    });
    const { ok, status } = response;
    if (!ok) throw Object.assign(new Error(`${name} answered ${status}`), { status });
    return response.json();
  }
}
