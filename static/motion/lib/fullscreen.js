// The chart over the whole window, and over the screen where the browser can do that: an iPhone cannot.

import { writeText } from "./dom.js";

const root = document.documentElement;

export const isFull = () => root.classList.contains("full");

/** The `button` fills the window with what the class "full" leaves: title, state and chart. */
export function listenToFullScreen(button) {
  const show = (wanted) => {
    root.classList.toggle("full", wanted);
    writeText(button, wanted ? "Leave full screen" : "Full screen");
  };
  button.addEventListener("click", () => {
    show(!isFull());
    if (isFull()) root.requestFullscreen?.().catch(() => {}); // a frame may forbid it: the window is full
    else if (document.fullscreenElement) document.exitFullscreen();
  });
  document.addEventListener("fullscreenchange", () => document.fullscreenElement ?? show(false));
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && isFull() && !document.querySelector("dialog[open]")) show(false);
  });
}
