// An ensemble for tests, whose positions are a function of path and step and exact in float32, and the server's
// answers about it.

import { Changes } from "/live/changes.js";
import { EnsembleSeries } from "/live/ensemble-series.js";
import { Series } from "/live/series.js";
import { ViewModel } from "/view/view-model.js";

const QUANTILES = ["0.05", "0.25", "0.5", "0.75", "0.95"];
export const VARIANCE = 4;

/** X of a path; 0 at step 0. */
export const X = (path, step) => (step === 0 ? 0 : ((path * 31 + step * 7_919) % 1_013) / 8 - 63);

const count = (length) => [...Array(length).keys()];

/** A frame `ensemble` of so many paths. */
export function makeFrame(paths, step, epoch = 1) {
  const bytes = new Uint8Array(Float32Array.from(count(paths), (at) => X(at + 1, step)).buffer);
  return { type: "ensemble", epoch, step, positions: btoa(String.fromCharCode(...bytes)) };
}

/** What ensemble.json answers. */
export function answerWindow({ epoch, first, last, stride, seats }) {
  const start = Math.ceil(first / stride) * stride;
  const steps = count(Math.floor((last - start) / stride) + 1).map((at) => start + at * stride);
  return {
    ...{ epoch, stride, first_step: start, last },
    quantiles: Object.fromEntries(QUANTILES.map((part) => [part, steps.map((step) => step * Number(part))])),
    law: { mean: steps.map(() => 0), variance: steps.map((step) => VARIANCE * step) },
    paths: Object.fromEntries(seats.map((seat) => [seat, steps.map((step) => X(seat, step))])),
  };
}

/** A page that follows a motion with so many paths; `walk(steps)` takes steps, each with a frame unless it is lost. */
export class Follower {
  series = new Series();
  changes = new Changes();
  ensemble = new EnsembleSeries();

  constructor(paths) {
    this.paths = paths;
    this.model = new ViewModel(this.series, this.changes, this.ensemble);
    this.begin(1);
  }

  begin(epoch, paths = this.paths) {
    this.paths = paths;
    this.series.begin(epoch);
    this.ensemble.follow({ epoch, paths });
    const values = { variance: VARIANCE, drift: 0, interval: 0.5, paused: false, at: "2026-11-22T12:00:00Z", by: null };
    this.changes.replace([{ revision: 1, event: 1, text: "Started", kind: "", step: 0, position: 0, ...values }]);
  }

  walk(steps, { isLost = false } = {}) {
    for (let left = steps; left > 0; left -= 1) {
      const step = this.series.last + 1;
      const [before, position] = [X(0, step - 1), X(0, step)];
      this.series.append({ first_step: step, increments: [position - before], position });
      if (!isLost) this.ensemble.take(makeFrame(this.paths, step, this.series.epoch));
    }
  }

  draw(now = 0) {
    return this.model.pictures.create(now, 0.5);
  }

  /** Load what the view lacks; the asked window, or null. */
  load(now = 0) {
    this.draw(now);
    const asked = this.model.ensemble.findMissing(this.model.getLastStep(now));
    if (asked) this.model.ensemble.setWindow(answerWindow(asked));
    return asked;
  }
}

/** Whether every single path of a picture has the positions of its paths; the steps are coordinates. */
export function isTrue({ x, thin, mine, lit }) {
  const lines = [...thin, mine, lit].filter(Boolean);
  return lines.every(({ seat, y, x: own = x }) => y.length === own.length && y.every((value, at) => value === X(seat, own[at])));
}
