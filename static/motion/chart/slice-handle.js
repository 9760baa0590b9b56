// The handle of the slice: the reader drags it through time, or moves it with keys.

import { formatCount } from "../lib/format.js";
import { isMain, listenForInterruption } from "../lib/pointer-hold.js";
import { writeAttribute, writeHidden, writeProperty } from "../lib/dom.js";

const KEY_PART = 0.01; // of the view, for an arrow key
const PAGE = 10; // arrow keys

export class SliceHandle {
  /** @type {SlicePicture | null} */ #slice = null;
  /** @type {{ id: number, offset: number } | null} */ #drag = null; // from the pointer to the line, in pixels
  #perKey = 1; // steps

  /** `onMove(step)` is called with each step that the reader chooses, `onHold()` when a drag begins or ends. `getLeft()`
   * returns the left edge of the plot in pixels of the window, `toStep(x)` the step x pixels right of it.
   * @param {HTMLElement} element
   * @param {{ onMove: (step: number) => void, onHold: () => void, getLeft: () => number, toStep: (x: number) => number }} on */
  constructor(element, { onMove, onHold, getLeft, toStep }) {
    this.element = element;
    this.onMove = onMove;
    this.onHold = onHold;
    this.getLeft = getLeft;
    this.toStep = toStep;
    /** @param {string} name @param {(event: any) => void} act */
    const listen = (name, act) => element.addEventListener(name, act);
    // The chart below would take a drag and a click for its own.
    for (const name of ["pointerdown", "mousedown", "touchstart", "click", "dblclick"]) {
      listen(name, (event) => event.stopPropagation());
    }
    listen("pointerdown", (event) => this.#start(event));
    listen("pointermove", ({ pointerId, clientX }) => pointerId === this.#drag?.id && this.#moveTo(clientX));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      listen(name, ({ pointerId }) => pointerId === this.#drag?.id && this.#end());
    }
    listenForInterruption(() => this.#end());
    listen("keydown", (event) => this.#press(event));
    listen("focus", () => this.#announce());
  }

  get isHeld() {
    return this.#drag !== null;
  }

  /** Show the handle at `left` pixels from the chart's left edge; `perView` is the number of steps in view.
   * @param {SlicePicture} slice @param {{ left: number, top: number, height: number, perView: number }} place */
  show(slice, { left, top, height, perView }) {
    const isFollowing = slice.step === slice.last && this.#slice?.step === this.#slice?.last;
    this.#slice = slice;
    writeHidden(this.element, false);
    this.#perKey = Math.max(1, Math.round(KEY_PART * perView));
    for (const [name, pixels] of Object.entries({ left, top, height })) {
      writeProperty(this.element, name, `${pixels.toFixed(1)}px`);
    }
    // A screen reader reads what the reader does, but not each new step.
    if (!isFollowing || !this.element.matches(":focus")) this.#announce();
  }

  hide() {
    this.#slice = null;
    writeHidden(this.element, true);
  }

  #announce() {
    if (!this.#slice) return;
    const { first, last, step } = this.#slice;
    writeAttribute(this.element, "aria-valuemin", first);
    writeAttribute(this.element, "aria-valuemax", last);
    writeAttribute(this.element, "aria-valuenow", step);
    writeAttribute(this.element, "aria-valuetext", `step ${formatCount(step)}`);
  }

  /** @param {PointerEvent} event */
  #start(event) {
    if (this.#drag || !isMain(event)) return;
    const { left, width } = this.element.getBoundingClientRect();
    this.#drag = { id: event.pointerId, offset: left + width / 2 - event.clientX };
    this.element.setPointerCapture(event.pointerId);
    this.onHold();
  }

  #end() {
    if (!this.#drag) return;
    this.#drag = null;
    this.onHold();
  }

  /** @param {number} clientX */
  #moveTo(clientX) {
    const { offset } = /** @type {{ offset: number }} */ (this.#drag);
    this.#choose(this.toStep(clientX + offset - this.getLeft()));
  }

  /** @param {number} wanted */
  #choose(wanted) {
    if (!this.#slice) return;
    const { first, last } = this.#slice;
    const step = Math.min(Math.max(Math.round(wanted), first), last);
    if (step !== this.#slice.step) this.onMove(step);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#slice || event.ctrlKey || event.metaKey || event.altKey) return;
    const { first, last, step } = this.#slice;
    const near = this.#perKey * (event.shiftKey ? PAGE : 1);
    const target = {
      ArrowLeft: step - near,
      ArrowDown: step - near,
      ArrowRight: step + near,
      ArrowUp: step + near,
      PageDown: step - PAGE * this.#perKey,
      PageUp: step + PAGE * this.#perKey,
      Home: first,
      End: last,
    }[event.key];
    if (target === undefined) return;
    this.#choose(target);
    event.preventDefault();
  }
}
