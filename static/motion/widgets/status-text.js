// The state of the page as a sentence, always in the same place. Pure.

import { count, counted, isolated, plain } from "../lib/format.js";
import { ordinal } from "../lib/ordinal.js";
import { CLOSE } from "../live/protocol.js";

/**
 * @typedef {{ text: string, tone: string, said?: string }} Words
 * @typedef {{ phase: string, now: number, retryAt: number, silentMs: number, code: number | null }} Connected
 * @typedef {{ state: StateFrame | null, standstillMs: number, pausedBy: string | null }} Moved
 * @typedef {Connected & Moved & { looks: Words | null, past: Stretch | null }} Given
 */

const PATIENCE_MS = 5_000;
const SILENCE_MS = 10_000; // from then on, what the page does by itself may not be enough
const LIVE = { text: "Live", tone: "good" };
const POLLED = { text: "No live connection: updated every 2 s", tone: "warn" };

/**
 * {text, tone, said} of what this page is doing; tone is "good", "quiet", "warn" or "bad", and
 * `said` is the text without what counts, so that a screen reader says it once.
 *
 * `phase` is "connecting", "waiting", "polling", "ended" or "live"; `silentMs` is how long the server
 * has sent nothing to a page that connects or waits; `looks` is what looking() says;
 * `past` is the stretch {first, last} of a view that the newest step has left, or null.
 * @param {Given} given
 */
export function sentence(given) {
  const words = worded(given);
  return { said: words.text, ...words };
}

/** Such words of a view (view-model.js) that shows something else than the moving edge, or null.
 * @param {Pick<Scene, "isLive" | "isFrozen" | "past" | "replay" | "behind">} scene @returns {Words | null} */
export function looking({ isLive, isFrozen, past, replay, behind }) {
  if (isLive) return null;
  if (isFrozen) return { text: frozen(behind), tone: "warn", said: "View frozen" };
  const text = `${replay ? "Replay" : `Earlier path (${ordinal(Number(past))})`}. The live motion continues.`;
  return { text, tone: "warn", said: text };
}

/** @param {number} behind */
function frozen(behind) {
  if (behind === Infinity) return "Frozen; the motion was restarted since then";
  return `View frozen, ${counted(behind, "step")} behind`;
}

/** @param {Given} given @returns {Words} */
function worded({ phase, now, retryAt, silentMs, code, state, standstillMs, pausedBy, looks, past }) {
  switch (phase) {
    case "connecting":
      if (silentMs > PATIENCE_MS) return { text: "The server is slow to answer. Please wait.", tone: "warn" };
      return { text: "Connecting…", tone: "quiet" };
    case "waiting": {
      /** @param {string} text */
      const explain = (text) => (silentMs > SILENCE_MS && !CLOSE[code ?? 0] ? silent(text) : because(code, text));
      return { text: explain(waiting(retryAt - now)), tone: "warn", said: explain("Reconnecting") };
    }
    case "ended":
      return { text: CLOSE[code ?? 0]?.text ?? "The server closed the connection.", tone: "bad" };
    default: {
      const words = looks ?? live(state, standstillMs, pausedBy);
      if (words !== LIVE) return words;
      if (phase === "polling") return POLLED;
      return past ? viewing(past) : LIVE;
    }
  }
}

/** While a hand moves the view the numbers run; a screen reader says the state once. @param {Stretch} stretch */
function viewing({ first, last }) {
  const text = `Viewing steps ${count(first)} to ${count(last)}`;
  return { text, tone: "quiet", said: "Viewing earlier steps" };
}

/** A server that goes says why; a network does not. @param {number | null} code @param {string} text */
function because(code, text) {
  const close = CLOSE[code ?? 0];
  return close ? `${close.text} ${text}` : text;
}

/** For long, and it does not say why. @param {string} text */
function silent(text) {
  return `The server is not answering. ${text.replace("…", "")}; check your network.`;
}

/** @param {number} milliseconds */
function waiting(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1_000);
  return seconds > 0 ? `Reconnecting in ${seconds} s` : "Reconnecting…";
}

/** @param {StateFrame | null} state @param {number} standstillMs @param {string | null} pausedBy @returns {Words} */
function live(state, standstillMs, pausedBy) {
  if (!state) return { text: "Connecting…", tone: "quiet" };
  if (state.paused) {
    return { text: pausedBy ? `Paused by ${isolated(pausedBy)}, for everyone` : "Paused, for everyone", tone: "warn" };
  }
  if (standstillMs > Math.max(PATIENCE_MS, 3_000 * state.interval + 2_000)) {
    const seconds = plain(Math.floor(standstillMs / 1_000));
    const said = "No new steps; the server is not answering";
    return { text: `No new steps for ${seconds} s; the server is not answering`, tone: "bad", said };
  }
  return LIVE;
}
