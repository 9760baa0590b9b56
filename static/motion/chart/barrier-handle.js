// A barrier: a line across the chart that the reader drags up and down, or moves with keys.

import { formatNumber } from "../lib/format.js";
import { isMain, listenForInterruption } from "../lib/pointer-hold.js";
import { writeAttribute, writeHidden, writeProperty } from "../lib/dom.js";

const KEY_PART = 0.01; // of the range in view, for an arrow key
const PAGE = 10; // arrow keys

export class BarrierHandle {
  /** @type {{ height: number, yRange: Span } | null} */ #shown = null;
  /** @type {{ id: number, offset: number } | null} */ #drag = null; // from the pointer to the line, in pixels

  /** `onMove(height)` is called with each height that the reader chooses, `onHold()` when a drag begins or ends.
   * `toHeight(y)` returns the height at y pixels of the window.
   * @param {HTMLElement} element
   * @param {{ onMove: (height: number) => void, onHold: () => void, toHeight: (y: number) => number }} on */
  constructor(element, { onMove, onHold, toHeight }) {
    this.element = element;
    this.onMove = onMove;
    this.onHold = onHold;
    this.toHeight = toHeight;
    /** @param {string} name @param {(event: any) => void} act */
    const listen = (name, act) => element.addEventListener(name, act);
    // The chart below would take a drag and a click for its own.
    for (const name of ["pointerdown", "mousedown", "touchstart", "click", "dblclick"]) {
      listen(name, (event) => event.stopPropagation());
    }
    listen("pointerdown", (event) => this.#start(event));
    listen("pointermove", ({ pointerId, clientY }) => pointerId === this.#drag?.id && this.#moveTo(clientY));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      listen(name, ({ pointerId }) => pointerId === this.#drag?.id && this.#end());
    }
    listenForInterruption(() => this.#end());
    listen("keydown", (event) => this.#press(event));
  }

  get isHeld() {
    return this.#drag !== null;
  }

  /** Show the line at `top` pixels from the chart's upper edge, `width` pixels long.
   * @param {{ height: number, yRange: Span }} line @param {{ left: number, top: number, width: number }} place */
  show(line, { left, top, width }) {
    this.#shown = line;
    writeHidden(this.element, false);
    for (const [name, pixels] of Object.entries({ left, top, "--across": width })) {
      writeProperty(this.element, name, `${pixels.toFixed(1)}px`);
    }
    const text = formatNumber(Number(line.height.toPrecision(6)));
    writeAttribute(this.element, "aria-valuemin", Number(line.yRange[0].toPrecision(3)));
    writeAttribute(this.element, "aria-valuemax", Number(line.yRange[1].toPrecision(3)));
    writeAttribute(this.element, "aria-valuenow", line.height);
    writeAttribute(this.element, "aria-valuetext", `at ${text}`);
    writeAttribute(this.element, "data-text", text);
  }

  hide() {
    this.#shown = null;
    writeHidden(this.element, true);
  }

  /** @param {PointerEvent} event */
  #start(event) {
    if (this.#drag || !isMain(event)) return;
    const { top, height } = this.element.getBoundingClientRect();
    this.#drag = { id: event.pointerId, offset: top + height / 2 - event.clientY };
    this.element.setPointerCapture(event.pointerId);
    this.onHold();
  }

  #end() {
    if (!this.#drag) return;
    this.#drag = null;
    this.onHold();
  }

  /** @param {number} clientY */
  #moveTo(clientY) {
    const { offset } = /** @type {{ offset: number }} */ (this.#drag);
    this.#choose(this.toHeight(clientY + offset));
  }

  /** To a height with few digits, within the range in view. @param {number} wanted */
  #choose(wanted) {
    if (!this.#shown) return;
    const { height, yRange: [low, high] } = this.#shown;
    const unit = this.#getUnit();
    const chosen = Number((Math.round(Math.min(Math.max(wanted, low), high) / unit) * unit).toPrecision(9));
    if (chosen !== height) this.onMove(chosen);
  }

  /** A power of ten, or half of one. */
  #getUnit() {
    const [low, high] = /** @type {{ yRange: Span }} */ (this.#shown).yRange;
    const part = KEY_PART * (high - low);
    const power = 10 ** Math.floor(Math.log10(part));
    return part >= 5 * power ? 5 * power : power;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { height, yRange: [low, high] } = this.#shown;
    const near = this.#getUnit() * (event.shiftKey ? PAGE : 1);
    const target = {
      ArrowDown: height - near,
      ArrowLeft: height - near,
      ArrowUp: height + near,
      ArrowRight: height + near,
      PageDown: height - PAGE * this.#getUnit(),
      PageUp: height + PAGE * this.#getUnit(),
      Home: low,
      End: high,
    }[event.key];
    if (target === undefined) return;
    this.#choose(target);
    event.preventDefault();
    event.stopPropagation();
  }
}
