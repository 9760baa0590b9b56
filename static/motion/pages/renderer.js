// Draws the view: the chart, the strip under it, the bar of a replay, the pictures of the theory.

import { Chart } from "../chart/chart.js";
import { findMarkedSteps } from "../chart/markers.js";
import { StatusLine } from "../widgets/status-line.js";
import { formatOrdinal } from "../lib/format.js";
import { findSeat } from "../view/ensemble-picture.js";
import { Overview } from "../widgets/overview.js";
import { Player } from "../widgets/player.js";
import { listenToPrinting } from "../lib/print.js";
import { Theory } from "../stats/theory.js";
import { Touch } from "../chart/touch.js";
import { Wheel } from "../chart/wheel.js";

const REACH_PX = 12; // from a tap to the path that it lights
const STILL_PX = 5; // a pointer that moves more has dragged

export class Renderer {
  /** @type {Picture | null} */ picture = null; // the newest that was drawn
  isComplete = false; // whether the page has the path so far
  #isStale = true;
  /** @type {number | null} */ #frame = null; // the animation frame that is requested

  /** `figure` is the chart's. `onFrame()` is called with every animation frame of `refresh()`, `onDrawn()` after
   * every picture, `onChartLoaded()` when a hand can move the chart.
   * @param {HTMLElement} root
   * @param {{ model: ViewModel, sync: Sync, figure: Figure, api: MotionApi, run: Run, onFrame: () => void,
   *   onDrawn: () => void, onChartLoaded: () => void }} page */
  constructor(root, { model, sync, figure, api, run, onFrame, onDrawn, onChartLoaded }) {
    this.model = model;
    this.sync = sync;
    this.run = run;
    this.onFrame = onFrame;
    this.onDrawn = onDrawn;
    this.find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    const [chart, overview] = [this.find("chart"), this.find("overview")];
    const claimWheel = (/** @type {HTMLElement} */ element) => {
      const wheel = new Wheel(element, this.find("wheel-hint"));
      return (/** @type {WheelEvent} */ event) => wheel.claim(event);
    };
    this.chart = new Chart(chart, figure, {
      onMove: (range) => this.#showRange(range),
      onReset: () => run("follow"),
      onReady: onChartLoaded,
      claimWheel: claimWheel(chart),
      onSlice: (step) => run("move-slice", step),
      onLine: (at, height) => run("move-line", { at, height }),
      onAnswer: (end, value) => run("move-answer", { end, value }),
      onAnswerHold: (isHeld) => run("hold-answer", isHeld),
    });
    listenToPrinting(root, this.chart);
    this.#listenToTaps(chart);
    new Touch(chart, {
      getArea: () => this.chart.getPlotArea(),
      getRange: () => /** @type {Picture} */ (this.picture).range,
      onMove: (range) => this.#showRange(range),
    });
    this.overview = new Overview(overview, run, claimWheel(overview));
    this.player = new Player(root, run);
    this.theory = new Theory(this.find("theory"), { api });
    this.statusLine = new StatusLine(this.find("view-note"));
  }

  /** A tap on a path of the class lights it; a tap elsewhere lights none. @param {HTMLElement} chart */
  #listenToTaps(chart) {
    let [left, top] = [0, 0];
    chart.addEventListener("pointerdown", ({ clientX, clientY }) => ([left, top] = [clientX, clientY]), { capture: true });
    chart.addEventListener("click", ({ clientX, clientY }) => {
      const isTap = Math.hypot(clientX - left, clientY - top) < STILL_PX;
      if (!isTap || !this.picture?.ensemble) return;
      const { ensemble, range: [from, to], yRange: [low, high] } = this.picture;
      const area = this.chart.getPlotArea();
      const perPixel = (high - low) / area.height;
      const x = from + ((clientX - area.left) / area.width) * (to - from);
      const y = high - (clientY - area.top) * perPixel;
      const seat = findSeat(ensemble, { x, y }, REACH_PX * perPixel);
      if (seat !== this.model.ensemble.lit) this.run("light", seat);
    });
  }

  start() {
    this.chart.waitFor(document.getElementById("chart-library"));
  }

  /** Draw with the next animation frame. */
  refresh() {
    this.#isStale = true;
    if (this.isComplete) this.#frame ??= requestAnimationFrame(() => this.#drawFrame());
  }

  /** The page has the path so far: from now on its own drawing replaces the sketch of the server. */
  complete() {
    this.isComplete = true;
    this.refresh();
  }

  #drawFrame() {
    this.#frame = null;
    this.#render(performance.now());
    this.onFrame();
    if (this.#isStale || this.model.replay?.playing) this.refresh();
  }

  /** At most once for each animation frame: a hidden tab has none. Not between a history and the steps
   * that follow it, even if something else requested a drawing just before.
   * @param {number} now */
  #render(now) {
    if (this.sync.isUndrawn || this.chart.isHeld) return;
    this.#isStale = false;
    const { model } = this;
    model.replay?.stopAtEnd(now); // first: the rest draws a stretch that no longer moves
    const { interval } = /** @type {StateFrame} */ (this.sync.state);
    const picture = model.pictures.create(now, interval);
    this.picture = picture;
    this.chart.show(picture);
    this.find("sketch")?.remove();
    const { steps, positions, last } = model.series;
    const marks = model.hasMarkers ? findMarkedSteps(model.items) : [];
    this.overview.show({ steps, positions, last, range: model.view.range, marks });
    this.theory.setView({ ...model.getVisibleSteps(now), start: model.view.start });
    this.statusLine.showNote(picture.axis.note || (model.ensemble.isOn ? model.ensemble.obstacle : ""));
    this.#showReplay(now, interval);
    this.onDrawn();
  }

  /** @param {number} now @param {number} interval */
  #showReplay(now, interval) {
    const { replay, pastOrdinal: past } = this.model;
    if (!replay) {
      this.player.hide();
      return;
    }
    this.player.show({
      first: replay.first,
      last: replay.last,
      at: replay.getStep(now),
      playing: replay.playing,
      interval,
      text: `Replay${past === null ? "" : ` of the ${formatOrdinal(past)} path`}. The live motion continues.`,
    });
  }

  /** Show a range of the axis that a person has moved the chart to. @param {Span} range */
  #showRange(range) {
    if (!this.picture) return;
    const { axis } = this.picture;
    const [from, to] = range;
    this.run("range", [axis.toStep(from), axis.toStep(to)]);
  }
}
