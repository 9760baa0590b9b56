// The overview under the chart: the whole path on a strip, with the view of the chart as a window on it.

import { formatCount } from "../lib/format.js";
import { isMain, listenForInterruption } from "../lib/pointer-hold.js";
import { drawSketch } from "../chart/sketch.js";
import * as geometry from "./overview-strip.js";
import { writeAttribute, writeHidden } from "../lib/dom.js";

const GRIP_PX = { fine: 14, coarse: 28 };
const HANDLE_PX = 4;
const MARK_PX = 3; // closer marks would merge
const MOVED_PX = 3; // to draw a path that grows costs as much as the chart: not for less
const WHEEL = 0.002; // the wheel zooms by e^(this · pixels)
const LINE_PX = 16; // of a wheel that counts in lines
const KEY_ZOOM = 1.5;
/** @type {OverviewPath} */ const NOTHING = { steps: [], positions: [], last: 0, range: [0, 0], marks: [] };

/** @typedef {Points & { last: number, range: Span, marks: number[] }} OverviewPath */

export class Overview {
  /** @type {OverviewPath} */ #shown = NOTHING;
  /** @type {any} */ #drag = null; // {id, x, last, rangeAt(x), before, isTap, hasMoved}
  #size = { width: 0, height: 0 };
  /** @type {{ last: number, key: string, marked?: string, spread?: Span }} */ #line = { last: NaN, key: "" };
  #edges = [NaN, NaN]; // of the window that is drawn
  #grip = GRIP_PX.fine;

  /** `claimWheel(event)` returns true if a turn of the wheel zooms.
   * @param {HTMLElement} root @param {Run} run @param {(event: WheelEvent) => boolean} claimWheel */
  constructor(root, run, claimWheel) {
    this.run = run;
    this.claimWheel = claimWheel;
    const find = (/** @type {string} */ selector) => root.querySelector(selector);
    this.strip = find(".strip");
    this.life = find(".life");
    this.polyline = find(".life polyline");
    this.marks = find(".life path");
    this.window = find(".window rect");
    this.handles = [...root.querySelectorAll(".window .handle")];
    this.live = find(".live");
    this.#listen();
    new ResizeObserver(() => this.#resize()).observe(this.strip);
    this.#resize();
  }

  get isHeld() {
    return this.#drag !== null;
  }

  /** Show a path {steps, positions}: its newest step `last`, the `range` of the chart, and the steps of its
   * `marks`. During a drag the overview does not change.
   * @param {OverviewPath} shown */
  show(shown) {
    this.#shown = shown;
    if (!this.isHeld) this.#draw();
  }

  /** During a drag the strip keeps its scale. */
  get #place() {
    const { range, last } = this.#shown;
    return { range, last: this.#drag?.last ?? last, width: this.#size.width };
  }

  get #isEmpty() {
    return !(this.#shown.last > 0 && this.#size.width > 0);
  }

  // --- drawing ---

  #resize() {
    const { width, height } = this.life.getBoundingClientRect();
    this.#size = { width, height };
    this.#grip = matchMedia("(pointer: coarse)").matches ? GRIP_PX.coarse : GRIP_PX.fine;
    this.#line.last = NaN;
    this.#edges = [NaN, NaN];
    this.#draw();
  }

  #draw() {
    this.strip.toggleAttribute("data-empty", this.#isEmpty);
    if (this.#isEmpty) this.polyline.setAttribute("points", "");
    else this.#drawLine();
    this.#drawWindow();
    this.#announce();
  }

  /** Draw only if the line would look different: when the newest step has moved by some pixels. */
  #drawLine() {
    const { last, marks } = this.#shown;
    const { width, height } = this.#size;
    const { steps, positions, key } = geometry.thinLine(this.#shown, last);
    const spread = geometry.chooseSpread(this.#line.spread, positions, height);
    const marked = [marks.length, marks[0], marks[marks.length - 1]].join(" ");
    const hasMoved = !(Math.abs(1 - this.#line.last / last) * width < MOVED_PX);
    const isSame = key === this.#line.key && marked === this.#line.marked;
    if (!hasMoved && isSame && spread === this.#line.spread) return;
    this.#line = { last, key, marked, spread };
    drawSketch(this.polyline, { x: steps, y: positions, range: [0, last] }, spread);
    const places = new Set(marks.map((step) => Math.round(((step / last) * width) / MARK_PX)));
    const across = (MARK_PX / width) * 1_000;
    const ticks = [...places].map((place) => `M${(place * across).toFixed(1)} 400v-60`);
    this.marks.setAttribute("d", ticks.join(""));
  }

  #drawWindow() {
    if (this.#isEmpty) {
      writeHidden(this.live, true);
      return;
    }
    const edges = geometry.computeWindow(this.#place);
    const hadFocus = document.activeElement === this.live;
    const isLive = geometry.isLive(this.#place);
    const isNear = edges.every((edge, index) => Math.abs(edge - this.#edges[index]) < MOVED_PX);
    if (this.isHeld || !isLive || !isNear) this.#placeWindow(edges);
    writeHidden(this.live, isLive);
    if (isLive && hadFocus) this.strip.focus();
  }

  /** @param {Span} edges */
  #placeWindow([left, right]) {
    this.#edges = [left, right];
    writeAttribute(this.window, "x", left.toFixed(1));
    writeAttribute(this.window, "width", (right - left).toFixed(1));
    const { window } = geometry.computeHandles([left, right], this.#grip);
    const places = [Math.min(left, window[0] - HANDLE_PX), Math.max(right, window[1] + HANDLE_PX)];
    places.forEach((x, index) => writeAttribute(this.handles[index], "x", (x - HANDLE_PX / 2).toFixed(1)));
  }

  /** A screen reader reads what the reader does, but not each new step. */
  #announce({ always = false } = {}) {
    const isFocused = document.activeElement === this.strip;
    if (isFocused && !always && geometry.isLive(this.#place)) return;
    const { last, range } = this.#shown;
    const [from, to] = range.map((step) => Math.min(Math.max(Math.round(step), 0), last));
    const text = this.#isEmpty ? "no steps yet" : `steps ${formatCount(from)} to ${formatCount(to)} of ${formatCount(last)}`;
    writeAttribute(this.strip, "aria-valuemax", last);
    writeAttribute(this.strip, "aria-valuenow", from);
    writeAttribute(this.strip, "aria-valuetext", text);
  }

  // --- input ---

  #listen() {
    /** @param {string} name @param {(event: any) => void} act @param {object} [options] */
    const listen = (name, act, options) => this.strip.addEventListener(name, act, options);
    listen("pointerdown", (event) => this.#startDrag(event));
    listen("pointermove", (event) => this.#moveDrag(event));
    listen("pointerup", (event) => this.#endDrag(event));
    listen("pointercancel", (event) => this.#endDrag(event));
    listen("lostpointercapture", (event) => this.#endDrag(event));
    listenForInterruption(() => this.#drag && this.#endDrag({ pointerId: this.#drag.id }));
    listen("dblclick", () => !this.#isEmpty && this.run("follow"));
    listen("wheel", (event) => this.#turnWheel(event), { passive: false });
    listen("keydown", (event) => this.#pressKey(event));
    listen("focus", () => this.#announce({ always: true }));
    this.live.addEventListener("click", () => this.run("follow"));
  }

  /** @param {PointerEvent} event */
  #startDrag(event) {
    const { pointerId: id, pointerType } = event;
    if (this.#isEmpty || this.#drag || !isMain(event)) return;
    const x = this.#getX(event);
    const part = this.#findPart(event, x);
    const { last, range: before } = this.#shown;
    this.#drag = { id, x, last, before, rangeAt: geometry.startDrag(part, x, this.#place) };
    this.strip.setPointerCapture(id);
    this.strip.dataset.part = part;
    this.strip.toggleAttribute("data-held", true);
    if (part !== "outside") return;
    // A finger or a pen may begin to scroll the page: move the window only when it lifts.
    if (pointerType !== "mouse") this.#drag.isTap = true;
    else this.#chooseRange(this.#drag.rangeAt(x));
  }

  /** @param {PointerEvent} event */
  #moveDrag(event) {
    if (!this.#drag) {
      this.strip.dataset.part = this.#isEmpty ? "" : this.#findPart(event, this.#getX(event));
      return;
    }
    if (event.pointerId !== this.#drag.id) return;
    const x = this.#getX(event);
    if (x === this.#drag.x) return;
    Object.assign(this.#drag, { x, isTap: false, hasMoved: true });
    this.#chooseRange(this.#drag.rangeAt(x));
  }

  /** End a drag; undo it if the browser scrolls the page instead.
   * @param {{ type?: string, pointerId: number }} event */
  #endDrag({ type, pointerId }) {
    if (pointerId !== this.#drag?.id) return;
    const { isTap, x, rangeAt, before, hasMoved } = this.#drag;
    this.#drag = null;
    this.strip.toggleAttribute("data-held", false);
    if (type === "pointerup" && isTap) this.#chooseRange(rangeAt(x));
    else if (type === "pointercancel" && hasMoved) this.#chooseRange(before);
    else this.#draw();
  }

  /** @param {WheelEvent} event */
  #turnWheel(event) {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
    const [across, down] = [event.deltaX * unit, event.deltaY * unit];
    const isSideways = Math.abs(across) > Math.abs(down); // nothing else on the page scrolls sideways
    if (this.#isEmpty || this.isHeld || !(isSideways || this.claimWheel(event))) return;
    event.preventDefault();
    if (isSideways) {
      this.#chooseRange(geometry.pan(across * WHEEL, this.#place));
    } else {
      this.#chooseRange(geometry.zoomAt(this.#getX(event), Math.exp(down * WHEEL), this.#place));
    }
  }

  /** @param {KeyboardEvent} event */
  #pressKey(event) {
    if (this.#isEmpty || event.ctrlKey || event.metaKey || event.altKey) return;
    const share = event.shiftKey ? 1 : 0.1;
    const act = {
      ArrowLeft: () => geometry.pan(-share, this.#place),
      ArrowDown: () => geometry.pan(-share, this.#place),
      ArrowRight: () => geometry.pan(share, this.#place),
      ArrowUp: () => geometry.pan(share, this.#place),
      "+": () => geometry.zoom(1 / KEY_ZOOM, this.#place),
      "=": () => geometry.zoom(1 / KEY_ZOOM, this.#place),
      "-": () => geometry.zoom(KEY_ZOOM, this.#place),
      Home: () => geometry.moveToBeginning(this.#place),
    }[event.key];
    if (event.key === "End") this.run("follow");
    else if (act) this.#chooseRange(act());
    else return;
    event.preventDefault();
  }

  /** Move the window at once; the chart follows with its next frame. @param {Span} range */
  #chooseRange(range) {
    this.#shown = { ...this.#shown, range };
    this.#drawWindow();
    this.#announce({ always: true });
    this.run("range", range);
  }

  /** @param {PointerEvent} event @param {number} x */
  #findPart({ pointerType }, x) {
    return geometry.findPart(x, this.#place, pointerType !== "mouse" ? GRIP_PX.coarse : GRIP_PX.fine);
  }

  /** The x of an event in pixels from step 0. @param {MouseEvent} event */
  #getX({ clientX }) {
    return clientX - this.life.getBoundingClientRect().left;
  }
}
