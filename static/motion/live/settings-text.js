// The settings of a motion as a text. Pure; motion/queries/changelog.py writes the same.

import { formatNumber } from "../lib/format.js";

/** "variance 0.25 · 2 steps/s · paused" @param {Settings} parameters */
export function describeSettings({ variance, drift, interval, paused }) {
  const speed = formatNumber(Number((1 / interval).toPrecision(3)));
  return [
    `variance ${formatNumber(variance)}`,
    drift && `drift ${formatNumber(drift)}`,
    `${speed} ${speed === "1" ? "step" : "steps"}/s`,
    paused && "paused",
  ]
    .filter(Boolean)
    .join(" · ");
}
