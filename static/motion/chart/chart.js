// The chart: draws pictures, and reports when the reader moves it. No other module calls Plotly.
//
// A canvas shows the newest picture while nobody's hand is on the chart: Plotly takes ten times as long for a step.
// Plotly gets the picture for a hand, which hovers, zooms and drags, and for paper and files. Both look the same.

import { forget, paint } from "./canvas.js";
import { styleFigure, fillFigure, getAxisTitles, computeFrame } from "./figure.js";
import { Hand } from "./hand.js";
import { Hold } from "../lib/pointer-hold.js";
import { LABEL_PX, PAPER_COLOURS, PAPER_SIZE, composeFigure } from "./paper.js";
import { scale } from "../lib/print.js";
import { measureShift } from "./pixel-distance.js";
import { createScene } from "./scene.js";
import { AnswerHandle } from "./answer-handle.js";
import { PresentedPointer } from "./presented-pointer.js";
import { BarrierHandle } from "./barrier-handle.js";
import { SliceHandle } from "./slice-handle.js";
import { writeAttribute, writeText } from "../lib/dom.js";

const GESTURE_MS = 180; // Plotly redraws so long after the last turn of a wheel
const RESIZE_MS = 100;
const VISIBLE_PX = 0.5; // a picture that moves by less looks the same
const LATE_MS = 1_000; // the delay of such a picture
const GRIP_PX = 44; // of a barrier, for a finger
const PAPER_RATIO = 3; // dots of a canvas on paper for each pixel
const PNG_SCALE = 4; // 500 dots an inch, 16 cm wide

export class Chart {
  /** @type {any} */ #element;
  /** @type {Figure} */ #figure;
  /** @type {any} */ #styledFigure = null; // in the current colours
  /** @type {Picture | null} */ #picture = null; // the newest
  /** @type {Picture | null} */ #drawn = null; // the picture that is shown; null if the reader has moved it
  /** @type {Timer} */ #lateTimer = null; // a timer, while they differ
  /** @type {Size | null} */
  #size = null; // of the element; to measure it for each picture would lay out the page
  #scale = 1; // of lines and labels
  #isLoaded = false; // whether Plotly is
  #hasPlot = false; // whether it has drawn
  #isPrinted = false;
  #touchedAt = -Infinity;
  /** @type {number | null} */ #labelledStep = null; // the step of a marker that shows its label
  /** @type {Timer} */ #resizeTimer = null;

  /** `onMove([from, to])` is called with each range of x that the reader chooses, `onReset()` after a
   * double click, `onReady()` when the reader can move it; `claimWheel(event)` returns true if a turn of the wheel
   * zooms, `onSlice(step)` is called with each step to which the reader moves the slice, `onLine(at, height)` with each
   * height to which the reader moves a barrier, `onAnswer(end, value)` with each value of an end of their answer, and
   * `onAnswerHold(isHeld)` when they take or release it.
   * @param {HTMLElement} element @param {Figure} figure
   * @param {{ onMove: (range: Span) => void, onReset: () => void, onReady: () => void,
   *   claimWheel: (event: WheelEvent) => boolean, onSlice: (step: number) => void, onLine: (at: number, height: number) => void,
   *   onAnswer: (end: "low" | "high", value: number) => void, onAnswerHold: (isHeld: boolean) => void }} on */
  constructor(element, figure, { onMove, onReset, onReady, claimWheel, onSlice, onLine, onAnswer, onAnswerHold }) {
    this.#element = element;
    this.#figure = figure;
    this.onMove = onMove;
    this.onReset = onReset;
    this.onReady = onReady;
    const [across, up] = element.querySelectorAll(".axis-title");
    this.axisTitles = { across, up };
    this.canvas = element.querySelector("canvas");
    this.canvas.addEventListener("contextrestored", () => this.#drawAgain()); // after the graphics card failed
    this.hand = new Hand(element, () => this.isDrawn && !this.isHeld && this.#draw());
    this.sliceHandle = new SliceHandle(element.querySelector(".slice-handle"), {
      onMove: onSlice,
      onHold: () => this.isDrawn && this.#draw(),
      toStep: (x) => this.#findStep(x - this.getPlotArea().left),
    });
    this.barriers = [...element.querySelectorAll(".barrier")].map(
      (line, at) =>
        new BarrierHandle(/** @type {HTMLElement} */ (line), {
          onMove: (height) => onLine(at, height),
          onHold: () => this.isDrawn && this.#draw(),
          toHeight: (y) => this.#findHeight(y),
        }),
    );
    this.answer = new AnswerHandle(element, {
      onMove: onAnswer,
      onHold: () => {
        onAnswerHold(this.answer.isHeld);
        if (this.isDrawn) this.#draw();
      },
      toHeight: (y) => this.#findHeight(y),
    });
    this.pointer = new PresentedPointer(element, {
      toPoint: (event) => this.#findPoint(event),
      toPlace: ([step, value]) => this.#findPlace(step, value),
    });
    this.hold = new Hold(element, {
      accepts: ({ pointerType }) => pointerType === "mouse", // for fingers and pens see touch.js
      onInterrupted: () => document.dispatchEvent(new MouseEvent("mouseup")), // Plotly ends its drag, too
    });
    this.#filterEvents(element, claimWheel);
    element.addEventListener("pointermove", () => (this.#labelledStep = null)); // from now on Plotly shows labels
    addEventListener("themechange", () => this.#restyle());
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.#restyle());
    }
    new ResizeObserver(() => this.#resize()).observe(element);
  }

  /** Without it Plotly drags with any button, and with a pen, and the page never gets a turn of the wheel.
   * @param {HTMLElement} element @param {(event: WheelEvent) => boolean} claimWheel */
  #filterEvents(element, claimWheel) {
    let isPen = false;
    /** @param {string} name @param {(event: any) => unknown} act */
    const listen = (name, act) => element.addEventListener(name, act, { capture: true, passive: false });
    listen("wheel", (event) => {
      if (claimWheel(event)) event.preventDefault(); // else the browser would zoom as well
      else event.stopPropagation();
    });
    listen("pointerdown", ({ pointerType }) => (isPen = pointerType === "pen"));
    listen("mousedown", (event) => {
      if (isPen || event.button !== 0) event.stopPropagation();
    });
    listen("dblclick", () => isPen && this.onReset());
  }

  /** True while the reader drags or zooms: an update would pull the picture from under the pointer. */
  get isHeld() {
    return this.hold.isHeld || performance.now() - this.#touchedAt < GESTURE_MS;
  }

  get isDrawn() {
    return this.#picture !== null;
  }

  /** Use Plotly as soon as `script` has loaded it; without one, no hand moves the chart. @param {HTMLElement | null} script */
  waitFor(script) {
    if (!script) return;
    if (window.Plotly) this.#isLoaded = true;
    else script.addEventListener("load", () => this.#load());
  }

  #load() {
    this.#isLoaded = true;
    if (this.isDrawn) setTimeout(() => this.#createPlot()); // the library's own start is a long task already
  }

  /** The rectangle of the path, in pixels of the window. */
  getPlotArea() {
    const { left, top } = this.#element.getBoundingClientRect();
    const box = this.#getPlotBox();
    return new DOMRect(left + box.left, top + box.top, box.width, box.height);
  }

  /** The same in pixels of the element. */
  #getPlotBox() {
    const { width, height } = this.#getSize();
    const { l, r, t, b } = this.#picture ? computeFrame(this.#picture, { width, height }).margin : { l: 0, r: 0, t: 0, b: 0 };
    const box = { left: l, top: t, width: width - l - r, height: height - t - b };
    for (const side of /** @type {const} */ (["left", "top", "width", "height"])) box[side] *= this.#scale;
    return box;
  }

  /** Draw a picture, with a delay if it looks like the last one.
   * @param {Picture} picture */
  show(picture) {
    const moved = this.#drawn && this.#size ? measureShift(picture, this.#drawn, this.#size, VISIBLE_PX) : Infinity;
    this.#picture = picture;
    if (moved >= VISIBLE_PX) this.#draw();
    else if (moved > 0) this.#lateTimer ??= setTimeout(() => this.#drawLate(), LATE_MS);
    if (this.#isLoaded && !this.#hasPlot) setTimeout(() => this.#createPlot()); // the canvas is painted first
  }

  #drawLate() {
    this.#lateTimer = null;
    if (!this.isHeld) this.#draw();
  }

  #drawAgain() {
    forget(this.canvas);
    if (this.isDrawn) this.#draw();
  }

  /** With Plotly for a hand or for paper; `both` keeps the resting one up to date, too. */
  #draw({ both = false } = {}) {
    clearTimeout(this.#lateTimer);
    this.#lateTimer = null;
    const picture = /** @type {Picture} */ (this.#picture);
    this.#drawn = picture;
    this.#element.picture = picture; // for tests, as Plotly has `data`
    const isPainted = Boolean(picture.ensemble || picture.answers); // in part, which Plotly does not draw
    const isForPlotly = this.#isPrinted ? !isPainted : this.hand.isOn || this.#labelledStep !== null;
    const isInHand = this.#hasPlot && !this.sliceHandle.isHeld && !this.answer.isHeld && isForPlotly;
    if (this.#hasPlot && (isInHand || both)) Plotly.react(this.#element, ...this.#createFigure());
    if (!isInHand || isPainted) this.#paint(picture, isInHand);
    this.#element.toggleAttribute("data-in-hand", isInHand);
    this.#element.toggleAttribute("data-painted", isPainted);
    this.#placeSliceHandle(picture);
    this.#placeBarriers(picture);
    this.#placeAnswer(picture);
    this.pointer.place();
    const { across, up } = getAxisTitles(picture);
    writeText(this.axisTitles.across, across);
    writeText(this.axisTitles.up, up);
    if (this.#labelledStep !== null) this.#showLabel();
  }

  /** The picture, or with `isBelow` what lies below Plotly's. @param {Picture} picture @param {boolean} isBelow */
  #paint(picture, isBelow) {
    const [figure, size] = [this.#getStyle(), this.#getSize()];
    const ratio = this.#isPrinted ? PAPER_RATIO : devicePixelRatio * this.#scale;
    paint(this.canvas, createScene(figure, picture, size), size, ratio, isBelow);
  }

  /** A slice beyond the view has its handle at that edge, with its step. @param {Picture} picture */
  #placeSliceHandle({ ensemble, range: [from, to] }) {
    const slice = ensemble?.slice;
    if (!slice) {
      this.sliceHandle.hide();
      return;
    }
    const { left, top, width, height } = this.#getPlotBox();
    const part = (slice.x - from) / (to - from);
    const inside = width * Math.min(Math.max(part, 0), 1);
    const place = { left: left + inside, "--inside": inside, top, height };
    this.sliceHandle.show(slice, { ...place, perView: this.#findStep(width) - this.#findStep(0) });
    writeAttribute(this.sliceHandle.element, "data-beyond", part < 0 ? "left" : part > 1 ? "right" : "");
  }

  /** @param {Picture} picture */
  #placeBarriers({ ensemble, yRange }) {
    const [low, high] = yRange;
    const { left, top, width, height } = this.#getPlotBox();
    this.barriers.forEach((barrier, at) => {
      const line = ensemble?.barriers[at];
      if (line === undefined || line < low || line > high) barrier.hide();
      else barrier.show({ height: line, yRange }, { left, width, top: top + (height * (high - line)) / (high - low) });
    });
    const [one, other = Infinity] = ensemble?.barriers ?? [];
    const isNear = (Math.abs(one - other) * height) / (high - low) < GRIP_PX * this.#scale;
    writeAttribute(this.barriers[this.barriers.length - 1].element, "data-aside", isNear); // else a grip hides the other
  }

  /** @param {Picture} picture */
  #placeAnswer({ own, range: [from, to], yRange }) {
    if (!own || own.x < from || own.x > to) {
      this.answer.hide();
      return;
    }
    const { left, top, width, height } = this.#getPlotBox();
    const place = { left: left + (width * (own.x - from)) / (to - from), top, height, yRange };
    this.answer.show(own, { ...place, width: this.#getSize().width * this.#scale });
  }

  /** The height at y pixels of the window. @param {number} y */
  #findHeight(y) {
    const [low, high] = /** @type {Picture} */ (this.#picture).yRange;
    const { top, height } = this.getPlotArea();
    return high - ((y - top) / height) * (high - low);
  }

  /** The step that lies so many pixels right of the left edge of the plot. @param {number} x */
  #findStep(x) {
    const { axis, range: [from, to] } = /** @type {Picture} */ (this.#picture);
    return axis.toStep(from + (x / this.#getPlotBox().width) * (to - from));
  }

  /** [step, height] under a pointer, or null beside the path. @param {PointerEvent} event @returns {[number, number] | null} */
  #findPoint({ clientX, clientY }) {
    const { left, right, top, bottom } = this.getPlotArea();
    if (!this.#picture || clientX < left || clientX > right || clientY < top || clientY > bottom) return null;
    return [this.#findStep(clientX - left), this.#findHeight(clientY)];
  }

  /** The pixels of a point from the upper left corner, or null if it is out of sight. @param {number} step @param {number} value */
  #findPlace(step, value) {
    if (!this.#picture) return null;
    const { axis, range: [from, to], yRange: [low, high] } = this.#picture;
    const x = axis.toX(step);
    if (x < from || x > to || value < low || value > high) return null;
    const { left, top, width, height } = this.#getPlotBox();
    const part = (x - from) / (to - from);
    return { left: left + width * part, top: top + (height * (high - value)) / (high - low), isLeft: part > 0.5 };
  }

  /** [data, layout] of the newest picture for Plotly. @returns {[object[], object]} */
  #createFigure() {
    const { data, layout } = fillFigure(this.#getStyle(), /** @type {Picture} */ (this.#picture), this.#getSize());
    return [data, layout];
  }

  #createPlot() {
    if (this.#hasPlot) return;
    this.#hasPlot = true;
    const [, layout] = this.#createFigure();
    Plotly.newPlot(this.#element, [], layout, this.#figure.config);
    const onChange = (/** @type {Record<string, any>} */ change) => this.#reportMove(change);
    this.#element.on("plotly_relayouting", onChange);
    this.#element.on("plotly_relayout", onChange);
    this.#element.on("plotly_doubleclick", () => this.onReset());
    setTimeout(() => {
      this.#draw({ both: true }); // the lines, in a task of their own
      this.onReady();
    });
  }

  /** Show the label of the marker at `step` until it leaves the view or the pointer moves; with null, show none.
   * @param {number | null} step */
  showLabelAt(step) {
    if (step === null && this.#labelledStep === null) return;
    this.#labelledStep = step;
    if (this.isDrawn) this.#draw();
    if (step === null) this.#showLabel();
  }

  /** Again after each picture: Plotly does not move a label with its marker. */
  #showLabel() {
    if (!this.#hasPlot) return;
    const { markers, range: [from, to] } = /** @type {Picture} */ (this.#picture);
    const index = markers.findIndex(({ step, x }) => step === this.#labelledStep && x >= from && x <= to);
    if (index < 0) this.#labelledStep = null;
    const curve = this.#element.data.findIndex((/** @type {{ name: string }} */ { name }) => name === "markers");
    Plotly.Fx.hover(this.#element, index < 0 ? [] : [{ curveNumber: curve, pointNumber: index }]);
  }

  /** A picture of the path for a file, as a Blob, "png" or "svg", with its caption (paper.js), in the
   * colours of the screen or for paper.
   * @param {"png" | "svg"} format @param {{ picture: Picture, caption: Caption, isForPaper: boolean }} shown
   * @returns {Promise<Blob>} */
  async renderImage(format, { picture, caption, isForPaper }) {
    /** @type {Colour} */ const colour = (name) => (isForPaper ? PAPER_COLOURS[name] : this.#colour(name));
    const { fontFamily } = getComputedStyle(this.#element);
    const style = styleFigure(this.#figure, colour, fontFamily);
    const context = this.canvas.getContext("2d");
    context.font = `600 ${LABEL_PX}px ${fontFamily}`;
    const measure = (/** @type {string} */ text) => context.measureText(text).width;
    const address = await Plotly.toImage(
      { ...composeFigure(style, picture, caption, { colour, family: fontFamily, measure }), config: this.#figure.config },
      { format, ...PAPER_SIZE, scale: format === "png" ? PNG_SCALE : 1, imageDataOnly: format === "svg" },
    );
    if (format === "svg") return new Blob([address], { type: "image/svg+xml" });
    const bytes = Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0));
    return new Blob([bytes], { type: "image/png" });
  }

  // --- colours and size ---

  /** The value of a variable of the style sheet; the browser computes it, as Plotly knows no system colours.
   * @param {string} name @returns {string} */
  #colour(name) {
    const probe = this.#element.appendChild(document.createElement("i"));
    probe.style.cssText = `color: var(${name}); forced-color-adjust: none`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }

  /** The figure in the current colours. */
  #getStyle() {
    if (this.#styledFigure) return this.#styledFigure;
    const { fontFamily } = getComputedStyle(this.#element);
    this.#styledFigure = styleFigure(this.#figure, (name) => this.#colour(name), fontFamily);
    return this.#styledFigure;
  }

  /** Draw at a fixed size, which the style sheet scales; with null, as large as the element.
   * @param {Size | null} size */
  setSize(size) {
    this.#size = size ?? this.#measure();
    this.#isPrinted = size !== null;
    if (!this.isDrawn) return;
    this.#draw({ both: true });
    for (const svg of this.#element.querySelectorAll(".main-svg")) {
      if (size) scale(svg, size);
      else svg.removeAttribute("viewBox");
    }
  }

  /** Draw all lines and labels so many times as large, as if on a smaller chart. @param {number} scale */
  setScale(scale) {
    this.#scale = scale;
    this.#size = this.#measure();
    if (this.isDrawn) this.#draw({ both: true });
  }

  #getSize() {
    return (this.#size ??= this.#measure());
  }

  #measure() {
    const { clientWidth: width, clientHeight: height } = this.#element;
    return { width: width / this.#scale, height: height / this.#scale };
  }

  #restyle() {
    this.#styledFigure = null;
    if (this.isDrawn) this.#draw({ both: true });
  }

  /** Draw as large as the element, once its size has settled. */
  #resize() {
    clearTimeout(this.#resizeTimer);
    this.#resizeTimer = setTimeout(() => {
      const { width, height } = this.#measure();
      if (width === this.#size?.width && height === this.#size?.height) return;
      this.#size = { width, height };
      if (this.isDrawn) this.#draw({ both: true });
    }, RESIZE_MS);
  }

  /** @param {Record<string, any>} change */
  #reportMove(change) {
    const ends = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    const range = ends.map(parseCoordinate);
    if (!range.every(Number.isFinite)) return;
    this.#touchedAt = performance.now();
    this.#drawn = null;
    if (this.#picture?.ensemble || this.#picture?.answers) {
      const moved = { ...this.#picture, range };
      this.#paint(moved, true);
      this.#placeSliceHandle(moved);
      this.#placeBarriers(moved);
    }
    if (this.#picture?.own) this.#placeAnswer({ ...this.#picture, range });
    this.onMove(range);
  }
}

/** Plotly writes a time as "2026-11-22 18:05:00.25", in the zone of the data. @param {string | number} end */
function parseCoordinate(end) {
  return typeof end === "string" ? Date.parse(`${end.replace(" ", "T")}Z`) : end;
}
