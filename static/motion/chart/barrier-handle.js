// A barrier: a line across the chart that the reader drags up and down, or moves with keys.

import { formatNumber } from "../lib/format.js";
import { writeAttribute } from "../lib/dom.js";
import { DragHandle, chooseUnit } from "./drag-handle.js";

export class BarrierHandle extends DragHandle {
  /** `onMove` and `onHold` as in drag-handle.js; `toHeight(y)` returns the height at y pixels of the window.
   * @param {HTMLElement} element
   * @param {{ onMove: (height: number) => void, onHold: () => void, toHeight: (y: number) => number }} on */
  constructor(element, { onMove, onHold, toHeight }) {
    super(element, { across: false, onMove, onHold, toValue: toHeight });
  }

  /** Show the line at `top` pixels from the chart's upper edge, `width` pixels long.
   * @param {{ height: number, yRange: Span }} line @param {{ left: number, top: number, width: number }} place */
  show({ height, yRange }, { left, top, width }) {
    const [low, high] = yRange;
    const unit = chooseUnit(yRange);
    const text = formatNumber(Number(height.toPrecision(6)));
    this.showSlider({ value: height, low, high, unit, perKey: unit, text: `at ${text}` }, { left, top, "--across": width });
    writeAttribute(this.element, "data-text", text);
  }
}
