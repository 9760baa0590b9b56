// The only file that names Plotly: draws what a view shows, and says when somebody moved it.

import { decimal } from "./format.js";

const GESTURE_MS = 180; // Plotly redraws so long after a wheel's last turn

const DIGIT_PX = 7;

export class Chart {
  #element;
  #figure;
  #touchedAt = -Infinity;
  #held = false;
  #drawn = false;
  #marks = [];

  /** `onMove([from, to])` hears of ranges that a person chose, `onReset()` of a double click. */
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
    await Plotly.newPlot(this.#element, traces, merged(layout, picture), config);
    this.#drawn = true;
    this.#marks = picture.marks;
    this.paint();
    this.#element.on("plotly_relayouting", (change) => this.#moved(change));
    this.#element.on("plotly_relayout", (change) => this.#moved(change));
    this.#element.on("plotly_doubleclick", () => this.onReset());
  }

  /** One update for data and ranges together; for the marks only where they are others. */
  update(picture) {
    const isMarked = picture.marks === this.#marks;
    const traces = tracesOf(picture).slice(0, isMarked ? 2 : 3);
    const all = (name) => traces.map((trace) => trace[name]);
    const layout = {
      "xaxis.range": picture.range,
      "yaxis.range": picture.yRange,
      "xaxis.nticks": this.#ticks(picture.range),
      ...titles(picture),
    };
    this.#marks = picture.marks;
    if (!isMarked) layout.shapes = this.#lines();
    return Plotly.update(
      this.#element,
      { x: all("x"), y: all("y"), text: all("text") },
      layout,
      [...traces.keys()],
    );
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
  #ticks([, last]) {
    const wide = (String(Math.ceil(last)).length * 4) / 3 + 3; // digits, their commas, a gap
    return Math.max(2, Math.min(10, Math.floor(this.#element.clientWidth / (wide * DIGIT_PX))));
  }

  /** The colours of the style sheet, dark or light. */
  paint() {
    if (!this.#drawn) return;
    const colour = (name) => this.#colour(name);
    const family = getComputedStyle(this.#element).fontFamily;
    Plotly.update(
      this.#element,
      {
        "line.color": colour("--accent"),
        "marker.color": [colour("--accent"), colour("--accent"), colour("--warn")],
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

  /** The chart as large as its place. */
  resize() {
    if (this.#drawn) Plotly.Plots.resize(this.#element);
  }

  #moved(change) {
    const range = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (!range.every(Number.isFinite)) return;
    this.#touchedAt = performance.now();
    this.onMove(range);
  }
}

/** The path, its newest point, the marks: as motion/figures.py has them. */
function tracesOf({ x, y, newest: [step, position], marks }) {
  const all = (name) => marks.map((mark) => mark[name]);
  // Plotly's own numbers have a hyphen for a minus.
  return [
    { x, y, text: y.map((value) => decimal(value)) },
    { x: [step], y: [position], text: "" },
    { x: all("x"), y: all("y"), text: all("text") },
  ];
}

function titles({ counted }) {
  return {
    "xaxis.title.text": counted ? "steps since my reset" : "step",
    "yaxis.title.text": counted ? "position since my reset" : "position",
  };
}

function merged(layout, picture) {
  return {
    ...layout,
    xaxis: { ...layout.xaxis, range: picture.range },
    yaxis: { ...layout.yaxis, range: picture.yRange },
  };
}
