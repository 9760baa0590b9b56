// What my view lacks, fetched: finer points of the path, and the position that the band begins at.

export class Supply {
  #isAsking = false;
  #isOver = false;

  /** `api` loads for `scene`; `onNews()` is told that there is more to draw.
   * @param {Scene} scene @param {MotionApi} api @param {() => void} onNews */
  constructor(scene, api, onNews) {
    this.scene = scene;
    this.api = api;
    this.onNews = onNews;
  }

  /** Ask for what is missing at `now`, and has not been asked for. @param {number} now */
  fetch(now) {
    if (this.#isOver) return;
    for (const tile of this.scene.wanted(now)) this.#fetchTile(tile);
    this.#fetchAnchor();
  }

  /** The server said to stay away: nothing more is asked for. */
  end() {
    this.#isOver = true;
  }

  /** @param {Tile} tile */
  #fetchTile(tile) {
    const { tiles } = this.scene;
    tiles.ask(tile);
    this.api.loadTile(tile).then(
      (positions) => {
        tiles.take(tile, positions);
        this.onNews();
      },
      () => tiles.fail(tile, performance.now()),
    );
  }

  #fetchAnchor() {
    const anchor = this.scene.unknownAnchor;
    if (!anchor || this.#isAsking) return;
    this.#isAsking = true;
    this.api
      .loadPosition(anchor.epoch, anchor.step)
      .then((position) => {
        this.scene.takeAnchor({ ...anchor, position });
        this.onNews();
      })
      .catch(() => {}) // asked again with the next turn
      .finally(() => (this.#isAsking = false));
  }
}
