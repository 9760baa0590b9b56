// Sentences about the class: when it begins, what theory expects of it, where my path is. Pure.

import { formatCount, formatCounted, formatDecimal, formatNumber } from "../lib/format.js";

const INSIDE = 0.9; // of the paths, between the dashed lines

/** What the next path brings to the class, and the button that begins it; null if nothing changes. `seats` are those of
 * the people who watch.
 * @param {Pick<StateFrame, "paths" | "ensemble">} state @param {number[]} [seats]
 * @returns {{ text: string, button: string } | null} */
export function describeNextClass({ paths, ensemble }, seats = []) {
  if (paths === ensemble) return describeMissing(paths, seats);
  if (!ensemble) return { text: "The next path has no class.", button: "Restart without a class…" };
  const wanted = formatCounted(ensemble, "path");
  return {
    text: paths ? `The class gets ${wanted} when the motion restarts.` : `The class begins with the next path: ${wanted}.`,
    button: `Restart with ${wanted}…`,
  };
}

/** @param {number} paths @param {number[]} seats */
function describeMissing(paths, seats) {
  const count = paths ? seats.filter((seat) => seat > paths).length : 0;
  if (!count) return null;
  const who = count === 1 ? "1 student has" : `${formatCount(count)} students have`;
  return { text: `${who} no path. Set more paths in the settings, then restart.`, button: "" };
}

/** The people who watch a wall: "31 students", or everybody where there is no class.
 * @param {Pick<ViewersFrame, "count" | "seats">} viewers @param {boolean} hasClass */
export function describeAudience({ count, seats }, hasClass) {
  if (!hasClass) return `${formatCount(count)} watching`;
  return seats.length ? formatCounted(seats.length, "student") : "no students yet";
}

/** What a restart does. @param {Pick<StateFrame, "paths" | "ensemble">} state */
export function describeRestart({ paths, ensemble }) {
  const next = ensemble ? `, with ${formatCounted(ensemble, "path")} for the class` : paths ? ", without a class" : "";
  return `A new path starts at zero on every screen${next}. Nothing else changes.`;
}

/** Why the owner of a seat has no path yet, or "".
 * @param {number} seat @param {Pick<StateFrame, "paths" | "ensemble">} state */
export function describeWait(seat, { paths, ensemble }) {
  if (seat <= paths) return "";
  if (seat <= ensemble) return "You get a path of your own when the motion restarts.";
  return "The class has no path left for you. The owner can add paths and restart the motion.";
}

/** "rank 12 of 40" @param {number} rank @param {number} count */
export const describeRank = (rank, count) => `rank ${formatCount(rank)} of ${formatCount(count)}`;

/** "normal with variance 240" @param {Law} law */
export function describeLaw({ mean, variance }) {
  const center = Math.abs(mean) > 1e-9 * Math.sqrt(variance) ? `mean ${formatShort(mean)} and ` : "";
  return `normal with ${center}variance ${formatShort(variance)}`;
}

/** "Theory: 90 of 100 paths end between −25.5 and +25.5.", and "Here: 85 of 100."; null where all are at one place.
 * @param {ArrayLike<number>} positions @param {Law} law @param {{ low: number, high: number }} band */
export function describeInside(positions, { variance }, { low, high }) {
  if (!(variance > 0)) return null;
  const all = formatCount(positions.length);
  const expected = INSIDE * positions.length;
  const about = Number.isInteger(expected) ? "" : "about ";
  const found = Array.from(positions).filter((position) => position >= low && position <= high).length;
  const [from, to] = [low, high].map((end) => formatDecimal(end, 1, true));
  return {
    theory: `Theory: ${about}${formatCount(Math.round(expected))} of ${all} paths end between ${from} and ${to}.`,
    here: `Here: ${formatCount(found)} of ${all}.`,
  };
}

/** "The class agrees with theory.", or where it does not; nothing before the server has compared them.
 * @param {SliceJson | null} answer */
export function describeAgreement(answer) {
  const agreement = answer?.agreement;
  if (!agreement) return "";
  if (agreement.mark === "agrees") return "The class agrees with theory.";
  const difference = `The class differs from theory in ${agreement.outside.join(" and ")}`;
  return agreement.mark === "rare" ? `${difference}.` : `${difference}: this is often chance.`;
}

/** To four digits: "240", "1.235", "−0.02". @type {(value: number) => string} */
export const formatShort = (value) => formatNumber(Number(value.toPrecision(4)));
