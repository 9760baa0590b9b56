// The card "For everyone": shows the shared state truthfully, and sends what a hand sets.

import { plain } from "../lib/format.js";
import { Hold } from "../lib/pointer-hold.js";
import { terms } from "./watching-text.js";
import { throttle } from "../lib/throttle.js";
import { explainAmbiguity, listenToArrows, readNumber } from "../lib/typed-numbers.js";
import { writeText } from "../lib/dom.js";

const SEND_EVERY_MS = 200; // at most five changes a second while a slider is dragged
const SETTLE_MS = 1_000; // so long after the last touch the slider is left to the hand
/** @type {Parameter[]} */ const FIELDS = ["variance", "drift", "interval"];
const SLIDER_KEYS = /^(Arrow|Page|End)/; // those that would go on from where the thumb stands

export class Controls {
  /** @type {StateFrame | null} */ #state = null;
  #touchedAt = -Infinity;
  #drag = 0; // the number of the newest drag of the slider
  /** @type {Set<string>} */
  #typed = new Set(); // the fields that hold what somebody has typed and not sent yet
  /** @type {Partial<Record<string, number>>} */
  #sent = {}; // values that the server has not answered yet, by name

  /** `send(message)` passes a command on. @param {HTMLElement} root @param {(message: Message) => void} send */
  constructor(root, send) {
    /** @param {string} id */
    const find = (id) => root.querySelector(`#${id}`);
    this.send = send;
    this.controls = find("controls");
    this.terms = find("terms");
    this.label = find("variance-label");
    this.slider = find("variance-slider");
    this.hold = new Hold(this.slider);
    /** @type {Record<string, HTMLInputElement>} */
    this.fields = Object.fromEntries(FIELDS.map((name) => [name, find(name)]));
    /** @type {Record<string, HTMLElement>} */
    this.errors = Object.fromEntries(FIELDS.map((name) => [name, find(`${name}-error`)]));
    this.pause = find("pause");
    this.restart = find("restart");
    this.dialog = find("restart-dialog");
    this.beginsPaused = find("restart-paused");
    this.note = find("note");
    this.latest = find("latest");
    /** @type {(values: object) => void} */
    this.change = throttle((values) => send({ type: "change", ...values }), SEND_EVERY_MS);
    this.#listen(find("shared"));
  }

  /** The shared state has changed, or was told again. @param {StateFrame} state */
  show(state) {
    this.#withdraw(state);
    this.#state = state;
    this.#sent = {};
    this.#showTo(state);
    writeText(this.pause, state.paused ? "Resume for everyone" : "Pause for everyone");
    for (const name of /** @type {const} */ (["drift", "interval"])) this.#fill(name);
    if (this.#isTouched()) setTimeout(() => this.#settle(), SETTLE_MS);
    else this.#showVariance(state.variance);
  }

  /** A watcher gets a line that says how the motion is set, in place of controls that do nothing.
   * @param {StateFrame} state */
  #showTo(state) {
    this.controls.hidden = !state.can_control;
    this.terms.hidden = state.can_control;
    writeText(this.terms, terms(state));
  }

  /** Whether commands can be given; `why` says to whom else would give them why not. @param {boolean} possible */
  enable(possible, why = "") {
    this.controls.disabled = !possible;
    if (!possible) for (const name of FIELDS) this.#fill(name, true); // it cannot be sent
    if (!possible) this.say(this.controls.hidden ? "" : why);
    else if (this.note.dataset.kind === "why") this.say("");
    this.note.dataset.kind = possible ? "" : "why";
  }

  /** A refusal by the server: say it, and show what is true. @param {string} message */
  refuse(message) {
    this.say(message, "error");
    this.#touchedAt = -Infinity;
    this.#sent = {};
    if (this.#state) this.#showVariance(this.#state.variance);
    for (const name of FIELDS) this.#fill(name, true);
  }

  /** @param {string} text */
  say(text, kind = "") {
    this.note.textContent = text;
    this.note.dataset.kind = kind;
    this.latest.hidden = text !== "";
  }

  /** What was changed last, in the note's place while that has nothing to say. @param {string} text */
  tell(text) {
    writeText(this.latest, text);
  }

  /** @param {HTMLFormElement} form */
  #listen(form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    this.slider.addEventListener("pointerdown", () => (this.#drag += 1));
    this.slider.addEventListener("input", () => this.#slide(this.slider.valueAsNumber));
    this.slider.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#return(event));
    listenToArrows(form);
    for (const name of FIELDS) this.#listenToField(name, this.fields[name]);
    this.pause.addEventListener("click", (/** @type {MouseEvent} */ { detail }) => {
      // The second click of a double one would undo the first.
      if (detail > 1 || !this.#state) return;
      this.#command({ type: "change", paused: !this.#state.paused });
    });
    this.restart.addEventListener("click", () => {
      this.beginsPaused.checked = Boolean(this.#state?.paused);
      this.dialog.showModal();
    });
    this.dialog.addEventListener("close", () => this.#restarted());
  }

  /** Not by `change`: it is silent when a script has changed the field since it was last fired.
   * @param {Parameter} name @param {HTMLInputElement} field */
  #listenToField(name, field) {
    field.addEventListener("input", () => this.#typed.add(name));
    field.addEventListener("blur", () => {
      const isLeft = document.activeElement !== field; // it is not when the whole window loses focus
      if (isLeft && this.#typed.has(name)) this.#enter(name);
    });
    field.addEventListener("keydown", ({ key, isComposing }) => {
      if (key === "Enter" && !isComposing) this.#enter(name);
      if (key === "Escape") this.#fill(name, true);
    });
  }

  /** From beyond its end, a key brings the slider to its end, not one step before it. @param {KeyboardEvent} event */
  #return(event) {
    if (!("beyond" in this.slider.dataset) || !SLIDER_KEYS.test(event.key)) return;
    event.preventDefault();
    this.#slide(Number(this.slider.max));
  }

  /** Keys in quick succession are one drag, as one hold of the pointer is. @param {number} value */
  #slide(value) {
    if (!this.#isTouched()) this.#drag += 1;
    this.#touchedAt = performance.now();
    this.#label(value);
    this.#typed.delete("variance");
    this.fields.variance.value = String(value);
    this.#complain("variance", "");
    this.say("");
    this.#sent.variance = value;
    const isKnown = this.#state?.event !== undefined; // not by a server of the version before
    this.change({ variance: value, ...(isKnown ? { drag: this.#drag } : {}) });
    setTimeout(() => this.#settle(), SETTLE_MS + 50);
  }

  /** Send what a field holds, unless that is true already, or has been sent. @param {Parameter} name */
  #enter(name) {
    const field = this.fields[name];
    const value = readNumber(field.value);
    const [min, max] = [Number(field.dataset.min), Number(field.dataset.max)];
    if (!(value >= min && value <= max)) {
      const range = `Enter a number from ${plain(min)} to ${plain(max)}.`;
      this.#complain(name, explainAmbiguity(field.value) || range);
      return;
    }
    this.#typed.delete(name);
    this.#complain(name, "");
    if (value !== (this.#sent[name] ?? this.#state?.[name])) this.#set(name, value);
    else if (!(name in this.#sent)) this.#fill(name);
  }

  /** @param {Parameter} name @param {number} value */
  #set(name, value) {
    this.#sent[name] = value;
    this.#command({ type: "change", [name]: value });
  }

  #restarted() {
    const agreed = this.dialog.returnValue === "restart";
    this.dialog.returnValue = "";
    // The revision, so that two who agree at the same moment restart it once.
    if (!agreed || !this.#state) return;
    const { revision, paused } = this.#state;
    const { checked } = this.beginsPaused;
    // Said only where it differs: a server of the version before refuses a field that it does not know.
    this.#command({ type: "restart", revision, ...(checked === paused ? {} : { paused: checked }) });
  }

  /** Whoever is asked about a path that somebody else has just ended need not answer. @param {StateFrame} state */
  #withdraw({ epoch, text = "Somebody restarted the motion" }) {
    if (!this.dialog.open || epoch === this.#state?.epoch) return;
    this.dialog.close("");
    this.say(`${text}.`);
  }

  /** @param {Message} message */
  #command(message) {
    this.say("");
    this.send(message);
  }

  #isTouched() {
    return this.hold.isHeld || performance.now() - this.#touchedAt < SETTLE_MS;
  }

  /** The hand has let go: from here on the slider follows the shared state again. */
  #settle() {
    if (this.#isTouched()) setTimeout(() => this.#settle(), SETTLE_MS);
    else if (this.#state) this.#showVariance(this.#state.variance);
  }

  /** @param {number} value */
  #showVariance(value) {
    this.#label(value);
    this.slider.value = Math.min(value, Number(this.slider.max));
    this.#fill("variance");
  }

  /** @param {number} value */
  #label(value) {
    const { slider } = this;
    const isBeyond = value > Number(slider.max);
    writeText(this.label, `Variance: ${plain(value)}`);
    slider.toggleAttribute("data-beyond", isBeyond);
    const words = isBeyond ? `${plain(value)}, beyond the end of the slider` : plain(value);
    slider.setAttribute("aria-valuetext", words);
  }

  /** The shared value into a field, unless somebody has typed there. @param {Parameter} name */
  #fill(name, force = false) {
    if (!this.#state || (!force && this.#typed.has(name))) return;
    this.#typed.delete(name);
    const field = this.fields[name];
    const text = String(this.#state[name]);
    if (field.value !== text) field.value = text; // the cursor stays where nothing changes
    this.#complain(name, "");
  }

  /** @param {Parameter} name @param {string} text */
  #complain(name, text) {
    this.errors[name].textContent = text;
    this.errors[name].hidden = !text;
    this.fields[name].setAttribute("aria-invalid", String(Boolean(text)));
  }
}
