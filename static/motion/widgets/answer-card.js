// The card of a question on a student's page: what to do, their answer, and where it stands.

import { readNumber } from "../lib/typed-numbers.js";
import { createElement, keepFocus, writeAttribute, writeEach, writeHidden, writeText } from "../lib/dom.js";
import {
  describeResults, describeProgress, describeTask, describeWay, explainTyped,
} from "./answer-text.js";
import { Tally } from "./tally.js";
import { describeTally } from "./question-text.js";

/** @typedef {import("../live/questions.js").Ends} Ends */

const TYPED = "input:not([type=radio], [type=checkbox], [type=range]), textarea, select";
const NARROW = "(max-width: 860px)"; // as in the style sheets
const CALM = "(prefers-reduced-motion: reduce)";

export class AnswerCard {
  #results = ""; // the sentences that are shown
  /** @type {string | null} */ #opened = null; // when the question that is shown was; null until the first state
  /** What the text in the fields sets; undefined where the fields show what was dragged. @type {Ends | null | undefined} */ #typed;

  /** `onChange()` is called when the reader has set an answer.
   * @param {HTMLElement} root
   * @param {{ sync: Sync, api: Pick<MotionApi, "answer">, model: ViewModel, run: Run, onChange: () => void }} page */
  constructor(root, { sync, api, model, run, onChange }) {
    this.root = root;
    this.sync = sync;
    this.questions = sync.questions;
    this.api = api;
    this.model = model;
    this.onChange = onChange;
    this.find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.card = this.find("question");
    /** @type {HTMLFormElement | null} */ this.form = this.find("answer"); // null for visitors
    this.find("question-show").addEventListener("click", () => run("show-question"));
    this.questions.reader = root.dataset.me ?? "";
    /** @type {HTMLInputElement[]} */ this.fields = this.form ? ["low", "high"].map((end) => this.find(`answer-${end}`)) : [];
    this.options = this.find("answer-options");
    this.join = this.find("question-join"); // for visitors, also those whose session has ended
    this.tally = new Tally(this.find("question-options"));
    if (!this.form) return;
    this.form.addEventListener("input", () => this.#takeDraft());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Everything; call it after a frame that concerns the question. */
  show() {
    const { shown: question, reader, owner } = this.questions;
    const isShown = question !== null && !("wall" in this.root.dataset) && (reader === "" || reader !== owner);
    writeHidden(this.card, !isShown);
    this.root.toggleAttribute("data-question", isShown);
    const isNew = question?.opened_at !== this.#opened;
    const isFirst = this.#opened === null; // the page has just been loaded
    this.#opened = question?.opened_at ?? "";
    if (!question || !isShown) return;
    writeText(this.find("question-text"), question.text);
    writeText(this.find("question-tally"), describeTally(question));
    const before = this.#results;
    this.#results = describeResults(question);
    writeText(this.find("question-results"), this.#results);
    if (isNew) this.#begin(question);
    this.#showOptions(question);
    if (this.form && this.questions.canAnswer && question.state === "open") writeHidden(this.tally.list, true); // the form has the options
    else this.tally.show(question);
    const progress = this.#showProgress();
    this.showWay();
    if (isFirst) return;
    if (isNew && question.state === "open") this.#announceQuestion(question);
    else if (this.#results && this.#results !== before) this.#announce([progress, this.#results].filter(Boolean).join(" "));
  }

  /** What moves with each step. */
  showWay() {
    const { shown: question } = this.questions;
    if (!question || this.card.hidden) return;
    const phase = this.questions.getPhase(this.sync.series);
    const obstacle = phase === "open" && this.questions.canAnswer ? this.model.ownAnswer.obstacle : "";
    writeText(this.find("question-way"), describeWay(question, this.sync.series));
    writeHidden(this.find("question-obstacle"), !obstacle);
    writeText(this.find("question-obstacle").firstElementChild, obstacle);
    writeText(this.find("question-task"), phase === "open" && this.questions.canAnswer ? describeTask(question) : "");
    writeHidden(this.join, phase !== "open" || this.questions.canAnswer);
    if (!this.form) return;
    const isHidden = phase !== "open" || !this.questions.canAnswer;
    if (isHidden !== this.form.hidden) keepFocus([this.card], () => writeHidden(/** @type {Element} */ (this.form), isHidden));
    this.#fillFields();
    this.#showProgress();
  }

  /** Send the answer, if one is due. @param {number} now */
  tick(now) {
    const due = this.form && this.questions.takeDue(now);
    if (due) void this.#deliver(due);
  }

  // --- the reader's answer ---

  /** @param {import("../live/questions.js").Due} due */
  async #deliver(due) {
    this.#showProgress();
    const reply = await this.api.answer(/** @type {HTMLFormElement} */ (this.form), due);
    this.questions.settle(due, reply, performance.now());
    this.show();
    this.onChange();
    this.tick(performance.now());
  }

  #takeDraft() {
    this.questions.set(this.#read().ends ?? this.#readOneEnd());
    this.#typed = this.questions.draft;
    this.#showError("");
    this.#showProgress();
    this.onChange();
  }

  #submit() {
    const { ends, error } = this.#read();
    this.#showError(error);
    if (!ends) return;
    this.questions.send(ends);
    this.tick(performance.now());
    this.show();
  }

  /** The answer in the form, or what is wrong with it. @returns {{ ends: Ends | null, error: string }} */
  #read() {
    const { kind } = /** @type {QuestionFrame} */ (this.questions.shown);
    if (kind === "choice") {
      const chosen = this.options.querySelector("input:checked");
      const at = Number(chosen?.value);
      return chosen ? { ends: { low: at, high: at }, error: "" } : { ends: null, error: "Choose one first." };
    }
    const texts = this.fields.slice(0, kind === "interval" ? 2 : 1).map(({ value }) => value);
    const [low, high = low] = texts.map(readNumber);
    const error = explainTyped(kind, texts, [low, high]);
    return { ends: error ? null : { low, high }, error };
  }

  /** An interval of which one end is typed: the other one stays where its handle is. @returns {Ends | null} */
  #readOneEnd() {
    const { ends } = this.model.ownAnswer;
    if (this.questions.shown?.kind !== "interval" || !ends) return null;
    const [low, high] = this.fields.map(({ value }) => readNumber(value));
    const typed = { low: Number.isFinite(low) ? low : ends.low, high: Number.isFinite(high) ? high : ends.high };
    return (low === typed.low || high === typed.high) && typed.low < typed.high ? typed : null;
  }

  /** @param {string} text */
  #showError(text) {
    writeText(this.find("answer-error"), text);
    writeHidden(this.find("answer-error"), !text);
    for (const field of this.fields) writeAttribute(field, "aria-invalid", Boolean(text));
  }

  // --- what is shown ---

  /** @param {QuestionFrame} question */
  #begin({ kind, number }) {
    writeAttribute(this.card, "data-kind", kind);
    writeAttribute(this.card, "data-number", number);
    if (!this.form) return;
    const isTyped = kind !== "choice";
    writeHidden(this.options, isTyped);
    writeHidden(this.find("answer-numbers"), !isTyped);
    writeHidden(this.find("answer-to"), kind !== "interval");
    writeText(this.find("answer-label"), kind === "interval" ? "from" : kind === "where" ? "position" : "number");
    for (const field of this.fields) field.value = "";
    this.#typed = undefined;
    this.#showError("");
  }

  /** @param {QuestionFrame} question */
  #showOptions({ kind, options, number }) {
    if (!this.form || kind !== "choice") return;
    const labels = options.map((text, at) => JSON.stringify([number, at, text]));
    writeEach(this.options, labels, (label) => createOption(JSON.parse(label)));
    const { draft, stored } = this.questions;
    const chosen = (draft ?? stored)?.low ?? null;
    if (this.options.contains(document.activeElement) && draft === null && stored === null) return;
    for (const input of this.options.querySelectorAll("input")) input.checked = Number(input.value) === chosen;
  }

  /** Show in the fields what the reader drags, but not over what they type. */
  #fillFields() {
    const { draft, stored, shown } = this.questions;
    const ends = draft ?? stored;
    if (!ends || shown?.kind === "choice" || draft === this.#typed) return;
    this.#typed = undefined;
    for (const [at, value] of [ends.low, ends.high].entries()) {
      if (readNumber(this.fields[at].value) !== value) this.fields[at].value = String(value);
    }
  }

  /** Where the reader's answer stands; returns the sentence. */
  #showProgress() {
    const { questions } = this;
    const { shown: question } = questions;
    if (!question || !this.form) return "";
    const progress = describeProgress(question, questions.getPhase(this.sync.series), questions);
    const { text, tone } = questions.canAnswer ? progress : { text: "", tone: "quiet" }; // signed out
    const place = this.find("answer-state");
    if (text !== place.textContent && questions.delivery !== "sending") this.#announce(text);
    writeText(place, text);
    writeAttribute(place, "data-tone", tone);
    writeText(this.find("answer-send"), questions.stored ? "Change" : "Answer");
    return text;
  }

  /** @param {string} text */
  #announce(text) {
    writeText(this.find("question-announcement"), text);
  }

  /** Bring the card into view, without the focus. @param {QuestionFrame} question */
  #announceQuestion(question) {
    this.#announce(""); // it may be the same question once more
    this.#announce(`New question: ${question.text} ${this.questions.canAnswer ? describeTask(question) : ""}`);
    if (document.activeElement?.matches(TYPED) || document.querySelector("dialog[open]")) return;
    const { top, bottom } = this.card.getBoundingClientRect();
    if (top >= 0 && bottom <= innerHeight && !matchMedia(NARROW).matches) return;
    this.card.scrollIntoView({ block: "start", behavior: matchMedia(CALM).matches ? "auto" : "smooth" });
  }
}

/** @param {[number, number, string]} option */
function createOption([number, at, text]) {
  const label = createElement("label", { className: "choice option" });
  const input = createElement("input", { type: "radio", name: `option-${number}`, value: String(at) });
  label.append(input, createElement("bdi", { textContent: text }));
  return label;
}
