// Which law of the class the reader looks at, the lines of a barrier, and what the server has answered. Pure.

import { loadValue, saveValue } from "../lib/storage.js";

/** Of a line's height. */
export const HEIGHT_LIMIT = 1e12;
/** @type {LawName[]} */ export const LAWS = ["time-above", "maximum", "barrier"];
const NO_LINES = { low: null, high: null };
/** @typedef {Record<string, string | number>} LawQuery */

const SHARED = 64; // pages that follow a motion request the same steps: a part of so many of the steps so far apart

export class Laws {
  /** @type {LawName | null} */ chosen = null;
  /** The heights of one barrier or two. @type {number[]} */ lines = [];
  /** @type {LawJson | null} */ #answer = null;
  /** @type {LawQuery | null} */ #answered = null; // the query of the answer

  /** Set what the reader chose last in this browser. */
  restore() {
    const [chosen, lines] = [loadValue("law", null), loadValue("lines", [])];
    this.chosen = LAWS.find((law) => law === chosen) ?? null;
    this.lines = Array.isArray(lines) ? lines.filter(Number.isFinite).slice(0, 2) : [];
    if (this.chosen === "barrier" && !this.lines.length) this.chosen = null;
  }

  /** Choose a law, or none if it is the chosen one; a new barrier is at `height`. @param {LawName} law @param {number} height */
  toggle(law, height) {
    this.chosen = this.chosen === law ? null : law;
    if (law === "barrier" && !this.lines.length) this.lines = [height];
    this.#save();
  }

  /** Add a second line on the other side of zero, or remove it. */
  toggleSecondLine() {
    const [first] = this.lines;
    this.lines = this.lines.length === 2 ? [first] : [first, first ? -first : -1];
    this.#save();
  }

  /** @param {number} at which line @param {number} height */
  moveLine(at, height) {
    if (this.lines.includes(height)) return; // two lines need different heights
    this.lines = this.lines.map((line, index) => (index === at ? height : line));
    this.#save();
  }

  /** The chosen law with the heights of its lines, as a link has it. @returns {LinkedLaw | null} */
  describe() {
    if (!this.chosen) return null;
    return { name: this.chosen, ...(this.chosen === "barrier" ? this.#getHeights() : NO_LINES) };
  }

  /** Choose the law of a link, or none, but do not store it. @param {LinkedLaw | null} law */
  adopt(law) {
    this.chosen = law?.name ?? null;
    if (law?.name === "barrier") this.lines = [law.low, law.high].filter((height) => height !== null);
  }

  #save() {
    saveValue("law", this.chosen);
    saveValue("lines", this.lines);
  }

  /** The query for the chosen law up to `step`, or null if nothing new is needed. A step that does not stand still is
   * rounded down, so that all pages request the same.
   * @param {number} epoch @param {number} step @param {boolean} isStill @returns {LawQuery | null} */
  findMissing(epoch, step, isStill) {
    if (!this.chosen || step < 1) return null;
    const unit = isStill ? 1 : 2 ** Math.max(0, Math.floor(Math.log2(step / SHARED)));
    const query = { epoch, step: Math.floor(step / unit) * unit, law: this.chosen, ...this.#writeHeights() };
    return isEqual(query, this.#answered) ? null : query;
  }

  /** One line stops paths from below if it is above zero, else from above. */
  #getHeights() {
    const [low, high] = [Math.min(...this.lines), Math.max(...this.lines)];
    if (this.lines.length === 2) return { low, high };
    return low > 0 ? { low: null, high } : { low, high: null };
  }

  /** @returns {Record<string, string>} */
  #writeHeights() {
    if (this.chosen !== "barrier") return {};
    const given = Object.entries(this.#getHeights()).filter(([, height]) => height !== null);
    return Object.fromEntries(given.map(([name, height]) => [name, writeHeight(Number(height))]));
  }

  /** Whether a query differs from the answered one in its step alone. @param {LawQuery} query */
  isContinuation(query) {
    return this.#answered !== null && isEqual({ ...query, step: 0 }, { ...this.#answered, step: 0 });
  }

  /** @param {LawQuery} query @param {LawJson} answer */
  setAnswer(query, answer) {
    this.#answered = query;
    this.#answer = answer;
  }

  /** The newest answer about the chosen law in an epoch, or null. @param {number | null} epoch */
  getAnswer(epoch) {
    const answer = this.#answer;
    return answer && answer.epoch === epoch && answer.law === this.chosen ? answer : null;
  }

  /** Whether the path of a seat has crossed a barrier by `step`. @param {number | null} epoch @param {number} seat @param {number} step */
  hasCrossed(epoch, seat, step) {
    const crossedAt = this.getAnswer(epoch)?.crossed?.[seat];
    return crossedAt !== undefined && crossedAt <= step;
  }
}

/** @param {LawQuery} one @param {LawQuery | null} other */
const isEqual = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Without an exponent, which the server would refuse. @param {number} height */
export const writeHeight = (height) => height.toFixed(9).replace(/\.?0+$/, "");

/** A height for a new barrier: about one standard deviation of the positions, to 1, 2 or 5 times a power of ten.
 * @param {number} variance */
export function chooseHeight(variance) {
  const deviation = Math.sqrt(variance) || 1;
  const power = 10 ** Math.floor(Math.log10(deviation));
  return power * (deviation >= 5 * power ? 5 : deviation >= 2 * power ? 2 : 1);
}
