// Projector mode: the chart for the last row of a room, with large type, and nothing to press but a way out.

import { Tally } from "../widgets/tally.js";
import { Z95 } from "../view/ensemble-picture.js";
import { formatCount, formatDecimal, formatNumber } from "../lib/format.js";
import { request } from "../lib/http.js";
import { keepAwake } from "../lib/wake-lock.js";
import { createElement, writeEach, writeHidden, writeText } from "../lib/dom.js";
import { describeContained, describeMedian, describeOutcome, describeState, describeStep, listNames } from "../widgets/question-text.js";
import { describeAgreement, describeAudience, describeInside, describeLaw } from "../widgets/class-text.js";

const CHART_TYPE_PX = 12; // of the labels of a chart

const WAY_IN_MS = 10_000; // between two requests
const LEAST_CHART_PX = 120; // a lower chart shows nothing
const CHART_PART = 1 / 3; // of the window's height, which the question leaves to the chart
const DENSITIES = ["0", "1", "2"]; // of the question: wall.css
const CROWDED = 4; // with more options each has one line
const MOST_NAMES = 12; // in the last row of a room more could not be read
const MOST_THIN = 198; // with my path and the lit one, as many as the server sends at once

export class Wall {
  #fitted = ""; // the question and the window for which the density is chosen

  /** @param {HTMLElement} root @param {{ sync: Sync, api: MotionApi, model: ViewModel, chart: Chart }} page */
  constructor(root, { sync, api, model, chart }) {
    this.sync = sync;
    this.api = api;
    this.model = model;
    this.chart = chart;
    this.root = root;
    this.find = (/** @type {string} */ id) => root.querySelector(`#wall-${id}`);
    this.mean = this.find("mean").lastElementChild;
    this.names = this.find("names");
    this.tally = new Tally(this.find("question-options"));
    Object.assign(model.ensemble, { isOn: true, hasSlice: true, mostThin: MOST_THIN });
    this.find("full").addEventListener("click", () => void toggleFullScreen());
    document.addEventListener("fullscreenchange", () => this.#showFullScreen());
    document.addEventListener("keydown", ({ key, defaultPrevented }) => {
      if (key === "Escape" && !defaultPrevented && !document.fullscreenElement) this.find("leave").click();
    });
    this.room = root.querySelector("#chart");
    addEventListener("resize", () => {
      this.#scale();
      this.#fitQuestion();
    });
    new ResizeObserver(() => this.#checkRoom()).observe(this.room);
    this.#scale();
    this.#showFullScreen();
    keepAwake();
    setInterval(() => void this.#refreshWayIn(), WAY_IN_MS);
    document.addEventListener("visibilitychange", () => void this.#refreshWayIn());
  }

  /** @param {ViewersFrame | null} viewers */
  showViewers(viewers) {
    const hasClass = Boolean(this.sync.state?.paths || this.sync.state?.ensemble);
    writeText(this.find("count"), viewers ? describeAudience(viewers, hasClass) : "");
  }

  /** @param {StateFrame} state */
  showState({ paused }) {
    this.root.toggleAttribute("data-running", !paused);
  }

  /** The question that everyone sees, or null. @param {QuestionFrame | null} question @param {QuestionPhase} phase */
  showQuestion(question, phase) {
    writeHidden(this.find("question"), !question);
    this.root.toggleAttribute("data-asked", question !== null);
    this.#showNames(question);
    if (!question) {
      this.#fitQuestion();
      return;
    }
    const { kind, state, text, options, results } = question;
    this.root.dataset.asked = state;
    this.find("question").toggleAttribute("data-crowded", options.length > CROWDED);
    writeText(this.find("question-text"), text);
    const stateText = describeState(question, phase);
    const step = phase === "late" || phase === "restarted" ? "" : describeStep(question); // else `stateText` names it
    writeText(this.find("question-state"), results ? "" : [stateText, step].filter(Boolean).join(" · "));
    this.tally.show(question);
    const facts = [describeMedian, ...(kind === "choice" ? [] : [describeOutcome])]; // a bar has its mark
    const texts = results ? [stateText, ...facts.map((describe) => describe(question))] : [];
    writeText(this.find("question-results"), texts.filter(Boolean).join(" "));
    writeText(this.find("question-contained"), describeContained(question));
    this.#fitQuestion();
  }

  /** As large as the chart allows. */
  #fitQuestion() {
    const { asked = "" } = this.root.dataset;
    const key = [asked, this.find("question").textContent, innerWidth, innerHeight].join();
    if (key === this.#fitted) return;
    this.#fitted = key;
    DENSITIES.some((density) => {
      this.root.dataset.density = density;
      return !this.#isCramped;
    });
  }

  get #isCramped() {
    return this.room.clientHeight < CHART_PART * innerHeight;
  }

  /** Something else has taken the chart's room, or given it back. */
  #checkRoom() {
    const { asked, density = "0" } = this.root.dataset;
    if (asked !== undefined && this.#isCramped) this.root.dataset.density = DENSITIES[Number(density) + 1] ?? density;
    this.root.toggleAttribute("data-low", this.room.clientHeight < LEAST_CHART_PX);
  }

  /** Only if the owner shows them. @param {QuestionFrame | null} question */
  #showNames(question) {
    const names = question ? listNames(question) : [];
    writeHidden(this.names, !names.length);
    this.root.toggleAttribute("data-names", names.length > 0);
    const [, list, more] = this.names.children;
    writeEach(list, names.slice(0, MOST_NAMES).map((name) => JSON.stringify(name)), createName);
    writeText(more, names.length > MOST_NAMES ? `and ${formatCount(names.length - MOST_NAMES)} more` : "");
  }

  /** Load how to join again: the owner may have closed the door, or made another code. */
  async #refreshWayIn() {
    const shown = this.find("join");
    if (!shown || document.hidden) return;
    try {
      const response = await request(`${this.api.base}?wall`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const current = page.querySelector("#wall-join");
      if (response.ok && current && current.dataset.key !== shown.dataset.key) shown.replaceWith(current);
    } catch {
      return; // the next time
    }
  }

  /** The numbers of the picture that was drawn last. @param {Picture | null} picture */
  show(picture) {
    const { state, series } = this.sync;
    if (!state || !picture) return;
    const { ensemble } = this.model;
    const step = picture.ensemble?.slice?.step ?? picture.steps[picture.steps.length - 1] ?? series.last;
    const [positions, law] = picture.ensemble ? [ensemble.findPositions(step), ensemble.findLaw(step)] : [null, null];
    writeText(this.find("step"), formatCount(step));
    writeText(this.find("variance"), formatNumber(state.variance));
    writeText(this.find("name"), picture.ensemble?.lit?.name ?? "");
    writeText(this.find("law"), law && law.variance > 0 ? `theory: ${describeLaw(law)}` : "");
    writeHidden(this.find("mean"), !positions);
    if (positions) writeText(this.mean, formatDecimal(average(positions), 1, true));
    this.#showTheory(positions, law);
  }

  /** @param {ArrayLike<number> | null} positions @param {Law | null} law */
  #showTheory(positions, law) {
    const half = law ? Z95 * Math.sqrt(law.variance) : 0;
    const texts = positions && law ? describeInside(positions, law, { low: law.mean - half, high: law.mean + half }) : null;
    writeHidden(this.find("theory"), !texts);
    writeText(this.find("expected"), texts?.theory ?? "");
    writeText(this.find("found"), texts?.here ?? "");
    writeText(this.find("fit"), describeAgreement(this.model.ensemble.newestAnswer));
  }

  /** The chart's labels are as large as the page's text. */
  #scale() {
    this.chart.setScale(parseFloat(getComputedStyle(this.root).fontSize) / CHART_TYPE_PX);
  }

  #showFullScreen() {
    writeText(this.find("full"), document.fullscreenElement ? "Leave full screen" : "Full screen");
    writeHidden(this.find("full"), !document.fullscreenEnabled);
  }
}

/** @param {string} text */
function createName(text) {
  const [name, answer] = JSON.parse(text);
  const item = createElement("li");
  item.append(createElement("bdi", { textContent: name }), createElement("b", { textContent: answer }));
  return item;
}

async function toggleFullScreen() {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen().catch(() => {}); // a frame may forbid it
}

/** @param {ArrayLike<number>} values */
const average = (values) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
