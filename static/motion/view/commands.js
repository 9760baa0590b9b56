// Everything that a person can do to the view, by name. Buttons, keys, fields, the chart, the strip and the
// replay all run these commands; nothing else changes the view model on a person's behalf. Pure.

import { applyLink, chooseAxis, toggleBand, toggleClass, toggleLaw, toggleMarkers, toggleSlice } from "./view-settings.js";

const PAN = 0.2; // of the width
const ZOOM = 1.5;
const NEIGHBOURS = 10; // steps on each side of a step that is shown, at least

/** Each takes the view model, a value, and the time in ms. A button's id is the name of its command.
 * @satisfies {Record<string, (model: ViewModel, value: any, now: number) => unknown>} */
export const COMMANDS = {
  follow: (model) => model.follow(),
  all: ({ view }) => view.showAll(),
  freeze: (model) => model.toggleFreeze(),
  band: (model) => toggleBand(model),
  class: (model) => toggleClass(model),
  slice: (model) => toggleSlice(model),
  "move-slice": ({ ensemble }, /** @type {number | null} */ step) => ensemble.moveSlice(step),
  "time-above": (model) => toggleLaw(model, "time-above"),
  maximum: (model) => toggleLaw(model, "maximum"),
  barrier: (model) => toggleLaw(model, "barrier"),
  "second-line": ({ ensemble }) => ensemble.laws.toggleSecondLine(),
  "move-line": ({ ensemble }, /** @type {{ at: number, height: number }} */ { at, height }) => ensemble.laws.moveLine(at, height),
  "move-answer": ({ ownAnswer }, /** @type {{ end: "low" | "high", value: number }} */ { end, value }) => ownAnswer.move(end, value),
  "hold-answer": ({ ownAnswer }, /** @type {boolean} */ isHeld) => (ownAnswer.isHeld = isHeld),
  "show-question": (model) => model.showQuestion(),
  light: ({ ensemble }, /** @type {number | null} */ seat) => ensemble.light(seat),
  "show-changes": (model) => toggleMarkers(model),
  replay: (model, _, now) => model.play(now),
  reset: (model) => model.reset(),

  left: ({ view }) => view.pan(-PAN),
  right: ({ view }) => view.pan(PAN),
  "zoom-in": ({ view }) => view.zoom(1 / ZOOM),
  "zoom-out": ({ view }) => view.zoom(ZOOM),
  range: ({ view }, /** @type {Span} */ range) => view.setRange(range),
  step: ({ view }, /** @type {number} */ step) => {
    const [from, to] = view.range;
    const half = Math.max((to - from) / 2, NEIGHBOURS);
    view.setRange([step - half, step + half]);
  },

  across: (model, /** @type {string} */ kind) => chooseAxis(model, "across", kind),
  up: (model, /** @type {string} */ kind) => chooseAxis(model, "up", kind),
  "band-from": (model, /** @type {number} */ step) => model.beginBand(step),
  "count-from": (model, /** @type {Place} */ place) => model.view.countFrom(place),
  path: (model, /** @type {Path} */ path) => model.showPast(path),
  adopt: (model, /** @type {LinkedView} */ view) => applyLink(model, view),

  play: ({ replay }, _, now) => replay?.play(now),
  pause: ({ replay }, _, now) => replay?.pause(now),
  seek: ({ replay }, /** @type {number} */ step, now) => replay?.seek(step, now),
  speed: ({ replay }, /** @type {number} */ stepsPerSecond, now) => replay?.setSpeed(stepsPerSecond, now),
};

/** The reader's answer is on the chart, but is not part of the view. */
const ANSWER_COMMANDS = ["move-answer", "hold-answer"];

/** Whether a command changes what the chart shows. @param {string} command */
export const isViewCommand = (command) => !ANSWER_COMMANDS.includes(command);
