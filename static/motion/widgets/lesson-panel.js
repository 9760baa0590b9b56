// The card of the lesson that a motion follows, for its owner: the scene, its notes, its question, Back and Next.

import { createElement, ignoreDoubleClicks, keepFocus, writeAttribute, writeEach, writeHidden, writeText } from "../lib/dom.js";

const SPEECH = /^[“"]/; // a paragraph to read out

export class LessonPanel {
  /** @type {LessonJson | null} */ #lesson = null;
  /** The scene that the dialog asks about. @type {LessonJson | null} */ #removed = null;
  #asked = 0; // the number of the question that everyone sees
  #isRevealed = true; // that question, if there is one

  /** `onGo` gets the number of a scene, `onAsk` the fields of the request, `onAdd` the title and the notes of a new scene;
   * all are called for a press of the owner's.
   * @param {HTMLElement} root
   * @param {{ onGo: (scene: number) => void, onShow: () => void, onAsk: (fields: Record<string, string>) => void,
   *   onAdd: (fields: Record<string, string>) => void, onRemove: (lesson: LessonJson) => void }} on */
  constructor(root, { onGo, onShow, onAsk, onAdd, onRemove }) {
    this.find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.card = this.find("lesson");
    this.next = this.find("lesson-next");
    this.back = this.find("lesson-back");
    this.ask = this.find("lesson-ask");
    this.token = this.find("lesson-token");
    this.form = this.find("lesson-add");
    this.question = this.find("lesson-question");
    this.asked = this.find("asked"); // the question that everyone sees: its card holds it while there is no lesson,
    this.steps = this.find("asked-steps"); // and its state and buttons
    ignoreDoubleClicks(this.card);
    const scene = () => this.#lesson?.scene ?? 0;
    listen(this.next, () => onGo(scene() + 1));
    listen(this.back, () => onGo(scene() - 1));
    listen(this.ask, () => this.#lesson?.question && onAsk(describeAsking(this.#lesson.question)));
    this.pause = this.find("lesson-pause");
    this.pause.addEventListener("click", () => root.querySelector("#pause")?.click()); // in the card For everyone
    this.find("lesson-show").addEventListener("click", () => onShow());
    this.dialog = this.find("lesson-remove-dialog");
    this.find("lesson-remove").addEventListener("click", () => this.#askToRemove());
    this.dialog.addEventListener("close", () => {
      if (this.dialog.returnValue === "remove" && this.#removed) onRemove(this.#removed);
    });
    this.form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      const { title, notes } = this.form.elements;
      onAdd({ title: title.value, notes: notes.value });
    });
  }

  /** @param {LessonJson | null} lesson */
  show(lesson) {
    const isMoved = lesson?.scene !== this.#lesson?.scene;
    this.#lesson = lesson;
    writeHidden(this.card, !lesson);
    this.#holdAsked(lesson !== null);
    this.#markNextStep();
    if (!lesson) return;
    const { scene, scenes, title, notes } = lesson;
    writeText(this.find("lesson-title"), `Lesson: scene ${scene} of ${scenes}`);
    writeText(this.find("lesson-scene"), title);
    writeEach(this.find("lesson-notes"), notes ? notes.split(/\n+/) : [], createNote);
    writeText(this.find("lesson-following"), scene < scenes ? `Next scene: “${lesson.titles[scene]}”` : "This is the last scene.");
    writeHidden(this.find("lesson-show"), !lesson.view);
    this.#showQuestion();
    this.showBusy(false);
    if (isMoved) this.find("lesson-notes").scrollTop = 0;
  }

  /** @param {boolean} isHeld */
  #holdAsked(isHeld) {
    if (this.card.contains(this.asked) === isHeld) return;
    (isHeld ? this.question : this.find("asking-head")).after(this.asked);
    if (isHeld) this.find("lesson-steps").prepend(this.steps);
    else this.asked.after(this.steps);
  }

  /** That of the scene, until everyone sees it. */
  #showQuestion() {
    const { question = null } = this.#lesson ?? {};
    keepFocus([this.card], () => {
      for (const part of [this.question, this.ask]) writeHidden(part, !question || question.number === this.#asked);
    });
    if (!question) return;
    writeText(this.find("lesson-question-text"), question.text);
    writeEach(this.find("lesson-options"), question.options ?? [], (text) => createElement("li", { textContent: text, dir: "auto" }));
    const isNew = ["", "prepared"].includes(question.state);
    writeText(this.ask, isNew ? "Ask" : "Ask again");
  }

  /** Another window may go to another scene meanwhile: this one is removed. */
  #askToRemove() {
    this.#removed = this.#lesson;
    writeText(this.find("lesson-remove-scene"), this.#lesson?.title ?? "");
    this.dialog.returnValue = ""; // which Esc leaves as it is
    this.dialog.showModal();
  }

  /** One button stands out. The question of a scene is asked, the next scene shows what comes of it, then it is revealed. */
  #markNextStep() {
    const { question = null, scene = 1, scenes = 1 } = this.#lesson ?? {};
    const isOwn = question?.number === this.#asked;
    const isRevealDue = !this.#lesson || (!this.#isRevealed && (!isOwn || scene >= scenes));
    const isAskDue = !isRevealDue && !isOwn && ["", "prepared"].includes(question?.state ?? "none");
    this.find("asked-reveal").classList.toggle("primary", isRevealDue);
    this.ask.classList.toggle("primary", isAskDue);
    this.next.classList.toggle("primary", !isRevealDue && !isAskDue);
  }

  /** The question that everyone sees, which may be that of an earlier scene. @param {QuestionFrame | null} question */
  showAsked(question) {
    this.#asked = question?.number ?? 0;
    this.#isRevealed = !question || question.state === "revealed";
    this.#showQuestion();
    this.#markNextStep();
  }

  /** @param {boolean} isPaused */
  showPaused(isPaused) {
    writeText(this.pause, isPaused ? "Resume" : "Pause");
  }

  /** @param {boolean} isBusy whether a press is on its way */
  showBusy(isBusy) {
    const { scene = 0, scenes = 0 } = this.#lesson ?? {};
    writeAttribute(this.back, "aria-disabled", isBusy || scene <= 1);
    writeAttribute(this.next, "aria-disabled", isBusy || scene >= scenes);
    writeAttribute(this.ask, "aria-disabled", isBusy);
    writeAttribute(this.card, "aria-busy", isBusy);
  }

  /** @param {string} message "" for none */
  showError(message) {
    const place = this.find("lesson-error");
    writeText(place, message);
    writeHidden(place, !message);
  }

  /** The scene is added. */
  clearForm() {
    this.form.reset();
    this.form.closest("details").open = false;
  }
}

/** A button with the property `disabled` would lose the focus. @param {HTMLElement} button @param {() => void} press */
function listen(button, press) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") press();
  });
}

/** @param {string} text */
const createNote = (text) => createElement("p", { textContent: text, className: SPEECH.test(text) ? "speech" : "", dir: "auto" });

/** The fields that ask the question of a scene: for the first time, once more, or although its owner has removed it.
 * @param {LessonQuestion} question @returns {Record<string, string>} */
function describeAsking({ number, state, kind, text, options = [], level, ahead, correct }) {
  if (number !== null) return { action: state === "prepared" ? "open" : "again", number: String(number) };
  const given = Object.entries({ level, ahead, correct }).filter(([, value]) => value !== undefined);
  const fields = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  return { action: "ask", kind, text, options: options.join("\n"), ...fields };
}
