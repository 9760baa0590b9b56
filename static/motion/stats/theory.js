// The increments in my view beside theory: four small pictures, each with its own switch.

import { count } from "../lib/format.js";
import { CLOCK, Inquiry, aligned } from "./poller.js";
import * as plots from "./plots.js";
import { saveValue, loadValue } from "../lib/storage.js";
import * as verdicts from "./fit-sentences.js";
import { writeAttribute, writeText } from "../lib/dom.js";

/** @type {PanelName[]} */
const PANELS = ["histogram", "moments", "quadratic", "displacement"];
const AT_FIRST = ["histogram", "moments"];
const NAME = "theory"; // in the browser's memory
const NEAR = "200px"; // to the screen
const NOTHING = { count: 0, sampled: 0, still: 0 };
const SVG = "http://www.w3.org/2000/svg";

export class Theory {
  /** @type {Map<string, Panel>} */ #panels = new Map();
  /** @type {Partial<AskedWindow & { isLive: boolean }>} */ #looked = {};
  /** @type {StatisticsJson | null} */ #answer = null;
  #isNear = false;
  #isOver = false;

  /** `onSwitch()` is called when a person uses a switch.
   * @param {HTMLElement} root
   * @param {{ api: Pick<MotionApi, "loadStatistics">, clock?: typeof CLOCK, onSwitch?: () => void }} page */
  constructor(root, { api, clock = CLOCK, onSwitch = () => {} }) {
    this.window = root.querySelector("#theory-window");
    this.stale = root.querySelector("#theory-stale");
    this.inquiry = new Inquiry((window, signal) => api.loadStatistics(window, signal), {
      onAnswer: (answer) => this.#show(answer),
      onFailure: () => this.#fail(),
      clock,
    });
    for (const name of PANELS) {
      const panel = new Panel(name, root);
      panel.chip.addEventListener("click", () => {
        this.#turn(panel, !panel.isOn);
        saveValue(NAME, this.switches);
        onSwitch();
      });
      this.#panels.set(name, panel);
    }
    this.show(loadValue(NAME, AT_FIRST));
    this.#watch(root);
  }

  /** The names of the panels that are on. */
  get switches() {
    return PANELS.filter((name) => this.#panels.get(name)?.isOn);
  }

  /** Switch these panels on and the others off; not remembered, because a link may ask for it.
   * @param {string[]} names */
  show(names) {
    const wanted = Array.isArray(names) ? names : AT_FIRST;
    for (const [name, panel] of this.#panels) this.#turn(panel, wanted.includes(name));
  }

  /**
   * What my view shows: the whole steps [first, last], no further than the newest. `isLive` where
   * the window moves with the newest step, `start` the step that my view counts from.
   * @param {AskedWindow & { isLive: boolean, start?: number }} seen
   */
  look({ epoch, first, last, isLive, start = 0 }) {
    const before = this.#looked;
    if (last === before.last && first === before.first && epoch === before.epoch && isLive === before.isLive) return;
    this.#looked = { epoch, first, last, isLive };
    const window = isLive ? aligned({ epoch, first, last, start }) : { epoch, first, last };
    const isEmpty = window.last <= window.first;
    this.inquiry.want(isEmpty ? null : window, isLive);
    if (isEmpty) this.#show(/** @type {StatisticsJson} */ ({ ...NOTHING, first, last }));
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
    for (const panel of this.#panels.values()) panel.say("The server did not send the numbers. Trying again …");
  }

  /** @param {Panel} panel @param {boolean} isOn */
  #turn(panel, isOn) {
    panel.turn(isOn);
    if (isOn && this.#answer) panel.show(this.#answer);
    this.#attend();
  }

  /** Ask for nothing more: this reader may no longer watch. */
  end() {
    this.#isOver = true;
    this.#attend();
  }

  /** Ask only while somebody can see the answers. */
  #attend() {
    const isSeen = this.#isNear && !document.hidden && this.switches.length > 0;
    this.inquiry.attend(isSeen && !this.#isOver);
  }

  /** @param {HTMLElement} root */
  #watch(root) {
    const near = new IntersectionObserver(
      (entries) => {
        this.#isNear = entries[entries.length - 1].isIntersecting;
        this.#attend();
      },
      { rootMargin: NEAR },
    );
    near.observe(root);
    document.addEventListener("visibilitychange", () => this.#attend());
  }
}

class Panel {
  isOn = false;
  /** @type {StatisticsJson | null} */ #answer = null;
  /** @type {any} */ #axes = null;
  #size = { width: 0, height: 0 }; // as the observer says; to measure it would lay out the page

  /** @param {PanelName} name @param {HTMLElement} root */
  constructor(name, root) {
    this.name = name;
    this.chip = root.querySelector(`button[data-panel="${name}"]`);
    this.card = root.querySelector(`#theory-${name}`);
    this.svg = this.card.querySelector("svg");
    this.empty = this.card.querySelector(".empty");
    this.verdict = this.card.querySelector(".verdict");
    const [marks, labels] = this.svg.children;
    this.marks = marks;
    this.labels = labels;
    new ResizeObserver(([{ contentRect }]) => this.#resize(contentRect)).observe(this.svg.parentElement);
  }

  /** @param {boolean} isOn */
  turn(isOn) {
    this.isOn = isOn;
    this.chip.setAttribute("aria-pressed", String(isOn));
    this.card.hidden = !isOn;
  }

  /** @param {StatisticsJson} answer */
  show(answer) {
    if (!this.isOn || answer === this.#answer) return;
    const absence = verdicts.absence(this.name, answer);
    this.#answer = absence ? null : answer;
    if (absence) {
      this.say(absence);
      return;
    }
    const { mark, text } = verdicts[this.name](answer);
    this.empty.hidden = true;
    this.svg.classList.remove("out");
    this.verdict.dataset.mark = String(mark);
    writeText(this.verdict, text);
    this.#draw();
  }

  /** A sentence in place of the picture. @param {string} text */
  say(text) {
    writeText(this.empty, text);
    this.empty.hidden = false;
    this.svg.classList.add("out");
    this.verdict.dataset.mark = "null";
    writeText(this.verdict, "");
  }

  /** @param {Size} size */
  #resize({ width, height }) {
    this.#size = { width, height };
    this.#draw();
  }

  #draw() {
    if (!this.#answer || !this.#size.width) return;
    /** @type {any} */ const part = this.name === "moments" ? this.#answer : this.#answer[this.name];
    const picture = plots[this.name](part, this.#size, this.#axes, this.#answer.standardised);
    this.#axes = picture.axes;
    fill(this.marks, "path", picture.marks, (path, { name, d }) => {
      writeAttribute(path, "class", name);
      writeAttribute(path, "d", d);
    });
    fill(this.labels, "text", picture.labels, (label, { x, y, text, anchor }) => {
      writeAttribute(label, "x", x.toFixed(1));
      writeAttribute(label, "y", y.toFixed(1));
      writeAttribute(label, "text-anchor", anchor);
      writeText(label, text);
    });
  }
}

/** "Computed from steps 13,801–14,400".
 * @param {Pick<StatisticsJson, "count" | "sampled" | "first" | "last">} answer */
function describeWindow({ count: all, sampled, first, last }) {
  if (!all) return "";
  if (all === 1) return `Computed from step ${count(last)}`;
  const sample = sampled < all ? `${count(sampled)} of the ` : "";
  return `Computed from ${sample}steps ${count(first + 1)}–${count(last)}`;
}

/** One child of `group` for each item, the same children as long as there are as many. @template Item
 * @param {Element} group @param {string} name @param {Item[]} items
 * @param {(child: Element, item: Item) => void} write */
function fill(group, name, items, write) {
  while (group.children.length > items.length) group.lastChild?.remove();
  while (group.children.length < items.length) group.append(document.createElementNS(SVG, name));
  items.forEach((item, at) => write(group.children[at], item));
}
