// Whether a hand holds an element. A browser keeps some releases to itself: those count as well.

/** Call `act(event)` where a menu opens or the window loses the focus: the release may never come.
 * @param {(event: Event) => void} act */
export function listenForInterruption(act) {
  addEventListener("contextmenu", (event) => {
    if (event.pointerType !== "touch") act(event); // a long press: the browser cancels the finger itself
  });
  addEventListener("blur", act);
}

/** Whether a pointer that goes down here takes hold: a finger, a pen's tip or a mouse's main button.
 * @type {(event: PointerEvent) => boolean} */
export const isMain = ({ button, isPrimary }) => button === 0 && isPrimary;

export class Hold {
  /** @type {number | null} */ #pointer = null; // the id of the one that holds

  /**
   * `accepts(event)` says which main pointers may hold; `onInterrupted()` hears of a hold that ended
   * without a release.
   * @param {HTMLElement} element
   * @param {{ accepts?: (event: PointerEvent) => boolean, onInterrupted?: () => void }} options
   */
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
