// The card of a law of the class: a small plot, a sentence, and what the law says.

import { formatCount, formatNumber } from "../lib/format.js";
import { writeAttribute, writeHidden, writeText } from "../lib/dom.js";
import { PlotPlace } from "./plot-place.js";
import { plotLaw } from "./law-plot.js";

/** @type {Record<LawName, string>} */ const TITLES = {
  "time-above": "Time above zero",
  maximum: "Place of the maximum",
  barrier: "Barrier",
};

export class LawCard {
  /** @type {LawJson | null} */ #answer = null;

  /** @param {HTMLElement} root @param {Run} run */
  constructor(root, run) {
    this.root = root;
    this.card = root.querySelector("#law-card");
    this.find = (/** @type {string} */ id) => root.querySelector(`#law-${id}`);
    this.place = new PlotPlace(this.card.querySelector("svg"), (size) => (this.#answer?.edges ? plotLaw(this.#answer, size) : null));
    /** @type {HTMLElement[]} */ this.explanations = [...this.card.querySelectorAll("[data-law]")];
    this.second = root.querySelector("#second-line");
    this.second.addEventListener("click", () => run("second-line"));
  }

  /** @param {Ensemble} ensemble */
  show({ isShown, laws, model, waitingText }) {
    const { chosen, lines } = laws;
    writeHidden(this.card, !isShown || !chosen);
    if (!isShown || !chosen) {
      this.root.removeAttribute("data-law");
      return;
    }
    writeAttribute(this.root, "data-law", chosen);
    writeText(this.find("title"), TITLES[chosen]);
    writeHidden(this.second, chosen !== "barrier");
    writeText(this.second, lines.length === 2 ? "One line" : "Second line");
    for (const one of this.explanations) writeHidden(one, one.dataset.law !== chosen);
    const answer = laws.getAnswer(model.series.epoch);
    if (answer === this.#answer && answer) return;
    this.#answer = answer;
    this.find("fit").dataset.mark = answer?.agreement?.mark ?? "null";
    writeText(this.find("fit"), answer?.text ?? waitingText);
    writeText(this.find("more"), answer ? describeMore(answer) : "");
    this.place.draw();
  }
}

/** @param {LawJson} answer */
function describeMore({ never, ruin }) {
  if (never) return `Never above: ${formatCount(never.seen)}; theory expects ${formatShort(never.theory)}.`;
  if (!ruin) return "";
  const steps = formatCount(Math.round(ruin.mean_steps));
  return `In the long run ${formatShort(100 * ruin.upper)} of 100 paths reach the upper line first; a path needs ${steps} steps on average.`;
}

/** @param {number} value */
const formatShort = (value) => formatNumber(Number(value.toPrecision(3)));
