// The pointer of a presenter: read over the presenter's chart, drawn over the charts of all others. To move it costs no
// drawing.

import { writeAttribute, writeHidden, writeProperty, writeText } from "../lib/dom.js";

/** @typedef {[step: number, value: number]} Point */

export class PresentedPointer {
  /** @type {Point | null} */ #shown = null;
  /** @type {((point: Point | null) => void) | null} */ #onMove = null;

  /** `toPoint(event)` is the point of the chart under a pointer, `toPlace(point)` its pixels from the chart's upper left
   * corner and whether the label has its place left of it; null where there is none.
   * @param {HTMLElement} chart
   * @param {{ toPoint: (event: PointerEvent) => Point | null, toPlace: (point: Point) => { left: number, top: number, isLeft: boolean } | null }} on */
  constructor(chart, { toPoint, toPlace }) {
    this.chart = chart;
    this.element = chart.querySelector(".presented");
    this.toPoint = toPoint;
    this.toPlace = toPlace;
  }

  /** Call `onMove(point)` when the reader's pointer moves over the path, and with null when it leaves; with null, no longer.
   * @param {((point: Point | null) => void) | null} onMove */
  listen(onMove) {
    this.#onMove = onMove;
    const change = onMove ? "addEventListener" : "removeEventListener";
    for (const name of ["pointermove", "pointerdown"]) this.chart[change](name, this.#move, { capture: true });
    for (const name of ["pointerleave", "pointercancel"]) this.chart[change](name, this.#leave);
  }

  #move = (/** @type {any} */ event) => this.#onMove?.(this.toPoint(event));
  #leave = () => this.#onMove?.(null);

  /** Show the pointer of the person `name`, or none. @param {Point | null} point */
  show(point, name = "") {
    this.#shown = point;
    if (point) writeText(this.element.lastElementChild, name);
    else writeHidden(this.element, true);
    this.place();
  }

  /** Put it where its point is in the newest picture. */
  place() {
    if (!this.#shown) return;
    const place = this.toPlace(this.#shown);
    writeHidden(this.element, !place);
    if (!place) return;
    writeAttribute(this.element, "data-side", place.isLeft ? "left" : "right");
    writeProperty(this.element, "transform", `translate(${place.left.toFixed(1)}px, ${place.top.toFixed(1)}px)`);
  }
}
