// The view that a presenter shows to everyone, as the socket carries it (docs/protocol.md), and back. Pure.

import { OFF } from "./permalink.js";

const NEWEST = "newest";
/** @type {Record<string, PresentedView["mode"]>} */ const MODES = { follow: "live", all: "whole", fixed: "fixed" };

/** @param {LinkedView} view @param {Pick<PresentedView, "page" | "epoch" | "pointer">} place the page, the path that is shown, and the pointer
 * @returns {PresentedView} */
export function writePresentedView({ mode, range, since, x, y, band, marks, ensemble, slice, lit, law, panels }, { page, epoch, pointer }) {
  return {
    page,
    epoch,
    mode: MODES[mode],
    range: mode === "fixed" ? range : null,
    since,
    across: /** @type {PresentedView["across"]} */ (x),
    up: /** @type {PresentedView["up"]} */ (y),
    band,
    changes: marks,
    class: ensemble,
    slice: slice === OFF ? null : (slice ?? NEWEST),
    lit,
    law,
    panels,
    pointer,
  };
}

/** @param {PresentedView} view @returns {LinkedView} */
export function readPresentedView({ epoch, mode, range, since, across, up, band, changes, class: hasClass, slice, lit, law, panels }) {
  const known = Object.keys(MODES).find((name) => MODES[name] === mode) ?? "follow";
  return {
    epoch,
    mode: known,
    range,
    since,
    x: across,
    y: up,
    band,
    marks: changes,
    ensemble: hasClass,
    slice: slice === null ? OFF : slice === NEWEST ? null : slice,
    lit,
    law,
    panels,
  };
}
