// The chart in the whole window, and in full screen if the browser can: an iPhone cannot.

import { writeText } from "./dom.js";

const root = document.documentElement;

export const isFull = () => root.classList.contains("full");

/** The `button` switches the class "full", which leaves the title, the state and the chart.
 * @param {HTMLElement} button */
export function listenToFullScreen(button) {
  /** @type {(wanted: boolean) => void} */ const show = (wanted) => {
    root.classList.toggle("full", wanted);
    writeText(button, wanted ? "Leave full screen" : "Full screen");
  };
  button.addEventListener("click", () => {
    show(!isFull());
    if (isFull()) root.requestFullscreen?.().catch(() => {}); // a frame may forbid it: the window is full
    else if (document.fullscreenElement) void document.exitFullscreen();
  });
  document.addEventListener("fullscreenchange", () => document.fullscreenElement ?? show(false));
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && isFull() && !document.querySelector("dialog[open]")) show(false);
  });
}
