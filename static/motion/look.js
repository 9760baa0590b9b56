// My view, put together: the chart, the strip and the bar under it, their buttons and keys.

import { toQuery } from "./address.js";
import { KINDS } from "./axis.js";
import { Chart } from "./chart.js";
import { Exporter } from "./export.js";
import { count } from "./format.js";
import { ordinal } from "./ordinal.js";
import { Overview } from "./overview.js";
import { Paths } from "./paths.js";
import { Player } from "./player.js";
import { keep, remember } from "./remember.js";
import { Scene, UP } from "./scene.js";
import { sketch } from "./sketch.js";
import { Theory } from "./theory.js";
import { Touch } from "./touch.js";
import { neighbour, spoken } from "./tour.js";
import { Windows } from "./windows.js";

const RESIZE_MS = 100;

export class Look {
  isWhole = false; // whether the path so far is here
  #picture = null;
  #dirty = true;
  #isOver = false;
  #loaded = false;
  #mark = null; // the one that keys have come to
  #note = null; // what is said of my view before anything else
  #wish = null; // what a shared link asks for, until the path has come

  /**
   * `link` has the live path, its changes and state; `figure` is the chart's; `ordinal` that of the
   * path that was live when the page was made; `base()` the motion's address; `wish` what a shared link asks for (address.js), or null.
   */
  constructor(root, { link, figure, ordinal: number, base, wish }) {
    this.root = root;
    this.link = link;
    this.base = base;
    this.ordinal = number; // of the live path
    this.#wish = wish;
    this.scene = new Scene(link.series, link.changes);
    this.windows = new Windows(base);
    this.chart = new Chart(this.find("chart"), figure, {
      onMove: (range) => this.#move(range),
      onReset: () => this.act((scene) => scene.follow()),
    });
    this.overview = new Overview(this.find("overview"), {
      onMove: (range) => this.act(({ view }) => view.fix(range)),
      onLive: () => this.act((scene) => scene.follow()),
    });
    this.player = new Player(root, {
      onSeek: (step) => this.act(({ replay }) => replay?.seek(step, performance.now())),
      onPlay: () => this.act(({ replay }) => replay?.play(performance.now())),
      onPause: () => this.act(({ replay }) => replay?.pause(performance.now())),
      onSpeed: (pace) => this.act(({ replay }) => replay?.setSpeed(pace, performance.now())),
      onClose: () => this.act((scene) => scene.follow()),
    });
    this.theory = new Theory(this.find("theory"), { base });
    this.paths = new Paths(this.find("paths"), { base, onChoose: (epoch) => this.#choose(epoch) });
    this.export = new Exporter(root, {
      base,
      subject: () => this.#subject(),
      image: (format) => this.chart.image(format),
      link: () => this.address(),
    });
    this.#recall();
    this.#listen();
  }

  find(id) {
    return document.getElementById(id);
  }

  /** Something to draw has come, or somebody did something. */
  refresh() {
    this.#dirty = true;
  }

  /** The path so far is here: what the server drew of it can go. */
  complete() {
    if (this.isWhole) return;
    this.isWhole = true;
    this.#dirty = true;
    this.#grant();
    this.#dress();
  }

  /** The state of the motion is another one; another epoch is its next path. */
  follow(state) {
    if (this.state && state.epoch !== this.state.epoch) {
      this.ordinal += 1;
      this.paths.refresh();
    }
    this.state = state;
    this.#showPath();
  }

  #showPath() {
    const { past } = this.scene;
    const number = past ?? this.ordinal;
    this.paths.show({ epoch: this.scene.series.epoch, ordinal: number, isLive: past === null });
  }

  /** What the page's sentence says while I look at something else than the moving edge, or null. */
  get words() {
    const { isLive, past, replay, behind } = this.scene;
    if (isLive) return null;
    const said = replay
      ? "Played again; the motion goes on"
      : past === null
        ? "View frozen"
        : `The ${ordinal(past)} path; the motion goes on`;
    const isFrozen = past === null && !replay;
    const late = behind === Infinity ? ", and restarted since" : `, ${count(behind)} steps behind`;
    return { text: isFrozen ? said + late : said, tone: "warn", said };
  }

  /** Change what is looked at by `change(scene)`. */
  act(change) {
    change(this.scene);
    this.#dirty = true;
    this.#showButtons();
  }

  // --- drawing ---

  start() {
    this.chart.whenLoaded(this.find("chart-library"), () => {
      this.#loaded = true;
      this.#dress();
    });
    const frame = () => {
      const now = performance.now();
      if (this.#dirty || this.scene.replay?.playing) this.#render(now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /**
   * At most once an animation frame, and not at all in a hidden tab. Nor between a history and the
   * steps that follow it, even if something else asked for a picture just before it came.
   */
  #render(now) {
    if (!this.isWhole || this.link.isUndrawn || this.chart.isHeld) return;
    this.#dirty = false;
    const { scene } = this;
    const picture = scene.picture(now, this.state.interval);
    this.#picture = picture;
    if (this.chart.isDrawn) this.chart.update(picture);
    else sketch(this.find("sketch").firstElementChild, picture, picture.yRange);
    const { steps, positions, last } = scene.series;
    const marks = scene.showsChanges ? picture.marks.map(({ step }) => step) : [];
    this.overview.show({ steps, positions, last, range: scene.view.range, marks });
    this.theory.look({ ...scene.seen(now), start: scene.view.start });
    this.#say(this.#note ?? picture.axis.note);
    this.#showReplay(now);
    this.#showButtons();
  }

  /** The chart takes the sketch's place. */
  async #dress() {
    if (!this.#loaded || !this.isWhole) return;
    await this.chart.draw(this.scene.picture(performance.now(), this.state.interval));
    this.find("sketch").remove();
    this.#dirty = true;
    this.onDressed?.();
  }

  /** The server said to stay away: nothing more is asked for. */
  end() {
    this.#isOver = true;
    this.theory.end();
  }

  /** Now and then: finer points where the view needs some. */
  fetch(now) {
    if (!this.isWhole || this.#isOver) return;
    const { tiles } = this.scene;
    for (const tile of this.scene.wanted(now)) {
      tiles.ask(tile);
      this.windows.tile(tile).then(
        (positions) => {
          tiles.take(tile, positions);
          this.refresh();
        },
        () => tiles.fail(tile, performance.now()),
      );
    }
    this.#fetchAnchor();
  }

  #fetchAnchor() {
    const anchor = this.scene.unknownAnchor;
    if (!anchor || this.asking) return;
    this.asking = true;
    this.windows
      .position(anchor.epoch, anchor.step)
      .then((position) => this.act((scene) => scene.takeAnchor({ ...anchor, position })))
      .catch(() => {}) // asked again with the next turn
      .finally(() => (this.asking = false));
  }

  // --- what the buttons say ---

  #showButtons() {
    const { scene } = this;
    const { mode, origin } = scene.view;
    const pressed = (id, is) => this.find(id).setAttribute("aria-pressed", String(is));
    pressed("follow", scene.isLive && mode === "follow");
    pressed("all", mode === "all");
    pressed("band", scene.band !== null);
    pressed("show-changes", scene.showsChanges);
    this.find("my-reset").hidden = origin === null;
    this.find("replay").hidden = scene.replay !== null;
    this.find("band-start").hidden = scene.band === null;
    this.#showFrozen();
    if (this.state) this.#showPath();
  }

  #showFrozen() {
    const { isLive, past, replay, behind } = this.scene;
    const isFrozen = !isLive && past === null && replay === null;
    const button = this.find("freeze");
    button.hidden = past !== null || replay !== null;
    button.setAttribute("aria-pressed", String(isFrozen));
    setText(this.find("freeze-word"), isFrozen ? "Frozen" : "Freeze");
    this.find("freeze-what").hidden = isFrozen;
    const badge = this.find("behind");
    badge.hidden = !isFrozen;
    setText(badge, behind === Infinity ? "restarted" : `+${count(behind)}`);
    setText(this.find("follow"), isLive ? "Follow" : "Go live");
    this.find("follow").classList.toggle("primary", !isLive);
  }

  #showReplay(now) {
    const { replay, past } = this.scene;
    if (!replay) {
      this.player.hide();
      return;
    }
    if (replay.playing && replay.hasEnded(now)) replay.pause(now);
    this.player.show({
      first: replay.first,
      last: replay.last,
      at: replay.at(now),
      playing: replay.playing,
      interval: this.state.interval,
      words: past === null ? "Played again; the motion goes on." : `Path ${past}, played again.`,
    });
  }

  // --- what is done ---

  #listen() {
    const press = (id, act) => this.find(id).addEventListener("click", act);
    const does = (id, change) => press(id, () => this.act(change));
    does("follow", (scene) => scene.follow());
    does("all", ({ view }) => view.all());
    does("freeze", FREEZE);
    does("replay", (scene) => scene.play(performance.now()));
    press("band", () => this.#toggleBand());
    press("show-changes", () => this.#toggleChanges());
    press("reset", () => this.#reset());
    press("full-screen", () => this.#toggleFullScreen());
    press("band-here", () => this.#setBand(this.scene.seen(performance.now()).first));
    this.find("band-from").addEventListener("change", ({ target }) => this.#setBand(Number(target.value)));
    this.#listenToAxes();
    press("more-tools", () => this.toggleTools());
    document.addEventListener("click", ({ target }) => {
      if (!target.closest("#more-tools, .axes")) this.toggleTools(false);
    });
    this.find("plot").addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.toggleTools(false);
    });
    this.find("chart").addEventListener("keydown", (event) => this.#key(event));
    addEventListener("themechange", () => this.chart.paint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.chart.paint());
    this.#listenToFingers();
    this.#listenToSize();
  }

  #listenToAxes() {
    for (const name of ["across", "up"]) {
      const select = this.find(name);
      select.value = this.scene[name];
      select.addEventListener("change", () => {
        keep(name, select.value);
        this.act((scene) => (scene[name] = select.value));
      });
    }
  }

  #listenToFingers() {
    new Touch(this.find("chart"), {
      area: () => this.chart.area(),
      range: () => this.#picture.range,
      onMove: (range) => this.#move(range),
    });
  }

  #listenToSize() {
    let resizing = null;
    new ResizeObserver(() => {
      clearTimeout(resizing);
      resizing = setTimeout(() => this.chart.resize(), RESIZE_MS);
    }).observe(this.find("chart"));
  }

  /** Somebody moved the chart: from what the axis shows to steps. */
  #move(range) {
    if (!this.#picture) return;
    const { axis } = this.#picture;
    this.act(({ view }) => view.fix(range.map((x) => axis.step(x))));
  }

  #reset() {
    if (this.link.series.epoch === null) return;
    this.act((scene) => scene.reset());
  }

  #toggleBand() {
    const isOn = this.scene.band !== null;
    keep("band", !isOn);
    this.#setBand(isOn ? null : this.scene.view.start);
  }

  #setBand(step) {
    const isStep = step === null || (Number.isInteger(step) && step >= 0);
    const last = this.scene.series.last;
    if (isStep) this.act((scene) => (scene.band = step === null ? null : Math.min(step, last)));
    this.find("band-from").value = this.scene.band ?? 0;
  }

  #toggleChanges() {
    keep("changes", !this.scene.showsChanges);
    this.act((scene) => (scene.showsChanges = !scene.showsChanges));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const change = KEYS[key];
    const press = { r: "reset", b: "band", e: "open-export" }[key];
    if (key === "," || key === ".") this.#tour(key === "." ? 1 : -1);
    else if (press) this.find(press).click();
    else if (change) this.act(change);
    else return;
    event.preventDefault();
  }

  /** To the next mark, or with −1 to that before: what is told there is shown, and said. */
  #tour(way) {
    const { marks = [] } = this.#picture ?? {};
    this.#mark = neighbour(marks, this.#mark, way);
    this.chart.pointAt(this.#mark ? marks.indexOf(this.#mark) : null);
    setText(this.find("change-said"), this.#mark ? spoken(this.#mark) : "No change further on.");
  }

  /** Bring a step into the middle: of a change that somebody chose from the list. */
  showStep(step) {
    this.act(({ view }) => {
      const [from, to] = view.range;
      const half = Math.max((to - from) / 2, 10);
      view.fix([step - half, step + half]);
    });
  }

  #toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.find("plot").requestFullscreen?.();
  }

  /** The menu of a narrow screen; it goes once something else is done. */
  toggleTools(open = this.find("more-tools").getAttribute("aria-expanded") !== "true") {
    this.find("more-tools").setAttribute("aria-expanded", String(open));
  }

  // --- other paths, links, memory ---

  /** Another path of this motion, or the live one where `epoch` is null. */
  async #choose(epoch) {
    if (epoch === null) {
      this.act((scene) => scene.follow());
      return;
    }
    this.#tell("Fetching that path …");
    try {
      const path = await this.windows.whole(epoch);
      this.act((scene) => scene.choose(path));
      this.#tell("");
    } catch {
      this.#tell("That path could not be fetched; try again.");
    }
  }

  /** Say `text` of my view, until something else is said; "": what the axis has to say. */
  #tell(text) {
    this.#note = text || null;
    this.#say(text);
  }

  #say(text) {
    setText(this.find("view-note"), text);
  }

  #subject() {
    const { first, last } = this.scene.seen(performance.now());
    const { epoch, last: end } = this.scene.series;
    const ordinal = this.scene.past ?? this.ordinal;
    return { epoch, ordinal, slug: this.state.slug, view: [first, last], whole: [0, end] };
  }

  /** A link that opens exactly this view. */
  address() {
    const { scene } = this;
    const { first, last } = scene.seen(performance.now());
    const isHeld = !scene.isLive || scene.view.mode === "fixed";
    const query = toQuery({
      epoch: isHeld ? scene.series.epoch : null,
      mode: isHeld ? "fixed" : scene.view.mode,
      range: [first, last],
      x: scene.across,
      y: scene.up,
      band: scene.band,
      marks: scene.showsChanges,
      panels: this.theory.switches,
      until: null,
    });
    return new URL(`${this.base()}${query}`, location.href).href;
  }

  /** The switches as they were left. */
  #recall() {
    const { scene } = this;
    const known = (names, name) => (names.includes(name) ? name : names[0]);
    scene.across = known(KINDS, remember("across", KINDS[0]));
    scene.up = known(UP, remember("up", UP[0]));
    scene.band = remember("band", false) ? 0 : null;
    scene.showsChanges = remember("changes", true) !== false;
  }

  /** What a link asks for, now that there is a path. */
  async #grant() {
    const wish = this.#wish;
    this.#wish = null;
    if (!wish) return;
    const { scene } = this;
    scene.across = wish.x;
    scene.up = wish.y;
    scene.band = wish.band;
    scene.showsChanges = wish.marks;
    this.theory.show(wish.panels);
    this.find("across").value = scene.across;
    this.find("up").value = scene.up;
    if (wish.mode === "all") scene.view.all();
    if (wish.mode !== "fixed") return;
    if (wish.epoch !== scene.live.epoch) await this.#choose(wish.epoch);
    if (wish.epoch === scene.series.epoch) this.act(({ view }) => view.fix(wish.range));
    else this.#tell("The path that this link names is not there any more.");
  }
}

const FREEZE = (scene) => (scene.isLive ? scene.freeze() : scene.follow());

const KEYS = {
  ArrowLeft: ({ view }) => view.pan(-0.2),
  ArrowRight: ({ view }) => view.pan(0.2),
  "+": ({ view }) => view.zoom(1 / 1.5),
  "=": ({ view }) => view.zoom(1 / 1.5),
  "-": ({ view }) => view.zoom(1.5),
  f: (scene) => scene.follow(),
  a: ({ view }) => view.all(),
  Home: ({ view }) => view.all(),
  End: (scene) => scene.follow(),
  p: FREEZE,
};

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
