// One motion in the list: its newest steps as a bare line, its settings and how many people watch.

import { formatCount } from "../lib/format.js";
import { Sync } from "../live/sync.js";
import { findLowerBound } from "../live/points.js";
import { CLOSE } from "../live/protocol.js";
import { Series } from "../live/series.js";
import { describeSettings } from "../live/changelog-text.js";
import { drawSketch } from "../chart/sketch.js";
import { Connection } from "../live/socket.js";
import { writeText } from "../lib/dom.js";

export const STEPS = 200; // steps in a preview, as in motion/queries/previews.py

const MARGIN = 20 / 360; // of the height of the path, as in motion/views/figures.py
const PING_MS = 2_000;

/** A card lists no changes, so it needs no history for their sake. */
const NO_CHANGES = { items: [], isLacking: false, take() {}, replace() {} };

export class PreviewCard {
  #isStale = false;
  #isShown = false;
  #hasEnded = false;

  /** `onStale()` is called when there is something to draw, `onVersion(version)` with the version of the server.
   * @param {HTMLElement} card
   * @param {{ onStale: () => void, onVersion: (version: string | undefined) => void }} page */
  constructor(card, { onStale, onVersion }) {
    this.card = card;
    this.series = new Series();
    const { epoch, step, position } = card.dataset;
    this.series.replace({ epoch: Number(epoch), first_step: Number(step), stride: 1, positions: [Number(position)] });
    const query = () => `preview&epoch=${this.series.epoch}&step=${this.series.last}`; // a preview counts as no viewer
    this.connection = new Connection(() => `${card.dataset.socket}?${query()}`, {
      open: () => this.sync.reset(performance.now()),
      frame: (frame) => this.#handleFrame(frame),
      retry: () => {},
      end: (code) => this.#handleEnd(code),
    });
    const markStale = () => {
      this.#isStale = true;
      onStale();
    };
    const handlers = {
      state: (/** @type {StateFrame} */ { version }) => {
        markStale();
        onVersion(version);
      },
      increments: markStale,
      viewers: markStale,
    };
    this.sync = new Sync(this.series, (message) => this.connection.send(message), handlers, NO_CHANGES);
  }

  /** A card has a socket while a reader can see it. @param {boolean} isShown */
  show(isShown) {
    if (isShown === this.#isShown || this.#hasEnded) return;
    this.#isShown = isShown;
    if (isShown) this.connection.open();
    else this.connection.close();
  }

  /** @param {number} now */
  keepAlive(now) {
    if (!this.connection.isOpen) return;
    if (this.sync.isSilent(now)) this.connection.abandon();
    else this.sync.pingIfDue(now, PING_MS);
  }

  /** Draw what is new. */
  render() {
    if (!this.#isStale || this.#hasEnded) return;
    this.#isStale = false;
    const { state, viewers } = this.sync;
    const shown = picture(this.series);
    drawSketch(this.#find("polyline"), shown, shown.yRange);
    this.#find(".no-steps").hidden = this.series.last > 0;
    if (viewers) writeText(this.#find(".watching"), `${formatCount(viewers.count)} watching`);
    if (!state) return;
    writeText(this.#find("h3 a"), state.title);
    writeText(this.#find(".settings"), describeSettings(state));
    this.#find("h3 a").setAttribute("href", `/motions/${state.slug}/`);
    this.card.dataset.socket = `/ws/motions/${state.slug}/`;
  }

  /** @param {Frame} frame */
  #handleFrame(frame) {
    const now = performance.now();
    this.sync.receive(frame, now);
    this.keepAlive(now);
  }

  /** The reader may no longer see the motion: remove everything about it. @param {number} code */
  #handleEnd(code) {
    this.#hasEnded = true;
    const over = this.#find(".over");
    this.card.replaceChildren(over);
    over.hidden = false;
    writeText(over, CLOSE[code].text);
  }

  /** @param {string} selector */
  #find(selector) {
    return this.card.querySelector(selector);
  }
}

/** The newest steps for `sketch`, across its whole width.
 * @param {Series} series @returns {{ x: number[], y: number[], range: Span, yRange: Span }} */
export function picture(series) {
  const { steps, positions, last } = series;
  const start = findLowerBound(steps, last - STEPS);
  const [x, y] = [steps.slice(start), positions.slice(start)];
  const [low, high] = [Math.min(...y), Math.max(...y)];
  const margin = high > low ? (high - low) * MARGIN : 1;
  return { x, y, range: [x[0], Math.max(last, x[0] + 1)], yRange: [low - margin, high + margin] };
}
