// The handle of the slice: the reader drags it through time, or moves it with keys.

import { formatCount } from "../lib/format.js";
import { DragHandle, chooseKeySteps } from "./drag-handle.js";

export class SliceHandle extends DragHandle {
  /** @type {SlicePicture | null} */ #slice = null;

  /** `onMove` and `onHold` as in drag-handle.js; `toStep(x)` returns the step at x pixels of the window.
   * @param {HTMLElement} element
   * @param {{ onMove: (step: number) => void, onHold: () => void, toStep: (x: number) => number }} on */
  constructor(element, { onMove, onHold, toStep }) {
    super(element, { across: true, onMove, onHold, toValue: toStep });
  }

  /** Show the handle at `left` pixels from the chart's left edge, `--inside` from the plot's; `perView` is the number of
   * steps in view.
   * @param {SlicePicture} slice
   * @param {{ left: number, "--inside": number, top: number, height: number, perView: number }} place */
  show(slice, { perView, ...place }) {
    const { first: low, last: high, step: value } = slice;
    // A screen reader reads what the reader does, but not each new step.
    const isFollowing = value === high && this.#slice?.step === this.#slice?.last;
    const slider = { value, low, high, unit: 1, perKey: chooseKeySteps(perView), text: `step ${formatCount(value)}` };
    this.#slice = slice;
    this.showSlider(slider, place, isFollowing && this.element.matches(":focus"));
  }

  hide() {
    this.#slice = null;
    super.hide();
  }
}
