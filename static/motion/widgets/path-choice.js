// Which path I look at: the live one, or an earlier one that I chose from the list or that a link names.

import { Paths } from "./path-picker.js";

export class Places {
  #live; // the ordinal of the path that runs
  /** @type {number | null} */ #epoch = null; // of the path that runs, once it is known

  /**
   * `ordinal` is that of the path that was live when the page was made; `api` loads the
   * others. A choice is an `act(change)` of the `scene`, and `tell(text)`
   * says what becomes of it.
   * @param {HTMLSelectElement} select
   * @param {{ scene: Scene, api: MotionApi, ordinal: number, act: Act, tell: (text: string) => void }} page
   */
  constructor(select, { scene, api, ordinal, act, tell }) {
    this.scene = scene;
    this.api = api;
    this.act = act;
    this.tell = tell;
    this.#live = ordinal;
    this.paths = new Paths(select, { api, onChoose: (epoch) => void this.#choose(epoch) });
  }

  /** The how-manieth path of the motion is looked at. */
  get ordinal() {
    return this.scene.past ?? this.#live;
  }

  /** The path of `epoch` runs; if another one ran before, it is the motion's next. @param {number} epoch */
  follow(epoch) {
    if (this.#epoch !== null && epoch !== this.#epoch) {
      this.#live += 1;
      this.paths.refresh();
    }
    this.#epoch = epoch;
    this.show();
  }

  show() {
    if (this.#epoch === null) return;
    const { series, past } = this.scene;
    this.paths.show({ epoch: series.epoch, ordinal: this.ordinal, isLive: past === null });
  }

  /**
   * To what a link names: the steps `range` of the path of `epoch`, and the step `since` that the
   * view counts from. A reset ends with its path: without a range, the path that runs is shown.
   * @param {Pick<LinkedView, "epoch" | "range" | "since">} view
   */
  async visit({ epoch, range, since }) {
    if (range && epoch !== this.scene.live.epoch) await this.#choose(epoch);
    const { series } = this.scene;
    if (epoch !== series.epoch) return;
    if (range) this.act(({ view }) => view.fix(range));
    if (since !== null && since <= series.last) await this.#countFrom({ epoch, step: since });
  }

  /** @param {{ epoch: number | null, step: number }} place */
  async #countFrom(place) {
    try {
      const position = await this.api.loadPosition(place.epoch, place.step);
      this.act((scene) => scene.countFrom({ ...place, position }));
    } catch {
      this.tell("The start of this view could not be loaded. Reload the page to try again.");
    }
  }

  /** Another path of this motion, or the live one where `epoch` is null. @param {number | null} epoch */
  async #choose(epoch) {
    if (epoch === null) {
      this.act((scene) => scene.follow());
      return;
    }
    this.tell("Loading the path…");
    try {
      const path = await this.api.loadPath(epoch);
      this.act((scene) => scene.choose(path));
      this.tell("");
    } catch (error) {
      const isGone = /** @type {{ status?: number }} */ (error).status === 404;
      this.tell(isGone ? "This path no longer exists." : "The path could not be loaded. Choose it again.");
    }
  }
}
