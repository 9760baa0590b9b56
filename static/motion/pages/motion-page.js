// The page of a motion: connects its socket, its path, the view of it and the cards beside it.

import { AnswerCard } from "../widgets/answer-card.js";
import { readQuery } from "../view/permalink.js";
import { MotionApi } from "../live/api.js";
import { describeBeginning } from "../live/changelog-text.js";
import { findPauser } from "../live/changes.js";
import { setServerClock } from "../lib/server-clock.js";
import { Controls } from "../widgets/controls.js";
import { becomeVisitor, showAccessLost, SIGNED_OUT } from "./access-lost.js";
import { Sync } from "../live/sync.js";
import { QuestionPanel } from "../widgets/question-panel.js";
import { LessonGuide } from "./lesson.js";
import { MyCard } from "../widgets/my-card.js";
import { FollowMe } from "./follow-me.js";
import { MotionView } from "./motion-view.js";
import { Readouts } from "../widgets/readouts.js";
import { HttpFallback } from "../live/http-fallback.js";
import { CLOSE } from "../live/protocol.js";
import { ChangeList } from "../widgets/change-list.js";
import { Series } from "../live/series.js";
import { Connection } from "../live/socket.js";
import { OTHER_SESSION, adoptSession, renewSession, watchSession } from "./session.js";
import { describeStatus, describeView } from "../widgets/status-text.js";
import { ReloadNotice } from "./reload-notice.js";
import { Wall } from "./wall.js";
import { Watching } from "../widgets/watching.js";
import { isOwnedBy } from "../widgets/watching-text.js";
import { writeAttribute, writeHidden, writeText } from "../lib/dom.js";

const TICK_MS = 250;
const PING_MS = 1_000;
const SESSION_MS = 12 * 3600 * 1000; // the server renews a session once a day
const UNREADABLE_PAGE = 4400;
const NO_SUCH_MOTION = 4404;
const SOCKET_ATTEMPTS = 3; // without a frame: then the network may block sockets
const BLOCKED = "Your network or browser blocks live connections: you can watch. To change anything, use another one.";
const UNREADABLE = "a version whose frames this page cannot read";

class Page {
  /** @type {Phase} */ phase = "connecting";
  retryAt = 0; // when the next attempt is due, while the page is waiting
  /** @type {number | null} */ closeCode = null;
  isPaceDue = true; // written with the next step, or else by a tick: a frame of its own costs as much as a step's
  offlineAt = -Infinity; // when the browser lost its network
  heardAt = -Infinity; // when the newest frame came
  /** @type {number | null} */ silentSince = performance.now(); // null while states come

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.api = new MotionApi((root.dataset.socket ?? "").replace("/ws", ""), () => adoptSession(this.api.base));
    this.series = new Series();
    this.connection = new Connection(() => `/ws${this.api.base}${this.createQuery()}`, {
      open: () => {
        this.sync.reset(performance.now());
        this.sync.questions.retryNow();
        this.followMe.reconnect();
      },
      frame: (frame) => {
        this.fallback.stop();
        this.handleFrame(frame);
      },
      retry: (delay, code, attempts) => this.handleRetry(delay, code, attempts),
      end: (code) => this.handleEnd(code),
      unreadable: () => this.reload.see(UNREADABLE),
    });
    this.fallback = new HttpFallback((sync) => `${this.api.base}frames.json${this.createQuery(sync)}`, {
      answer: (answer) => this.handleFallbackAnswer(answer),
      missing: () => this.handleEnd(NO_SUCH_MOTION),
      fail: () => this.phase === "polling" && this.showDisconnected(),
    });
    this.sync = new Sync(
      this.series,
      (message) => (this.connection.isOpen ? this.connection : this.fallback).send(message),
      this.createFrameHandlers(),
    );
    this.readouts = new Readouts(root, this.sync);
    this.myCard = new MyCard(root, this.sync);
    this.controls = new Controls(root, (message) => this.sendCommand(message));
    const { figure, ordinal, state } = JSON.parse(this.find("page").textContent);
    this.watching = new Watching(root, this.api, state);
    this.view = new MotionView(root, {
      sync: this.sync,
      figure,
      ordinal,
      api: this.api,
      link: readQuery(location.search),
      onFrame: () => this.showNumbers(),
      onChartLoaded: () => this.readouts.clearRate(), // frames that waited for the chart would count as late
      onTouch: () => this.followMe.leave(),
      onChange: () => this.followMe.present(),
      isFollowing: () => this.followMe.isFollowing,
    });
    this.followMe = new FollowMe(root, { view: this.view, send: (message) => this.connection.send(message) });
    const { model, renderer } = this.view;
    this.answerCard = new AnswerCard(root, {
      sync: this.sync,
      api: this.api,
      model,
      run: (command, value) => this.view.run(command, value),
      onChange: () => renderer.refresh(),
    });
    this.questionPanel = this.find("asking") ? new QuestionPanel(root, { api: this.api }) : null; // for an owner
    /** @type {string | undefined} */ this.shownQuestion = undefined; // when it was opened
    /** @type {QuestionPhase} */ this.questionPhase = "none";
    const { api, sync, view, followMe } = this;
    this.lesson = this.find("lesson") ? new LessonGuide(root, { api, sync, view, followMe }) : null; // for an owner, too
    this.wall = "wall" in root.dataset ? new Wall(root, { sync: this.sync, api: this.api, model, chart: renderer.chart }) : null;
    this.reload = new ReloadNotice({ isBusy: () => this.isBusy, keep: () => this.view.writeAddress() });
    this.rendered = state; // the server rendered the page from it
    this.wasOwned = isOwnedBy(state, root.dataset.me ?? "");
    this.hasOtherSession = false;
    this.changeList = new ChangeList(root, (step) => this.view.run("step", step));
  }

  start() {
    this.addListeners();
    this.showStatus();
    this.connection.open();
    this.view.renderer.start();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    if (this.root.dataset.me) setInterval(renewSession, SESSION_MS);
  }

  addListeners() {
    const about = this.find("about");
    this.find("ask").addEventListener("click", () => about.showModal());
    about.querySelector("a").addEventListener("click", () => about.close()); // it leads to the page below
    this.find("reload").addEventListener("click", () => location.reload());
    watchSession((mark) => this.handleSession(mark));
    for (const event of ["offline", "online"]) addEventListener(event, () => this.handleNetwork());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.connection.retryNow();
    });
  }

  /** Whether a reload would disturb the reader, or find no server. */
  get isBusy() {
    const { draft, delivery } = this.sync.questions;
    const isAnswering = draft !== null && !delivery; // an answer on its way is kept
    return (this.phase !== "live" && this.phase !== "polling") || describeView(this.view.model) !== null || isAnswering;
  }

  /** @param {string} mark of the session of a newer page in this browser */
  async handleSession(mark) {
    if (!mark) return; // the server closes the socket of a person who signed out
    if (this.phase === "ended" && this.closeCode === SIGNED_OUT) location.reload();
    this.hasOtherSession = !(await this.api.adoptSession().catch(() => false));
    this.explainReload();
  }

  /** The server renders a page for a session and for a role. */
  explainReload() {
    const { state } = this.sync;
    const { me } = this.root.dataset;
    const isOwned = state && me ? isOwnedBy(state, me) : this.wasOwned;
    const role = isOwned ? "You own this motion now." : "You no longer own this motion.";
    this.reload.explain(this.hasOtherSession ? OTHER_SESSION : isOwned === this.wasOwned ? "" : role);
  }

  /** Whether visitors may see the motion. */
  get isOpen() {
    return (this.sync.state ?? this.rendered).visibility !== "private";
  }

  /** @param {string} id */
  find(id) {
    return document.getElementById(id);
  }

  /** The place after which frames are needed, as a query: the page's own, or that of a `sync`.
   * @param {{ epoch: number | null, step: number } | null} sync */
  createQuery(sync = null) {
    const { epoch, step } = sync ?? { epoch: this.series.epoch, step: this.series.last };
    return epoch === null ? "" : `?epoch=${epoch}&step=${step}`;
  }

  // --- frames ---

  /** What the page does with each type of frame, after `Sync` has taken it in. @returns {FrameHandlers} */
  createFrameHandlers() {
    return {
      restart: () => this.view.model.freezeIfMoved(),
      state: (frame) => this.handleState(frame),
      history: () => {
        this.showChanges();
        this.readouts.clearRate();
      },
      increments: (_, now) => {
        this.readouts.markSteps(now);
        this.view.complete();
        this.view.renderer.refresh();
      },
      viewers: () => this.showViewers(),
      ensemble: () => this.view.renderer.refresh(),
      seat: () => {
        this.myCard.showSeat();
        this.view.renderer.refresh();
      },
      question: () => this.showQuestion(),
      answer: () => this.showQuestion(),
      view: (frame, now) => this.followMe.take(frame, now),
      error: ({ message }) => this.controls.refuse(message),
    };
  }

  /** The site answers over HTTP: a socket may open again too. @param {FramesJson} answer */
  handleFallbackAnswer({ frames, signed_in: isSignedIn }) {
    if (this.root.dataset.me && !isSignedIn) {
      this.handleEnd(SIGNED_OUT);
      return;
    }
    if (this.phase !== "polling") this.connection.retryNow();
    this.sync.expectGreeting();
    for (const frame of frames) this.handleFrame(frame);
  }

  /** @param {Frame} frame */
  handleFrame(frame) {
    const now = performance.now();
    this.heardAt = now;
    this.sync.receive(frame, now);
    this.keepAlive(now); // timers of a hidden tab may run once a minute, frames come as ever
  }

  /** @param {StateFrame} state */
  handleState(state) {
    this.silentSince = null;
    this.phase = this.fallback.isOn ? "polling" : "live";
    setServerClock(state.now, this.sync.roundTripMs);
    this.followRename(state.slug);
    this.view.paths.follow(state.epoch);
    this.followMe.showState(state);
    this.reload.see(state.version);
    this.explainReload();
    this.showState(state);
    this.myCard.showState();
    this.showViewers();
    this.showStatus();
    this.showChanges();
    this.readouts.clearRate();
    this.showQuestion();
    this.lesson?.showState(state);
    this.wall?.showState(state);
  }

  showQuestion() {
    const { shown } = this.sync.questions;
    this.questionPhase = this.sync.questions.getPhase(this.sync.series);
    this.answerCard.show();
    this.questionPanel?.show(shown, this.questionPhase);
    this.lesson?.showQuestion(shown);
    this.wall?.showQuestion(shown, this.questionPhase);
    if (shown?.opened_at !== this.shownQuestion) this.presentQuestion(shown);
    this.shownQuestion = shown?.opened_at;
    this.view.renderer.refresh();
  }

  /** A page that follows this one could not answer about a step that is out of view. @param {QuestionFrame | null} question */
  presentQuestion(question) {
    const isOutOfView = this.view.model.ownAnswer.obstacle !== "";
    if (question?.state === "open" && isOutOfView && this.followMe.isPresenting) this.view.run("show-question");
  }

  /** The motion has another address: so have the tab, and the links and forms of the page. @param {string} slug */
  followRename(slug) {
    const [before, after] = [this.api.base, `/motions/${slug}/`];
    if (before === after) return;
    this.api.base = after;
    if (location.pathname !== "/") history.replaceState(null, "", after + location.search);
    for (const name of ["href", "action"]) {
      for (const element of this.root.querySelectorAll(`[${name}^="${before}"]`)) {
        element.setAttribute(name, element.getAttribute(name).replace(before, after));
      }
    }
  }

  // --- the connection ---

  handleNetwork() {
    if (this.phase === "ended") return; // a page whose motion is gone has another text
    if (!navigator.onLine) this.offlineAt = performance.now();
    this.showStatus();
  }

  /** A server on the same machine sends frames without a network. */
  get isOffline() {
    return !navigator.onLine && this.heardAt < this.offlineAt;
  }

  /** @param {Message} message */
  sendCommand(message) {
    if (message.type === "restart" && !this.followMe.isFollowing) this.view.run("follow"); // to see the new path
    this.watching.closeNotice();
    this.connection.send(message);
  }

  /** @param {number} delay @param {number} code @param {number} attempts */
  handleRetry(delay, code, attempts) {
    this.closeCode = code;
    this.retryAt = performance.now() + delay;
    if (attempts >= SOCKET_ATTEMPTS && !CLOSE[code]) this.fallback.start();
    if (this.phase !== "polling" || !this.fallback.isOn) this.showDisconnected();
  }

  /** @param {number} code */
  handleEnd(code) {
    if (code === SIGNED_OUT && this.root.dataset.me && this.isOpen) {
      this.continueAsVisitor();
      return;
    }
    const wasLive = this.phase === "live";
    this.phase = "ended";
    this.closeCode = code;
    this.connection.close();
    this.fallback.stop();
    this.view.end();
    if (code !== UNREADABLE_PAGE) {
      clearInterval(this.timer);
      showAccessLost(this.root, code, wasLive);
      return;
    }
    this.find("reload").hidden = false;
    this.controls.enable(false);
    this.watching.end();
    this.showStatus();
  }

  /** The session has ended, and visitors may see the motion. */
  continueAsVisitor() {
    becomeVisitor(this.root);
    this.lesson = null;
    this.questionPanel = null;
    this.sync.ensemble.takeSeat({ number: null, name: "" });
    this.myCard.showState();
    this.watching.becomeVisitor();
    this.sync.questions.becomeVisitor();
    this.answerCard.show();
    this.phase = "connecting";
    this.silentSince = performance.now();
    this.connection.open();
    this.showStatus();
  }

  tick() {
    const now = performance.now();
    this.keepAlive(now);
    this.showStatus();
    if (this.isPaceDue) this.showPace(now); // no step has come since the last tick
    this.isPaceDue = true;
    this.view.tick(now);
    this.answerCard.tick(now);
    this.reload.tick();
  }

  /** @param {number} now */
  keepAlive(now) {
    this.followMe.tick(now);
    if (!this.connection.isOpen) return;
    if (this.sync.isSilent(now)) this.connection.abandon();
    else this.sync.pingIfDue(now, PING_MS - TICK_MS / 2);
  }

  // --- what is shown ---

  showDisconnected() {
    this.sync.disconnect();
    this.phase = "waiting";
    this.silentSince ??= performance.now();
    this.readouts.clearRate();
    this.controls.enable(false, "The controls return when you are reconnected.");
    this.showStatus();
  }

  /** @param {StateFrame} state */
  showState(state) {
    document.title = state.title;
    writeText(this.find("title"), state.title);
    this.readouts.showLaw(state);
    const ordinal = this.find("ordinal");
    ordinal.hidden = ordinal.dataset.epoch !== String(state.epoch);
    this.controls.show(state);
    const isBlocked = this.phase === "polling" && state.can_control;
    this.controls.enable(state.can_control && !isBlocked, BLOCKED);
  }

  showViewers() {
    if (this.sync.state) this.watching.show(this.sync.state, this.sync.viewers);
    this.view.showSeats();
    this.wall?.showViewers(this.sync.viewers);
    if (!this.sync.viewers) return;
    this.controls.showSeats(this.sync.viewers.seats);
    this.followMe.showViewers(this.sync.viewers);
  }

  showChanges() {
    this.controls.showLatest(this.changeList.show(this.sync.changes.items));
  }

  showStatus() {
    this.followMe.showPhase(this.phase);
    const { text, tone, announcement } = this.getStatus();
    writeText(this.find("status"), text);
    writeText(this.find("announcement"), announcement);
    writeAttribute(this.find("status").parentElement, "data-tone", tone);
    this.showBeginning();
  }

  /** Why there is no line yet. */
  showBeginning() {
    const { state } = this.sync;
    if (!state) return;
    const reader = this.wall ? { ...state, can_control: false } : state; // a wall has no buttons
    const text = this.view.model.isLive ? describeBeginning(reader, this.series.last, this.phase === "live") : "";
    const place = this.find("beginning");
    writeText(place, text);
    writeHidden(place, !text);
  }

  getStatus() {
    const now = performance.now();
    return describeStatus({
      isOffline: this.isOffline,
      phase: this.phase,
      now,
      retryAt: this.retryAt,
      silentMs: this.silentSince === null ? 0 : now - this.silentSince,
      code: this.closeCode,
      state: this.sync.state,
      standstillMs: this.sync.standstill(now),
      pausedBy: findPauser(this.sync.changes.items),
      view: describeView(this.view.model),
      past: this.view.model.getOlderSteps(now),
    });
  }

  /** @param {number} now */
  showPace(now) {
    this.isPaceDue = false;
    this.readouts.showPace(now, { isLive: this.phase === "live", isOpen: this.connection.isOpen });
  }

  /** With the picture of the newest step. */
  showNumbers() {
    if (!this.sync.isUndrawn) this.readouts.showPosition();
    this.myCard.showPosition();
    this.answerCard.showWay();
    if (this.sync.questions.getPhase(this.sync.series) !== this.questionPhase) this.showQuestion(); // its step has come
    this.wall?.show(this.view.renderer.picture);
    if (this.isPaceDue) this.showPace(performance.now());
  }
}

new Page(document.getElementById("motion")).start();
document.getElementById("too-old")?.remove();
