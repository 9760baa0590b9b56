// My view, drawn: the chart, the strip under it, the bar of a replay, the pictures of the theory.

import { Chart } from "../chart/chart.js";
import { marked } from "../chart/markers.js";
import { Note } from "../widgets/status-line.js";
import { ordinal } from "../lib/ordinal.js";
import { Overview } from "../widgets/overview.js";
import { Player } from "../widgets/player.js";
import { listenToPrinting } from "../lib/print.js";
import { sketch } from "../chart/sketch.js";
import { Theory } from "../stats/theory.js";
import { Touch } from "../chart/touch.js";
import { Wheel } from "../chart/wheel.js";

export class Drawing {
  /** @type {Picture | null} */ picture = null; // as it was drawn last
  isWhole = false; // whether the path so far is here
  #isStale = true;
  #isLoaded = false; // the chart's library
  /** @type {number | null} */ #frame = null; // the animation frame that was asked for

  /**
   * Of `scene`, whose live path and state `link` has; `figure` is the chart's. What a hand does to the pictures is an `act(change)` of the scene. `onDrawn()` hears of
   * every picture, `onDressed()` of the chart's coming.
   * @param {HTMLElement} root
   * @param {{ scene: Scene, link: Link, figure: Figure, api: MotionApi, act: Act, onDrawn: () => void, onDressed: () => void }} page
   */
  constructor(root, { scene, link, figure, api, act, onDrawn, onDressed }) {
    this.scene = scene;
    this.link = link;
    this.act = act;
    this.onDrawn = onDrawn;
    this.onDressed = onDressed;
    /** @param {string} id */
    this.find = (id) => root.querySelector(`#${id}`);
    const follow = () => act(() => scene.follow());
    const [chart, overview] = [this.find("chart"), this.find("overview")];
    /** @param {HTMLElement} element */
    const takesWheel = (element) => {
      const wheel = new Wheel(element, this.find("wheel-hint"));
      return (/** @type {WheelEvent} */ event) => wheel.takes(event);
    };
    this.chart = new Chart(chart, figure, {
      onMove: (range) => this.#move(range),
      onReset: follow,
      takesWheel: takesWheel(chart),
    });
    listenToPrinting(root, this.chart);
    new Touch(chart, {
      area: () => this.chart.area(),
      range: () => /** @type {Picture} */ (this.picture).range,
      onMove: (range) => this.#move(range),
    });
    this.overview = new Overview(overview, {
      onMove: (range) => act(() => scene.view.fix(range)),
      onLive: follow,
      takesWheel: takesWheel(overview),
    });
    this.player = new Player(root, {
      onSeek: (step) => act(() => scene.replay?.seek(step, performance.now())),
      onPlay: () => act(() => scene.replay?.play(performance.now())),
      onPause: () => act(() => scene.replay?.pause(performance.now())),
      onSpeed: (pace) => act(() => scene.replay?.setSpeed(pace, performance.now())),
      onClose: follow,
    });
    this.theory = new Theory(this.find("theory"), { api });
    this.note = new Note(this.find("view-note"));
  }

  /** From now on, whenever there is something new. */
  start() {
    this.chart.whenLoaded(document.getElementById("chart-library"), () => {
      this.#isLoaded = true;
      this.refresh();
    });
  }

  /** There is something new to draw: with the next animation frame, and with none if there is not. */
  refresh() {
    this.#isStale = true;
    if (this.isWhole) this.#frame ??= requestAnimationFrame(() => this.#turn());
  }

  /** The path so far is here: what the server drew of it can go. */
  complete() {
    this.isWhole = true;
    this.refresh();
  }

  #turn() {
    this.#frame = null;
    this.#render(performance.now());
    if (this.#isStale || this.scene.replay?.playing) this.refresh();
  }

  /**
   * At most once an animation frame, and not at all in a hidden tab. Nor between a history and the
   * steps that follow it, even if something else asked for a picture just before it came.
   * @param {number} now
   */
  #render(now) {
    if (this.link.isUndrawn || this.chart.isHeld) return;
    this.#isStale = false;
    const { scene } = this;
    scene.replay?.stopAtEnd(now); // first: what follows looks at a stretch that moves no more
    const { interval } = /** @type {StateFrame} */ (this.link.state);
    const picture = scene.picture(now, interval);
    this.picture = picture;
    this.#draw(picture);
    const { steps, positions, last } = scene.series;
    const marks = scene.showsChanges ? marked(scene.items) : [];
    this.overview.show({ steps, positions, last, range: scene.view.range, marks });
    this.theory.look({ ...scene.seen(now), start: scene.view.start });
    this.note.show(picture.axis.note);
    this.#showReplay(now, interval);
    this.onDrawn();
  }

  /** Once its library has come, the chart takes the sketch's place. @param {Picture} picture */
  #draw(picture) {
    const isFirst = this.#isLoaded && !this.chart.isDrawn;
    if (this.#isLoaded) this.chart.show(picture);
    else sketch(this.find("sketch").firstElementChild, picture, picture.yRange);
    if (!isFirst) return;
    this.find("sketch").remove();
    this.onDressed();
  }

  /** @param {number} now @param {number} interval */
  #showReplay(now, interval) {
    const { replay, past } = this.scene;
    if (!replay) {
      this.player.hide();
      return;
    }
    this.player.show({
      first: replay.first,
      last: replay.last,
      at: replay.at(now),
      playing: replay.playing,
      interval,
      words: `Replay${past === null ? "" : ` of the ${ordinal(past)} path`}. The live motion continues.`,
    });
  }

  /** Somebody moved the chart: from what the axis shows to steps. @param {Span} range */
  #move(range) {
    if (!this.picture) return;
    const { axis } = this.picture;
    const [from, to] = range;
    this.act(({ view }) => view.fix([axis.toStep(from), axis.toStep(to)]));
  }
}
