// The questions of a motion for its owner: those that are prepared, and the rounds that were asked.

import { formatCount, formatCounted } from "../lib/format.js";
import { createElement, writeEach, writeHidden } from "../lib/dom.js";
import { describeContained, describeKind, describeMedian, describeOutcome, describePrepared, describeScore } from "./question-text.js";

/** Do what a button is for: whether the server has done it.
 * @typedef {(button: HTMLElement, fields: Record<string, string>) => Promise<boolean>} Press */

export class Rounds {
  /** @param {HTMLElement} root @param {Press} press what a button of a question does */
  constructor(root, press) {
    const find = (/** @type {string} */ id) => root.querySelector(`#asking-${id}`);
    this.prepared = find("prepared");
    this.preparedList = find("prepared-list");
    this.rounds = find("rounds");
    this.roundsList = find("rounds-list");
    this.press = press;
  }

  /** `shown` is the number of the question that everyone sees, or 0: its buttons stand above the list.
   * @param {QuestionJson[]} questions the newest first @param {number} shown */
  show(questions, shown) {
    const [prepared, rounds] = [true, false].map((isPrepared) =>
      questions.filter(({ state }) => (state === "prepared") === isPrepared),
    );
    writeHidden(this.prepared, !prepared.length);
    writeHidden(this.rounds, !rounds.length);
    /** @type {(one: QuestionJson) => string} */ const write = (one) => JSON.stringify(one);
    writeEach(this.preparedList, prepared.map(write), (text) => this.#createPrepared(JSON.parse(text)));
    /** @type {(one: QuestionJson) => string} */ const writeRound = (one) => JSON.stringify([one, one.number === shown]);
    writeEach(this.roundsList, rounds.map(writeRound), (text) => this.#createRound(JSON.parse(text)));
  }

  /** @param {QuestionJson} question */
  #createPrepared(question) {
    const item = createElement("li");
    const buttons = this.#createButtons(question, [["open", "Ask"], ["remove", "Remove"]]);
    item.append(createText(question.text), createElement("p", { className: "soft", textContent: describePrepared(question) }), buttons);
    return item;
  }

  /** @param {[question: QuestionJson, isShown: boolean]} round */
  #createRound([question, isShown]) {
    const item = createElement("li");
    const title = createText(question.text);
    title.prepend(createElement("b", { textContent: `${question.number}. ` }));
    item.append(title);
    for (const text of listFacts(question)) item.append(createElement("p", { className: "soft", textContent: text }));
    const reveal = question.results ? "Show again" : "Reveal";
    if (!isShown) item.append(this.#createButtons(question, [["reveal", reveal], ["again", "Ask again"]]));
    return item;
  }

  /** @param {QuestionJson} question @param {[action: string, text: string][]} actions */
  #createButtons(question, actions) {
    const buttons = createElement("div", { className: "wrap tight" });
    for (const [action, text] of actions) {
      const button = createElement("button", { type: "button", className: action === "remove" ? "quiet" : "chip", textContent: text });
      button.setAttribute("aria-label", `${text}: ${question.text}`);
      button.addEventListener("click", () => void this.press(button, { action, number: String(question.number) }));
      buttons.append(button);
    }
    return buttons;
  }
}

/** @param {string} text */
function createText(text) {
  const line = createElement("p");
  line.append(createElement("bdi", { textContent: text }));
  return line;
}

/** What the list says of a round. @param {QuestionJson} question @returns {string[]} */
function listFacts(question) {
  const { answered } = question;
  const frame = { ...question, type: /** @type {const} */ ("question"), of: answered };
  if (question.state === "open") return [`${describeKind(frame)}. Open.`]; // its tally moves: it stands above the list
  if (!question.results) return [`${describeKind(frame)}. Closed: ${formatCount(answered)} answered.`];
  return [
    [formatCounted(answered, "answer") + ".", describeMedian(frame), describeOutcome(frame)],
    [describeContained(frame), describeScore(frame)],
  ].map((texts) => texts.filter(Boolean).join(" ")).filter(Boolean);
}
