// The list: each miniature that somebody can see is alive, the others are asleep.

import { Miniature } from "../widgets/preview-card.js";
import { UpgradeNotice } from "./upgrade-notice.js";

const TICK_MS = 1_000;
const NEAR = "100px"; // a little before it comes into sight
const REST_MS = 150; // what only flies past needs no socket

const upgrade = new UpgradeNotice({
  isBusy: () => ![...miniatures.values()].some(({ connection }) => connection.isOpen),
});
const miniatures = new Map(
  [...document.querySelectorAll(".miniature[data-socket]")].map((card) => [
    card,
    new Miniature(card, (version) => upgrade.see(version)),
  ]),
);
/** @type {Set<Element>} */ const inSight = new Set();
/** @type {Timer} */ let resting = null;

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) inSight.add(target);
      else inSight.delete(target);
    }
    clearTimeout(resting);
    resting = setTimeout(wake, REST_MS);
  },
  { rootMargin: NEAR },
);

function wake() {
  for (const [card, miniature] of miniatures) {
    miniature.show(inSight.has(card) && !document.hidden);
  }
}

function tick() {
  const now = performance.now();
  for (const miniature of miniatures.values()) miniature.tick(now);
  upgrade.tick();
}

// In a hidden tab there are no animation frames, so nothing is drawn.
function frame() {
  for (const miniature of miniatures.values()) miniature.render();
  requestAnimationFrame(frame);
}

for (const card of miniatures.keys()) observer.observe(card);
document.addEventListener("visibilitychange", wake);
if (miniatures.size) {
  setInterval(tick, TICK_MS);
  requestAnimationFrame(frame);
}
