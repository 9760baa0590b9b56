// The page: one socket, one path, my view of it, and what ties them together.

import { offerExplanation } from "./about.js";
import { fromQuery } from "../view/permalink.js";
import { MotionApi } from "../live/api.js";
import { describeBeginning } from "../live/beginning-text.js";
import { pausedBy } from "../live/changes.js";
import { setServerClock } from "../lib/server-clock.js";
import { Controls } from "../widgets/controls.js";
import { becomeGuest, bidFarewell, SIGNED_OUT } from "./access-lost.js";
import { Link } from "../live/sync.js";
import { Look } from "./motion-view.js";
import { Numbers } from "../widgets/readouts.js";
import { Poller } from "../live/http-fallback.js";
import { CLOSE } from "../live/protocol.js";
import { Recent } from "../widgets/change-list.js";
import { rename } from "./rename.js";
import { Series } from "../live/series.js";
import { Connection } from "../live/socket.js";
import { renewSession } from "./renew-session.js";
import { looking, sentence } from "../widgets/status-text.js";
import { UpgradeNotice } from "./upgrade-notice.js";
import { Watching } from "../widgets/watching.js";
import { writeText } from "../lib/dom.js";

const TICK_MS = 250;
const PING_MS = 1_000;
const NOT_UNDERSTOOD = 4400;
const STAY_MS = 12 * 3600 * 1000; // the server renews a session once a day
const NO_SUCH_MOTION = 4404;
const TRIES = 3; // in a row without a frame: the network may let no socket through
const BLOCKED = "Your network or browser blocks live connections: you can watch. To change anything, use another one.";
const UNREADABLE = "a version whose frames this page cannot read";

class Page {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.api = new MotionApi((root.dataset.socket ?? "").replace("/ws", ""));
    this.phase = "connecting";
    this.retryAt = 0;
    /** @type {number | null} */ this.code = null;
    /** @type {number | null} */ this.silentSince = performance.now(); // null once the state has come
    this.pings = 0;
    this.pingedAt = -Infinity;
    this.series = new Series();
    this.connection = new Connection(() => this.address(), {
      open: () => this.opened(),
      frame: (frame) => this.heard(frame),
      wait: (milliseconds, code, tries) => this.waits(milliseconds, code, tries),
      end: (code) => this.ended(code),
      misread: () => this.upgrade.see(UNREADABLE),
    });
    this.poller = new Poller((sync) => `${this.api.base}frames.json${this.standing(sync)}`, {
      answer: (answer) => this.polled(answer),
      gone: () => this.ended(NO_SUCH_MOTION),
      fail: () => this.phase === "polling" && this.lost(),
    });
    this.link = new Link(this.series, (message) =>
      (this.connection.isOpen ? this.connection : this.poller).send(message),
    );
    this.numbers = new Numbers(root, this.link);
    this.controls = new Controls(root, (message) => this.command(message));
    const { figure, ordinal, state } = readPage();
    this.watching = new Watching(root, this.api, state);
    this.look = new Look(root, {
      link: this.link,
      figure,
      ordinal,
      api: this.api,
      wish: fromQuery(location.search),
      onDressed: () => this.numbers.clear(), // frames that waited for the chart would count as late
    });
    this.upgrade = new UpgradeNotice({
      isBusy: () => this.phase !== "live" || looking(this.look.scene) !== null,
      keep: () => this.look.keep(),
    });
    this.recent = new Recent(root, (step) => this.look.showStep(step));
  }

  start() {
    this.listen();
    this.showStatus();
    this.connection.open();
    this.look.start();
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    if (this.root.dataset.me) setInterval(renewSession, STAY_MS);
  }

  /** @param {string} id */
  find(id) {
    return document.getElementById(id);
  }

  /** Where the socket is; a page that holds a path says where it stands. */
  address() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return `${scheme}//${location.host}/ws${this.api.base}${this.standing()}`;
  }

  /** As a query; `sync` asks for what comes after another place.
   * @param {{ epoch: number | null, step: number } | null} sync */
  standing(sync = null) {
    const { epoch, step } = sync ?? { epoch: this.series.epoch, step: this.series.last };
    return epoch === null ? "" : `?epoch=${epoch}&step=${step}`;
  }

  // --- the connection ---

  opened() {
    this.link.reset(performance.now());
    this.pingedAt = -Infinity;
  }

  /** @param {Frame} frame */
  heard(frame) {
    this.poller.stop();
    this.took(frame);
  }

  /** The frames came over HTTP: that the site can be reached may be new, so try a socket too.
   * @param {FramesJson} answer */
  polled({ frames, signed_in: isSignedIn }) {
    if (this.root.dataset.me && !isSignedIn) {
      this.ended(SIGNED_OUT);
      return;
    }
    if (this.phase !== "polling") this.connection.retryNow();
    this.link.greetAgain();
    for (const frame of frames) this.took(frame);
  }

  /** @param {Frame} frame */
  took(frame) {
    const now = performance.now();
    if (frame.type === "state") this.silentSince = null; // a pong alone shows no motion
    if (frame.type === "error") {
      this.controls.refuse(frame.message);
      return;
    }
    if (frame.type === "state" && frame.epoch > (this.series.epoch ?? 0)) this.look.scene.part();
    if (frame.type === "state") setServerClock(frame.now, this.link.roundTripMs);
    const news = this.link.receive(frame, now);
    if (frame.type === "state" && news) this.showState(frame);
    if (frame.type === "viewers") this.showPeople();
    if (frame.type === "state" || frame.type === "history") this.showChanges();
    if (frame.type === "increments" && news) this.numbers.mark(now);
    if (frame.type === "history" || frame.type === "state") this.numbers.clear();
    if (frame.type === "increments" && news) this.look.complete();
    if (news && frame.type !== "viewers") this.showNews();
    this.keepAlive(now); // timers of a hidden tab may run once a minute, frames come as ever
  }

  /** Whoever begins a path anew wants to see it. @param {Message} message */
  command(message) {
    if (message.type === "restart") this.look.act((scene) => scene.follow());
    this.watching.closeNotice();
    this.connection.send(message);
  }

  /** @param {number} milliseconds @param {number} code @param {number} tries */
  waits(milliseconds, code, tries) {
    this.code = code;
    this.retryAt = performance.now() + milliseconds;
    if (tries >= TRIES && !CLOSE[code]) this.poller.start();
    if (this.phase !== "polling" || !this.poller.isOn) this.lost();
  }

  /** Nothing that is shown is of now. */
  lost() {
    this.link.lose();
    this.phase = "waiting";
    this.silentSince ??= performance.now();
    this.numbers.clear();
    this.controls.enable(false, "The controls return when you are reconnected.");
    this.showStatus();
  }

  /** A session that has ended ends no lesson: what anybody may see goes on for a guest. */
  goOnAsGuest() {
    becomeGuest(this.root);
    this.watching.forget();
    this.phase = "connecting";
    this.silentSince = performance.now();
    this.connection.open();
    this.showStatus();
  }

  /** @param {number} code */
  ended(code) {
    if (code === SIGNED_OUT && this.root.dataset.me && "open" in this.root.dataset) {
      this.goOnAsGuest();
      return;
    }
    const wasLive = this.phase === "live";
    this.phase = "ended";
    this.code = code;
    this.connection.close();
    this.poller.stop();
    this.look.end();
    if (code !== NOT_UNDERSTOOD) {
      clearInterval(this.ticking);
      bidFarewell(this.root, code, wasLive);
      return;
    }
    this.find("reload").hidden = false;
    this.controls.enable(false);
    this.watching.end();
    this.showStatus();
  }

  /** Four times a second: a sign of life where one is due, the age of things, the sentence. */
  tick() {
    const now = performance.now();
    this.keepAlive(now);
    this.showStatus();
    this.numbers.showPace(now, { isLive: this.phase === "live", isOpen: this.connection.isOpen });
    this.look.fetch(now);
    this.look.keepSettled();
    this.upgrade.tick();
  }

  /** @param {number} now */
  keepAlive(now) {
    if (!this.connection.isOpen) return;
    if (this.link.isSilent(now)) {
      this.connection.abandon();
    } else if (now - this.pingedAt >= PING_MS - TICK_MS / 2) {
      this.pingedAt = now;
      this.pings += 1;
      this.link.ping(this.pings, now);
    }
  }

  // --- what is shown ---

  /** @param {StateFrame} state */
  showState(state) {
    this.phase = this.poller.isOn ? "polling" : "live";
    document.title = state.title;
    writeText(this.find("title"), state.title);
    this.numbers.showLaw(state);
    this.follow(state.slug);
    this.look.follow(state);
    const ordinal = this.find("ordinal");
    ordinal.hidden = ordinal.dataset.epoch !== String(state.epoch);
    this.controls.show(state);
    const isBlocked = this.phase === "polling" && state.can_control;
    this.controls.enable(state.can_control && !isBlocked, BLOCKED);
    this.upgrade.see(state.version);
    this.showPeople();
    this.showStatus();
  }

  showPeople() {
    if (this.link.state) this.watching.show(this.link.state, this.link.viewers);
  }

  showChanges() {
    this.controls.tell(this.recent.show(this.link.changes.items));
  }

  /** A motion that was renamed has another address from now on. @param {string} slug */
  follow(slug) {
    const base = `/motions/${slug}/`;
    if (base === this.api.base) return;
    rename(this.root, this.api.base, base);
    this.api.base = base;
  }

  showStatus() {
    const { text, tone, said } = this.sentence();
    writeText(this.find("status"), text);
    writeText(this.find("announcement"), said);
    this.find("status").parentElement.dataset.tone = tone;
    if (this.link.state) this.showBeginning();
  }

  /** Why there is no line yet. */
  showBeginning() {
    const { state } = this.link;
    const text = state && this.look.scene.isLive ? describeBeginning(state, this.series.last, this.phase === "live") : "";
    const place = this.find("beginning");
    writeText(place, text);
    place.hidden = !text;
  }

  sentence() {
    const now = performance.now();
    return sentence({
      phase: this.phase,
      now,
      retryAt: this.retryAt,
      silentMs: this.silentSince === null ? 0 : now - this.silentSince,
      code: this.code,
      state: this.link.state,
      standstillMs: this.link.standstill(now),
      pausedBy: pausedBy(this.link.changes.items),
      looks: looking(this.look.scene),
      past: this.look.scene.leftBehind(now),
    });
  }

  /** At the next animation frame, and not at all in a hidden tab. */
  showNews() {
    this.look.refresh();
    if (this.awaited || !this.look.isWhole) return;
    this.awaited = requestAnimationFrame(() => {
      this.awaited = null;
      if (!this.link.isUndrawn) this.numbers.showPosition();
    });
  }

  listen() {
    offerExplanation(this.root);
    this.find("reload").addEventListener("click", () => location.reload());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.connection.retryNow();
    });
  }
}

function readPage() {
  return JSON.parse(document.getElementById("page").textContent);
}

new Page(document.getElementById("motion")).start();
document.getElementById("too-old")?.remove();
