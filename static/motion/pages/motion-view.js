// My view, put together: what I look at (view-model.js), how it is drawn, and what my hands do to it.

import { toQuery } from "../view/permalink.js";
import { serverNow } from "../lib/server-clock.js";
import { Drawing } from "./renderer.js";
import { Exporter } from "../widgets/export-dialog.js";
import { Fields } from "../widgets/fields.js";
import { listenToKeys } from "../widgets/keys.js";
import { captionOf } from "../chart/paper.js";
import { Places } from "../widgets/path-choice.js";
import { Scene } from "../view/view-model.js";
import { Supply } from "../view/tile-loader.js";
import { adopt, recall, told } from "../view/view-settings.js";
import { Toolbar } from "../widgets/toolbar.js";
import { Tour } from "../chart/marker-navigation.js";
import { writeText } from "../lib/dom.js";

export class Look {
  #tour = new Tour();
  /** @type {{ step: number } | null} */ #told = null; // a mark that is shown as soon as it is drawn
  #isGranting = false; // what the link asks for is not all here
  #kept; // the query that brings my view back, as the page's address has it
  /** @type {string | null} */ #seen = null; // the same, a moment ago

  /**
   * `link` has the live path, its changes and state; `figure` is the chart's; `ordinal` that of the
   * path that was live when the page was made; `wish` what a shared
   * link asks for (permalink.js), or null; `onDressed()` is told when the chart has come.
   * @param {HTMLElement} root
   * @param {{ link: Link, figure: Figure, ordinal: number, api: MotionApi, wish: LinkedView | null, onDressed: () => void }} page
   */
  constructor(root, { link, figure, ordinal, api, wish, onDressed }) {
    this.link = link;
    this.api = api;
    this.wish = wish;
    /** @param {string} id */
    this.find = (id) => root.querySelector(`#${id}`);
    /** @type {Act} */
    const act = (change) => this.act(change);
    const scene = new Scene(link.series, link.changes);
    recall(scene);
    this.scene = scene;
    const onDrawn = () => {
      this.#showButtons();
      this.#point();
    };
    this.drawing = new Drawing(root, { scene, link, figure, api, act, onDrawn, onDressed });
    this.supply = new Supply(scene, api, () => this.refresh());
    this.toolbar = new Toolbar(root, { act });
    this.fields = new Fields(root, { scene, act });
    /** @param {string} text */
    const tell = (text) => this.drawing.note.tell(text);
    this.places = new Places(this.find("paths"), { scene, api, ordinal, act, tell });
    this.#kept = this.#query();
    this.#offerExport(root);
    this.#listen();
  }

  /** @param {HTMLElement} root */
  #offerExport(root) {
    new Exporter(root, {
      api: this.api,
      subject: () => this.#subject(),
      image: (format, subject, stretch, isForPaper) => {
        const address = "open" in root.dataset ? new URL(this.api.base, location.href).href : "";
        const shown = this.#pictured({ ...subject, address }, stretch);
        return this.drawing.chart.image(format, { ...shown, isForPaper });
      },
      link: (subject, stretch) => this.#linkTo(subject, stretch),
    });
  }

  #listen() {
    listenToKeys(this.find("chart"), this.find("keys-everywhere"), {
      act: (change) => this.act(change),
      press: (id) => this.find(id).click(),
      walk: (way) => this.#walk(way),
    });
    // After what a button or a field does, and before a link leads away.
    for (const kind of ["click", "change"]) addEventListener(kind, () => this.keep());
  }

  start() {
    this.drawing.start();
  }

  get isWhole() {
    return this.drawing.isWhole;
  }

  // --- what happens ---

  /** Something to draw has come. */
  refresh() {
    this.drawing.refresh();
  }

  /** The path so far is here. */
  complete() {
    if (this.isWhole) return;
    this.find("open-export").disabled = false;
    if (this.wish) void this.#grant(this.wish);
    this.drawing.complete();
  }

  /** What a link asks for, now that there is a path. @param {LinkedView} wish */
  async #grant(wish) {
    this.#isGranting = true;
    this.act((scene) => adopt(scene, wish));
    this.drawing.theory.show(wish.panels);
    if (wish.epoch !== null) await this.places.visit(wish);
    this.#kept = this.#query();
    this.#isGranting = false;
  }

  /** The state of the motion is another one. @param {StateFrame} state */
  follow(state) {
    this.places.follow(state.epoch);
  }

  /** Now and then: fetch what the view lacks. @param {number} now */
  fetch(now) {
    if (this.isWhole) this.supply.fetch(now);
  }

  /** The server said to stay away: nothing more is asked for. */
  end() {
    this.supply.end();
    this.drawing.theory.end();
  }

  // --- what is done ---

  /** Change what is looked at by `change(scene)`. @param {(scene: Scene) => unknown} change */
  act(change) {
    change(this.scene);
    this.refresh();
    this.fields.show();
    this.#showButtons();
  }

  #showButtons() {
    this.toolbar.show(this.scene);
    this.places.show();
  }

  /** To the next mark, or with −1 to that before: what is told there is shown, and said. @param {number} way */
  #walk(way) {
    const [from, to] = this.scene.view.range;
    const { mark, words } = this.#tour.step(this.scene.allMarks, way, [from, to]);
    writeText(this.find("change-said"), words);
    this.#told = mark;
    if (!mark) this.drawing.chart.pointAt(null);
    else if (mark.step < from || mark.step > to) this.showStep(mark.step);
    else this.#point();
  }

  #point() {
    const mark = this.drawing.picture?.marks.find(({ step }) => step === this.#told?.step);
    if (!mark) return;
    this.#told = null;
    this.drawing.chart.pointAt(mark.step);
  }

  /** Bring a step into the middle: of a change that somebody chose from the list. @param {number} step */
  showStep(step) {
    this.act(({ view }) => {
      const [from, to] = view.range;
      const half = Math.max((to - from) / 2, 10);
      view.fix([step - half, step + half]);
    });
  }

  // --- what is exported ---

  /** What I look at as it is now: whatever happens, all files of one export are of this. */
  #subject() {
    const now = performance.now();
    const { scene } = this;
    const { first, last } = scene.seen(now);
    const { epoch, last: end } = scene.series;
    /** @type {Record<"view" | "whole", Span>} */
    const stretches = { view: [first, last], whole: [0, end] };
    const { slug, title, interval } = /** @type {StateFrame} */ (this.link.state);
    return {
      ...{ epoch, slug, title, interval, ordinal: this.places.ordinal, at: serverNow() },
      ...{ ...stretches, isMoving: scene.isLive, scene: scene.copy(now) },
    };
  }

  /** The steps `stretch` as a picture, and what it says of itself.
   * @param {Subject & { address: string }} subject @param {Span} stretch */
  #pictured({ scene, interval, ordinal: path, title, address, at }, stretch) {
    const picture = scene.pictureOf(stretch, interval);
    const { stride } = picture;
    const caption = captionOf({ title, address, at, path, stretch, items: scene.items, stride });
    return { picture, caption };
  }

  /** A link that opens the steps `stretch`, as they are drawn here. @param {Subject} subject @param {Span} range */
  #linkTo({ epoch, scene }, range) {
    const view = { ...told(scene, 0), epoch, mode: "fixed", range, panels: this.drawing.theory.switches };
    return new URL(`${this.api.base}${toQuery(view)}`, location.href).href;
  }

  #query() {
    return toQuery({ ...told(this.scene, performance.now()), panels: this.drawing.theory.switches });
  }

  /** Write my view into the page's address, once I have chosen one: a reload and Back open it again. */
  keep() {
    if (!this.isWhole || this.#isGranting) return;
    const query = this.#query();
    if (query === this.#kept) return;
    this.#kept = query;
    history.replaceState(null, "", query);
  }

  /** Now and then: the same, for a view that holds still. Browsers let no page do it often. */
  keepSettled() {
    const query = this.#query();
    if (query === this.#seen) this.keep();
    this.#seen = query;
  }
}
