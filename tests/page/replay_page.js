// The player and the path picker; each call of their handlers is recorded in `calls`.

import { MotionApi } from "/live/api.js";
import { PathPicker } from "/widgets/path-picker.js";
import { Player } from "/widgets/player.js";

// Without a zone: local time of the browser.
const EPOCHS = [
  { epoch: 30, ordinal: 3, began_at: "2026-11-22T10:00", ended_at: null, last_step: 7 },
  { epoch: 20, ordinal: 2, began_at: "2026-11-21T18:22", ended_at: "2026-11-22T10:00", last_step: 14_402 },
  { epoch: 10, ordinal: 1, began_at: "2026-11-02T06:05", ended_at: "2026-11-21T18:22", last_step: 1 },
];

export function showPlayer(html, shown) {
  document.body.innerHTML = html;
  const calls = [];
  const player = new Player(document.body, (...command) => calls.push(command));
  player.show(shown);
  return { player, calls, shown };
}

/** The live path is the third, of epoch 30; with `isPast` the second, of epoch 20, is in view.
 * `replies` are the answers of epochs.json, one after the other: epochs, or a status. */
export function showPaths({ epoch = 30, ordinal = 3, isPast = false } = {}, replies = [EPOCHS]) {
  document.body.innerHTML = '<button id="elsewhere">Elsewhere</button> <select id="paths" aria-label="Path" hidden></select>';
  const [calls, asked] = [[], []];
  globalThis.fetch = async (address) => {
    asked.push(address);
    const reply = replies.shift();
    return Array.isArray(reply) ? Response.json({ epochs: reply }) : new Response("", { status: reply });
  };
  const select = document.querySelector("#paths");
  const model = { series: { epoch }, pastOrdinal: null };
  const view = (past) => {
    Object.assign(model, past ? { series: { epoch: 20 }, pastOrdinal: 2 } : { series: { epoch }, pastOrdinal: null });
    paths.show();
  };
  const api = new MotionApi("/motions/walk/");
  api.loadPath = async (of) => of;
  const paths = new PathPicker(select, { model, api, ordinal, run: (...command) => calls.push(command), report: () => {} });
  if (isPast) view(true);
  paths.follow(epoch);
  return { paths, view, calls, asked, select, epochs: EPOCHS };
}
