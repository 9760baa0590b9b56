// The only file that names Plotly: draws what a view shows, and says when somebody moved it.

import { count, decimal } from "./format.js";

const GESTURE_MS = 180; // Plotly redraws so long after a wheel's last turn
const RESIZE_MS = 100;
const DIGIT_PX = 7;
const MARKS = 2; // the trace
const TICKS = { step: ",d", elapsed: ",", clock: "" };

export class Chart {
  #element;
  #figure;
  #touchedAt = -Infinity;
  #held = false;
  #drawn = false;
  #resizing = null;
  #marks = [];
  #hasBand = false;
  #layout = {}; // as it was last set

  /**
   * `onMove([from, to])` hears of ranges of x that a person chose, `onReset()` of a double click.
   */
  constructor(element, figure, { onMove, onReset }) {
    this.#element = element;
    this.#figure = figure;
    this.onMove = onMove;
    this.onReset = onReset;
    element.addEventListener("pointerdown", ({ pointerType }) => {
      this.#held = pointerType !== "touch"; // fingers are not Plotly's, see touch.js
    });
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => (this.#held = false));
    }
    addEventListener("themechange", () => this.#paint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paint());
    new ResizeObserver(() => this.#resize()).observe(element);
  }

  /** Whether somebody's hand is on it: an update now would pull the picture from under it. */
  get isHeld() {
    return this.#held || performance.now() - this.#touchedAt < GESTURE_MS;
  }

  get isDrawn() {
    return this.#drawn;
  }

  /** Call `act` once the library that `script` loads is there. */
  whenLoaded(script, act) {
    if (window.Plotly) act();
    else script.addEventListener("load", act);
  }

  /** The rectangle in which the path lies, in the window's pixels. */
  area() {
    const plot = this.#element.querySelector(".nsewdrag") ?? this.#element;
    return plot.getBoundingClientRect();
  }

  /** The first drawing; only then does the element take gestures. */
  async draw(picture) {
    const { data, layout, config } = this.#figure;
    const traces = data.map((trace, index) => ({ ...trace, ...tracesOf(picture)[index] }));
    await Plotly.newPlot(this.#element, traces, layout, config);
    this.#drawn = true;
    this.update(picture);
    this.#paint();
    this.#element.on("plotly_relayouting", (change) => this.#moved(change));
    this.#element.on("plotly_relayout", (change) => this.#moved(change));
    this.#element.on("plotly_doubleclick", () => this.onReset());
  }

  /** One update for data and ranges together; for marks and band only where they are others. */
  update(picture) {
    const isMarked = sameMarks(picture.marks, this.#marks);
    const hasBand = Boolean(picture.band);
    const wanted = [true, true, !isMarked, hasBand || this.#hasBand, hasBand || this.#hasBand];
    const at = [...wanted.keys()].filter((index) => wanted[index]);
    const all = tracesOf(picture);
    const layout = {
      "xaxis.type": picture.axis.type,
      "xaxis.range": picture.range,
      "yaxis.range": picture.yRange,
      "xaxis.nticks": this.#ticks(picture.range, picture.axis.type),
      "xaxis.tickformat": TICKS[picture.axis.kind],
      "xaxis.title.text": picture.axis.title,
      "yaxis.title.text": upTitle(picture),
    };
    this.#marks = picture.marks;
    this.#hasBand = hasBand;
    if (!isMarked) layout.shapes = this.#lines();
    return Plotly.update(this.#element, columns(at.map((index) => all[index])), this.#news(layout), at);
  }

  /** What of a layout is other than last time: some of it makes Plotly lay out everything anew. */
  #news(layout) {
    // With new points Plotly forgets that an axis has dates, and with its type its range.
    const isOfDates = layout["xaxis.type"] === "date";
    const forgotten = ["shapes", ...(isOfDates ? ["xaxis.type", "xaxis.range"] : [])];
    const isNews = ([name, value]) => forgotten.includes(name) || `${this.#layout[name]}` !== `${value}`;
    const news = Object.entries(layout).filter(isNews);
    this.#layout = layout;
    return Object.fromEntries(news);
  }

  /** Show what is told at a mark, as if somebody pointed at it; with none, nothing. */
  pointAt(index) {
    const points = index === null ? [] : [{ curveNumber: MARKS, pointNumber: index }];
    Plotly.Fx.hover(this.#element, points);
  }

  /** A picture of the chart as it is shown, as a Blob: "png" or "svg". */
  async image(format) {
    const { clientWidth: width, clientHeight: height } = this.#element;
    const { data, layout } = this.#element;
    const ground = this.#colour("--card");
    const address = await Plotly.toImage(
      { data, layout: { ...layout, paper_bgcolor: ground, plot_bgcolor: ground } },
      { format, width, height, scale: format === "png" ? 2 : 1, imageDataOnly: format === "svg" },
    );
    if (format === "svg") return new Blob([address], { type: "image/svg+xml" });
    const bytes = Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0));
    return new Blob([bytes], { type: "image/png" });
  }

  /** A line from top to bottom at every mark: all in one shape, a hundred would cost as many. */
  #lines() {
    if (!this.#marks.length) return [];
    const { mark } = this.#figure;
    const path = this.#marks.map(({ x }) => `M${x},0V1`).join("");
    return [{ ...mark, path, line: { ...mark.line, color: this.#colour("--warn") } }];
  }

  #colour(name) {
    return getComputedStyle(this.#element).getPropertyValue(name).trim();
  }

  /** As many labels on the x axis as find room side by side. */
  #ticks([, last], type) {
    const digits = type === "date" ? 8 : String(Math.ceil(last)).length;
    const wide = (digits * 4) / 3 + 3; // digits, their commas, a gap
    return Math.max(2, Math.min(10, Math.floor(this.#element.clientWidth / (wide * DIGIT_PX))));
  }

  /** The colours of the style sheet, dark or light. */
  #paint() {
    if (!this.#drawn) return;
    const colour = (name) => this.#colour(name);
    const family = getComputedStyle(this.#element).fontFamily;
    Plotly.update(
      this.#element,
      {
        "line.color": [
          ...Array(4).fill(colour("--accent")),
          `color-mix(in srgb, ${colour("--soft")} 70%, transparent)`,
        ],
        "marker.color": [colour("--accent"), colour("--accent"), colour("--warn")],
        fillcolor: colour("--band"),
        "marker.line.color": colour("--card"),
      },
      {
        font: { color: colour("--soft"), family, size: 12 },
        "hoverlabel.bgcolor": colour("--card"),
        "hoverlabel.bordercolor": colour("--line"),
        "hoverlabel.font": { color: colour("--ink"), family, size: 13 },
        "xaxis.gridcolor": colour("--line"),
        "yaxis.gridcolor": colour("--line"),
        "xaxis.zerolinecolor": colour("--line"),
        "yaxis.zerolinecolor": colour("--soft"),
        shapes: this.#lines(),
      },
    );
  }

  /** The chart as large as its place, once that has come to rest. */
  #resize() {
    clearTimeout(this.#resizing);
    this.#resizing = setTimeout(() => this.#drawn && Plotly.Plots.resize(this.#element), RESIZE_MS);
  }

  #moved(change) {
    const ends = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    const range = ends.map(numberOf);
    if (!range.every(Number.isFinite)) return;
    this.#touchedAt = performance.now();
    this.onMove(range);
  }
}

/** The path, its newest point, the marks, the band and its middle: as motion/figures.py has them. */
function tracesOf({ x, y, steps, newest: [step, position], marks, band, axis }) {
  const all = (name) => marks.map((mark) => mark[name]);
  // Plotly's own numbers have a hyphen for a minus.
  return [
    { x, y, text: y.map((value) => decimal(value)), ...told(axis, steps) },
    { x: [step], y: [position] },
    { x: all("x"), y: all("y"), text: all("text"), hovertemplate: "%{text}<extra></extra>" },
    outline(band),
    { x: band?.x ?? [], y: band?.mean ?? [] },
  ].map((trace) => ({ text: "", customdata: [], hovertemplate: "", ...trace }));
}

/** Traces as Plotly updates them: {x: [that of each], y: …}. */
function columns(traces) {
  const names = ["x", "y", "text", "customdata", "hovertemplate"];
  return Object.fromEntries(names.map((name) => [name, traces.map((trace) => trace[name])]));
}

/** There along the upper edge, and back along the lower one. */
function outline(band) {
  if (!band) return { x: [], y: [] };
  return { x: [...band.x, ...band.x.toReversed()], y: [...band.high, ...band.low.toReversed()] };
}

/** What a point of the path says. */
function told(axis, steps) {
  if (axis.kind === "step") {
    return { customdata: steps, hovertemplate: "step %{customdata:,d} · %{text}<extra></extra>" };
  }
  return { customdata: steps.map(axis.label), hovertemplate: "%{customdata} · %{text}<extra></extra>" };
}

function upTitle({ up, stride, isCounted }) {
  if (up === "increments") return stride > 1 ? `increment over ${count(stride)} steps` : "increment";
  return isCounted ? "position since my reset" : "position";
}

function sameMarks(one, other) {
  const isSame = (mark, at) =>
    mark.x === other[at].x && mark.y === other[at].y && mark.text === other[at].text;
  return one.length === other.length && one.every(isSame);
}

/** Plotly tells a moment as "2026-11-22 18:05:00.25", in the zone that it was given it in. */
function numberOf(end) {
  return typeof end === "string" ? Date.parse(`${end.replace(" ", "T")}Z`) : end;
}
