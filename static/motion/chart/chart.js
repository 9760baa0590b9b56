// The only file that names Plotly: draws what a view shows, and says when somebody moved it.

import { dressed, drawn, titles } from "./figure.js";
import { Hold } from "../lib/pointer-hold.js";
import { PAPER, SIZE, framed } from "./paper.js";
import { scale } from "../lib/print.js";
import { shift } from "./pixel-distance.js";
import { writeText } from "../lib/dom.js";

const GESTURE_MS = 180; // Plotly redraws so long after a wheel's last turn
const RESIZE_MS = 100;
const SEEN_PX = 0.5; // what moves by less looks the same
const LATE_MS = 1_000; // and is drawn so much later
const PNG_SCALE = 4; // 500 dots an inch, 16 cm wide

export class Chart {
  /** @type {any} */ #element;
  /** @type {Figure} */ #figure;
  /** @type {any} */ #dressed = null; // the figure in the colours of now
  /** @type {Picture | null} */ #picture = null; // the newest
  /** @type {Picture | null} */ #drawn = null; // the one that Plotly has; null if a hand has moved that
  /** @type {Timer} */ #late = null; // a timer, while they differ
  /** @type {Size | null} */
  #size = null; // of the element: asked for while it is drawn, it would lay out the page
  #touchedAt = -Infinity;
  /** @type {number | null} */ #pointed = null; // the step of a mark whose label was asked for
  /** @type {Timer} */ #resizing = null;

  /**
   * `onMove([from, to])` hears of ranges of x that a person chose, `onReset()` of a double click;
   * `takesWheel(event)` says whether a turn of the wheel zooms.
   * @param {HTMLElement} element @param {Figure} figure
   * @param {{ onMove: (range: Span) => void, onReset: () => void, takesWheel: (event: WheelEvent) => boolean }} on
   */
  constructor(element, figure, { onMove, onReset, takesWheel }) {
    this.#element = element;
    this.#figure = figure;
    this.onMove = onMove;
    this.onReset = onReset;
    const [across, up] = element.querySelectorAll(".axis-title");
    this.titles = { across, up };
    this.hold = new Hold(element, {
      accepts: ({ pointerType }) => pointerType === "mouse", // fingers and pens: see touch.js
      onInterrupted: () => document.dispatchEvent(new MouseEvent("mouseup")), // Plotly lets go as well
    });
    this.#keepFromPlotly(element, takesWheel);
    element.addEventListener("pointermove", () => (this.#pointed = null)); // its label is Plotly's
    addEventListener("themechange", () => this.#paint());
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.#paint());
    }
    new ResizeObserver(() => this.#resize()).observe(element);
  }

  /** Plotly would drag with any button, and with a pen, and keep every turn of the wheel from the page.
   * @param {HTMLElement} element @param {(event: WheelEvent) => boolean} takesWheel */
  #keepFromPlotly(element, takesWheel) {
    let isPen = false;
    /** @param {string} name @param {(event: any) => unknown} act */
    const listen = (name, act) => element.addEventListener(name, act, { capture: true, passive: false });
    listen("wheel", (event) => {
      if (takesWheel(event)) event.preventDefault(); // else the browser would zoom as well
      else event.stopPropagation();
    });
    listen("pointerdown", ({ pointerType }) => (isPen = pointerType === "pen"));
    listen("mousedown", (event) => {
      if (isPen || event.button !== 0) event.stopPropagation();
    });
    listen("dblclick", () => isPen && this.onReset());
  }

  /** Whether somebody's hand is on it: an update now would pull the picture from under it. */
  get isHeld() {
    return this.hold.isHeld || performance.now() - this.#touchedAt < GESTURE_MS;
  }

  get isDrawn() {
    return this.#picture !== null;
  }

  /** Call `act` once the library that `script` loads is there. @param {HTMLElement} script @param {() => void} act */
  whenLoaded(script, act) {
    if (window.Plotly) act();
    else script.addEventListener("load", act);
  }

  /** The rectangle in which the path lies, in the window's pixels. */
  area() {
    const plot = this.#element.querySelector(".nsewdrag") ?? this.#element;
    return plot.getBoundingClientRect();
  }

  /** Draw a picture, soon if it looks like the last; with the first one the element takes gestures.
   * @param {Picture} picture */
  show(picture) {
    const moved = this.#drawn && this.#size ? shift(picture, this.#drawn, this.#size) : Infinity;
    const isFirst = !this.isDrawn;
    this.#picture = picture;
    if (moved >= SEEN_PX) this.#draw(isFirst);
    else if (moved > 0) this.#late ??= setTimeout(() => this.#catchUp(), LATE_MS);
  }

  #catchUp() {
    this.#late = null;
    if (!this.isHeld) this.#draw();
  }

  #draw(isFirst = false) {
    clearTimeout(this.#late);
    this.#late = null;
    const picture = /** @type {Picture} */ (this.#picture);
    this.#drawn = picture;
    this.#dressed ??= this.#dress();
    this.#size ??= this.#measure();
    const { data, layout } = drawn(this.#dressed, picture, this.#size);
    if (isFirst) this.#begin(data, layout);
    else Plotly.react(this.#element, data, layout);
    const { across, up } = titles(picture);
    writeText(this.titles.across, across);
    writeText(this.titles.up, up);
    if (this.#pointed !== null) this.#point();
  }

  /** @param {object[]} data @param {object} layout */
  #begin(data, layout) {
    Plotly.newPlot(this.#element, data, layout, this.#figure.config);
    const onChange = (/** @type {Record<string, any>} */ change) => this.#moved(change);
    this.#element.on("plotly_relayouting", onChange);
    this.#element.on("plotly_relayout", onChange);
    this.#element.on("plotly_doubleclick", () => this.onReset());
  }

  /** Show the label of the mark at `step`, until the mark leaves the view or a pointer comes; with null none.
   * @param {number | null} step */
  pointAt(step) {
    this.#pointed = step;
    if (this.isDrawn) this.#point();
  }

  /** Plotly leaves a label where it was while its mark moves. */
  #point() {
    const { marks, range: [from, to] } = /** @type {Picture} */ (this.#picture);
    const index = marks.findIndex(({ step, x }) => step === this.#pointed && x >= from && x <= to);
    if (index < 0) this.#pointed = null;
    const curve = this.#element.data.findIndex((/** @type {{ name: string }} */ { name }) => name === "marks");
    Plotly.Fx.hover(this.#element, index < 0 ? [] : [{ curveNumber: curve, pointNumber: index }]);
  }

  /**
   * A picture of the path by itself, as a Blob, "png" or "svg": of a scene's `picture`, with its
   * caption (paper.js), in the colours of the screen or for paper.
   * @param {"png" | "svg"} format @param {{ picture: Picture, caption: Caption, isForPaper: boolean }} shown
   * @returns {Promise<Blob>}
   */
  async image(format, { picture, caption, isForPaper }) {
    /** @type {Colour} */ const colour = (name) => (isForPaper ? PAPER[name] : this.#colour(name));
    const { fontFamily } = getComputedStyle(this.#element);
    const figure = drawn(dressed(this.#figure, colour, fontFamily), picture, SIZE);
    const address = await Plotly.toImage(
      { ...framed(figure, titles(picture), caption, colour, fontFamily), config: this.#figure.config },
      { format, ...SIZE, scale: format === "png" ? PNG_SCALE : 1, imageDataOnly: format === "svg" },
    );
    if (format === "svg") return new Blob([address], { type: "image/svg+xml" });
    const bytes = Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0));
    return new Blob([bytes], { type: "image/png" });
  }

  // --- the colours of the style sheet, dark or light, and the room ---

  /** Computed, since Plotly does not know the names of a system's colours. @param {string} name @returns {string} */
  #colour(name) {
    const probe = this.#element.appendChild(document.createElement("i"));
    probe.style.cssText = `color: var(${name}); forced-color-adjust: none`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }

  #dress() {
    const { fontFamily } = getComputedStyle(this.#element);
    return dressed(this.#figure, (name) => this.#colour(name), fontFamily);
  }

  /** Draw it at a size of its own, which a style sheet scales; with null, as large as its place.
   * @param {Size | null} size */
  fit(size) {
    this.#size = size ?? this.#measure();
    if (!this.isDrawn) return;
    this.#draw();
    for (const svg of this.#element.querySelectorAll(".main-svg")) {
      if (size) scale(svg, size);
      else svg.removeAttribute("viewBox");
    }
  }

  #measure() {
    const { clientWidth: width, clientHeight: height } = this.#element;
    return { width, height };
  }

  #paint() {
    this.#dressed = null;
    if (this.isDrawn) this.#draw();
  }

  /** The chart as large as its place, once that has come to rest. */
  #resize() {
    clearTimeout(this.#resizing);
    this.#resizing = setTimeout(() => {
      const { width, height } = this.#measure();
      if (width === this.#size?.width && height === this.#size?.height) return;
      this.#size = { width, height };
      if (this.isDrawn) this.#draw();
    }, RESIZE_MS);
  }

  /** @param {Record<string, any>} change */
  #moved(change) {
    const ends = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    const range = ends.map(numberOf);
    if (!range.every(Number.isFinite)) return;
    this.#touchedAt = performance.now();
    this.#drawn = null;
    this.onMove(range);
  }
}

/** Plotly tells a moment as "2026-11-22 18:05:00.25", in the zone that it was given it in.
 * @param {string | number} end */
function numberOf(end) {
  return typeof end === "string" ? Date.parse(`${end.replace(" ", "T")}Z`) : end;
}
