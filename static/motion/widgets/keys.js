// Keys that change the view.

import { saveValue, loadValue } from "../lib/storage.js";

/** @type {Record<string, Parameters<Run>[0]>} */ const COMMAND_KEYS = {
  ArrowLeft: "left",
  ArrowRight: "right",
  "+": "zoom-in",
  "=": "zoom-in",
  "-": "zoom-out",
  f: "follow",
  a: "all",
  p: "freeze",
};
/** With the focus on the chart alone: elsewhere they scroll the page. @type {Record<string, Parameters<Run>[0]>} */
const CHART_KEYS = { Home: "all", End: "follow" };
/** @type {Record<string, string>} */ const BUTTON_KEYS = { r: "reset", b: "band", c: "class", t: "time-above", m: "maximum", l: "barrier", e: "open-export" };
/** @type {Record<string, number>} */ const MARK_KEYS = { ",": -1, ".": 1 };

const FIELDS = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select";
const MOVED = "input[type=range], input[type=radio]"; // by the arrow keys

/** A key runs a command (commands.js), presses the button with an id, or walks to the next mark, with −1 to
 * the one before. Keys work with the focus on the `chart`, and, while the checkbox `everywhere` is on,
 * wherever nothing else uses them. It can be turned off because speech input may press single keys by
 * accident (WCAG 2.1.4).
 * @param {HTMLElement} chart @param {HTMLInputElement} everywhere
 * @param {{ run: Run, press: (id: string) => void, walk: (way: number) => void }} on */
export function listenToKeys(chart, everywhere, { run, press, walk }) {
  everywhere.checked = loadValue("keys", true) !== false;
  everywhere.addEventListener("change", () => saveValue("keys", everywhere.checked));
  chart.addEventListener("click", () => chart.focus({ preventScroll: true })); // Plotly prevents the browser's own
  document.addEventListener("keydown", (event) => {
    const isOnChart = event.target === chart;
    if (!isPlain(event) || !(isOnChart || (everywhere.checked && isFree(event)))) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in COMMAND_KEYS) run(COMMAND_KEYS[key]);
    else if (isOnChart && key in CHART_KEYS) run(CHART_KEYS[key]);
    else if (key in BUTTON_KEYS) press(BUTTON_KEYS[key]);
    else if (key in MARK_KEYS) walk(MARK_KEYS[key]);
    else return;
    event.preventDefault();
  });
}

/** Whether it is a key by itself that nothing else has used; Shift may be needed to type a "+".
 * @param {KeyboardEvent} event */
function isPlain({ key, defaultPrevented, isComposing, ctrlKey, metaKey, altKey, shiftKey }) {
  if (defaultPrevented || isComposing || ctrlKey || metaKey || altKey) return false;
  return !shiftKey || /^[^a-z]$/i.test(key);
}

/** Whether the focused element has no use for the key. @param {KeyboardEvent} event */
function isFree({ key, target: focused }) {
  const target = /** @type {HTMLElement} */ (focused);
  if (document.querySelector("dialog[open]")) return false;
  if (target.isContentEditable || target.matches(FIELDS)) return false;
  return !(key.startsWith("Arrow") && target.matches(MOVED));
}
