// Lines and areas that grow on the right, a hundred of them: a step draws only what is new, on a strip that is wider than
// the view. The view moves over the strip, and at its end all is drawn again.
//
// It moves by whole pixels of the device, so all lies up to half a pixel from where a new drawing would put it.

import { findLowerBound } from "../live/points.js";

/** @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").EnsembleScene} EnsembleScene
 * @typedef {CanvasRenderingContext2D} Context
 * @typedef {{ x: number[], y: number[] }} Curve */

const CORNER_PX = 4; // the end of a line is drawn again, as it has become a corner
const STRIP = 1.5; // times the view

export class GrowingLines {
  #canvas; // beside the page
  #key = ""; // all that the pixels depend on, but the points and the step at their left edge
  #left = 0; // the coordinate of the left edge of the strip
  /** @type {Curve[]} */ #drawn = [];

  /** @param {HTMLCanvasElement} canvas another one like it will have the lines */
  constructor(canvas) {
    this.#canvas = /** @type {HTMLCanvasElement} */ (canvas.cloneNode());
  }

  /** The strip with the areas and lines of an ensemble, and how many pixels of it lie left of the view.
   * `draw(context, left, [from, to])` draws them between two coordinates, where `left` is that of the left edge. Their
   * points must not change later.
   * @param {Pick<Scene, "box" | "range" | "yRange">} scene @param {EnsembleScene} ensemble @param {number} ratio
   * @param {(context: Context, left: number, span: Span) => void} draw */
  update({ box, range, yRange }, { areas, thin, lines }, ratio, draw) {
    const perX = (box.width * ratio) / (range[1] - range[0]); // pixels of the device
    const [across, up] = [box.width, box.height].map((side) => Math.round(side * ratio));
    const styled = [...thin.slice(0, 1), ...lines]; // all thin lines look the same
    const styles = [
      areas.map(({ colour, opacity }) => [colour, opacity]),
      styled.map(({ colour, width, opacity, dash }) => [colour, width, opacity, dash]),
      thin.length,
    ];
    const key = JSON.stringify([across, up, yRange, ratio, perX.toPrecision(9), styles]);
    const curves = [...areas.flatMap(({ x, low, high }) => [low, high].map((y) => ({ x, y }))), ...thin, ...lines];
    const shift = Math.round((range[0] - this.#left) * perX);
    const canMove = key === this.#key && shift >= 0 && shift + across <= this.#canvas.width;
    const context = /** @type {Context} */ (this.#canvas.getContext("2d"));
    if (canMove && curves.every((curve, at) => continues(curve, this.#drawn[at], "dash" in curve ? -Infinity : range[0]))) {
      const end = Math.min(...this.#drawn.map(({ x }) => x[x.length - 1]));
      draw(context, this.#left, [end - (CORNER_PX * ratio) / perX, this.#left + this.#canvas.width / perX]);
    } else {
      Object.assign(this.#canvas, { width: Math.round(STRIP * across), height: up });
      this.#left = range[0];
      draw(context, range[0], [range[0], range[0] + this.#canvas.width / perX]);
    }
    this.#key = key;
    this.#drawn = curves;
    return { strip: this.#canvas, shift: Math.round((range[0] - this.#left) * perX) };
  }
}

/** Whether a curve has all points of `before` from `left` on, and perhaps more after them. Dashes begin at the first one.
 * @param {Curve} curve @param {Curve} before @param {number} left */
function continues({ x, y }, before, left) {
  let [at, other] = [findLowerBound(x, left), findLowerBound(before.x, left)];
  if (other === before.x.length) return false;
  for (; other < before.x.length; at += 1, other += 1) {
    if (x[at] !== before.x[other] || y[at] !== before.y[other]) return false;
  }
  return true;
}
