// The card "For everyone": shows the shared state, and sends the changes that a person makes.

import { formatNumber } from "../lib/format.js";
import { Hold } from "../lib/pointer-hold.js";
import { describeNextClass, describeRestart } from "./class-text.js";
import { describeTerms } from "./watching-text.js";
import { throttle } from "../lib/throttle.js";
import { TypedField, explainAmbiguity, listenToArrows, readNumber } from "../lib/typed-numbers.js";
import { writeHidden, writeText } from "../lib/dom.js";

const SEND_EVERY_MS = 200; // at most five changes a second while a slider is dragged
const SETTLE_MS = 1_000; // after the last touch the slider follows the shared state again
/** @type {Parameter[]} */ const FIELDS = ["variance", "drift", "interval"];
const SLIDER_KEYS = /^(Arrow|Page|End)/; // keys that would move on from where the thumb is

export class Controls {
  /** @type {StateFrame | null} */ #state = null;
  /** @type {number[]} */ #seats = [];
  #touchedAt = -Infinity;
  #drag = 0; // the number of the newest drag of the slider
  /** @type {Partial<Record<string, number>>} */
  #sent = {}; // values without an answer from the server yet, by name

  /** @param {HTMLElement} root @param {(message: Message) => void} send */
  constructor(root, send) {
    const find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.find = find;
    this.send = send;
    this.controls = find("controls");
    this.slider = find("variance-slider");
    this.hold = new Hold(this.slider);
    /** @type {Record<string, TypedField>} */
    this.fields = Object.fromEntries(FIELDS.map((name) => [name, this.#createField(name)]));
    this.dialog = find("restart-dialog");
    this.beginsPaused = find("restart-paused");
    this.restartClass = find("restart-class");
    this.note = find("note");
    /** @type {(values: object) => void} */
    this.change = throttle((values) => send({ type: "change", ...values }), SEND_EVERY_MS);
    this.#listen(find("shared"));
  }

  /** @param {StateFrame} state */
  show(state) {
    this.#withdrawQuestion(state);
    this.#state = state;
    this.#sent = {};
    this.controls.hidden = !state.can_control;
    this.find("terms").hidden = state.can_control; // in place of controls, the settings in a line
    writeText(this.find("terms"), describeTerms(state));
    this.#showNextClass(state);
    writeText(this.find("pause"), state.paused ? "Resume for everyone" : "Pause for everyone");
    for (const name of /** @type {const} */ (["drift", "interval"])) this.#fill(name);
    if (this.#isTouched()) setTimeout(() => this.#settle(), SETTLE_MS);
    else this.#showVariance(state.variance);
  }

  /** The seats of the people who watch: some may have no path. @param {[number, string][]} seats */
  showSeats(seats) {
    this.#seats = seats.map(([seat]) => seat);
    if (this.#state) this.#showNextClass(this.#state);
  }

  /** Enable the controls, or disable them and show a person who could use them `why`. @param {boolean} possible */
  enable(possible, why = "") {
    this.controls.disabled = !possible;
    this.restartClass.disabled = !possible;
    if (!possible) for (const name of FIELDS) this.#fill(name, true); // typed text cannot be sent now
    if (!possible) this.showNote(this.controls.hidden ? "" : why);
    else if (this.note.dataset.kind === "why") this.showNote("");
    this.note.dataset.kind = possible ? "" : "why";
  }

  /** Show why the server refused a command, and the values that still apply. @param {string} message */
  refuse(message) {
    this.showNote(message, "error");
    this.#touchedAt = -Infinity;
    this.#sent = {};
    if (this.#state) this.#showVariance(this.#state.variance);
    for (const name of FIELDS) this.#fill(name, true);
  }

  /** @param {string} text */
  showNote(text, kind = "") {
    this.note.textContent = text;
    this.note.dataset.kind = kind;
    this.find("latest").hidden = text !== "";
  }

  /** The newest change, visible while there is no note. @param {string} text */
  showLatest(text) {
    writeText(this.find("latest"), text);
  }

  /** @param {HTMLFormElement} form */
  #listen(form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    this.slider.addEventListener("pointerdown", () => (this.#drag += 1));
    this.slider.addEventListener("input", () => this.#slide(this.slider.valueAsNumber));
    this.slider.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#moveToEnd(event));
    listenToArrows(form);
    this.find("pause").addEventListener("click", (/** @type {MouseEvent} */ { detail }) => {
      // The second click of a double one would undo the first.
      if (detail > 1 || !this.#state) return;
      this.#sendCommand({ type: "change", paused: !this.#state.paused });
    });
    for (const button of [this.find("restart"), this.restartClass]) {
      button.addEventListener("click", () => {
        this.beginsPaused.checked = Boolean(this.#state?.paused);
        this.dialog.showModal();
      });
    }
    this.dialog.addEventListener("close", () => this.#handleRestartAnswer());
  }

  /** @param {Parameter} name */
  #createField(name) {
    return new TypedField(this.find(name), this.find(`${name}-error`), {
      submit: () => this.#submitField(name),
      restore: () => this.#fill(name, true),
    });
  }

  /** From a value beyond the slider a key moves to its end, not one step before it. @param {KeyboardEvent} event */
  #moveToEnd(event) {
    if (!("beyond" in this.slider.dataset) || !SLIDER_KEYS.test(event.key)) return;
    event.preventDefault();
    this.#slide(Number(this.slider.max));
  }

  /** Keys in quick succession are one drag, like one hold of the pointer. @param {number} value */
  #slide(value) {
    if (!this.#isTouched()) this.#drag += 1;
    this.#touchedAt = performance.now();
    this.#showLabel(value);
    this.fields.variance.show(String(value));
    this.showNote("");
    this.#sent.variance = value;
    this.change({ variance: value, drag: this.#drag });
    setTimeout(() => this.#settle(), SETTLE_MS + 50);
  }

  /** Send the value of a field, unless it applies already or is sent. @param {Parameter} name */
  #submitField(name) {
    const typed = this.fields[name];
    const { field } = typed;
    const value = readNumber(field.value);
    const [min, max] = [Number(field.dataset.min), Number(field.dataset.max)];
    if (!(value >= min && value <= max)) {
      const range = `Enter a number from ${formatNumber(min)} to ${formatNumber(max)}.`;
      typed.showError(explainAmbiguity(field.value) || range);
      return;
    }
    typed.isTyped = false;
    typed.showError("");
    if (value !== (this.#sent[name] ?? this.#state?.[name])) {
      this.#sent[name] = value;
      this.#sendCommand({ type: "change", [name]: value });
    } else if (!(name in this.#sent)) this.#fill(name);
  }

  #handleRestartAnswer() {
    const hasAgreed = this.dialog.returnValue === "restart";
    this.dialog.returnValue = "";
    // With the revision, two people who agree at the same moment restart it once.
    if (!hasAgreed || !this.#state) return;
    this.#sendCommand({ type: "restart", revision: this.#state.revision, paused: this.beginsPaused.checked });
  }

  /** The class begins with a path, so a new number of paths waits for a restart. @param {StateFrame} state */
  #showNextClass(state) {
    const next = describeNextClass(state, state.can_control ? this.#seats : []);
    writeHidden(this.find("next-class"), !next);
    writeText(this.find("next-class-text"), next?.text ?? "");
    writeText(this.restartClass, next?.button ?? "");
    writeHidden(this.restartClass, !state.can_control || !next?.button);
    writeText(this.find("restart-text"), describeRestart(state));
  }

  /** Close the question about a path that another person has just ended. @param {StateFrame} state */
  #withdrawQuestion({ epoch, text }) {
    if (!this.dialog.open || epoch === this.#state?.epoch) return;
    this.dialog.close("");
    this.showNote(`${text}.`);
  }

  /** @param {Message} message */
  #sendCommand(message) {
    this.showNote("");
    this.send(message);
  }

  #isTouched() {
    return this.hold.isHeld || performance.now() - this.#touchedAt < SETTLE_MS;
  }

  /** Once the person has let go, the slider follows the shared state again. */
  #settle() {
    if (this.#isTouched()) setTimeout(() => this.#settle(), SETTLE_MS);
    else if (this.#state) this.#showVariance(this.#state.variance);
  }

  /** @param {number} value */
  #showVariance(value) {
    this.#showLabel(value);
    this.slider.value = Math.min(value, Number(this.slider.max));
    this.#fill("variance");
  }

  /** @param {number} value */
  #showLabel(value) {
    const { slider } = this;
    const isBeyond = value > Number(slider.max);
    writeText(this.find("variance-label"), `Variance: ${formatNumber(value)}`);
    slider.toggleAttribute("data-beyond", isBeyond);
    const spoken = isBeyond ? `${formatNumber(value)}, beyond the end of the slider` : formatNumber(value);
    slider.setAttribute("aria-valuetext", spoken);
  }

  /** Show the shared value in a field, unless a person has typed there. @param {Parameter} name */
  #fill(name, force = false) {
    if (this.#state && (force || !this.fields[name].isTyped)) this.fields[name].show(String(this.#state[name]));
  }
}
