// Many thin lines that grow on the right: a step moves the pixels that are there, and draws only what is new.
//
// They move by whole pixels of the device, so they lie up to half a pixel from where a new drawing would put them.

import { findLowerBound } from "../live/points.js";

/** @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Line} Line
 * @typedef {CanvasRenderingContext2D} Context
 * @typedef {(context: Context, from: number) => void} Draw */

const CORNER_PX = 2; // the end of a line is drawn again, as it has become a corner

export class ThinLines {
  #canvas; // beside the page
  #key = ""; // all that the pixels depend on, but the points and the step at their left edge
  #left = 0; // the coordinate of the left edge
  /** @type {{ x: number[], y: number[] }[]} */ #drawn = [];

  /** @param {HTMLCanvasElement} canvas another one like it will have the lines */
  constructor(canvas) {
    this.#canvas = /** @type {HTMLCanvasElement} */ (canvas.cloneNode());
  }

  /** A canvas with the thin lines of a scene, as large as its box. `draw(context, left, from)` draws the lines from the
   * coordinate `from` on, where `left` is the coordinate of the left edge.
   * @param {Pick<Scene, "box" | "range" | "yRange"> & { thin: Line[] }} lines @param {number} ratio
   * @param {(context: Context, left: number, from: number) => void} draw */
  update({ box, range, yRange, thin }, ratio, draw) {
    const perX = (box.width * ratio) / (range[1] - range[0]); // pixels of the device
    const styles = thin.map(({ colour, width, opacity }) => [colour, width, opacity]);
    const key = JSON.stringify([box, yRange, ratio, perX.toPrecision(9), styles]);
    const shift = Math.round((range[0] - this.#left) * perX);
    const canMove = key === this.#key && shift >= 0 && shift < box.width * ratio;
    const context = /** @type {Context} */ (this.#canvas.getContext("2d"));
    if (canMove && thin.every((line, at) => continues(line, this.#drawn[at], range[0]))) {
      this.#move(context, shift, perX);
      const end = Math.min(...this.#drawn.map(({ x }) => x[x.length - 1]));
      draw(context, this.#left, end - CORNER_PX / perX);
    } else {
      Object.assign(this.#canvas, { width: Math.round(box.width * ratio), height: Math.round(box.height * ratio) });
      this.#left = range[0];
      draw(context, range[0], range[0]);
    }
    this.#key = key;
    this.#drawn = thin.map(({ x, y }) => ({ x: [...x], y: [...y] }));
    return this.#canvas;
  }

  /** @param {Context} context @param {number} shift @param {number} perX */
  #move(context, shift, perX) {
    if (shift === 0) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "copy";
    context.drawImage(this.#canvas, -shift, 0);
    context.globalCompositeOperation = "source-over";
    this.#left += shift / perX;
  }
}

/** Whether `line` has all points of `before` from `left` on, and perhaps more after them.
 * @param {Line} line @param {{ x: number[], y: number[] }} before @param {number} left */
function continues({ x, y }, before, left) {
  let [at, other] = [findLowerBound(x, left), findLowerBound(before.x, left)];
  if (other === before.x.length) return false;
  for (; other < before.x.length; at += 1, other += 1) {
    if (x[at] !== before.x[other] || y[at] !== before.y[other]) return false;
  }
  return true;
}
