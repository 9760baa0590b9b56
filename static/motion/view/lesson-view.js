// The view of a scene (docs/lessons.md) as the page opens it, and back. Pure.

import { readPresentedView, writePresentedView } from "./presented-view.js";

/** What the view of a scene has none of. */
const NOWHERE = { page: 0, since: null, lit: null, pointer: null };

/** @param {LessonView} view @param {Pick<Series, "epoch" | "last">} series the path that runs @returns {LinkedView} */
export function readLessonView({ range, around, ...view }, { epoch, last }) {
  const shown = around ? /** @type {Span} */ ([Math.max(0, last - around[0]), last + around[1]]) : range;
  return readPresentedView({ ...view, ...NOWHERE, epoch: epoch ?? 0, range: shown });
}

/** @param {LinkedView} linked @returns {LessonView} */
export function writeLessonView(linked) {
  const presented = writePresentedView(linked, { page: 0, epoch: 0, pointer: null });
  const { mode, range, across, up, band, changes, class: hasClass, slice, law, panels } = presented;
  const steps = mode === "fixed" && range ? roundSteps(range) : null;
  return { mode, range: steps, around: null, across, up, band, changes, class: hasClass, slice, law, panels };
}

/** The whole steps nearest to a view that may begin before the path. @param {Span} range @returns {Span} */
function roundSteps([from, to]) {
  const first = Math.max(0, Math.round(from));
  return [first, Math.max(first + 1, Math.round(to))];
}
