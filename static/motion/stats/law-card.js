// The card of a law of the class: a small plot, a sentence, and what the law says.

import { formatCount, formatNumber } from "../lib/format.js";
import { writeAttribute, writeHidden, writeText } from "../lib/dom.js";
import { fill } from "./theory.js";
import { plotLaw } from "./law-plot.js";

const LABEL_PX = 11; // as in the style sheet; on a wall labels are as large as the text
/** @type {Record<LawName, string>} */ const TITLES = {
  "time-above": "Time above zero",
  maximum: "Place of the maximum",
  barrier: "Barrier",
};

export class LawCard {
  /** @type {LawJson | null} */ #answer = null;
  #size = { width: 0, height: 0 }; // from the observer; to measure it would lay out the page

  /** @param {HTMLElement} root @param {Run} run */
  constructor(root, run) {
    this.root = root;
    this.card = root.querySelector("#law-card");
    this.find = (/** @type {string} */ id) => root.querySelector(`#law-${id}`);
    this.svg = this.card.querySelector("svg");
    this.isWall = "wall" in root.dataset;
    /** @type {HTMLElement[]} */ this.explanations = [...this.card.querySelectorAll("[data-law]")];
    this.second = root.querySelector("#second-line");
    this.second.addEventListener("click", () => run("second-line"));
    new ResizeObserver(([{ contentRect: { width, height } }]) => {
      this.#size = { width, height };
      this.#draw();
    }).observe(this.svg.parentElement);
  }

  /** @param {Ensemble} ensemble */
  show({ isShown, laws, model, waitingText }) {
    const { chosen, lines } = laws;
    writeHidden(this.card, !isShown || !chosen);
    this.root.toggleAttribute("data-law", isShown && chosen !== null);
    if (!isShown || !chosen) return;
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
    this.#draw();
  }

  #draw() {
    const answer = this.#answer;
    const scale = this.isWall ? parseFloat(getComputedStyle(this.card).fontSize) / LABEL_PX : 1;
    const size = { width: this.#size.width / scale, height: this.#size.height / scale };
    writeAttribute(this.svg, "viewBox", `0 0 ${size.width} ${size.height}`);
    const plot = answer?.edges && size.width ? plotLaw(answer, size) : { marks: [], labels: [] };
    const [marks, labels] = this.svg.children;
    fill(marks, "path", plot.marks, (path, { name, d }) => {
      writeAttribute(path, "class", name);
      writeAttribute(path, "d", d);
    });
    fill(labels, "text", plot.labels, (label, { x, y, text, anchor }) => {
      writeAttribute(label, "x", x.toFixed(1));
      writeAttribute(label, "y", y.toFixed(1));
      writeAttribute(label, "text-anchor", anchor);
      writeText(label, text);
    });
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
