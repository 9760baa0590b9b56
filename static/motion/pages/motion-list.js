// The list of motions: each preview in sight has a socket, the others have none.

import { PreviewCard } from "../widgets/preview-card.js";
import { ReloadNotice } from "./reload-notice.js";

const TICK_MS = 1_000;
const NEAR = "100px"; // around the screen
const REST_MS = 150; // a card that scrolls past needs no socket

const notice = new ReloadNotice({
  isBusy: () => ![...previews.values()].some(({ connection }) => connection.isOpen),
});
const previews = new Map(
  [...document.querySelectorAll(".miniature[data-socket]")].map((card) => [
    card,
    new PreviewCard(card, { onStale: requestDrawing, onVersion: (version) => notice.see(version) }),
  ]),
);
/** @type {Set<Element>} */ const inSight = new Set();
/** @type {Timer} */ let resting = null;
/** @type {number | null} */ let frame = null; // the animation frame that is requested

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
  for (const [card, preview] of previews) {
    preview.show(inSight.has(card) && !document.hidden);
  }
}

function tick() {
  const now = performance.now();
  for (const preview of previews.values()) preview.keepAlive(now);
  notice.tick();
}

/** Draw with the next animation frame; a hidden tab has none. */
function requestDrawing() {
  frame ??= requestAnimationFrame(() => {
    frame = null;
    for (const preview of previews.values()) preview.render();
  });
}

for (const card of previews.keys()) observer.observe(card);
document.addEventListener("visibilitychange", wake);
if (previews.size) setInterval(tick, TICK_MS);
