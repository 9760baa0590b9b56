// One motion as the list shows it: its newest steps as a bare line, its settings and how many watch.

import { count } from "../lib/format.js";
import { Link } from "../live/sync.js";
import { CLOSE } from "../live/protocol.js";
import { Series } from "../live/series.js";
import { settings } from "../live/settings-text.js";
import { sketch } from "../chart/sketch.js";
import { Connection } from "../live/socket.js";
import { writeText } from "../lib/dom.js";

/** How many steps are shown, as motion/queries/previews.py has it. */
export const STEPS = 200;

const MARGIN = 20 / 360; // of the height of the path, as in motion/views/figures.py
const PING_MS = 2_000;

/** No list of changes: a card tells none, and a history need not come for their sake. */
const UNTOLD = { items: [], isLacking: false, take() {}, replace() {} };

export class Miniature {
  #dirty = false;
  #pings = 0;
  #pingedAt = -Infinity;
  #isShown = false;
  #isOver = false;

  /** `onVersion(version)`: a server says of which version of the site it is.
   * @param {HTMLElement} card @param {(version: string | undefined) => void} onVersion */
  constructor(card, onVersion) {
    this.card = card;
    this.onVersion = onVersion;
    this.series = new Series();
    const { epoch, step, position } = card.dataset;
    this.series.replace({ epoch: Number(epoch), first_step: Number(step), stride: 1, positions: [Number(position)] });
    this.connection = new Connection(() => this.address(), {
      open: () => this.#opened(),
      frame: (frame) => this.#took(frame),
      wait: () => {},
      end: (code) => this.#ended(code),
    });
    this.link = new Link(this.series, (message) => this.connection.send(message), UNTOLD);
  }

  /** `preview`: a list that shows a motion does not watch it. */
  address() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const { epoch, last } = this.series;
    return `${scheme}//${location.host}${this.card.dataset.socket}?preview&epoch=${epoch}&step=${last}`;
  }

  /** Whether somebody can see it now: only then it has a socket. @param {boolean} isShown */
  show(isShown) {
    if (isShown === this.#isShown || this.#isOver) return;
    this.#isShown = isShown;
    if (isShown) this.connection.open();
    else this.connection.close();
  }

  /** Now and then: a sign of life, and one is asked for. @param {number} now */
  tick(now) {
    if (!this.connection.isOpen) return;
    if (this.link.isSilent(now)) {
      this.connection.abandon();
    } else if (now - this.#pingedAt >= PING_MS) {
      this.#pingedAt = now;
      this.#pings += 1;
      this.link.ping(this.#pings, now);
    }
  }

  /** Once an animation frame. */
  render() {
    if (!this.#dirty || this.#isOver) return;
    this.#dirty = false;
    const { state, viewers } = this.link;
    const shown = picture(this.series);
    sketch(this.#find("polyline"), shown, shown.yRange);
    this.#find(".no-steps").hidden = this.series.last > 0;
    if (viewers) writeText(this.#find(".watching"), `${count(viewers.count)} watching`);
    if (!state) return;
    writeText(this.#find("h3 a"), state.title);
    writeText(this.#find(".settings"), settings(state));
    this.#find("h3 a").setAttribute("href", `/motions/${state.slug}/`);
    this.card.dataset.socket = `/ws/motions/${state.slug}/`;
  }

  #opened() {
    this.link.reset(performance.now());
    this.#pingedAt = -Infinity;
  }

  /** @param {Frame} frame */
  #took(frame) {
    const now = performance.now();
    if (this.link.receive(frame, now)) this.#dirty = true;
    if (frame.type === "state") this.onVersion(frame.version);
    this.tick(now);
  }

  /** Its reader may not see it any longer: of the motion nothing stays. @param {number} code */
  #ended(code) {
    this.#isOver = true;
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

/** The newest steps and what they lie within, for `sketch`: they fill its whole width.
 * @param {Series} series @returns {{ x: number[], y: number[], range: Span, yRange: Span }} */
export function picture(series) {
  const { last } = series;
  const { steps, positions } = series.between(last - STEPS, last);
  const start = steps.findIndex((step) => step >= last - STEPS);
  const [x, y] = [steps.slice(start), positions.slice(start)];
  const [low, high] = [Math.min(...y), Math.max(...y)];
  const margin = high > low ? (high - low) * MARGIN : 1;
  return { x, y, range: [x[0], Math.max(last, x[0] + 1)], yRange: [low - margin, high + margin] };
}
