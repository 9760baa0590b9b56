// The fields under the chart: what its axes show, and the step that the band begins at.

import { chooseAxis } from "./switches.js";

export class Fields {
  /** What a hand chooses is an `act(change)` of the `scene`. */
  constructor(root, { scene, act }) {
    const find = (id) => root.querySelector(`#${id}`);
    this.scene = scene;
    this.axes = { across: find("across"), up: find("up") };
    this.band = find("band-start");
    this.start = find("band-from");
    for (const [name, select] of Object.entries(this.axes)) {
      select.addEventListener("change", () => act(() => chooseAxis(scene, name, select.value)));
    }
    const begin = (step) => {
      act(() => scene.beginBand(step));
      this.start.value = scene.band ?? 0; // what cannot be is taken back
    };
    this.start.addEventListener("change", () => begin(Number(this.start.value)));
    find("band-here").addEventListener("click", () => begin(scene.seen(performance.now()).first));
    this.show();
  }

  show() {
    const { scene, axes, band, start } = this;
    for (const [name, select] of Object.entries(axes)) {
      if (select.value !== scene[name]) select.value = scene[name];
    }
    band.hidden = scene.band === null;
    if (document.activeElement !== start) start.value = scene.band ?? 0;
  }
}
