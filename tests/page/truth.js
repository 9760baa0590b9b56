// What motion-page.js does with its pure parts, without a document or a socket: many pages at once, each
// driven by test_truth.py, which reads every point that it shows.

import { Sync } from "/live/sync.js";
import { parseFrame } from "/live/protocol.js";
import { ViewModel } from "/view/view-model.js";
import { LIMIT, Series } from "/live/series.js";

const MOST_DRAWN = 2_000; // of the path: what a view draws, and what lies beside it
const MOST_IN_TILES = 4 * 513;
const FINE = 1_000; // so many of the newest steps are held one by one
const SAME = 1e-10; // what is left of 1e-9 is for a view that counts from elsewhere

class Page {
  now = 0;
  pings = 0;
  sent = [];
  news = []; // points not reported yet: [epoch, steps, positions]
  known = { epoch: null, held: new Map() };
  series = new Series();
  sync = new Sync(this.series, (message) => this.sent.push(message));
  model = new ViewModel(this.series, this.sync.changes);

  // --- what happens to it ---

  open() {
    this.sync.reset(this.now);
    this.sent = [];
  }

  take(text) {
    this.sync.receive(parseFrame(text), this.now);
  }

  pass(milliseconds) {
    this.now += milliseconds;
  }

  ping() {
    this.pings += 1;
    this.sync.ping(this.pings, this.now);
  }

  reset() {
    if (this.series.epoch !== null) this.model.reset();
  }

  /** Moved and zoomed about a place of the whole path. */
  fix(from, width) {
    const start = from * this.series.last;
    this.model.view.setRange([start, start + width]);
  }

  look(name, ...values) {
    this.model.view[name](...values);
  }

  /** The answer to a request, however late; without positions the request failed. */
  tile(tile, positions) {
    if (positions) this.model.tiles.add(tile, positions);
    else this.model.tiles.markFailed(tile, this.now);
  }

  // --- what it shows ---

  check() {
    const { epoch, steps, positions } = this.series;
    if (epoch === null) return;
    if (epoch !== this.sync.state.epoch) throw new Error(`a path of epoch ${epoch}`);
    if (epoch !== this.known.epoch) this.known = { epoch, held: new Map() };
    this.bound(steps, positions, Math.min(LIMIT, 5_000));
    this.note(steps, positions);
    const { x, y, newest, range, markers } = this.model.pictures.create(this.now, 1);
    this.bound(x, y, MOST_DRAWN);
    if (this.model.tiles.size > MOST_IN_TILES) throw new Error(`${this.model.tiles.size} in tiles`);
    if (!range.every(Number.isFinite) || range[0] >= range[1]) throw new Error(`shows ${range}`);
    const { step, position } = this.model.view.origin ?? { step: 0, position: 0 };
    this.note(
      [0, ...x, newest[0], ...markers.map((marker) => marker.x)].map((shown) => shown + step),
      [0, ...y, newest[1], ...markers.map((marker) => marker.y)].map((shown) => shown + position),
    );
  }

  bound(steps, positions, most) {
    if (steps.length !== positions.length) throw new Error("lengths differ");
    if (!steps.length || steps.length > most) throw new Error(`${steps.length} points`);
    const at = steps.findIndex((step, index) => index && step <= steps[index - 1]);
    if (at > 0) throw new Error(`step ${steps[at]} after ${steps[at - 1]}`);
  }

  /** Reports new and changed points; test_truth.py, which knows the path, checks them. */
  note(steps, positions) {
    const { epoch, held } = this.known;
    const fresh = [epoch, [], []];
    steps.forEach((step, at) => {
      if (isSame(positions[at], held.get(step))) return;
      held.set(step, positions[at]);
      fresh[1].push(step);
      fresh[2].push(positions[at]);
    });
    if (fresh[1].length) this.news.push(fresh);
  }

  report() {
    const { sent, news, series } = this;
    this.sent = [];
    this.news = [];
    const fine = series.steps.filter((step) => step > series.last - FINE).length;
    const changes = this.sync.changes.items.map(({ revision }) => revision);
    const wanted = series.epoch === null ? [] : this.model.tiles.listMissing(series, this.model.view.range, this.now);
    for (const tile of wanted) this.model.tiles.markRequested(tile);
    return { sent, news, wanted, epoch: series.epoch, last: series.last, fine, changes };
  }
}

const isSame = (value, before) =>
  before !== undefined && Math.abs(value - before) <= SAME * Math.max(1, Math.abs(value));

const pages = new Map();

/** One turn of all pages: {name: [[action, …], …]} → {name: what it says then, or why it failed}. */
export function turn(actions) {
  return Object.fromEntries(
    Object.entries(actions).map(([name, list]) => [name, runTurn(name, list)]),
  );
}

function runTurn(name, list) {
  if (!pages.has(name)) pages.set(name, new Page());
  const page = pages.get(name);
  for (const [action, ...values] of list) {
    try {
      page[action](...values);
      if (action !== "pass") page.check();
    } catch (error) {
      return { failed: `${action}: ${error.message}` };
    }
  }
  return page.report();
}
