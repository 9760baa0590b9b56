// The card "The class": the positions of all paths at the slice, beside those of theory, and whether they agree.

import { formatCount, formatDecimal } from "../lib/format.js";
import { writeHidden, writeText } from "../lib/dom.js";

const MISSING = "–";
const QUANTILES = ["0.05", "0.25", "0.5", "0.75", "0.95"];
const NEAR = "200px"; // from the screen

export class ClassCard {
  /** Whether somebody can read the card. */
  isNear = false;
  /** @type {SliceJson | null | undefined} */ #shown; // undefined before the first call

  /** @param {HTMLElement} root */
  constructor(root) {
    this.card = root.querySelector("#class-card");
    this.find = (/** @type {string} */ id) => root.querySelector(`#class-${id}`);
    /** @type {HTMLElement[]} */ this.rows = [...this.card.querySelectorAll("tbody tr")];
    const near = new IntersectionObserver((entries) => (this.isNear = entries[entries.length - 1].isIntersecting), {
      rootMargin: NEAR,
    });
    near.observe(this.card);
  }

  /** @param {Ensemble} ensemble */
  show({ isShown, newestAnswer: answer, waitingText }) {
    writeHidden(this.card, !isShown);
    if (!isShown || answer === this.#shown) return;
    this.#shown = answer;
    writeText(this.find("step"), answer ? formatCount(answer.step) : MISSING);
    writeText(this.find("count"), answer ? formatCount(answer.count) : MISSING);
    const texts = answer ? listRows(answer) : [];
    this.rows.forEach((row, at) => {
      const [found, interval, law] = texts[at] ?? [MISSING, "", MISSING];
      const [value, range] = row.children[1].children;
      writeText(value, found);
      if (range) writeText(range, interval);
      writeText(row.children[2], law);
    });
    this.find("fit").dataset.mark = answer?.agreement?.mark ?? "null";
    writeText(this.find("fit"), answer?.text ?? waitingText);
  }
}

/** Of mean, variance and quantiles: what the class has, its 95 % interval, and theory. @param {SliceJson} answer */
function listRows({ mean, mean_interval: ofMean, variance, variance_interval: ofVariance, quantiles, law }) {
  /** @param {Span | null} interval */
  const write = (interval) => (interval ? `${formatReading(interval[0])} to ${formatReading(interval[1])}` : "");
  return [
    [formatReading(mean), write(ofMean), formatReading(law.mean)],
    [variance === null ? MISSING : formatReading(variance), write(ofVariance), formatReading(law.variance)],
    ...QUANTILES.map((part) => [formatReading(quantiles[part]), "", formatReading(law.quantiles[part])]),
  ];
}

/** With two decimals, or fewer of a large number. @param {number} value */
function formatReading(value) {
  const size = Math.abs(value);
  return formatDecimal(value, size >= 1_000 ? 0 : size >= 100 ? 1 : 2);
}
