// The bar of a replay and the choice of a path, with what their hands did kept in `told`.

import { MotionApi } from "/live/api.js";
import { PathPicker } from "/widgets/path-picker.js";
import { Player } from "/widgets/player.js";

// No zone: on the clock of whoever looks, wherever that is.
const EPOCHS = [
  { epoch: 30, ordinal: 3, began_at: "2026-11-22T10:00", ended_at: null, last_step: 7 },
  { epoch: 20, ordinal: 2, began_at: "2026-11-21T18:22", ended_at: "2026-11-22T10:00", last_step: 14_402 },
  { epoch: 10, ordinal: 1, began_at: "2026-11-02T06:05", ended_at: "2026-11-21T18:22", last_step: 1 },
];

export function showPlayer(html, shown) {
  document.body.innerHTML = html;
  const told = [];
  const tell = (name) => (...values) => told.push([name, ...values]);
  const player = new Player(document.body, {
    onSeek: tell("seek"),
    onPlay: tell("play"),
    onPause: tell("pause"),
    onSpeed: tell("speed"),
    onClose: tell("close"),
  });
  player.show(shown);
  return { player, told, shown };
}

/** `replies` are what epochs.json answers, one after the other: epochs, or a status. */
export function showPaths(shown, replies = [EPOCHS]) {
  document.body.innerHTML = '<button id="elsewhere">Elsewhere</button> <select id="paths" aria-label="Path"></select>';
  const [told, asked] = [[], []];
  globalThis.fetch = async (address) => {
    asked.push(address);
    const reply = replies.shift();
    return Array.isArray(reply) ? Response.json({ epochs: reply }) : new Response("", { status: reply });
  };
  const select = document.querySelector("#paths");
  const paths = new PathPicker(select, { api: new MotionApi("/motions/walk/"), onChoose: (epoch) => told.push(epoch) });
  paths.show(shown);
  return { paths, told, asked, select, epochs: EPOCHS };
}
