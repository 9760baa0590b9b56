// The card "Ask the class" of a motion's owner: asks a question in two taps, and leads it to the reveal.

import { TypedField, listenToArrows, readNumber, readWhole } from "../lib/typed-numbers.js";
import { createElement, ignoreDoubleClicks, keepFocus, writeAttribute, writeEach, writeHidden, writeText } from "../lib/dom.js";
import { Rounds } from "./rounds.js";
import { Tally } from "./tally.js";
import { describeContained, describeKind, describeMedian, describeOutcome, describeScore, describeState, listReady } from "./question-text.js";

/** @typedef {import("./rounds.js").Press} Press */

/** @type {Record<string, string>} */ const BUSY = {
  ask: "Opening the question on every phone…",
  open: "Opening the question on every phone…",
  again: "Opening the question on every phone…",
  prepare: "Saving the question…",
  close: "Closing the answers…",
  reveal: "Revealing the answers…",
  "show-names": "Showing the names…",
  "hide-names": "Hiding the names…",
  "put-away": "Putting the question away…",
  remove: "Removing the question…",
};
const NO_STEPS = "Enter a whole number of steps, from 1 to 1,000,000.";
const NO_NUMBER = "Enter a number, or leave the field empty.";

export class QuestionPanel {
  /** @type {QuestionFrame | null} */ #question = null;
  #ahead = 100;
  #isBusy = false;
  #known = ""; // the newest change of the question that the lists have
  #loads = 0; // requests for the lists

  /** @param {HTMLElement} root @param {{ api: Pick<MotionApi, "submit" | "loadQuestions"> }} page */
  constructor(root, { api }) {
    this.api = api;
    this.find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.card = this.find("asking");
    this.asked = this.find("asked"); // in the card of a lesson, if there is one,
    this.steps = this.find("asked-steps"); // and its state and buttons
    ignoreDoubleClicks(this.card);
    this.open = this.find("asking-open");
    this.menu = this.find("asking-menu");
    this.token = this.find("asking-token");
    this.form = this.find("asking-form");
    /** @type {Press} */ const press = (button, fields) => this.#press(button, fields);
    this.rounds = new Rounds(root, press);
    this.tally = new Tally(this.find("asked-options"));
    this.open.addEventListener("click", () => this.#toggleMenu(this.menu.hidden));
    this.menu.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#leaveMenu(event));
    for (const button of this.card.querySelectorAll("[data-action]")) {
      button.addEventListener("click", () => press(button, this.#nameQuestion(button.dataset.action)));
    }
    this.#listenToSteps();
    this.#listenToForm();
    this.#showReady();
    if ("known" in this.card.dataset) void this.#load();
  }

  /** The question that everyone sees has changed, or what can be done about it.
   * @param {QuestionFrame | null} question @param {QuestionPhase} phase */
  show(question, phase) {
    this.#question = question;
    this.#render(() => {
      for (const part of [this.asked, this.steps]) writeHidden(part, !question);
      if (question) this.#showQuestion(question, phase);
    });
    const change = JSON.stringify(question && [question.opened_at, question.state, question.results?.outcome, question.results?.ended]);
    if (change !== this.#known && (question || this.#known)) void this.#load();
    this.#known = change;
  }

  /** @param {QuestionFrame} question @param {QuestionPhase} phase */
  #showQuestion(question, phase) {
    const { state, text, answered, results } = question;
    writeText(this.find("asked-text"), text);
    writeText(this.find("asked-kind"), describeKind(question));
    writeText(this.find("asked-state"), describeState(question, phase));
    this.tally.show(question);
    const texts = [describeMedian, describeOutcome, describeContained, describeScore].map((describe) => describe(question));
    writeText(this.find("asked-results"), texts.filter(Boolean).join(" "));
    const isRevealed = state === "revealed";
    writeHidden(this.find("asked-close"), state !== "open");
    writeHidden(this.find("asked-reveal"), isRevealed);
    writeHidden(this.find("asked-again"), !isRevealed);
    const names = this.find("asked-names");
    writeHidden(names, !isRevealed || !answered);
    names.dataset.action = results?.names ? "hide-names" : "show-names";
    writeText(names, results?.names ? "Hide names" : "Show names");
  }

  // --- buttons ---

  /** @param {string} action */
  #nameQuestion(action) {
    return { action, number: String(this.#question?.number ?? 0) };
  }

  /** Send the action of a button: say so at once, and afterwards why the server refused it. @type {Press} */
  async #press(button, fields) {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    this.#showError("");
    writeText(this.find("asking-note"), BUSY[fields.action]);
    writeAttribute(button, "aria-busy", true);
    const refusal = await this.api.submit(this.token, fields);
    writeAttribute(button, "aria-busy", false);
    writeText(this.find("asking-note"), "");
    this.#isBusy = false;
    this.#showError(refusal ?? "");
    if (refusal) return false;
    await this.#load();
    if (["ask", "open", "again"].includes(fields.action)) this.#render(() => this.#toggleMenu(false));
    return true;
  }

  /** A button that is gone hands the focus to the next one. @param {() => void} render */
  #render(render) {
    keepFocus([this.steps, this.steps.closest(".card"), this.card], render);
  }

  /** @param {string} text */
  #showError(text) {
    const place = this.find("asking-error");
    writeText(place, text);
    writeHidden(place, !text);
    if (text) place.scrollIntoView({ block: "nearest" }); // the button may be far below it
  }

  async #load() {
    const load = (this.#loads += 1);
    const questions = await this.api.loadQuestions();
    if (load !== this.#loads) return; // an older list
    if (questions) this.#render(() => this.rounds.show(questions, this.#question?.number ?? 0));
    else this.#known = ""; // the next frame tries again
  }

  // --- the menu ---

  /** @param {boolean} isOpen */
  #toggleMenu(isOpen) {
    writeHidden(this.menu, !isOpen);
    writeAttribute(this.open, "aria-expanded", isOpen);
    if (isOpen) this.#showError("");
  }

  /** @param {KeyboardEvent} event */
  #leaveMenu(event) {
    if (event.key !== "Escape" || event.defaultPrevented || /** @type {Element} */ (event.target).matches("input, textarea")) return;
    event.preventDefault();
    this.#toggleMenu(false);
    this.open.focus();
  }

  #listenToSteps() {
    const field = this.find("asking-ahead");
    const typed = new TypedField(field, this.find("asking-ahead-error"), {
      submit: () => {
        const steps = readWhole(field.value);
        if (steps >= Number(field.dataset.min) && steps <= Number(field.dataset.max)) this.#setAhead(steps, typed);
        else typed.showError(NO_STEPS);
      },
      restore: () => typed.show(String(this.#ahead)),
    });
    field.addEventListener("input", () => {
      const steps = readWhole(field.value);
      if (steps >= Number(field.dataset.min) && steps <= Number(field.dataset.max)) this.#setAhead(steps, null);
    });
    listenToArrows(field);
    for (const button of this.card.querySelectorAll("[data-ahead]")) {
      button.addEventListener("click", () => this.#setAhead(Number(button.dataset.ahead), typed));
    }
  }

  /** @param {number} steps @param {TypedField | null} typed the field to write */
  #setAhead(steps, typed) {
    this.#ahead = steps;
    typed?.show(String(steps));
    for (const button of this.card.querySelectorAll("[data-ahead]")) {
      writeAttribute(button, "aria-pressed", Number(button.dataset.ahead) === steps);
    }
    this.#showReady();
  }

  #showReady() {
    const ready = listReady(this.#ahead).map((one) => JSON.stringify(one));
    writeEach(this.find("asking-ready"), ready, (text) => {
      const { label, fields } = JSON.parse(text);
      const button = createElement("button", { type: "button", textContent: label });
      button.addEventListener("click", () => void this.#press(button, { action: "ask", ...fields }));
      return button;
    });
  }

  // --- a question of one's own ---

  #listenToForm() {
    this.form.addEventListener("change", () => this.#showKind());
    this.form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      void this.#submit(/** @type {HTMLButtonElement} */ (event.submitter));
    });
    this.#showKind();
  }

  #showKind() {
    const isChoice = this.form.elements.kind.value === "choice";
    writeHidden(this.find("asking-options"), !isChoice);
    const label = this.find("asking-correct").firstElementChild;
    writeText(label, isChoice ? "Line of the right option, if there is one" : "Right number, if there is one");
  }

  /** @param {HTMLButtonElement} button */
  async #submit(button) {
    const { kind, text, options, correct } = this.form.elements;
    const isChoice = kind.value === "choice";
    const right = correct.value.trim() === "" ? null : isChoice ? readWhole(correct.value) - 1 : readNumber(correct.value);
    if (Number.isNaN(right)) {
      this.#showError(NO_NUMBER);
      return;
    }
    const isDone = await this.#press(button, {
      ...{ action: button.value, kind: kind.value, text: text.value, options: isChoice ? options.value : "" },
      correct: right === null ? "" : String(right),
    });
    if (isDone) for (const field of [text, options, correct]) field.value = "";
  }
}
