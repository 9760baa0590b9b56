// Whether a pointer holds an element. Browsers send no event for some releases: a hold ends then too.

/** Call `act(event)` when a menu opens or the window loses the focus: a release may never come.
 * @param {(event: Event) => void} act */
export function listenForInterruption(act) {
  addEventListener("contextmenu", (event) => {
    if (event.pointerType !== "touch") act(event); // after a long press the browser cancels the touch itself
  });
  addEventListener("blur", act);
}

/** Whether it is a finger, the tip of a pen, or the main button of a mouse. @type {(event: PointerEvent) => boolean} */
export const isMain = ({ button, isPrimary }) => button === 0 && isPrimary;

export class Hold {
  /** @type {number | null} */ #pointer = null; // the id of the pointer that holds the element

  /** `accepts(event)` is whether a main pointer may hold the element; `onInterrupted()` is called when a
   * hold ends without a release.
   * @param {HTMLElement} element
   * @param {{ accepts?: (event: PointerEvent) => boolean, onInterrupted?: () => void }} options */
  constructor(element, { accepts = () => true, onInterrupted = () => {} } = {}) {
    element.addEventListener("pointerdown", (event) => {
      if (isMain(event) && accepts(event)) this.#pointer = event.pointerId;
    });
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
      addEventListener(name, ({ pointerId }) => {
        if (pointerId === this.#pointer) this.#pointer = null;
      });
    }
    listenForInterruption(() => {
      if (!this.isHeld) return;
      this.#pointer = null;
      onInterrupted();
    });
  }

  get isHeld() {
    return this.#pointer !== null;
  }
}
