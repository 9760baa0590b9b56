// The chart over the whole window, and over the screen where the browser can do that: an iPhone cannot.

import { writeText } from "./dom.js";

const root = document.documentElement;

export const isFull = () => root.classList.contains("full");

/** The `button` fills the window with what the class "full" leaves: title, state and chart.
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
