// Loads what a view lacks: finer points of the path, and the position at which the band begins.

export class TileLoader {
  #isLoadingPlace = false;
  #hasEnded = false;

  /** `onLoad()` is called when there is more to draw.
   * @param {ViewModel} model @param {MotionApi} api @param {() => void} onLoad */
  constructor(model, api, onLoad) {
    this.model = model;
    this.api = api;
    this.onLoad = onLoad;
  }

  /** Request what is missing at `now`, unless a request is on its way. @param {number} now */
  loadMissing(now) {
    if (this.#hasEnded) return;
    const { tiles, series, view } = this.model;
    for (const tile of tiles.listMissing(series, view.range, now)) this.#loadTile(tile);
    this.#loadPlace();
  }

  /** Request nothing more: the server has refused. */
  end() {
    this.#hasEnded = true;
  }

  /** @param {Tile} tile */
  #loadTile(tile) {
    const { tiles } = this.model;
    tiles.markRequested(tile);
    this.api.loadTile(tile).then(
      (positions) => {
        tiles.add(tile, positions);
        this.onLoad();
      },
      () => tiles.markFailed(tile, performance.now()),
    );
  }

  #loadPlace() {
    const place = this.model.missingPlace;
    if (!place || this.#isLoadingPlace) return;
    this.#isLoadingPlace = true;
    this.api
      .loadPosition(place.epoch, place.step)
      .then((position) => {
        this.model.setLoadedPlace({ ...place, position });
        this.onLoad();
      })
      .catch(() => {}) // the next call of loadMissing tries again
      .finally(() => (this.#isLoadingPlace = false));
  }
}
