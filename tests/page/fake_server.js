// A server for tests of sync.js and series.js, which knows the whole path, and a network between
// them that loses, doubles and delays. Positions are multiples of 1/8, so sums are exact.

import { Sync } from "/live/sync.js";
import { LIMIT, Series } from "/live/series.js";

const REACH = 2_000;
const TAIL = 1_000;
const WAY_MS = 100; // how long a message takes to the server

class Path {
  constructor(seed) {
    this.random = seed;
    this.positions = [0];
  }

  at(step) {
    while (this.positions.length <= step) {
      this.random = (Math.imul(this.random, 1_103_515_245) + 12_345) >>> 0;
      this.positions.push(this.positions.at(-1) + ((this.random >>> 20) - 2_048) / 8);
    }
    return this.positions[step];
  }
}

class Server {
  epoch = 1;
  revision = 1;
  step = 0;
  paths = new Map([[1, new Path(1)]]);
  changes = [this.record()]; // of the current epoch

  at(epoch, step) {
    return this.paths.get(epoch).at(step);
  }

  /** The record of a change at the newest step. */
  record() {
    const { epoch, revision, step } = this;
    const position = this.at(epoch, step);
    const values = { variance: revision, drift: 0, interval: 0.5, paused: false };
    const at = `2026-11-22T18:00:00.${String(revision % 1_000).padStart(3, "0")}+00:00`;
    return { revision, step, position, ...values, at, by: revision % 2 ? null : "Ada", event: revision, kind: "", text: `Change ${revision}` };
  }

  /** The newest change, and where the motion is now. */
  state() {
    const { epoch, step } = this;
    const position = this.at(epoch, step);
    const access = { owner: "Ada", control: "everyone", controllers: [], can_control: true };
    return { type: "state", epoch, ...this.changes.at(-1), step, position, ...access };
  }

  tick(count) {
    this.step += count;
    return this.increments(this.step - count + 1, this.step);
  }

  change() {
    this.revision += 1;
    this.changes.push(this.record());
    return this.state();
  }

  restart() {
    this.epoch += 1;
    this.step = 0;
    this.paths.set(this.epoch, new Path(this.epoch));
    this.changes = [];
    return this.change();
  }

  missing(epoch, step) {
    const near = epoch === this.epoch && step <= this.step && this.step - step <= REACH;
    if (near) return this.pieces(step + 1);
    let stride = 1;
    while (Math.floor(this.step / stride) + 1 > TAIL) stride *= 2;
    const count = Math.floor(this.step / stride) + 1;
    const positions = Array.from({ length: count }, (_, at) => this.at(this.epoch, at * stride));
    const changes = this.changes.slice(-1_000);
    const history = { type: "history", epoch: this.epoch, first_step: 0, stride, positions, changes };
    return [history, ...this.pieces(Math.max(1, this.step - TAIL + 1))];
  }

  /** In two frames, as if the parameters had changed on the way. */
  pieces(first) {
    const middle = Math.floor((first + this.step) / 2);
    if (middle <= first) return [this.increments(first, this.step)];
    return [this.increments(first, middle), this.increments(middle + 1, this.step)];
  }

  increments(first, last) {
    const steps = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
    return {
      type: "increments",
      epoch: this.epoch,
      revision: this.revision,
      first_step: first,
      increments: steps.map((step) => this.at(this.epoch, step) - this.at(this.epoch, step - 1)),
      position: this.at(this.epoch, Math.max(last, first - 1)),
    };
  }
}

class Trial {
  now = 0;
  pings = 0;
  syncs = 0;
  kept = []; // frames that the network delivers again, or late
  server = new Server();
  series = new Series();
  requests = []; // on their way to the server
  sync = new Sync(this.series, (message) => this.requests.push({ message, at: this.now + WAY_MS }));

  pass(milliseconds) {
    this.now += milliseconds;
    while (this.requests[0]?.at <= this.now) this.answer(this.requests.shift().message);
  }

  answer(message) {
    if (message.type === "sync") {
      this.syncs += 1;
      for (const frame of this.server.missing(message.epoch, message.step)) this.deliver(frame);
    } else if (message.type === "ping") {
      this.deliver({ type: "pong", n: message.n, step: this.server.step });
    }
  }

  deliver(frame) {
    const { epoch, last } = this.series;
    this.sync.receive(frame, this.now);
    this.check(frame.type);
    const shrank = this.series.epoch === epoch && this.series.last < last;
    if (shrank && frame.type !== "history") throw new Error(`a ${frame.type} took points away`);
  }

  check(what) {
    const { epoch, steps, positions } = this.series;
    if (steps.length !== positions.length) throw new Error(`${what}: lengths differ`);
    if (steps.length > LIMIT || LIMIT > 5_000) throw new Error(`${what}: ${steps.length} points`);
    steps.forEach((step, at) => {
      if (at && step <= steps[at - 1]) throw new Error(`${what}: ${step} after ${steps[at - 1]}`);
      if (epoch !== null && positions[at] !== this.server.at(epoch, step)) {
        throw new Error(`${what}: X of step ${step} is ${positions[at]}`);
      }
    });
  }

  connect() {
    this.requests = [];
    this.sync.reset(this.now);
    const { epoch, last } = this.series;
    this.deliver(this.server.state());
    for (const frame of this.server.missing(epoch, last)) this.deliver(frame);
  }

  act([name, value]) {
    this.pass(50);
    const newest = this.kept.at(-1);
    if (name === "tick") this.deliver(this.keep(this.server.tick(value)));
    else if (name === "lose") this.keep(this.server.tick(value));
    else if (name === "again" && newest) this.deliver(newest);
    else if (name === "late" && newest) this.deliver(this.kept[value % this.kept.length]);
    else if (name === "change") this.deliver(this.keep(this.server.change()));
    else if (name === "mute") this.keep(this.server.change());
    else if (name === "restart") this.deliver(this.keep(this.server.restart()));
    else if (name === "reconnect") this.connect();
    else if (name === "wait") this.wait(value);
  }

  keep(frame) {
    this.kept.push(frame);
    return frame;
  }

  wait(seconds) {
    for (let second = 0; second < seconds; second += 1) {
      this.pings += 1;
      this.sync.ping(this.pings, this.now);
      this.pass(1_000);
    }
  }
}

/** Run a schedule, then let the network be whole for a while; what the page holds in the end. */
export function run(schedule) {
  const trial = new Trial();
  trial.connect();
  for (const action of schedule) trial.act(action);
  const sooner = trial.syncs;
  trial.wait(10);
  const { server, series, syncs } = trial;
  const fine = series.steps.filter((step) => step > server.step - TAIL).length;
  return {
    epoch: [series.epoch, server.epoch],
    last: [series.last, server.step],
    fine: [fine, Math.min(TAIL, server.step + 1)],
    changes: [trial.sync.changes.items, server.changes.slice(-1_000)],
    points: series.steps.length,
    syncs: [sooner, syncs],
  };
}
