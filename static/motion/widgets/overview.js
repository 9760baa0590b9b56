// The strip under the chart: the motion's whole life, and a window over what the chart shows.

import { count } from "../lib/format.js";
import { isMain, listenForInterruption } from "../lib/pointer-hold.js";
import { sketch } from "../chart/sketch.js";
import * as strip from "./overview-strip.js";
import { writeAttribute } from "../lib/dom.js";

const GRIP_PX = { fine: 14, coarse: 28 };
const HANDLE_PX = 4;
const MARK_PX = 3; // nearer together they would be a block
const WHEEL = 0.002; // of a zoom by e, for each pixel that a wheel turns
const LINE_PX = 16; // of wheels that count in lines
const KEY_ZOOM = 1.5;
/** @type {Life} */
const NOTHING = { steps: [], positions: [], last: 0, range: [0, 0], marks: [] };

/** @typedef {Points & { last: number, range: Span, marks: number[] }} Life */

export class Overview {
  /** @type {Life} */ #shown = NOTHING;
  /** @type {any} */ #hand = null; // {id, x, last, rangeAt(x), before, isTap, hasMoved}
  #size = { width: 0, height: 0 };
  /** @type {{ last: number, key: string, marked?: string, spread?: Span }} */ #line = { last: NaN, key: "" };
  #grip = GRIP_PX.fine;

  /**
   * `onMove([from, to])` hears of a range that a person chose, `onLive()` of going back;
   * `takesWheel(event)` says whether a turn of the wheel zooms.
   * @param {HTMLElement} root
   * @param {{ onMove: (range: Span) => void, onLive: () => void, takesWheel?: (event: WheelEvent) => boolean }} on
   */
  constructor(root, { onMove, onLive, takesWheel = () => true }) {
    this.onMove = onMove;
    this.onLive = onLive;
    this.takesWheel = takesWheel;
    /** @param {string} selector */
    const find = (selector) => root.querySelector(selector);
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

  /** Whether a hand is on it. */
  get isHeld() {
    return this.#hand !== null;
  }

  /**
   * The path as {steps, positions}, the newest step `last`, the steps `range` that the chart
   * shows, and those of the `marks`; all counted from step 0. In somebody's hand it stands still.
   * @param {Life} shown
   */
  show(shown) {
    this.#shown = shown;
    if (!this.isHeld) this.#draw();
  }

  /** In a hand the strip keeps the scale that it had. */
  get #place() {
    const { range, last } = this.#shown;
    return { range, last: this.#hand?.last ?? last, width: this.#size.width };
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
    this.#draw();
  }

  #draw() {
    this.strip.toggleAttribute("data-empty", this.#isEmpty);
    if (this.#isEmpty) this.polyline.setAttribute("points", "");
    else this.#drawLine();
    this.#drawWindow();
    this.#say();
  }

  /** Anew only where it would look different: once the newest step has moved by a pixel. */
  #drawLine() {
    const { last, marks } = this.#shown;
    const { width, height } = this.#size;
    const { steps, positions, key } = strip.outline(this.#shown, last);
    const spread = strip.steadySpread(this.#line.spread, positions, height);
    const marked = [marks.length, marks[0], marks[marks.length - 1]].join(" ");
    const hasMoved = !(Math.abs(1 - this.#line.last / last) * width < 1);
    const isSame = key === this.#line.key && marked === this.#line.marked;
    if (!hasMoved && isSame && spread === this.#line.spread) return;
    this.#line = { last, key, marked, spread };
    sketch(this.polyline, { x: steps, y: positions, range: [0, last] }, spread);
    const places = new Set(marks.map((step) => Math.round(((step / last) * width) / MARK_PX)));
    const across = (MARK_PX / width) * 1_000;
    const ticks = [...places].map((place) => `M${(place * across).toFixed(1)} 400v-60`);
    this.marks.setAttribute("d", ticks.join(""));
  }

  #drawWindow() {
    if (this.#isEmpty) {
      this.live.hidden = true;
      return;
    }
    const [left, right] = strip.windowOn(this.#place);
    writeAttribute(this.window, "x", left.toFixed(1));
    writeAttribute(this.window, "width", (right - left).toFixed(1));
    const { window } = strip.handles([left, right], this.#grip);
    const places = [Math.min(left, window[0] - HANDLE_PX), Math.max(right, window[1] + HANDLE_PX)];
    places.forEach((x, index) => writeAttribute(this.handles[index], "x", (x - HANDLE_PX / 2).toFixed(1)));
    const hadFocus = document.activeElement === this.live;
    this.live.hidden = strip.isLive(this.#place);
    if (this.live.hidden && hadFocus) this.strip.focus();
  }

  /** Who has the focus on it hears of what they do, not of every step at the moving edge. */
  #say({ always = false } = {}) {
    const isFocused = document.activeElement === this.strip;
    if (isFocused && !always && strip.isLive(this.#place)) return;
    const { last, range } = this.#shown;
    const [from, to] = range.map((step) => Math.min(Math.max(Math.round(step), 0), last));
    const text = this.#isEmpty ? "no steps yet" : `steps ${count(from)} to ${count(to)} of ${count(last)}`;
    writeAttribute(this.strip, "aria-valuemax", last);
    writeAttribute(this.strip, "aria-valuenow", from);
    writeAttribute(this.strip, "aria-valuetext", text);
  }

  // --- a hand ---

  #listen() {
    /** @param {string} name @param {(event: any) => void} act @param {object} [options] */
    const listen = (name, act, options) => this.strip.addEventListener(name, act, options);
    listen("pointerdown", (event) => this.#take(event));
    listen("pointermove", (event) => this.#move(event));
    listen("pointerup", (event) => this.#drop(event));
    listen("pointercancel", (event) => this.#drop(event));
    listen("lostpointercapture", (event) => this.#drop(event));
    listenForInterruption(() => this.#hand && this.#drop({ pointerId: this.#hand.id }));
    listen("dblclick", () => !this.#isEmpty && this.onLive());
    listen("wheel", (event) => this.#wheel(event), { passive: false });
    listen("keydown", (event) => this.#key(event));
    listen("focus", () => this.#say({ always: true }));
    this.live.addEventListener("click", () => this.onLive());
  }

  /** @param {PointerEvent} event */
  #take(event) {
    const { pointerId: id, pointerType } = event;
    if (this.#isEmpty || this.#hand || !isMain(event)) return;
    const x = this.#at(event);
    const part = this.#part(event, x);
    const { last, range: before } = this.#shown;
    this.#hand = { id, x, last, before, rangeAt: strip.hold(part, x, this.#place) };
    this.strip.setPointerCapture(id);
    this.strip.dataset.part = part;
    this.strip.toggleAttribute("data-held", true);
    if (part !== "outside") return;
    // A finger or a pen may be about to scroll the page: its window jumps once it does not.
    if (pointerType !== "mouse") this.#hand.isTap = true;
    else this.#choose(this.#hand.rangeAt(x));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#hand) {
      this.strip.dataset.part = this.#isEmpty ? "" : this.#part(event, this.#at(event));
      return;
    }
    if (event.pointerId !== this.#hand.id) return;
    const x = this.#at(event);
    if (x === this.#hand.x) return;
    Object.assign(this.#hand, { x, isTap: false, hasMoved: true });
    this.#choose(this.#hand.rangeAt(x));
  }

  /** Let go; where the browser takes a finger away to scroll the page, as if nothing had been.
   * @param {{ type?: string, pointerId: number }} event */
  #drop({ type, pointerId }) {
    if (pointerId !== this.#hand?.id) return;
    const { isTap, x, rangeAt, before, hasMoved } = this.#hand;
    this.#hand = null;
    this.strip.toggleAttribute("data-held", false);
    if (type === "pointerup" && isTap) this.#choose(rangeAt(x));
    else if (type === "pointercancel" && hasMoved) this.#choose(before);
    else this.#draw();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
    const [across, down] = [event.deltaX * unit, event.deltaY * unit];
    const isSideways = Math.abs(across) > Math.abs(down); // nothing else on the page moves that way
    if (this.#isEmpty || this.isHeld || !(isSideways || this.takesWheel(event))) return;
    event.preventDefault();
    if (isSideways) {
      this.#choose(strip.panned(across * WHEEL, this.#place));
    } else {
      this.#choose(strip.zoomedAt(this.#at(event), Math.exp(down * WHEEL), this.#place));
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.#isEmpty || event.ctrlKey || event.metaKey || event.altKey) return;
    const share = event.shiftKey ? 1 : 0.1;
    const act = {
      ArrowLeft: () => strip.panned(-share, this.#place),
      ArrowDown: () => strip.panned(-share, this.#place),
      ArrowRight: () => strip.panned(share, this.#place),
      ArrowUp: () => strip.panned(share, this.#place),
      "+": () => strip.zoomed(1 / KEY_ZOOM, this.#place),
      "=": () => strip.zoomed(1 / KEY_ZOOM, this.#place),
      "-": () => strip.zoomed(KEY_ZOOM, this.#place),
      Home: () => strip.atBeginning(this.#place),
    }[event.key];
    if (event.key === "End") this.onLive();
    else if (act) this.#choose(act());
    else return;
    event.preventDefault();
  }

  /** The window moves at once, and the chart with its next frame. @param {Span} range */
  #choose(range) {
    this.#shown = { ...this.#shown, range };
    this.#drawWindow();
    this.#say({ always: true });
    this.onMove(range);
  }

  /** @param {PointerEvent} event @param {number} x */
  #part({ pointerType }, x) {
    return strip.partAt(x, this.#place, pointerType !== "mouse" ? GRIP_PX.coarse : GRIP_PX.fine);
  }

  /** Pixels from where step 0 lies. @param {MouseEvent} event */
  #at({ clientX }) {
    return clientX - this.life.getBoundingClientRect().left;
  }
}
