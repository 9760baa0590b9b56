// One picture, drawn by Plotly or on a canvas in the same place; how far screenshots of both differ, and labels.

import { paint } from "/chart/canvas.js";
import { createScene } from "/chart/scene.js";
import { fillFigure, styleFigure } from "/chart/figure.js";

const SIZE = { width: 900, height: 400 };
const FAMILY = "sans-serif";
const AXIS = { kind: "step", title: "step", type: "linear", note: "", pauses: [], describeStep: String };

/** A walk over `count` steps from `first` on, the same each time. */
export function walk(first, count) {
  let [state, y] = [7, 10];
  const steps = [...Array(count).keys()].map((at) => first + at);
  const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  return { steps, y: steps.map(() => (y += 2 * (random() - 0.5))) };
}

/** What a test leaves out of a picture. */
export function complete(picture) {
  const all = { steps: picture.x, newest: null, band: null, markers: [], up: "position", stride: 1, isCounted: false };
  return { ...all, ...picture, axis: { ...AXIS, ...picture.axis } };
}

/** Draw `picture` in `colours`, as `by` says: "plotly" or "canvas"; `shift` in pixels. */
export function draw(by, figure, picture, colours, shift = 0) {
  const element = document.createElement("div");
  element.id = "chart";
  const { width, height } = SIZE;
  Object.assign(element.style, { position: "relative", width: `${width}px`, height: `${height}px`, overflow: "hidden" });
  document.body.style.margin = "0";
  document.body.style.background = colours["--card"];
  document.body.replaceChildren(element);
  const styled = styleFigure(figure, (name) => colours[name], FAMILY);
  if (by === "plotly") {
    const { data, layout } = fillFigure(styled, picture, SIZE);
    window.Plotly.newPlot(element, data, layout, figure.config);
    return;
  }
  const canvas = document.createElement("canvas");
  canvas.style.translate = `${shift}px`;
  element.append(canvas);
  paint(canvas, createScene(styled, picture, SIZE), SIZE, devicePixelRatio);
}

/** The share of pixels that differ by more than `tolerance` of 255 in any colour. */
export async function compare(one, other, tolerance) {
  const [a, b] = await Promise.all([one, other].map(readPixels));
  let different = 0;
  for (let at = 0; at < a.length; at += 4) {
    const distance = Math.max(...[0, 1, 2].map((channel) => Math.abs(a[at + channel] - b[at + channel])));
    if (distance > tolerance) different += 1;
  }
  return different / (a.length / 4);
}

async function readPixels(png) {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
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
