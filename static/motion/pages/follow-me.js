// Follow me: the owner presents the view of this page, or this page follows the view that another page presents.

import { Following, Presenting } from "../live/presenting.js";
import { FollowBar } from "../widgets/follow-bar.js";
import { isOwnedBy } from "../widgets/watching-text.js";
import { readPresentedView, writePresentedView } from "../view/presented-view.js";

const PAGES = 2 ** 48; // numbers to choose from
const RETRY_MS = 2_000; // a view that could not be loaded

export class FollowMe {
  #presenting = new Presenting(Math.floor(Math.random() * PAGES));
  #following = new Following();
  /** @type {PresentedView["pointer"]} */ #pointer = null; // the reader's own, while this page presents
  /** @type {Timer} */ #timer = null; // until the next view may be sent
  #isReported = false; // whether the server counts this page as one that follows
  #opened = ""; // the view that this page has opened
  #openedAt = -Infinity;
  #isOpened = true; // false if the page could not load it
  /** @type {string[] | null} */ #cards = null; // that the presenter has open
  #followers = 0;
  /** @type {Phase} */ #phase = "connecting";

  /** `send` reaches the server over the socket alone.
   * @param {HTMLElement} root @param {{ view: MotionView, send: (message: Message) => void }} page */
  constructor(root, { view, send }) {
    this.root = root;
    this.view = view;
    this.send = send;
    this.bar = new FollowBar(root, {
      onPresent: (isOn) => (isOn ? this.start() : this.#stop()),
      onToggle: () => (this.isFollowing ? this.leave() : this.#return()),
    });
  }

  get isFollowing() {
    return this.#following.isOn;
  }

  get isPresenting() {
    return this.#presenting.isOn;
  }

  // --- the presenter ---

  /** Present the view of this page. */
  start() {
    this.#presenting.start(performance.now());
    this.#following.end();
    this.#show();
    this.view.renderer.chart.pointer.listen((point) => {
      this.#pointer = point && this.#moveBy(this.view.model.zero, point);
      this.present();
    });
    this.#showSwitch();
    this.present();
  }

  #stop() {
    this.#presenting.stop();
    this.send({ type: "present", view: null });
    this.#end();
  }

  #end() {
    this.#pointer = null;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.view.renderer.chart.pointer.listen(null);
    this.#showSwitch();
  }

  /** Send the view, if it is new or due. Call it after any change: without a presenter it does nothing. */
  present() {
    if (!this.#presenting.isOn) return;
    const now = performance.now();
    const wait = this.#presenting.getWait(now);
    if (wait > 0) this.#timer ??= setTimeout(() => this.#presentLater(), wait);
    else this.#send(now);
  }

  #presentLater() {
    this.#timer = null;
    this.present();
  }

  /** @param {number} now */
  #send(now) {
    const { epoch } = this.view.model.series;
    if (epoch === null) return;
    const view = writePresentedView(this.view.describe(), { page: this.#presenting.page, epoch, pointer: this.#pointer });
    if (this.#presenting.isDue(view, now)) this.send({ type: "present", view });
  }

  /** After a reset the chart counts from zero; the pointer is sent as a position of the path.
   * @param {number} zero @param {[step: number, value: number]} point @returns {[number, number]} */
  #moveBy(zero, [step, value]) {
    return [step, value + zero];
  }

  // --- a page that follows ---

  /** @param {ViewFrame} frame @param {number} now */
  take(frame, now) {
    const wasPresenting = this.#presenting.isOn;
    if (!this.#presenting.giveWay(frame.view, now)) return;
    if (wasPresenting) this.#end();
    this.#following.take(frame, now);
    this.#show();
  }

  /** The reader goes their own way. */
  leave() {
    if (!this.isFollowing) return;
    this.#following.leave();
    this.#show();
  }

  #return() {
    this.#following.return();
    this.#show();
  }

  #show() {
    const { newest, isOn } = this.#following;
    const view = isOn ? (newest?.view ?? null) : null;
    this.bar.show(newest && { by: newest.by, isOn }, this.#phase);
    if (isOn !== this.#isReported) this.send({ type: "follow", on: isOn });
    this.#isReported = isOn;
    this.#point();
    this.#open(view);
  }

  #point() {
    const { newest, isOn } = this.#following;
    const point = (isOn && newest?.view?.pointer) || null;
    this.view.renderer.chart.pointer.show(point && this.#moveBy(-this.view.model.zero, point), newest?.by);
  }

  /** The pointer alone opens nothing. @param {PresentedView | null} view */
  #open(view) {
    const opened = view ? JSON.stringify({ ...view, pointer: null }) : "";
    const now = performance.now();
    if (opened === this.#opened && (this.#isOpened || now - this.#openedAt < RETRY_MS)) return;
    this.#opened = opened;
    this.#openedAt = now;
    const [before, cards] = [this.#cards, view && listCards(view)];
    this.#cards = cards;
    const added = before && cards?.find((card) => !before.includes(card));
    if (view) void this.#load(readPresentedView(view)).then(() => added && this.#reveal(added));
  }

  /** @param {LinkedView} view */
  async #load(view) {
    await this.view.open(view);
    this.#isOpened = this.view.isShown(view);
    this.#point(); // the chart may count from another step now
  }

  /** Scroll to a card that the presenter has opened, unless the reader types. @param {string} id */
  #reveal(id) {
    if (document.activeElement?.matches("input, textarea")) return;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.root.querySelector(`#${id}`)?.scrollIntoView({ block: "nearest", behavior: isCalm ? "instant" : "smooth" });
  }

  // --- the page ---

  /** A new socket is open: its server knows nothing of this page. */
  reconnect() {
    this.#isReported = false;
    this.#presenting.repeat();
    this.present();
    this.#show();
  }

  /** Views go over a socket alone. @param {Phase} phase of the page */
  showPhase(phase) {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#show();
    this.#showSwitch();
  }

  /** @param {StateFrame} state */
  showState(state) {
    if (!this.#presenting.isOn || isOwnedBy(state, this.root.dataset.me ?? "")) return;
    this.#presenting.stop(); // without a message: the server would refuse it
    this.#end();
  }

  /** @param {ViewersFrame} viewers */
  showViewers({ followers }) {
    this.#followers = followers;
    this.#showSwitch();
  }

  /** @param {number} now */
  tick(now) {
    if (this.#following.expire(now)) this.#show();
    this.present();
  }

  #showSwitch() {
    this.root.toggleAttribute("data-presenting", this.#presenting.isOn);
    this.bar.showPresenting(this.#presenting.isOn, this.#followers, this.#phase);
  }
}

/** The cards below the chart that a view has open; a barrier is on the chart itself. @param {PresentedView} view */
function listCards({ panels, law }) {
  const cards = panels.map((name) => `theory-${name}`);
  return law && law.name !== "barrier" ? [...cards, "law-card"] : cards;
}
