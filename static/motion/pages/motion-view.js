// The view of one reader: changes it by commands, and keeps renderer, buttons and the page's address up to date.

import { COMMANDS, isViewCommand } from "../view/commands.js";
import { FIRST_VIEW, writeQuery } from "../view/permalink.js";
import { serverNow } from "../lib/server-clock.js";
import { Renderer } from "./renderer.js";
import { ExportDialog } from "../widgets/export-dialog.js";
import { Fields } from "../widgets/fields.js";
import { listenToKeys } from "../widgets/keys.js";
import { describeClass, writeCaption } from "../chart/paper.js";
import { describeRound } from "../widgets/question-text.js";
import { PathPicker } from "../widgets/path-picker.js";
import { ViewModel } from "../view/view-model.js";
import { TileLoader } from "../view/tile-loader.js";
import { describeView, restoreSettings } from "../view/view-settings.js";
import { Seats } from "../widgets/seats.js";
import { Toolbar } from "../widgets/toolbar.js";
import { LawCard } from "../stats/law-card.js";
import { ClassCard } from "../widgets/class-card.js";
import { EnsembleLoader } from "../view/ensemble-loader.js";
import { MarkerNavigation } from "../chart/marker-navigation.js";
import { writeText } from "../lib/dom.js";

const NARROW = "(max-width: 600px)"; // as in the style sheets

export class MotionView {
  #navigation = new MarkerNavigation();
  /** @type {{ step: number } | null} */ #pendingMarker = null; // labelled as soon as it is drawn
  /** @type {LinkedView | null} */ #toOpen; // a view that this page shows as soon as it can
  #isOpening = false;
  #writtenQuery; // the query of the page's address that opens this view again
  /** @type {string | null} */ #lastQuery = null; // the same a moment ago
  /** @type {readonly string[]} */ #panels = FIRST_VIEW.panels; // that were last opened: a wall shows one at most

  /** `ordinal` is that of the path that was live when the server rendered the page; `link` the view that a
   * shared link describes (permalink.js), or null; `onFrame()` and `onChartLoaded()` as in renderer.js. `onTouch()` is
   * called when the reader changes the view or touches the chart, `onChange()` after any change of the view; `isFollowing()` is
   * whether a presenter changes it.
   * @param {HTMLElement} root
   * @param {{ sync: Sync, figure: Figure, ordinal: number, api: MotionApi, link: LinkedView | null,
   *   onFrame: () => void, onChartLoaded: () => void, onTouch: () => void, onChange: () => void, isFollowing: () => boolean }} page */
  constructor(root, { sync, figure, ordinal, api, link, onFrame, onChartLoaded, onTouch, onChange, isFollowing }) {
    this.sync = sync;
    this.api = api;
    this.root = root;
    this.isWall = "wall" in root.dataset;
    this.onTouch = onTouch;
    this.onChange = onChange;
    this.#toOpen = link;
    this.find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    /** @type {Run} */ const run = (command, value) => this.run(command, value);
    const model = new ViewModel(sync.series, sync.changes, sync.ensemble, sync.questions);
    restoreSettings(model, { isNarrow: matchMedia(NARROW).matches });
    this.model = model;
    const onDrawn = () => {
      this.#showButtons();
      this.#labelPendingMarker();
      onChange();
    };
    this.renderer = new Renderer(root, { model, sync, figure, api, run, onFrame, onDrawn, onChartLoaded });
    if (this.isWall) this.renderer.theory.show([]); // until a link or a presenter opens one
    this.tileLoader = new TileLoader(model, api, () => this.renderer.refresh());
    this.classCard = new ClassCard(root);
    this.lawCard = new LawCard(root, run);
    this.seats = new Seats(root, run);
    this.ensembleLoader = new EnsembleLoader(model, api, {
      onLoad: () => this.renderer.refresh(),
      isRead: () => !document.hidden && (this.isWall || this.classCard.isNear),
      isFollowing: () => !this.isWall && isFollowing(),
    });
    this.toolbar = new Toolbar(root, run);
    this.fields = new Fields(root, { model, run });
    const report = (/** @type {string} */ text) => this.renderer.statusLine.showMessage(text);
    this.paths = new PathPicker(this.find("paths"), { model, api, ordinal, run, report });
    this.#writtenQuery = this.#createQuery();
    this.#addListeners(root, run);
  }

  /** @param {HTMLElement} root @param {Run} run */
  #addListeners(root, run) {
    new ExportDialog(root, {
      api: this.api,
      subject: () => this.#createSubject(),
      image: (format, subject, stretch, isForPaper) => {
        const address = this.isPublic ? new URL(this.api.base, location.href).href : "";
        const shown = this.#createPicture({ ...subject, address }, stretch);
        return this.renderer.chart.renderImage(format, { ...shown, isForPaper });
      },
      link: (subject, stretch) => this.#createLink(subject, stretch),
    });
    listenToKeys(this.find("chart"), this.find("keys-everywhere"), {
      run,
      press: (id) => (id === "open-export" && this.isWall) || this.find(id).click(), // a wall shows no dialog
      walk: (way) => this.#walk(way),
    });
    this.find("chart").addEventListener("click", () => this.onTouch());
    this.find("theory").addEventListener("click", (/** @type {any} */ { target }) => target.closest("[data-panel]") && this.onTouch());
    // After what a button or a field does, and before a link leads away.
    for (const kind of ["click", "change"]) {
      addEventListener(kind, () => {
        this.writeAddress();
        this.onChange();
      });
    }
  }

  /** Else no file has the motion's address. */
  get isPublic() {
    return this.sync.state?.visibility === "public";
  }

  /** Change the view by a command of commands.js, which the reader gives. @type {Run} */
  run(command, value) {
    if (isViewCommand(command)) this.onTouch();
    this.#apply(command, value);
  }

  /** @type {Run} */
  #apply(command, value) {
    /** @type {(model: ViewModel, value: any, now: number) => unknown} */ const change = COMMANDS[command];
    change(this.model, value, performance.now());
    this.renderer.refresh();
    this.fields.show();
    this.#showButtons();
    this.showSeats();
    this.onChange();
  }

  /** The names of people who watch, whose paths can light up. */
  showSeats() {
    this.seats.show(this.model.ensemble);
  }

  #showButtons() {
    this.toolbar.show(this.model);
    this.classCard.show(this.model.ensemble);
    this.lawCard.show(this.model.ensemble);
    this.paths.show();
  }

  /** The page has the path so far. */
  complete() {
    if (this.renderer.isComplete) return;
    this.find("open-export").disabled = false;
    this.renderer.complete();
    if (this.#toOpen) void this.open(this.#toOpen);
  }

  /** Show the view of a link or of a presenter; the newest one, once this page can.
   * @param {LinkedView} view */
  async open(view) {
    this.#toOpen = view;
    if (this.#isOpening || !this.renderer.isComplete) return;
    this.#isOpening = true;
    try {
      while (this.#toOpen) {
        const next = this.#toOpen;
        this.#toOpen = null;
        this.#apply("adopt", next);
        this.#showPictures(next.panels);
        await this.paths.open(next, (command, value) => this.#apply(command, value));
      }
      this.#writtenQuery = this.#createQuery();
    } finally {
      this.#isOpening = false; // a view that could not be opened keeps no later one away
    }
  }

  /** Whether the page has the path of a view that it has opened, and the step that the view counts from.
   * @param {LinkedView} view */
  isShown({ mode, epoch, since }) {
    const { series, view } = this.model;
    return (mode !== "fixed" || epoch === series.epoch) && since === (view.origin?.step ?? null);
  }

  /** The pictures of theory; a wall has room for one, if neither a class nor a law needs it. @param {string[]} panels */
  #showPictures(panels) {
    this.#panels = panels;
    const shown = !this.isWall ? panels : this.model.ensemble.isShown ? [] : panels.slice(0, 1);
    this.renderer.theory.show(shown);
    if (this.isWall) this.root.toggleAttribute("data-picture", shown.length > 0);
  }

  /** The view as it is now. @returns {LinkedView} */
  describe() {
    const panels = this.isWall ? [...this.#panels] : this.renderer.theory.switches;
    return { ...describeView(this.model, performance.now()), panels };
  }

  /** Load what the view lacks, and keep the address up to date. @param {number} now */
  tick(now) {
    if (this.renderer.isComplete) {
      this.tileLoader.loadMissing(now);
      this.ensembleLoader.loadMissing(now);
    }
    const query = this.#createQuery();
    if (query === this.#lastQuery) this.writeAddress(); // once it is settled: browsers limit how often
    this.#lastQuery = query;
  }

  /** Load nothing more: the server has refused. */
  end() {
    this.tileLoader.end();
    this.ensembleLoader.end();
    this.renderer.theory.end();
  }

  // --- markers ---

  /** Move to the next marker, or with −1 to the one before: show it and announce it. @param {number} way */
  #walk(way) {
    const [from, to] = this.model.view.range;
    const { marker, text } = this.#navigation.move(this.model.allMarkers, way, [from, to]);
    writeText(this.find("change-announcement"), text);
    this.#pendingMarker = marker;
    if (!marker) this.renderer.chart.showLabelAt(null);
    else if (marker.step < from || marker.step > to) this.run("step", marker.step);
    else this.#labelPendingMarker();
  }

  #labelPendingMarker() {
    const marker = this.renderer.picture?.markers.find(({ step }) => step === this.#pendingMarker?.step);
    if (!marker) return;
    this.#pendingMarker = null;
    this.renderer.chart.showLabelAt(marker.step);
  }

  // --- export ---

  /** The view as it is now: all files of one export are of this moment. */
  #createSubject() {
    const now = performance.now();
    const { model } = this;
    const { first, last } = model.getVisibleSteps(now);
    const { epoch, last: end } = model.series;
    /** @type {Record<"view" | "whole", Span>} */ const stretches = { view: [first, last], whole: [0, end] };
    const { slug, title, interval } = /** @type {StateFrame} */ (this.sync.state);
    return {
      ...{ epoch, slug: this.isPublic ? slug : "motion", title, interval, ordinal: this.paths.ordinal, at: serverNow() },
      ...{ ...stretches, isMoving: model.isLive, paths: model.paths, model: model.copy(now) },
    };
  }

  /** The steps `stretch` as a picture with its caption.
   * @param {Subject & { address: string }} subject @param {Span} stretch */
  #createPicture({ model, interval, ordinal: path, title, address, at }, stretch) {
    const picture = model.pictures.createStretch(stretch, interval);
    const members = model.ensemble.isShown ? describeClass(picture.ensemble, model.paths) : "";
    const answers = picture.answers && model.question ? describeRound(model.question) : "";
    const more = [members, answers];
    const caption = writeCaption({ title, address, at, path, stretch, items: model.items, stride: picture.stride, more });
    return { picture, caption };
  }

  /** A link that opens the steps `stretch` as they are drawn here. @param {Subject} subject @param {Span} range */
  #createLink({ epoch, model }, range) {
    const view = { ...describeView(model, 0), epoch, mode: "fixed", range, panels: this.renderer.theory.switches };
    return new URL(`${this.api.base}${writeQuery(view)}`, location.href).href;
  }

  // --- the page's address ---

  #createQuery() {
    return writeQuery(this.describe());
  }

  /** Write the view into the page's address, once the reader has changed it: a reload and Back open it again. */
  writeAddress() {
    if (!this.renderer.isComplete || this.#isOpening) return;
    const query = this.#createQuery();
    if (query === this.#writtenQuery) return;
    this.#writtenQuery = query;
    history.replaceState(null, "", this.isWall ? `${query}&wall` : query);
  }
}
