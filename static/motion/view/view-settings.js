// The switches of my view: as this browser remembers them, as a link asks for them, as a link tells them.

import { KINDS } from "../chart/axis.js";
import { saveValue, loadValue } from "../lib/storage.js";
import { UP } from "./view-model.js";

/** As they were left. @param {Scene} scene */
export function recall(scene) {
  /** @param {string[]} names @param {string} name */
  const known = (names, name) => (names.includes(name) ? name : names[0]);
  scene.across = known(KINDS, loadValue("across", KINDS[0]));
  scene.up = known(UP, loadValue("up", UP[0]));
  scene.showBand(Boolean(loadValue("band", false)));
  scene.showsChanges = loadValue("changes", true) !== false;
}

/** What the axis `name`, "across" or "up", shows.
 * @param {Scene} scene @param {"across" | "up"} name @param {string} value */
export function chooseAxis(scene, name, value) {
  saveValue(name, value);
  scene[name] = value;
}

/** @param {Scene} scene */
export function toggleBand(scene) {
  const isOn = scene.band !== null;
  saveValue("band", !isOn);
  scene.showBand(!isOn);
}

/** @param {Scene} scene */
export function toggleChanges(scene) {
  saveValue("changes", !scene.showsChanges);
  scene.showsChanges = !scene.showsChanges;
}

/** As a link asks for them (permalink.js): not remembered, for it was not I who set them.
 * @param {Scene} scene @param {LinkedView} view */
export function adopt(scene, { x, y, band, marks, mode }) {
  scene.across = x;
  scene.up = y;
  scene.beginning = band;
  scene.showsChanges = marks;
  if (mode === "all") scene.view.all();
}

/** What a link must tell to open this view again, but for the pictures of the theory.
 * @param {Scene} scene @param {number} now @returns {Omit<LinkedView, "panels">} */
export function told(scene, now) {
  const { first, last } = scene.seen(now);
  const { mode, origin } = scene.view;
  const isHeld = !scene.isLive || mode === "fixed";
  return {
    epoch: isHeld || origin ? scene.series.epoch : null,
    mode: isHeld ? "fixed" : mode,
    range: scene.isLive ? scene.view.range : [first, last], // what a held view shows grows no more
    since: origin?.step ?? null,
    x: scene.across,
    y: scene.up,
    band: scene.beginning,
    marks: scene.showsChanges,
  };
}
