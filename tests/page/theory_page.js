// The theory's section with a clock and a server that a test winds and answers by hand.

import { MotionApi } from "/live/api.js";
import { StatisticsPoller } from "/stats/poller.js";
import { Theory } from "/stats/theory.js";

/** Time stands still but for `pass(milliseconds)`, which fires what is due on the way. */
export class Clock {
  time = 0;
  #timers = new Map();
  #ids = 0;

  now = () => this.time;

  later = (call, milliseconds) => {
    this.#ids += 1;
    this.#timers.set(this.#ids, { at: this.time + milliseconds, call });
    return this.#ids;
  };

  cancel = (id) => this.#timers.delete(id);

  async pass(milliseconds) {
    const end = this.time + milliseconds;
    for (;;) {
      const [id, timer] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (!timer || timer.at > end) break;
      this.#timers.delete(id);
      this.time = Math.max(this.time, timer.at);
      timer.call();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** A visible poller; its requests wait in `asked`, its answers and failures are in `given`. */
export function createPoller() {
  const clock = new Clock();
  const [asked, given] = [[], []];
  const ask = (window, signal) =>
    new Promise((answer, fail) => asked.push({ at: clock.time, window, signal, answer, fail }));
  const poller = new StatisticsPoller(ask, {
    onAnswer: (answer) => given.push(answer),
    onFailure: () => given.push("failed"),
    clock,
  });
  poller.setVisible(true);
  const reply = async (at, answer) => {
    if (answer === "failed") asked[at].fail(new Error("failed"));
    else asked[at].answer(answer);
    await settle();
  };
  return { clock, asked, given, poller, reply };
}

/** The section on the page, `below` so many pixels; `replies(address)` is a body or a status. */
export async function show(html, { replies, below = 0 }) {
  document.body.innerHTML = `<div style="height: ${below}px"></div><style>
    [hidden] { display: none } .canvas, svg { width: 280px; height: 196px }</style>${html}`;
  const clock = new Clock();
  const asked = [];
  globalThis.fetch = async (address) => {
    asked.push(address);
    const reply = replies(address);
    return typeof reply === "number" ? new Response("", { status: reply }) : Response.json(reply);
  };
  const theory = new Theory(document.querySelector("#theory"), {
    api: new MotionApi("/motions/m/"),
    clock,
  });
  await frames();
  return { theory, clock, asked };
}

/** Until observers of the layout have given. */
export async function frames() {
  for (let at = 0; at < 3; at += 1) await new Promise(requestAnimationFrame);
}

const settle = () => new Promise((done) => setTimeout(done));
