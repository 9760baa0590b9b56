// Lines and areas that grow on the right: a step draws only what is new, on a strip that is wider than the view. The view
// moves over the strip, and at its end all is drawn again.
//
// It moves by whole pixels of the device, so all lies up to half a pixel from where a new drawing would put it.

import { findLowerBound } from "../live/points.js";

/** @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Line} Line
 * @typedef {CanvasRenderingContext2D} Context
 * @typedef {{ x: number[], y: number[] }} Curve */

const CORNER_PX = 4; // the end of a line is drawn again, as it has become a corner
const STRIP = 1.5; // times the view

export class GrowingLines {
  #canvas; // beside the page
  #key = ""; // all that the pixels depend on, but the points and the step at their left edge
  #left = 0; // the coordinate of the left edge of the strip
  /** @type {Curve[]} */ #drawn = []; // in the last picture
  #isDrawn = false; // whether the strip has them

  /** @param {HTMLCanvasElement} canvas another one like it will have the lines */
  constructor(canvas) {
    this.#canvas = /** @type {HTMLCanvasElement} */ (canvas.cloneNode());
  }

  /** The strip with areas and lines, and how many pixels of it lie left of the view; null if there is a single line that
   * does not continue the last one: to draw it in its place is faster then. `draw(context, left, [from, to])` draws them
   * between two coordinates, where `left` is that of the left edge. Their points must not change later.
   * @param {Pick<Scene, "box" | "range" | "yRange">} scene @param {Pick<Scene, "areas" | "lines">} growing @param {number} ratio
   * @param {(context: Context, left: number, span: Span) => void} draw */
  update({ box, range, yRange }, { areas, lines }, ratio, draw) {
    const perX = (box.width * ratio) / (range[1] - range[0]); // pixels of the device
    const [across, up] = [box.width, box.height].map((side) => Math.round(side * ratio));
    const styles = [...areas, ...lines].map(({ colour, opacity }) => `${colour} ${opacity}`).join();
    const key = [across, up, ...yRange, ratio, perX.toPrecision(9), styles].join();
    const curves = [...areas.flatMap(({ x, low, high }) => [low, high].map((y) => ({ x, y }))), ...lines];
    const before = this.#drawn;
    const ends = curves.map((curve, at) => findEnd(curve, before[at], isDashed(curve) ? -Infinity : range[0]));
    const end = key === this.#key ? Math.min(...ends) : -Infinity;
    const goesOn = end > -Infinity;
    this.#key = key;
    this.#drawn = curves;
    if (!goesOn) this.#isDrawn = false;
    if (!goesOn && curves.length === 1) return null;
    const shift = Math.round((range[0] - this.#left) * perX);
    const context = /** @type {Context} */ (this.#canvas.getContext("2d"));
    if (this.#isDrawn && shift >= 0 && shift + across <= this.#canvas.width) {
      draw(context, this.#left, [end - (CORNER_PX * ratio) / perX, this.#left + this.#canvas.width / perX]);
      return { strip: this.#canvas, shift };
    }
    Object.assign(this.#canvas, { width: Math.round(STRIP * across), height: up });
    this.#left = range[0];
    draw(context, range[0], [range[0], range[0] + this.#canvas.width / perX]);
    this.#isDrawn = true;
    return { strip: this.#canvas, shift: 0 };
  }
}

/** Dashes begin at the first point of a line. @param {Curve | Line} curve */
const isDashed = (curve) => "dash" in curve && Boolean(curve.dash?.length);

/** Up to where a curve has the points of `before` from `left` on: to the last of them, or to the one before if a later point
 * has replaced the last; −∞ if others differ.
 * @param {Curve} curve @param {Curve | undefined} before @param {number} left */
export function findEnd({ x, y }, before, left) {
  if (!before) return -Infinity;
  const last = before.x.length - 1;
  if (x === before.x && y === before.y) return x[last] ?? -Infinity;
  let [at, other] = [findLowerBound(x, left), findLowerBound(before.x, left)];
  if (other > last) return -Infinity;
  for (; other <= last; at += 1, other += 1) {
    const isSame = x[at] === before.x[other] && y[at] === before.y[other];
    if (!isSame) return other === last ? (before.x[last - 1] ?? -Infinity) : -Infinity;
  }
  return before.x[last];
}
