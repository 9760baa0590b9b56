// A handle on the chart that the reader drags with a pointer, or moves with keys: an ARIA slider.

import { isMain, listenForInterruption } from "../lib/pointer-hold.js";
import { writeAttribute, writeHidden, writeProperty } from "../lib/dom.js";

const KEY_PART = 0.01; // of the range in view, for an arrow key
const PAGE = 10; // arrow keys
const DIGITS = 15; // more would show how a computer rounds

/** What a handle chooses from: the multiples of `unit` from `low` to `high`; `perKey` is the way of an arrow key. The value
 * is at a part of the element from its left or upper edge, by default in the middle.
 * @typedef {{ value: number, low: number, high: number, unit: number, perKey: number, text: string, part?: number }} Slider */

export class DragHandle {
  /** @type {Slider | null} */ #slider = null;
  /** @type {{ id: number, offset: number } | null} */ #drag = null; // from the pointer to the handle, in pixels
  #isAcross;

  /** `onMove(value)` is called with each value that the reader chooses, `onHold()` when a drag begins or ends.
   * `toValue(place)` returns the value at so many pixels of the window, from the left if the handle moves `across`.
   * @param {HTMLElement} element
   * @param {{ across: boolean, onMove: (value: number) => void, onHold: () => void, toValue: (place: number) => number }} on */
  constructor(element, { across, onMove, onHold, toValue }) {
    this.element = element;
    this.onMove = onMove;
    this.onHold = onHold;
    this.toValue = toValue;
    this.#isAcross = across;
    /** @param {string} name @param {(event: any) => void} act */
    const listen = (name, act) => element.addEventListener(name, act);
    // The chart below would take a drag and a click for its own.
    for (const name of ["pointerdown", "mousedown", "touchstart", "click", "dblclick"]) {
      listen(name, (event) => event.stopPropagation());
    }
    listen("pointerdown", (event) => this.#start(event));
    listen("pointermove", (event) => event.pointerId === this.#drag?.id && this.#follow(event));
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

  /** Show the slider at a place of the chart, in pixels by names of CSS properties. With `isSilent`, a screen reader
   * hears of it at the next focus.
   * @param {Slider} slider @param {Record<string, number>} place */
  showSlider(slider, place, isSilent = false) {
    this.#slider = slider;
    writeHidden(this.element, false);
    for (const [name, pixels] of Object.entries(place)) writeProperty(this.element, name, `${pixels.toFixed(1)}px`);
    if (!isSilent) this.#announce();
  }

  hide() {
    this.#slider = null;
    writeHidden(this.element, true);
  }

  #announce() {
    if (!this.#slider) return;
    const { low, high, value, text } = this.#slider;
    writeAttribute(this.element, "aria-valuemin", low);
    writeAttribute(this.element, "aria-valuemax", high);
    writeAttribute(this.element, "aria-valuenow", value);
    writeAttribute(this.element, "aria-valuetext", text);
  }

  // --- pointers ---

  /** @param {PointerEvent} event */
  #start(event) {
    if (this.#drag || !this.#slider || !isMain(event)) return;
    const { left, width, top, height } = this.element.getBoundingClientRect();
    const { part = 0.5 } = this.#slider;
    const place = this.#isAcross ? left + part * width : top + part * height;
    this.#drag = { id: event.pointerId, offset: place - this.#getPlace(event) };
    this.element.setPointerCapture(event.pointerId);
    this.onHold();
  }

  #end() {
    if (!this.#drag) return;
    this.#drag = null;
    this.onHold();
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    const { offset } = /** @type {{ offset: number }} */ (this.#drag);
    this.#choose(this.toValue(this.#getPlace(event) + offset));
  }

  /** @param {PointerEvent} event */
  #getPlace({ clientX, clientY }) {
    return this.#isAcross ? clientX : clientY;
  }

  // --- values ---

  /** @param {number} wanted */
  #choose(wanted) {
    if (!this.#slider) return;
    const { value, low, high, unit } = this.#slider;
    const rounded = Math.round(Math.min(Math.max(wanted, low), high) / unit) * unit;
    const chosen = Number(rounded.toPrecision(DIGITS));
    if (chosen !== value) this.onMove(chosen);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#slider || event.ctrlKey || event.metaKey || event.altKey) return;
    const { value, low, high, perKey } = this.#slider;
    const near = perKey * (event.shiftKey ? PAGE : 1);
    const target = {
      ArrowLeft: value - near,
      ArrowDown: value - near,
      ArrowRight: value + near,
      ArrowUp: value + near,
      PageDown: value - PAGE * perKey,
      PageUp: value + PAGE * perKey,
      Home: low,
      End: high,
    }[event.key];
    if (target === undefined) return;
    this.#choose(target);
    event.preventDefault();
  }
}

/** The way of an arrow key in a view of so many steps, at least one. @param {number} steps */
export const chooseKeySteps = (steps) => Math.max(1, Math.round(KEY_PART * steps));

/** A unit for heights within a range: a power of ten, or five times one. @param {Span} range */
export function chooseUnit([low, high]) {
  const part = KEY_PART * (high - low);
  const power = 10 ** Math.floor(Math.log10(part));
  return part >= 5 * power ? 5 * power : power;
}
