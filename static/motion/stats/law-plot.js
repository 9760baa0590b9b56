// The small plot of a law: a histogram, or the survival curve of a barrier, beside theory. Pure.

import { chooseTop, createFrame, createTickFormat, drawGrid, drawLine, findTicks, labelXAxis, labelYAxis, nameXAxis, px } from "./plot-parts.js";

/** @type {Record<LawName, string>} */ const NAMES = {
  "time-above": "steps above the start",
  maximum: "step of the maximum",
  barrier: "step",
};

/** @param {LawJson} answer one that applies @param {Size} size @returns {Pick<import("./plots.js").Plot, "marks" | "labels">} */
export function plotLaw({ law, edges = [], counts = [], theory = [], survival }, size) {
  const found = survival ? survival.seen : counts;
  const expected = survival ? survival.theory : theory;
  const x = [edges[0], edges[edges.length - 1]];
  const y = [0, chooseTop(undefined, Math.max(...found, ...expected))];
  const frame = createFrame(size, x, y);
  const ups = findTicks(y, 4);
  const across = findTicks(x, Math.max(2, size.width / 90)).filter(Number.isInteger);
  const xs = edges.map(frame.x);
  return {
    marks: [
      { name: "grid", d: drawGrid(frame, ups) },
      ...(survival
        ? [{ name: "found line", d: drawLine(xs, found.map(frame.y)) }, { name: "law", d: drawLine(xs, expected.map(frame.y)) }]
        : [{ name: "found bars", d: drawBars(xs, found.map(frame.y), frame.bottom) }, { name: "law", d: drawSteps(xs, expected.map(frame.y)) }]),
      { name: "axis", d: `M${px(frame.left)} ${px(frame.bottom)}H${px(frame.right)}` },
    ],
    labels: [
      ...labelYAxis(frame, ups),
      ...labelXAxis(frame, across, createTickFormat(across)),
      nameXAxis(frame, NAMES[law]),
    ],
  };
}

/** @param {number[]} xs @param {number[]} tops @param {number} bottom */
const drawBars = (xs, tops, bottom) =>
  tops.map((top, at) => `M${px(xs[at] + 0.5)} ${px(bottom)}V${px(top)}H${px(xs[at + 1] - 0.5)}V${px(bottom)}Z`).join("");

/** A level line over each bin. @param {number[]} xs @param {number[]} ys */
const drawSteps = (xs, ys) => drawLine(ys.flatMap((_, at) => [xs[at], xs[at + 1]]), ys.flatMap((y) => [y, y]));
