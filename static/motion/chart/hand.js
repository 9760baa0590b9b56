// Whether somebody's hand is on an element: a pointer over it, or a finger on it. The keyboard's focus is none: it
// stays after a click, and what keys do needs no hand.

export class Hand {
  /** @type {Set<number>} */ #pointers = new Set(); // that are over the element; a finger is until it lifts
  #isMouseOver = false;

  /** `onChange()` is called when the hand comes or leaves, before anyone else gets the event.
   * @param {HTMLElement} element @param {() => void} onChange */
  constructor(element, onChange) {
    /** @param {string} name @param {(event: any) => void} act */
    const listen = (name, act) =>
      element.addEventListener(
        name,
        (event) => {
          const before = this.isOn;
          act(event);
          if (this.isOn !== before) onChange();
        },
        { capture: true },
      );
    listen("pointerover", ({ pointerId }) => this.#pointers.add(pointerId));
    listen("mouseover", () => (this.#isMouseOver = true)); // also after a tap, until the next one elsewhere
    // Only when it leaves the element itself, not one of its parts.
    listen("pointerleave", ({ pointerId, target }) => target === element && this.#pointers.delete(pointerId));
    listen("mouseleave", ({ target }) => target === element && (this.#isMouseOver = false));
  }

  get isOn() {
    return this.#isMouseOver || this.#pointers.size > 0;
  }
}
