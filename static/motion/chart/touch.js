// Fingers and pens on the chart: one moves it sideways, two zoom as well, up and down scrolls the page.
// Plotly would keep the page from scrolling, and knows no pinch.

import { isMain, listenForInterruption } from "../lib/pointer-hold.js";

const SLOP_PX = 8; // less is a tap

/**
 * The range of steps with which each finger holds the step that it held before.
 *
 * `fingers` are one or two of {x, step}, x in pixels from the left of an area `width` wide;
 * `range` is what is shown now.
 * @param {{ x: number, step: number }[]} fingers @param {number} width @param {Span} range @returns {Span}
 */
export function heldRange([first, second], width, [from, to]) {
  const perPixel = second
    ? (second.step - first.step) / (second.x - first.x)
    : (to - from) / width;
  // Two fingers on one spot, or past each other.
  if (!(perPixel > 0 && perPixel < Infinity)) return [from, to];
  const left = first.step - first.x * perPixel;
  return [left, left + width * perPixel];
}

export class Touch {
  /** @type {Map<number, { clientX: number, step: number }>} */ #fingers = new Map();
  #moving = false;

  /** `area()` is the rectangle of the path, `range()` what it shows; `onMove(range)` gets each new one.
   * @param {HTMLElement} element
   * @param {{ area: () => DOMRect, range: () => Span, onMove: (range: Span) => void }} chart */
  constructor(element, { area, range, onMove }) {
    this.area = area;
    this.range = range;
    this.onMove = onMove;
    /** @type {(name: string, act: (event: any) => unknown) => void} */
    const listen = (name, act) =>
      element.addEventListener(name, (event) => /** @type {PointerEvent} */ (event).pointerType !== "mouse" && act(event));
    element.addEventListener("touchstart", (event) => event.stopPropagation(), { capture: true });
    listen("pointerdown", (event) => {
      if (event.pointerType === "pen" && isMain(event)) element.setPointerCapture(event.pointerId);
      this.#put(event);
    });
    listen("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      listen(name, (event) => this.#lift(event));
    }
    listenForInterruption(() => {
      for (const pointerId of [...this.#fingers.keys()]) this.#lift({ pointerId });
    });
  }

  /** @param {PointerEvent} event */
  #put({ pointerId, clientX, button }) {
    if (this.#fingers.size === 2 || button !== 0) return; // a pen has buttons
    this.#fingers.set(pointerId, { clientX, step: NaN }); // until the grip
    this.#grip();
  }

  /** @param {{ pointerId: number }} event */
  #lift({ pointerId }) {
    this.#fingers.delete(pointerId);
    if (!this.#fingers.size) this.#moving = false;
    this.#grip();
  }

  /** @param {PointerEvent} event */
  #move({ pointerId, clientX }) {
    const finger = this.#fingers.get(pointerId);
    if (!finger) return;
    if (!this.#moving && Math.abs(clientX - finger.clientX) < SLOP_PX) return;
    finger.clientX = clientX;
    if (this.#moving) this.#tell();
    else this.#grip(); // from here, so that the path does not jump by the slop
    this.#moving = true;
  }

  /** Every finger holds the step under it from now on. */
  #grip() {
    const { left, width } = this.area();
    const [from, to] = this.range();
    for (const finger of this.#fingers.values()) {
      finger.step = from + ((finger.clientX - left) / width) * (to - from);
    }
  }

  #tell() {
    const { left, width } = this.area();
    const fingers = [...this.#fingers.values()].map(({ clientX, step }) => ({ x: clientX - left, step }));
    this.onMove(heldRange(fingers, width, this.range()));
  }
}
