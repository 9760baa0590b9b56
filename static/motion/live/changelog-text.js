// The settings of a motion, and why its chart is empty, as texts. Pure; motion/queries/changelog.py writes the same.

import { isolateName, formatNumber } from "../lib/format.js";

const SOON_S = 2; // a first step within this time needs no text

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

/** A sentence for a path at step `last`; "" if it has steps. `canPress`: the reader's buttons work.
 * @param {StateFrame} state @param {number} last @param {boolean} canPress */
export function describeBeginning(state, last, canPress) {
  const { step, paused, interval, can_control: canControl } = state;
  if (step > 0 || last > 0) return "";
  if (!paused) return interval < SOON_S ? "" : `No steps yet: the first comes within ${formatNumber(interval)} s.`;
  if (canControl) return canPress ? "Paused at step 0. Press Resume to begin." : "Paused at step 0.";
  const who = findStarter(state);
  return `This path has not begun yet${who ? `; waiting for ${isolateName(who)}` : ""}.`;
}

/** The author of the newest change if that is a controller, else the owner.
 * @type {(state: StateFrame) => string | null} */
const findStarter = ({ by, owner, controllers }) => (controllers.includes(by ?? "") ? by : (owner ?? by));
