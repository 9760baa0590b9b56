// The lesson that the owner goes through: where it is, the view that a scene shows to everyone, and the buttons of its card.

import { LessonPanel } from "../widgets/lesson-panel.js";
import { readLessonView, writeLessonView } from "../view/lesson-view.js";

const STARTED = "lesson"; // in the query of the address to which the start of a lesson leads

export class LessonGuide {
  /** @type {LessonJson | null} */ #lesson = null;
  #known = ""; // the place of the lesson that is loaded or on its way
  #isBusy = false;
  /** The view of a scene, until the page has the state of that scene. @type {{ scene: number, view: LessonView } | null} */
  #due = null;
  #isStart = new URLSearchParams(location.search).has(STARTED);
  #asked = ""; // the question that everyone sees, when the panel was last shown

  /** @param {HTMLElement} root
   * @param {{ api: MotionApi, sync: Sync, view: MotionView, followMe: import("./follow-me.js").FollowMe }} page */
  constructor(root, { api, sync, view, followMe }) {
    this.api = api;
    this.sync = sync;
    this.view = view;
    this.followMe = followMe;
    this.asking = root.querySelector("#asking-token");
    this.panel = new LessonPanel(root, {
      onGo: (scene) => void this.#change({ action: "go", scene: String(scene) }, { enters: true }),
      onShow: () => this.#lesson && this.#enter(this.#lesson),
      onAsk: (fields) => void this.#ask(fields),
      onAdd: (fields) => void this.#add(fields),
      onRemove: ({ scene, scenes }) => void this.#change({ action: "remove", scene: String(scene), scenes: String(scenes) }),
    });
  }

  /** @param {StateFrame} state */
  showState({ scene, scenes, paused }) {
    this.panel.showPaused(paused);
    const place = `${scene}/${scenes}`;
    if (!this.#isBusy && place !== this.#known && (scenes || this.#lesson)) void this.#load(place);
    this.#showDue();
  }

  /** The question that everyone sees has changed: that of the scene may be it.
   * @param {QuestionFrame | null} question */
  showQuestion(question) {
    this.panel.showAsked(question);
    const asked = question ? `${question.number}/${question.state}` : "";
    if (asked === this.#asked) return;
    this.#asked = asked;
    if (this.#lesson?.question && !this.#isBusy) void this.#load(this.#known);
  }

  /** @param {string} place */
  async #load(place) {
    this.#known = place;
    const lesson = await this.api.loadLesson();
    if (!lesson) this.#known = ""; // the next state tries again
    else if (!this.#isBusy) this.#take(lesson);
    if (!lesson || !this.#isStart) return;
    this.#isStart = false;
    history.replaceState(null, "", location.pathname); // a reload starts nothing
    this.#enter(lesson);
  }

  /** @param {LessonJson} lesson */
  #take(lesson) {
    this.#known = `${lesson.scene}/${lesson.scenes}`;
    this.#lesson = lesson.lesson === null ? null : lesson;
    this.panel.show(this.#lesson);
  }

  /** Show the view of the scene here, and present it to everyone. @param {LessonJson} lesson */
  #enter({ scene, view }) {
    this.#due = view ? { scene, view } : null;
    this.#showDue();
  }

  /** The state of a scene that restarts has the path that the view is of. */
  #showDue() {
    const due = this.#due;
    if (!due || this.sync.state?.scene !== due.scene) return;
    this.#due = null;
    void this.view.open(readLessonView(due.view, this.sync.series));
    this.followMe.start();
  }

  /** Send an action of the card; whether the server has done it.
   * @param {Record<string, string>} fields @param {{ enters?: boolean }} options */
  async #change(fields, { enters = false } = {}) {
    return this.#press(async () => {
      const reply = await this.api.changeLesson(this.panel.token, fields);
      if ("message" in reply) return reply.message;
      this.#take(reply);
      if (enters) this.#enter(reply);
      return null;
    });
  }

  /** @param {Record<string, string>} fields */
  async #ask(fields) {
    await this.#press(() => this.api.submit(this.asking, fields));
    if (this.#lesson) await this.#load(this.#known);
  }

  /** @param {Record<string, string>} fields */
  async #add(fields) {
    const view = JSON.stringify(writeLessonView(this.view.describe()));
    if (await this.#change({ action: "add", view, ...fields })) this.panel.clearForm();
  }

  /** One press at a time. @param {() => Promise<string | null>} send it returns why the server refuses, or null */
  async #press(send) {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    this.panel.showBusy(true);
    const refusal = await send();
    this.#isBusy = false;
    this.panel.showBusy(false);
    this.panel.showError(refusal ?? "");
    return refusal === null;
  }
}
