// A plot in its SVG: as large as the card lets it be, on a wall with labels as large as the text.

import { writeAttribute, writeText } from "../lib/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const LABEL_PX = 11; // as in the style sheet

export class PlotPlace {
  #size = { width: 0, height: 0 }; // from the observer; to measure it would lay out the page

  /** `plot(size)` makes the plot, or null for an empty place; it is called again whenever the size changes.
   * @param {SVGElement} svg @param {(size: Size) => Pick<import("./plots.js").Plot, "marks" | "labels"> | null} plot */
  constructor(svg, plot) {
    this.svg = svg;
    this.plot = plot;
    this.isWall = svg.closest("[data-wall]") !== null;
    new ResizeObserver(([{ contentRect: { width, height } }]) => {
      this.#size = { width, height };
      this.draw();
    }).observe(/** @type {Element} */ (svg.parentElement));
  }

  draw() {
    if (!this.#size.width) return;
    const scale = this.isWall ? parseFloat(getComputedStyle(this.svg).fontSize) / LABEL_PX : 1;
    const size = { width: this.#size.width / scale, height: this.#size.height / scale };
    writeAttribute(this.svg, "viewBox", `0 0 ${size.width} ${size.height}`);
    const { marks, labels } = this.plot(size) ?? { marks: [], labels: [] };
    const [lines, texts] = this.svg.children;
    fill(lines, "path", marks, (path, { name, d }) => {
      writeAttribute(path, "class", name);
      writeAttribute(path, "d", d);
    });
    fill(texts, "text", labels, (label, { x, y, text, anchor }) => {
      writeAttribute(label, "x", x.toFixed(1));
      writeAttribute(label, "y", y.toFixed(1));
      writeAttribute(label, "text-anchor", anchor);
      writeText(label, text);
    });
  }
}

/** Write each item into a child of `group`; keeps the children if their number is the same. @template Item
 * @param {Element} group @param {string} name @param {Item[]} items
 * @param {(child: Element, item: Item) => void} write */
function fill(group, name, items, write) {
  while (group.children.length > items.length) group.lastChild?.remove();
  while (group.children.length < items.length) group.append(group.ownerDocument.createElementNS(SVG, name));
  items.forEach((item, at) => write(group.children[at], item));
}
