// The view of one reader: changes it by commands, and keeps renderer, buttons and the page's address up to date.

import { COMMANDS } from "../view/commands.js";
import { toQuery } from "../view/permalink.js";
import { serverNow } from "../lib/server-clock.js";
import { Renderer } from "./renderer.js";
import { Exporter } from "../widgets/export-dialog.js";
import { Fields } from "../widgets/fields.js";
import { listenToKeys } from "../widgets/keys.js";
import { captionOf } from "../chart/paper.js";
import { PathChoice } from "../widgets/path-choice.js";
import { Scene } from "../view/view-model.js";
import { Supply } from "../view/tile-loader.js";
import { recall, told } from "../view/view-settings.js";
import { Toolbar } from "../widgets/toolbar.js";
import { Tour } from "../chart/marker-navigation.js";
import { writeText } from "../lib/dom.js";

export class MotionView {
  #tour = new Tour();
  /** @type {{ step: number } | null} */ #pendingMark = null; // labelled as soon as it is drawn
  #isOpeningLink = false;
  #writtenQuery; // the query of the page's address that opens this view again
  /** @type {string | null} */ #lastQuery = null; // the same a moment ago

  /**
   * `ordinal` is that of the path that was live when the server rendered the page; `link` the view that a
   * shared link describes (permalink.js), or null; `onChartLoaded()` as in renderer.js.
   * @param {HTMLElement} root
   * @param {{ sync: Sync, figure: Figure, ordinal: number, api: MotionApi, link: LinkedView | null,
   *   onChartLoaded: () => void }} page
   */
  constructor(root, { sync, figure, ordinal, api, link, onChartLoaded }) {
    this.sync = sync;
    this.api = api;
    this.link = link;
    /** @param {string} id */
    this.find = (id) => root.querySelector(`#${id}`);
    /** @type {Run} */
    const run = (command, value) => this.run(command, value);
    const scene = new Scene(sync.series, sync.changes);
    recall(scene);
    this.scene = scene;
    const onDrawn = () => {
      this.#showButtons();
      this.#labelPendingMark();
    };
    this.renderer = new Renderer(root, { scene, sync, figure, api, run, onDrawn, onChartLoaded });
    this.tileLoader = new Supply(scene, api, () => this.renderer.refresh());
    this.toolbar = new Toolbar(root, run);
    this.fields = new Fields(root, { scene, run });
    const report = (/** @type {string} */ text) => this.renderer.note.tell(text);
    this.paths = new PathChoice(this.find("paths"), { scene, api, ordinal, run, report });
    this.#writtenQuery = this.#createQuery();
    this.#addListeners(root, run);
  }

  /** @param {HTMLElement} root @param {Run} run */
  #addListeners(root, run) {
    new Exporter(root, {
      api: this.api,
      subject: () => this.#createSubject(),
      image: (format, subject, stretch, isForPaper) => {
        const address = "open" in root.dataset ? new URL(this.api.base, location.href).href : "";
        const shown = this.#createPicture({ ...subject, address }, stretch);
        return this.renderer.chart.image(format, { ...shown, isForPaper });
      },
      link: (subject, stretch) => this.#createLink(subject, stretch),
    });
    listenToKeys(this.find("chart"), this.find("keys-everywhere"), {
      run,
      press: (id) => this.find(id).click(),
      walk: (way) => this.#walk(way),
    });
    // After what a button or a field does, and before a link leads away.
    for (const kind of ["click", "change"]) addEventListener(kind, () => this.writeAddress());
  }

  /** Change the view by a command of commands.js. @type {Run} */
  run(command, value) {
    /** @type {(model: Scene, value: any, now: number) => unknown} */
    const change = COMMANDS[command];
    change(this.scene, value, performance.now());
    this.renderer.refresh();
    this.fields.show();
    this.#showButtons();
  }

  #showButtons() {
    this.toolbar.show(this.scene);
    this.paths.show();
  }

  /** The page has the path so far. */
  complete() {
    if (this.renderer.isComplete) return;
    this.find("open-export").disabled = false;
    if (this.link) void this.#openLink(this.link);
    this.renderer.complete();
  }

  /** @param {LinkedView} link */
  async #openLink(link) {
    this.#isOpeningLink = true;
    this.run("adopt", link);
    this.renderer.theory.show(link.panels);
    if (link.epoch !== null) await this.paths.open(link);
    this.#writtenQuery = this.#createQuery();
    this.#isOpeningLink = false;
  }

  /** Load what the view lacks, and keep the address up to date. @param {number} now */
  tick(now) {
    if (this.renderer.isComplete) this.tileLoader.fetch(now);
    const query = this.#createQuery();
    if (query === this.#lastQuery) this.writeAddress(); // once it is settled: browsers limit how often
    this.#lastQuery = query;
  }

  /** Load nothing more: the server has refused. */
  end() {
    this.tileLoader.end();
    this.renderer.theory.end();
  }

  // --- marks of changes ---

  /** To the next mark, or with −1 to the one before: show it and announce it. @param {number} way */
  #walk(way) {
    const [from, to] = this.scene.view.range;
    const { mark, words } = this.#tour.step(this.scene.allMarks, way, [from, to]);
    writeText(this.find("change-announcement"), words);
    this.#pendingMark = mark;
    if (!mark) this.renderer.chart.pointAt(null);
    else if (mark.step < from || mark.step > to) this.run("step", mark.step);
    else this.#labelPendingMark();
  }

  #labelPendingMark() {
    const mark = this.renderer.picture?.marks.find(({ step }) => step === this.#pendingMark?.step);
    if (!mark) return;
    this.#pendingMark = null;
    this.renderer.chart.pointAt(mark.step);
  }

  // --- export ---

  /** The view as it is now: all files of one export are of this moment. */
  #createSubject() {
    const now = performance.now();
    const { scene } = this;
    const { first, last } = scene.seen(now);
    const { epoch, last: end } = scene.series;
    /** @type {Record<"view" | "whole", Span>} */
    const stretches = { view: [first, last], whole: [0, end] };
    const { slug, title, interval } = /** @type {StateFrame} */ (this.sync.state);
    return {
      ...{ epoch, slug, title, interval, ordinal: this.paths.ordinal, at: serverNow() },
      ...{ ...stretches, isMoving: scene.isLive, scene: scene.copy(now) },
    };
  }

  /** The steps `stretch` as a picture with its caption.
   * @param {Subject & { address: string }} subject @param {Span} stretch */
  #createPicture({ scene, interval, ordinal: path, title, address, at }, stretch) {
    const picture = scene.pictureOf(stretch, interval);
    const { stride } = picture;
    const caption = captionOf({ title, address, at, path, stretch, items: scene.items, stride });
    return { picture, caption };
  }

  /** A link that opens the steps `stretch` as they are drawn here. @param {Subject} subject @param {Span} range */
  #createLink({ epoch, scene }, range) {
    const view = { ...told(scene, 0), epoch, mode: "fixed", range, panels: this.renderer.theory.switches };
    return new URL(`${this.api.base}${toQuery(view)}`, location.href).href;
  }

  // --- the page's address ---

  #createQuery() {
    return toQuery({ ...told(this.scene, performance.now()), panels: this.renderer.theory.switches });
  }

  /** Write the view into the page's address, once the reader has changed it: a reload and Back open it again. */
  writeAddress() {
    if (!this.renderer.isComplete || this.#isOpeningLink) return;
    const query = this.#createQuery();
    if (query === this.#writtenQuery) return;
    this.#writtenQuery = query;
    history.replaceState(null, "", query);
  }
}
