// What the keys do to my view.

import { keep, remember } from "../lib/storage.js";

const PAN = 0.2; // of the width
const ZOOM = 1.5;

/** @type {Record<string, (scene: Scene) => void>} */ const CHANGES = {
  ArrowLeft: ({ view }) => view.pan(-PAN),
  ArrowRight: ({ view }) => view.pan(PAN),
  "+": ({ view }) => view.zoom(1 / ZOOM),
  "=": ({ view }) => view.zoom(1 / ZOOM),
  "-": ({ view }) => view.zoom(ZOOM),
  f: (scene) => scene.follow(),
  a: ({ view }) => view.all(),
  p: (scene) => scene.toggleFreeze(),
};
// With the focus on the chart alone: elsewhere they scroll the page.
/** @type {Record<string, (scene: Scene) => void>} */
const CHANGES_ON_CHART = { Home: CHANGES.a, End: CHANGES.f };
/** @type {Record<string, string>} */ const BUTTONS = { r: "reset", b: "band", e: "open-export" };
/** @type {Record<string, number>} */ const WAYS = { ",": -1, ".": 1 };

const FIELDS = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select";
const MOVED = "input[type=range], input[type=radio]"; // by the arrow keys

/**
 * A key is an `act(change)` of the scene, a `press(id)` of a button, or a `walk(way)` to the next
 * mark, with −1 to the one before. Keys work with the focus on the `chart`, and, while the checkbox
 * `everywhere` is on, wherever nothing else has a use for them. It can be turned off because speech
 * input may press single keys by accident (WCAG 2.1.4).
 * @param {HTMLElement} chart @param {HTMLInputElement} everywhere
 * @param {{ act: Act, press: (id: string) => void, walk: (way: number) => void }} on
 */
export function listenToKeys(chart, everywhere, { act, press, walk }) {
  everywhere.checked = remember("keys", true) !== false;
  everywhere.addEventListener("change", () => keep("keys", everywhere.checked));
  chart.addEventListener("click", () => chart.focus({ preventScroll: true })); // Plotly keeps it from that
  document.addEventListener("keydown", (event) => {
    const isOnChart = event.target === chart;
    if (!isPlain(event) || !(isOnChart || (everywhere.checked && isFree(event)))) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in CHANGES) act(CHANGES[key]);
    else if (isOnChart && key in CHANGES_ON_CHART) act(CHANGES_ON_CHART[key]);
    else if (key in BUTTONS) press(BUTTONS[key]);
    else if (key in WAYS) walk(WAYS[key]);
    else return;
    event.preventDefault();
  });
}

/** Whether it is a key by itself, of which nothing else has made use; Shift may be what types a "+".
 * @param {KeyboardEvent} event */
function isPlain({ key, defaultPrevented, isComposing, ctrlKey, metaKey, altKey, shiftKey }) {
  if (defaultPrevented || isComposing || ctrlKey || metaKey || altKey) return false;
  return !shiftKey || /^[^a-z]$/i.test(key);
}

/** Whether what has the focus has no use for the key. @param {KeyboardEvent} event */
function isFree({ key, target: focused }) {
  const target = /** @type {HTMLElement} */ (focused);
  if (document.querySelector("dialog[open]")) return false;
  if (target.isContentEditable || target.matches(FIELDS)) return false;
  return !(key.startsWith("Arrow") && target.matches(MOVED));
}
