// One picture, drawn by Plotly or on a canvas in the same place; how far screenshots of both differ, and labels.

import { paint } from "/chart/canvas.js";
import { createScene } from "/chart/scene.js";
import { fillFigure, styleFigure } from "/chart/figure.js";

const SIZE = { width: 900, height: 400 };
const FAMILY = "sans-serif";
const COLOURS = {
  light: {
    ...{ "--card": "#fff", "--ink": "#14181f", "--soft": "#5b6573", "--line": "#e3e7ec" },
    ...{ "--mine": "#b35500", "--theory": "#0a7d57" },
    ...{ "--accent": "#3657d6", "--warn": "#a65508", "--band": "rgba(54, 87, 214, 0.1216)" },
  },
  dark: {
    ...{ "--card": "#151b24", "--ink": "#e8edf4", "--soft": "#93a0b1", "--line": "#263040" },
    ...{ "--mine": "#ffb454", "--theory": "#5ad1a8" },
    ...{ "--accent": "#8aa4ff", "--warn": "#f0a858", "--band": "rgba(138, 164, 255, 0.149)" },
  },
};
const AXIS = { kind: "step", title: "step", type: "linear", note: "", pauses: [], describeStep: String, toStep: Number };

/** A walk over `count` steps from `first` on, the same each time. */
export function walk(first, count) {
  let [state, y] = [7, 10];
  const steps = [...Array(count).keys()].map((at) => first + at);
  const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  return { steps, y: steps.map(() => (y += 2 * (random() - 0.5))) };
}

/** What a test leaves out of a picture. */
export function complete(picture) {
  const all = { steps: picture.x, newest: null, band: null, ensemble: null, answers: null, markers: [], up: "position", stride: 1, isCounted: false };
  return { ...all, ...picture, axis: { ...AXIS, ...picture.axis } };
}

/** Draw `picture` in "light" or "dark" colours, as `by` says: "plotly", "canvas", or "both" for a hand on an ensemble;
 * `shift` in pixels. */
export function draw(by, figure, picture, theme, shift = 0) {
  const colours = COLOURS[theme];
  const canvas = replaceChart(colours);
  const element = canvas.parentElement;
  const styled = styleFigure(figure, (name) => colours[name], FAMILY);
  canvas.style.translate = `${shift}px`;
  if (by !== "plotly") paint(canvas, createScene(styled, picture, SIZE), SIZE, devicePixelRatio, by === "both");
  if (by === "canvas") return;
  const { data, layout } = fillFigure(styled, picture, SIZE);
  window.Plotly.newPlot(element, data, layout, figure.config);
  if (by === "plotly") return;
  for (const layer of element.querySelectorAll(".gridlayer, .zerolinelayer")) layer.style.visibility = "hidden";
}

/** The colours [red, green, blue] of the canvas at places [x, y] of the axes, or `right` pixels right of the plot. */
export function readColours(figure, picture, places) {
  const styled = styleFigure(figure, (name) => COLOURS.light[name], FAMILY);
  const { box, range, yRange } = createScene(styled, picture, SIZE);
  const context = document.querySelector("canvas").getContext("2d");
  return places.map(({ x, y, right }) => {
    const across = right === undefined ? (box.width * (x - range[0])) / (range[1] - range[0]) : box.width + right;
    const up = box.top + (box.height * (yRange[1] - y)) / (yRange[1] - yRange[0]);
    const { data } = context.getImageData((box.left + across) * devicePixelRatio, up * devicePixelRatio, 1, 1);
    return [...data.slice(0, 3)].map((value) => Math.round((value * data[3] + 255 * (255 - data[3])) / 255));
  });
}

/** An empty canvas in a new chart. */
function replaceChart(colours) {
  const element = document.createElement("div");
  element.id = "chart";
  const [width, height] = [SIZE.width, SIZE.height].map((pixels) => `${pixels}px`);
  Object.assign(element.style, { position: "relative", width, height, overflow: "hidden", isolation: "isolate" });
  Object.assign(document.body.style, { margin: "0", background: colours["--card"] });
  document.body.replaceChildren(element);
  const canvas = document.createElement("canvas");
  Object.assign(canvas.style, { position: "absolute", inset: "0 auto auto 0", zIndex: -1 }); // as in chart.css
  return element.appendChild(canvas);
}

/** A class of `count` paths from step 19,300 to `last`, as a picture of 600 steps; the slice lies at its newest step. */
export function createClass({ count, last, slice = false }) {
  const { steps: x, y } = walk(19_300, last - 19_299);
  const shape = (step, phase, height) => 10 + height * Math.sin(step / 40 + phase) + 3 * Math.sin(step * (phase + 1));
  const thin = [...Array(count).keys()].map((at) => ({ seat: at + 1, y: x.map((step) => shape(step, at, 50)) }));
  const [low5, low25, mid, high75, high95] = [-60, -30, 0, 30, 60].map((part) =>
    x.map((step) => 10 + part + 2 * Math.sin(step / 9)),
  );
  const [low, high] = [-64, 64].map((part) => x.map(() => 10 + part));
  const edges = [...Array(15).keys()].map((at) => -60 + 10 * at);
  const density = [...Array(61).keys()].map((at) => ({ y: -80 + 3 * at, p: 14 * Math.exp(-(((-90 + 3 * at) / 40) ** 2)) }));
  const histogram = { edges, counts: [1, 2, 4, 6, 9, 12, 17, 15, 11, 10, 7, 3, 2, 1], density };
  const ensemble = {
    ...{ x, thin, fan: { low5, low25, mid, high75, high95 }, law: { low, high } },
    mine: { seat: 4, name: "Mia", x, y: x.map((step) => shape(step, 4, 50)) },
    lit: { seat: 9, name: "Jun", x, y: x.map((step) => shape(step, 9, 50)) },
    slice: slice ? { step: last, first: 0, last, x: last, ...histogram } : null,
  };
  return complete({ x, y, newest: [last, y[y.length - 1]], range: [last - 600, last + 18], yRange: [-80, 100], ensemble });
}

/** The scene of a class in light colours. */
function createClassScene(figure, size) {
  return createScene(styleFigure(figure, (name) => COLOURS.light[name], FAMILY), createClass(size), SIZE);
}

/** Draw a class at each of `moves` {last, shift, stride}: its newest step, how far the view lies beside its usual place, and
 * one in how many points the path has, besides its newest one. A step is a pixel wide. */
export function moveClass(figure, { moves, ...size }) {
  const canvas = replaceChart(COLOURS.light);
  for (const { last, shift, stride = 1, pixels = 1, width = 2 } of moves) {
    const scene = createClassScene(figure, { ...size, last });
    const kept = scene.path.x.map((step) => step % stride === 0 || step === last);
    for (const axis of ["x", "y"]) scene.path[axis] = scene.path[axis].filter((_, at) => kept[at]);
    if (!size.count) {
      scene.ensemble = null;
      scene.areas = [{ x: [0, 30_000], low: [0, 5], high: [20, 25], colour: COLOURS.light["--band"] }];
    }
    const left = scene.range[0] + shift;
    if (scene.ensemble) scene.ensemble.names = []; // a label stays where it was as long as it can
    scene.path.width = width;
    paint(canvas, { ...scene, range: [left, left + scene.box.width / pixels] }, SIZE, devicePixelRatio);
  }
}

/** The share of pixels that differ between a class that has moved and one that was drawn at its last place. */
export function compareMoved(figure, { moves, ...size }, tolerance) {
  const [moved, drawn] = [moves, moves.slice(-1)].map((some) => {
    moveClass(figure, { moves: some, ...size });
    return readImage(document.querySelector("canvas"));
  });
  return countDifferent(moved, drawn, tolerance);
}

/** The share of pixels that differ between two screenshots. */
export async function compare(one, other, tolerance) {
  return countDifferent(...(await Promise.all([one, other].map(readScreenshot))), tolerance);
}

/** The share of pixels that differ by more than `tolerance` of 255 in any colour. */
function countDifferent(a, b, tolerance) {
  const [wholeA, wholeB] = [a, b].map(({ buffer }) => new Uint32Array(buffer)); // most are equal: one look at all colours
  const isFar = (at) => [0, 1, 2].some((channel) => Math.abs(a[4 * at + channel] - b[4 * at + channel]) > tolerance);
  let different = 0;
  for (let at = 0; at < wholeA.length; at += 1) {
    if (wholeA[at] !== wholeB[at] && isFar(at)) different += 1;
  }
  return different / wholeA.length;
}

async function readScreenshot(png) {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  return readImage(await createImageBitmap(new Blob([bytes], { type: "image/png" })));
}

/** The colours of an image, on white paper. */
function readImage(image) {
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, image.width, image.height);
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height).data;
}

/** [{kind, range, yRange, size}, …] of which Plotly labels the axes otherwise than ticks.js, with both labels. */
export function findOtherTicks(figure, cases) {
  const element = document.body.appendChild(document.createElement("div"));
  const styled = styleFigure(figure, () => "#123", FAMILY);
  const found = [];
  for (const { kind, range, yRange, size } of cases) {
    const type = kind === "clock" ? "date" : "linear";
    const picture = complete({ x: [], y: [], range, yRange, axis: { kind, type } });
    const { data, layout } = fillFigure(styled, picture, size);
    window.Plotly.react(element, data, layout, figure.config);
    const { xaxis, yaxis } = element._fullLayout;
    const theirs = [xaxis, yaxis].map((axis) => axis._vals.map(({ x, text }) => [round(x), text]));
    const { ticks } = createScene(styled, picture, size);
    const ours = [ticks.across, ticks.up].map((axis) =>
      axis.map(({ value, lines }) => [round(value), lines.join("<br>")]),
    );
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) found.push([kind, range, yRange, ours, theirs]);
  }
  element.remove();
  return found;
}

/** Without the errors of floating point. */
const round = (value) => Number(value.toPrecision(12));
