// The reader's answer at a step: a point or an interval beside a dashed line, which they drag or move with keys.

import { formatCount, formatNumber } from "../lib/format.js";
import { writeAttribute, writeHidden, writeProperty } from "../lib/dom.js";
import { DragHandle, chooseUnit } from "./drag-handle.js";

// The room of a handle: right of the line, or left of the chart's edge.
const LEAST_PX = 76;
const DIGIT_PX = 9; // of its text
const AROUND_PX = 32; // left and right of the text, with the gap to the line
const LABEL_PX = 7; // a character of the line's label
const ENDS = /** @type {const} */ (["low", "high"]);

/** @typedef {{ left: number, top: number, height: number, width: number, yRange: Span }} Place of the line, in pixels of the
 *   chart, which is `width` wide */

export class AnswerHandle {
  #isShown = false;

  /** `onMove(end, value)` is called with each value that the reader chooses, `onHold()` when a drag begins or ends.
   * `toHeight(y)` returns the height at y pixels of the window.
   * @param {HTMLElement} chart
   * @param {{ onMove: (end: "low" | "high", value: number) => void, onHold: () => void, toHeight: (y: number) => number }} on */
  constructor(chart, { onMove, onHold, toHeight }) {
    this.guide = chart.querySelector(".answer-guide");
    const [low, high] = ENDS.map((end) => {
      const element = chart.querySelector(`.answer-handle.${end}`);
      return new DragHandle(element, { across: false, onMove: (value) => onMove(end, value), onHold, toValue: toHeight });
    });
    this.handles = { low, high };
  }

  get isHeld() {
    return this.handles.low.isHeld || this.handles.high.isHeld;
  }

  /** @param {OwnAnswerPicture} own @param {Place} place */
  show(own, place) {
    const { left, top, height, width } = place;
    const label = `step ${formatCount(own.step)}`;
    this.#isShown = true;
    writeHidden(this.guide, false);
    writeAttribute(this.guide, "data-text", label);
    this.guide.toggleAttribute("data-at-edge", width - left < LABEL_PX * (label.length + 1));
    this.guide.toggleAttribute("data-set", own.isSet);
    this.guide.toggleAttribute("data-interval", own.isInterval);
    this.guide.toggleAttribute("data-answer", own.ends !== null);
    this.guide.toggleAttribute("data-revealed", own.state === "revealed"); // the answers have a line of their own
    const { low, high } = own.ends ?? { low: 0, high: 0 };
    const [bottom, summit] = [low, high].map((value) => findTop(value, place));
    for (const [name, pixels] of Object.entries({ left, top, height, "--low": bottom - top, "--high": summit - top })) {
      writeProperty(this.guide, name, `${pixels.toFixed(1)}px`);
    }
    for (const end of ENDS) {
      if (own.canMove && own.ends && (own.isInterval || end === "low")) this.#showHandle(end, own.ends, own, place);
      else this.handles[end].hide();
    }
  }

  hide() {
    if (!this.#isShown) return;
    this.#isShown = false;
    writeHidden(this.guide, true);
    for (const end of ENDS) this.handles[end].hide();
  }

  /** The handle of an interval's lower end hangs below it, that of the upper end stands on it: they never overlap.
   * @param {"low" | "high"} end @param {{ low: number, high: number }} ends @param {OwnAnswerPicture} own @param {Place} place */
  #showHandle(end, ends, { step, isInterval, isSet }, place) {
    const { left, width, yRange } = place;
    const unit = chooseUnit(yRange);
    const value = ends[end];
    const text = formatNumber(Number(value.toPrecision(6)));
    const part = isInterval ? Number(end === "high") : 0.5;
    const slider = { value, low: Math.min(yRange[0], value), high: Math.max(yRange[1], value), unit, perKey: unit, text: `${text} at step ${formatCount(step)}`, part };
    if (isInterval && end === "low") slider.high = ends.high - unit;
    if (isInterval && end === "high") slider.low = ends.low + unit;
    const handle = this.handles[end];
    const room = Math.max(LEAST_PX, AROUND_PX + DIGIT_PX * text.length);
    handle.showSlider(slider, { left: Math.min(left, width - room), top: findTop(value, place) });
    writeProperty(handle.element, "--part", part);
    writeAttribute(handle.element, "data-text", text);
    writeAttribute(handle.element, "aria-label", isInterval ? `${end === "low" ? "Lower" : "Upper"} end of your answer` : "Your answer");
    handle.element.toggleAttribute("data-set", isSet);
  }
}

/** In pixels of the chart, within the plot. @param {number} value @param {Place} place */
function findTop(value, { top, height, yRange: [low, high] }) {
  return top + (height * (high - Math.min(Math.max(value, low), high))) / (high - low);
}
