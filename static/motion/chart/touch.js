// Touch and pen gestures on the chart: one finger moves it, two zoom, and a vertical swipe scrolls the page.
// Plotly has no pinch, and would keep the page from scrolling.

import { isMain, listenForInterruption } from "../lib/pointer-hold.js";

const SLOP_PX = 8; // a shorter move is a tap

/** The range of steps that puts each finger on its step.
 * `fingers` are one or two of {x, step}, x in pixels from the left of an area that is `width` wide.
 * `range` is the range now.
 * @param {{ x: number, step: number }[]} fingers @param {number} width @param {Span} range @returns {Span} */
export function computeRange([first, second], width, [from, to]) {
  const perPixel = second ? (second.step - first.step) / (second.x - first.x) : (to - from) / width;
  // The fingers are on one spot, or have passed each other.
  if (!(perPixel > 0 && perPixel < Infinity)) return [from, to];
  const left = first.step - first.x * perPixel;
  return [left, left + width * perPixel];
}

export class Touch {
  /** @type {Map<number, { clientX: number, step: number }>} */ #fingers = new Map();
  #isMoving = false;

  /** `getArea()` is the rectangle of the path, `getRange()` its steps; `onMove(range)` gets each new range.
   * @param {HTMLElement} element
   * @param {{ getArea: () => DOMRect, getRange: () => Span, onMove: (range: Span) => void }} chart */
  constructor(element, { getArea, getRange, onMove }) {
    this.getArea = getArea;
    this.getRange = getRange;
    this.onMove = onMove;
    /** @type {(name: string, act: (event: any) => unknown) => void} */
    const listen = (name, act) =>
      element.addEventListener(name, (event) => /** @type {PointerEvent} */ (event).pointerType !== "mouse" && act(event));
    element.addEventListener("touchstart", (event) => event.stopPropagation(), { capture: true });
    listen("pointerdown", (event) => {
      if (event.pointerType === "pen" && isMain(event)) element.setPointerCapture(event.pointerId);
      this.#addFinger(event);
    });
    listen("pointermove", (event) => this.#moveFinger(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      listen(name, (event) => this.#removeFinger(event));
    }
    listenForInterruption(() => {
      for (const pointerId of [...this.#fingers.keys()]) this.#removeFinger({ pointerId });
    });
  }

  /** @param {PointerEvent} event */
  #addFinger({ pointerId, clientX, button }) {
    if (this.#fingers.size === 2 || button !== 0) return; // a pen has buttons
    this.#fingers.set(pointerId, { clientX, step: NaN }); // until #assignSteps
    this.#assignSteps();
  }

  /** @param {{ pointerId: number }} event */
  #removeFinger({ pointerId }) {
    this.#fingers.delete(pointerId);
    if (!this.#fingers.size) this.#isMoving = false;
    this.#assignSteps();
  }

  /** @param {PointerEvent} event */
  #moveFinger({ pointerId, clientX }) {
    const finger = this.#fingers.get(pointerId);
    if (!finger) return;
    if (!this.#isMoving && Math.abs(clientX - finger.clientX) < SLOP_PX) return;
    finger.clientX = clientX;
    if (this.#isMoving) this.#reportRange();
    else this.#assignSteps(); // from here, so that the path does not jump by the slop
    this.#isMoving = true;
  }

  /** Each finger keeps the step that is under it now. */
  #assignSteps() {
    const { left, width } = this.getArea();
    const [from, to] = this.getRange();
    for (const finger of this.#fingers.values()) {
      finger.step = from + ((finger.clientX - left) / width) * (to - from);
    }
  }

  #reportRange() {
    const { left, width } = this.getArea();
    const fingers = [...this.#fingers.values()].map(({ clientX, step }) => ({ x: clientX - left, step }));
    this.onMove(computeRange(fingers, width, this.getRange()));
  }
}
