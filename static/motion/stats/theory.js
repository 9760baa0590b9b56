// The section that compares the increments in view with theory: four plots, each with its own switch.

import { formatCount } from "../lib/format.js";
import { CLOCK, StatisticsPoller, alignWindow } from "./poller.js";
import { PlotPlace } from "./plot-place.js";
import * as plots from "./plots.js";
import { saveValue, loadValue } from "../lib/storage.js";
import * as sentences from "./fit-sentences.js";
import { FIRST_VIEW, PANELS } from "../view/permalink.js";
import { writeText } from "../lib/dom.js";

const NAME = "theory"; // in the storage of the browser
const NEAR = "200px"; // from the screen
const NO_STEPS = { count: 0, sampled: 0, still: 0 };

export class Theory {
  /** @type {Map<string, Panel>} */ #panels = new Map();
  /** @type {Partial<AskedWindow & { isLive: boolean }>} */ #view = {};
  /** @type {StatisticsJson | null} */ #answer = null;
  #isNear = false;
  #hasEnded = false;

  /** @param {HTMLElement} root @param {{ api: Pick<MotionApi, "loadStatistics">, clock?: typeof CLOCK }} page */
  constructor(root, { api, clock = CLOCK }) {
    this.window = root.querySelector("#theory-window");
    this.stale = root.querySelector("#theory-stale");
    this.poller = new StatisticsPoller((window, signal) => api.loadStatistics(window, signal), {
      onAnswer: (answer) => this.#show(answer),
      onFailure: () => this.#fail(),
      clock,
    });
    for (const name of PANELS) {
      const panel = new Panel(name, root);
      panel.chip.addEventListener("click", () => {
        this.#switch(panel, !panel.isOn);
        saveValue(NAME, this.switches);
      });
      this.#panels.set(name, panel);
    }
    this.show(loadValue(NAME, FIRST_VIEW.panels));
    this.#observe(root);
  }

  /** The names of the panels that are on. */
  get switches() {
    return PANELS.filter((name) => this.#panels.get(name)?.isOn);
  }

  /** Switch these panels on and the others off, without storing it: a link may have chosen them.
   * @param {string[]} names */
  show(names) {
    const wanted = Array.isArray(names) ? names : FIRST_VIEW.panels;
    for (const [name, panel] of this.#panels) this.#switch(panel, wanted.includes(name));
  }

  /** Set the whole steps in view, from `first` to `last`. `isLive` is true if the view moves with the
   * newest step; `start` is the step that the view counts from.
   * @param {AskedWindow & { isLive: boolean, start?: number }} view */
  setView({ epoch, first, last, isLive, start = 0 }) {
    const before = this.#view;
    if (last === before.last && first === before.first && epoch === before.epoch && isLive === before.isLive) return;
    this.#view = { epoch, first, last, isLive };
    const window = isLive ? alignWindow({ epoch, first, last, start }) : { epoch, first, last };
    const isEmpty = window.last <= window.first;
    this.poller.setWindow(isEmpty ? null : window, isLive);
    if (isEmpty) this.#show(/** @type {StatisticsJson} */ ({ ...NO_STEPS, first, last }));
  }

  /** @param {StatisticsJson} answer */
  #show(answer) {
    this.#answer = answer;
    writeText(this.window, describeWindow(answer));
    this.stale.hidden = true;
    for (const panel of this.#panels.values()) panel.show(answer);
  }

  #fail() {
    this.stale.hidden = false;
    if (this.#answer) return;
    for (const panel of this.#panels.values()) panel.showSentence("The server did not send the numbers. Trying again…");
  }

  /** @param {Panel} panel @param {boolean} isOn */
  #switch(panel, isOn) {
    panel.setOn(isOn);
    if (isOn && this.#answer) panel.show(this.#answer);
    this.#updateVisibility();
  }

  /** Request nothing more: this reader may no longer watch. */
  end() {
    this.#hasEnded = true;
    this.#updateVisibility();
  }

  /** Request only while the reader can see the answers. */
  #updateVisibility() {
    const isVisible = this.#isNear && !document.hidden && this.switches.length > 0;
    this.poller.setVisible(isVisible && !this.#hasEnded);
  }

  /** @param {HTMLElement} root */
  #observe(root) {
    const near = new IntersectionObserver(
      (entries) => {
        this.#isNear = entries[entries.length - 1].isIntersecting;
        this.#updateVisibility();
      },
      { rootMargin: NEAR },
    );
    near.observe(root);
    document.addEventListener("visibilitychange", () => this.#updateVisibility());
  }
}

class Panel {
  isOn = false;
  /** @type {StatisticsJson | null} */ #answer = null;
  /** @type {any} */ #axes = null;

  /** @param {PanelName} name @param {HTMLElement} root */
  constructor(name, root) {
    this.name = name;
    this.chip = root.querySelector(`button[data-panel="${name}"]`);
    this.card = root.querySelector(`#theory-${name}`);
    this.svg = this.card.querySelector("svg");
    this.empty = this.card.querySelector(".empty");
    this.fit = this.card.querySelector(".fit");
    this.place = new PlotPlace(this.svg, (size) => this.#plot(size));
  }

  /** @param {boolean} isOn */
  setOn(isOn) {
    this.isOn = isOn;
    this.chip.setAttribute("aria-pressed", String(isOn));
    this.card.hidden = !isOn;
  }

  /** @param {StatisticsJson} answer */
  show(answer) {
    if (!this.isOn || answer === this.#answer) return;
    const reason = sentences.explainAbsence(this.name, answer);
    this.#answer = reason ? null : answer;
    if (reason) {
      this.showSentence(reason);
      return;
    }
    const { mark, text } = sentences[this.name](answer);
    this.empty.hidden = true;
    this.svg.classList.remove("out");
    this.fit.dataset.mark = String(mark);
    writeText(this.fit, text);
    this.place.draw();
  }

  /** Show a sentence instead of the plot. @param {string} text */
  showSentence(text) {
    writeText(this.empty, text);
    this.empty.hidden = false;
    this.svg.classList.add("out");
    this.fit.dataset.mark = "null";
    writeText(this.fit, "");
  }

  /** @param {Size} size */
  #plot(size) {
    if (!this.#answer) return null;
    /** @type {any} */ const part = this.name === "moments" ? this.#answer : this.#answer[this.name];
    const plot = plots[this.name](part, size, this.#axes, this.#answer.standardised);
    this.#axes = plot.axes;
    return plot;
  }
}

/** "Computed from steps 13,801–14,400". @param {Pick<StatisticsJson, "count" | "sampled" | "first" | "last">} answer */
function describeWindow({ count: all, sampled, first, last }) {
  if (!all) return "";
  if (all === 1) return `Computed from step ${formatCount(last)}`;
  const sample = sampled < all ? `${formatCount(sampled)} of the ` : "";
  return `Computed from ${sample}steps ${formatCount(first + 1)}–${formatCount(last)}`;
}
