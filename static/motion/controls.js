// The card "Everyone's motion": shows the shared state truthfully, and sends what a hand sets.

import { isolated, plain } from "./format.js";
import { Hold } from "./hold.js";
import { throttle } from "./throttle.js";
import { writeText } from "./write.js";

const SEND_EVERY_MS = 200; // at most five changes a second while a slider is dragged
const SETTLE_MS = 1_000; // so long after the last touch the slider is left to the hand
const FIELDS = ["variance", "drift", "interval"];

export class Controls {
  #state = null;
  #touchedAt = -Infinity;

  /** `send(message)` passes a command on. */
  constructor(root, send) {
    const find = (id) => root.querySelector(`#${id}`);
    this.send = send;
    this.controls = find("controls");
    this.label = find("variance-label");
    this.slider = find("variance-slider");
    this.hold = new Hold(this.slider);
    this.fields = Object.fromEntries(FIELDS.map((name) => [name, find(name)]));
    this.errors = Object.fromEntries(FIELDS.map((name) => [name, find(`${name}-error`)]));
    this.pause = find("pause");
    this.restart = find("restart");
    this.dialog = find("restart-dialog");
    this.note = find("note");
    this.latest = find("latest");
    this.change = throttle((values) => send({ type: "change", ...values }), SEND_EVERY_MS);
    this.#listen(find("shared"));
  }

  /** The shared state has changed, or was told again. */
  show(state) {
    this.#withdraw(state);
    this.#state = state;
    writeText(this.pause, state.paused ? "Resume" : "Pause");
    for (const name of ["drift", "interval"]) this.#fill(name);
    if (this.#isTouched()) setTimeout(() => this.#settle(), SETTLE_MS);
    else this.#showVariance(state.variance);
  }

  /** Whether commands can be given; `why` says why not. */
  enable(possible, why = "") {
    this.controls.disabled = !possible;
    if (!possible) this.say(why);
    else if (this.note.dataset.kind === "why") this.say("");
    this.note.dataset.kind = possible ? "" : "why";
  }

  /** A refusal by the server: say it, and show what is true. */
  refuse(message) {
    this.say(message, "error");
    this.#touchedAt = -Infinity;
    if (this.#state) this.#showVariance(this.#state.variance);
    for (const name of FIELDS) this.#fill(name, true);
  }

  say(text, kind = "") {
    this.note.textContent = text;
    this.note.dataset.kind = kind;
    this.latest.hidden = text !== "";
  }

  /** What was changed last, in the note's place while that has nothing to say. */
  tell(text) {
    writeText(this.latest, text);
  }

  #listen(form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    this.slider.addEventListener("input", () => this.#slide(this.slider.valueAsNumber));
    for (const name of FIELDS) {
      this.fields[name].addEventListener("change", () => this.#enter(name));
      this.fields[name].addEventListener("keydown", (event) => {
        if (event.key === "Escape") this.#fill(name, true);
      });
    }
    this.pause.addEventListener("click", ({ detail }) => {
      // The second click of a double one would undo the first.
      if (detail > 1 || !this.#state) return;
      this.#command({ type: "change", paused: !this.#state.paused });
    });
    this.restart.addEventListener("click", () => this.dialog.showModal());
    this.dialog.addEventListener("close", () => this.#restarted());
  }

  #slide(value) {
    this.#touchedAt = performance.now();
    this.#label(value);
    this.fields.variance.value = value;
    this.#complain("variance", "");
    this.say("");
    this.change({ variance: value });
    setTimeout(() => this.#settle(), SETTLE_MS + 50);
  }

  #enter(name) {
    const field = this.fields[name];
    if (!field.checkValidity()) {
      const { min, max } = field;
      this.#complain(name, `A number from ${plain(+min)} to ${plain(+max)}, please.`);
      return;
    }
    this.#complain(name, "");
    this.#command({ type: "change", [name]: field.valueAsNumber });
  }

  #restarted() {
    const agreed = this.dialog.returnValue === "restart";
    this.dialog.returnValue = "";
    // The revision, so that two who agree at the same moment restart it once.
    if (agreed && this.#state) {
      this.#command({ type: "restart", revision: this.#state.revision });
    }
  }

  /** Whoever is asked about a path that somebody else has just ended need not answer. */
  #withdraw({ epoch, by }) {
    if (!this.dialog.open || epoch === this.#state?.epoch) return;
    this.dialog.close("");
    this.say(`${isolated(by ?? "Somebody")} has just restarted it.`);
  }

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

  #showVariance(value) {
    this.#label(value);
    this.slider.value = Math.min(value, Number(this.slider.max));
    this.#fill("variance");
  }

  #label(value) {
    writeText(this.label, `Variance: ${plain(value)}`);
    this.slider.setAttribute("aria-valuetext", plain(value));
  }

  /** The shared value into a field, unless somebody is typing there. */
  #fill(name, force = false) {
    const field = this.fields[name];
    if (!force && document.activeElement === field) return;
    if (!this.#state) return;
    field.value = this.#state[name];
    this.#complain(name, "");
  }

  #complain(name, text) {
    this.errors[name].textContent = text;
    this.errors[name].hidden = !text;
    this.fields[name].setAttribute("aria-invalid", String(Boolean(text)));
  }
}
