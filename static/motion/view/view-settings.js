// The settings of a view: stored in this browser, read from a link, and written into a link.

import { KINDS } from "../chart/axis.js";
import { saveValue, loadValue } from "../lib/storage.js";
import { OFF, VIEW } from "./permalink.js";
import { chooseHeight } from "./laws.js";
import { UP } from "./view-model.js";

const FEW_PATHS = 30; // of a class on a phone

/** Set what the reader chose last in this browser. A narrow chart has no room for a slice, unless the reader wants
 * it, nor for many paths.
 * @param {ViewModel} model */
export function restoreSettings(model, { isNarrow = false } = {}) {
  /** @param {string[]} names @param {string} name */
  const pick = (names, name) => (names.includes(name) ? name : names[0]);
  model.across = pick(KINDS, loadValue("across", KINDS[0]));
  model.up = pick(UP, loadValue("up", UP[0]));
  model.bandChoice = loadValue("band", false) ? VIEW : null;
  model.hasMarkers = loadValue("changes", true) !== false;
  model.ensemble.isOn = loadValue("class", true) !== false;
  model.ensemble.hasSlice = loadValue("slice", !isNarrow) === true;
  model.ensemble.hasRoom = !isNarrow;
  model.ensemble.laws.restore();
  if (isNarrow) model.ensemble.mostThin = FEW_PATHS;
}

/** Choose what an axis shows, and store it.
 * @param {ViewModel} model @param {"across" | "up"} name @param {string} value */
export function chooseAxis(model, name, value) {
  saveValue(name, value);
  model[name] = value;
}

/** @param {ViewModel} model */
export function toggleBand(model) {
  const isOn = model.bandStart !== null;
  saveValue("band", !isOn);
  model.bandChoice = isOn ? null : VIEW;
}

/** @param {ViewModel} model */
export function toggleMarkers(model) {
  saveValue("changes", !model.hasMarkers);
  model.hasMarkers = !model.hasMarkers;
}

/** @param {ViewModel} model */
export function toggleClass({ ensemble }) {
  saveValue("class", !ensemble.isOn);
  ensemble.isOn = !ensemble.isOn;
}

/** @param {ViewModel} model */
export function toggleSlice({ ensemble }) {
  saveValue("slice", !ensemble.hasSlice);
  ensemble.hasSlice = !ensemble.hasSlice;
}

/** A law of the class shows the class, too. @param {ViewModel} model @param {LawName} law */
export function toggleLaw({ ensemble, series }, law) {
  if (!ensemble.isPossible) return;
  ensemble.laws.toggle(law, chooseHeight(ensemble.findLaw(series.last)?.variance ?? 1));
  if (ensemble.laws.chosen) ensemble.isOn = true;
}

/** Set what a link contains (permalink.js), or the view of a presenter, but do not store it: the reader has not chosen
 * it. The path, the range, a reset and the slice are left to PathPicker.open(), which may have to load them.
 * @param {ViewModel} model @param {LinkedView} view */
export function applyLink(model, { epoch, since, x, y, band, marks, mode, ensemble, slice, lit, law }) {
  model.across = x;
  model.up = y;
  model.bandChoice = band;
  model.hasMarkers = marks;
  model.ensemble.isOn = ensemble;
  if (slice === null) {
    model.ensemble.hasSlice ||= model.ensemble.hasRoom;
    model.ensemble.moveSlice(null);
  } else model.ensemble.hasSlice = slice !== OFF;
  model.ensemble.lit = lit;
  model.ensemble.laws.adopt(law);
  const { origin } = model.view;
  if (origin?.epoch !== epoch || origin.step !== since) model.view.origin = null;
  if (mode !== "fixed" || epoch === model.live.epoch) model.follow();
  if (mode === "all") model.view.showAll();
}

/** All that a link needs to open this view again, but the pictures of the theory.
 * @param {ViewModel} model @param {number} now @returns {Omit<LinkedView, "panels">} */
export function describeView(model, now) {
  const { first, last } = model.getVisibleSteps(now);
  const { mode, origin } = model.view;
  const { isPossible, isOn, hasSlice, hasRoom, pinned, lit, laws } = model.ensemble;
  const isFixed = !model.isLive || mode === "fixed";
  return {
    epoch: isFixed || origin || pinned !== null ? model.series.epoch : null,
    mode: isFixed ? "fixed" : mode,
    range: model.isLive && isFixed ? model.view.range : [first, last], // a still path does not grow
    since: origin?.step ?? null,
    x: model.across,
    y: model.up,
    band: model.bandChoice,
    marks: model.hasMarkers,
    ensemble: isOn || !isPossible,
    slice: hasSlice || !isPossible || !hasRoom ? pinned : OFF, // what a narrow screen leaves out, nobody chose
    lit,
    law: isPossible ? laws.describe() : null,
  };
}
