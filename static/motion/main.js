// The page: one socket, one series, one view, one chart, and what ties them together.

import { Chart } from "./chart.js";
import { Controls } from "./controls.js";
import { count, decimal, pace, plain } from "./format.js";
import { handOver } from "./handover.js";
import { Link } from "./link.js";
import { Marks } from "./marks.js";
import { control } from "./people.js";
import { Rate } from "./rate.js";
import { Recent } from "./recent.js";
import { Series } from "./series.js";
import { sketch } from "./sketch.js";
import { Connection } from "./socket.js";
import { sentence } from "./status.js";
import { Touch } from "./touch.js";
import { View, steadyRange } from "./view.js";
import { Watching } from "./watching.js";

const TICK_MS = 250;
const PING_MS = 1_000;
const RESIZE_MS = 100;
const SESSION_OVER = 4401;
const SIGN_IN = "/accounts/login/";

class Page {
  constructor(root) {
    this.root = root;
    this.phase = "connecting";
    this.retryAt = 0;
    this.code = null;
    this.pings = 0;
    this.pingedAt = -Infinity;
    this.yRange = null;
    this.dirty = true;
    this.loaded = false;
    this.whole = false;
    this.series = new Series();
    this.view = new View();
    this.marks = new Marks();
    this.rate = new Rate();
    this.connection = new Connection(() => this.address(), {
      open: () => this.opened(),
      frame: (frame) => this.took(frame),
      wait: (milliseconds) => this.waits(milliseconds),
      end: (code) => this.ended(code),
    });
    this.link = new Link(this.series, (message) => this.connection.send(message));
    this.controls = new Controls(root, (message) => this.connection.send(message));
    this.watching = new Watching(root, (fields) => handOver(this.find("hand-over"), fields));
    this.recent = new Recent(root);
    this.chart = new Chart(this.find("chart"), readPage().figure, {
      onMove: (range) => this.look((view) => view.fix(range)),
      onReset: () => this.look((view) => view.follow()),
    });
  }

  start() {
    this.listen();
    this.connection.open();
    setInterval(() => this.tick(), TICK_MS);
    this.chart.whenLoaded(this.find("chart-library"), () => {
      this.loaded = true;
      this.dress();
    });
    const frame = () => {
      if (this.dirty) this.render();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  find(id) {
    return document.getElementById(id);
  }

  /** Where the socket is; a page that holds a path says where it stands. */
  address() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const { epoch, last } = this.series;
    const standing = epoch === null ? "" : `?epoch=${epoch}&step=${last}`;
    return `${scheme}//${location.host}${this.root.dataset.socket}${standing}`;
  }

  // --- the connection ---

  opened() {
    this.link.reset(performance.now());
    this.pingedAt = -Infinity;
  }

  took(frame) {
    const now = performance.now();
    if (frame.type === "error") {
      this.controls.refuse(frame.message);
      return;
    }
    const news = this.link.receive(frame, now);
    if (frame.type === "state" && news) this.showState(this.link.state);
    if (frame.type === "viewers") this.showPeople();
    if (frame.type === "state" || frame.type === "history") this.showChanges();
    if (frame.type === "increments" && news) this.rate.mark(this.series.last, now, 1_000 * this.link.state.interval);
    if (frame.type === "history" || frame.type === "state") this.rate.clear();
    if (frame.type === "increments" && !this.whole) this.completed();
    if (news) this.dirty = true;
    this.keepAlive(now); // timers of a hidden tab may run once a minute, frames come as ever
  }

  /** The path so far is here: what the server drew of it can go. */
  completed() {
    this.whole = true;
    this.dirty = true;
    this.dress();
  }

  waits(milliseconds) {
    this.phase = "waiting";
    this.retryAt = performance.now() + milliseconds;
    this.rate.clear();
    this.controls.enable(false, "Your controls come back with the connection.");
    this.showStatus();
  }

  ended(code) {
    this.phase = "ended";
    this.code = code;
    this.offerReturn(code === SESSION_OVER);
    this.controls.enable(false);
    this.watching.end();
    this.showStatus();
  }

  /** A reload may help; whose session is over has to sign in again. */
  offerReturn(isSignedOut) {
    const signIn = this.find("sign-in-again");
    const path = location.pathname.split("/").map(encodeURIComponent).join("/");
    signIn.setAttribute("href", `${SIGN_IN}?next=${path}`);
    signIn.hidden = !isSignedOut;
    this.find("reload").hidden = false;
    this.find("reload").classList.toggle("primary", !isSignedOut);
  }

  /** Four times a second: a sign of life where one is due, the age of things, the sentence. */
  tick() {
    const now = performance.now();
    this.keepAlive(now);
    this.showStatus();
    this.showRate(now);
  }

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

  showState(state) {
    this.phase = "live";
    document.title = state.title;
    this.find("title").textContent = state.title;
    this.find("law").textContent = `N(${plain(state.drift)}, ${plain(state.variance)})`;
    this.find("deviation").textContent = decimal(Math.sqrt(state.variance));
    this.follow(state.slug);
    const ordinal = this.find("ordinal");
    ordinal.hidden = ordinal.dataset.epoch !== String(state.epoch);
    this.controls.show(state);
    this.controls.enable(state.can_control, `You watch this motion. ${control(state)}`);
    this.showPeople();
    this.showStatus();
  }

  showPeople() {
    if (this.link.state) this.watching.show(this.link.state, this.link.viewers);
  }

  showChanges() {
    this.controls.tell(this.recent.show(this.link.changes.items));
  }

  /** A motion that was renamed has another address from now on. */
  follow(slug) {
    const socket = `/ws/motions/${slug}/`;
    if (this.root.dataset.socket === socket) return;
    const before = this.root.dataset.socket.replace("/ws", "");
    const after = `/motions/${slug}/`;
    this.root.dataset.socket = socket;
    if (location.pathname !== "/") history.replaceState(null, "", after);
    for (const name of ["href", "action"]) {
      for (const element of this.root.querySelectorAll(`[${name}^="${before}"]`)) {
        element.setAttribute(name, element.getAttribute(name).replace(before, after));
      }
    }
  }

  showStatus() {
    const now = performance.now();
    const { text, tone, said } = sentence({
      phase: this.phase,
      now,
      retryAt: this.retryAt,
      code: this.code,
      state: this.link.state,
      standstillMs: this.link.standstill(now),
    });
    setText(this.find("status"), text);
    setText(this.find("announcement"), said);
    this.find("status").parentElement.dataset.tone = tone;
  }

  showRate(now) {
    const perSecond = this.perSecond(now);
    setText(this.find("rate"), perSecond === null ? "–" : pace(perSecond));
    const { roundTripMs, pong } = this.link;
    const open = this.connection.isOpen;
    setText(this.find("round-trip"), open && roundTripMs !== null ? `${Math.round(roundTripMs)} ms` : "–");
    setText(this.find("pong"), pong === null ? "–" : count(pong));
  }

  /** As measured; as it should be, as long as there is too little to measure; or null. */
  perSecond(now) {
    const { state } = this.link;
    if (this.phase !== "live") return null;
    if (state.paused) return 0;
    const late = this.link.standstill(now) > 2_000 * state.interval + 2_000;
    return late ? null : (this.rate.perSecond(now) ?? 1 / state.interval);
  }

  showNumbers() {
    const { last, position, increment } = this.series;
    setText(this.find("step"), count(last));
    setText(this.find("position"), decimal(position, 3, true));
    setText(this.find("increment"), increment === null ? "–" : decimal(increment, 3, true));
    setText(
      this.find("summary"),
      `The newest position is ${decimal(position)} at step ${count(last)}.`,
    );
  }

  showView() {
    const { mode, origin } = this.view;
    this.find("follow").setAttribute("aria-pressed", String(mode === "follow"));
    this.find("all").setAttribute("aria-pressed", String(mode === "all"));
    this.find("my-reset").hidden = origin === null;
  }

  /** At most once an animation frame, and not at all in a hidden tab. */
  render() {
    if (!this.whole || this.chart.isHeld) return;
    this.dirty = false;
    this.showNumbers();
    const picture = this.picture();
    this.showView();
    if (this.chart.isDrawn) this.chart.update(picture);
    else sketch(this.find("sketch").firstElementChild, picture, picture.yRange);
  }

  picture() {
    const { x, y, newest, range } = this.view.of(this.series);
    const [from, to] = range;
    const seen = y.filter((_, index) => x[index] >= from && x[index] <= to);
    this.yRange = steadyRange(this.yRange, seen.length ? seen : y);
    const marks = this.marks.of(this.link.changes.items, this.view.origin, [x[0], x.at(-1)]);
    return { x, y, newest, marks, range, yRange: this.yRange, counted: this.view.origin !== null };
  }

  // --- my view ---

  look(change) {
    change(this.view);
    this.dirty = true;
    this.showView();
  }

  listen() {
    new Touch(this.find("chart"), {
      area: () => this.chart.area(),
      range: () => this.view.range,
      onMove: (range) => this.look((view) => view.fix(range)),
    });
    const press = (id, act) => this.find(id).addEventListener("click", act);
    press("follow", () => this.look((view) => view.follow()));
    press("all", () => this.look((view) => view.all()));
    press("reset", () => this.resetMine());
    press("full-screen", () => this.toggleFullScreen());
    press("reload", () => location.reload());
    press("more-tools", () => this.toggleTools());
    document.addEventListener("click", ({ target }) => {
      if (!target.closest("#more-tools")) this.toggleTools(false);
    });
    this.find("plot").addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.toggleTools(false);
    });
    this.find("chart").addEventListener("keydown", (event) => this.key(event));
    addEventListener("themechange", () => this.chart.paint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.chart.paint());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.connection.retryNow();
    });
    let resizing = null;
    new ResizeObserver(() => {
      clearTimeout(resizing);
      resizing = setTimeout(() => this.chart.resize(), RESIZE_MS);
    }).observe(this.find("chart"));
  }

  resetMine() {
    if (this.series.epoch === null) return;
    this.yRange = null;
    this.look((view) => view.reset(this.series));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      ArrowLeft: (view) => view.pan(-0.2),
      ArrowRight: (view) => view.pan(0.2),
      "+": (view) => view.zoom(1 / 1.5),
      "=": (view) => view.zoom(1 / 1.5),
      "-": (view) => view.zoom(1.5),
      f: (view) => view.follow(),
      a: (view) => view.all(),
      Home: (view) => view.all(),
      End: (view) => view.follow(),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (event.key.toLowerCase() === "r") this.resetMine();
    else if (act) this.look(act);
    else return;
    event.preventDefault();
  }

  toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.find("plot").requestFullscreen?.();
  }

  /** The menu of a narrow screen; it goes once something else is done. */
  toggleTools(open = this.find("more-tools").getAttribute("aria-expanded") !== "true") {
    this.find("more-tools").setAttribute("aria-expanded", String(open));
  }

  /** The chart takes the sketch's place. */
  async dress() {
    if (!this.loaded || !this.whole) return;
    await this.chart.draw(this.picture());
    this.find("sketch").remove();
    this.rate.clear(); // frames that waited for the chart to load would count as late
    this.dirty = true;
  }
}

function readPage() {
  return JSON.parse(document.getElementById("page").textContent);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

new Page(document.getElementById("motion")).start();
