// The settings of a motion as a text. Pure; motion/queries/changelog.py writes the same.

import { plain } from "../lib/format.js";

/** "variance 0.25 · 2 steps/s · paused" @param {Settings} parameters */
export function describeSettings({ variance, drift, interval, paused }) {
  const speed = plain(Number((1 / interval).toPrecision(3)));
  return [
    `variance ${plain(variance)}`,
    drift && `drift ${plain(drift)}`,
    `${speed} ${speed === "1" ? "step" : "steps"}/s`,
    paused && "paused",
  ]
    .filter(Boolean)
    .join(" · ");
}
