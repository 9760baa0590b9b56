// The state of the page as a sentence, always in the same place. Pure.

import { formatCount, formatCounted, isolateName, formatOrdinal, formatNumber } from "../lib/format.js";
import { CLOSE } from "../live/protocol.js";

/** @typedef {{ text: string, tone: string, announcement?: string }} Status
 * @typedef {{ phase: Phase, now: number, retryAt: number, silentMs: number, code: number | null }} Connected
 * @typedef {{ state: StateFrame | null, standstillMs: number, pausedBy: string | null }} Moved
 * @typedef {Connected & Moved & { isOffline: boolean, view: Status | null, past: Stretch | null }} Given */

const PATIENCE_MS = 5_000;
const SILENCE_MS = 10_000; // from then on the reader is asked to check the network
const LIVE = { text: "Live", tone: "good" };
const OFFLINE = { text: "You are offline. This page reconnects by itself.", tone: "warn" };
const POLLED = { text: "No live connection: updated every 2 s", tone: "warn" };

/** {text, tone, announcement} of what this page is doing. `tone` is "good", "quiet", "warn" or "bad";
 * `announcement` is the text without numbers that change, so that a screen reader reads it once.
 * `isOffline` is whether the browser knows that it has no network; `silentMs` is how long the server has sent nothing to a page that connects or waits; `view` is what
 * describeView() returns; `past` is the stretch {first, last} of a view that the newest step has left, or null.
 * @param {Given} given */
export function describeStatus(given) {
  const status = chooseStatus(given);
  return { announcement: status.text, ...status };
}

/** The status of a view (view-model.js) that does not follow the live path, or null.
 * @param {Pick<ViewModel, "isLive" | "isFrozen" | "pastOrdinal" | "replay" | "missedSteps">} model @returns {Status | null} */
export function describeView({ isLive, isFrozen, pastOrdinal, replay, missedSteps }) {
  if (isLive) return null;
  if (isFrozen) return { text: describeFrozen(missedSteps), tone: "warn", announcement: "View frozen" };
  const text = `${replay ? "Replay" : `Earlier path (${formatOrdinal(Number(pastOrdinal))})`}. The live motion continues.`;
  return { text, tone: "warn", announcement: text };
}

/** @param {number} behind */
function describeFrozen(behind) {
  if (behind === Infinity) return "Frozen; the motion was restarted since then";
  return `View frozen, ${formatCounted(behind, "step")} behind`;
}

/** @param {Given} given @returns {Status} */
function chooseStatus({ isOffline, phase, now, retryAt, silentMs, code, state, standstillMs, pausedBy, view, past }) {
  if (isOffline && phase !== "ended") return OFFLINE;
  switch (phase) {
    case "connecting":
      if (silentMs > PATIENCE_MS) return { text: "The server is slow to answer. Please wait.", tone: "warn" };
      return { text: "Connecting…", tone: "quiet" };
    case "waiting": {
      /** @param {string} text */
      const explain = (text) => (silentMs > SILENCE_MS && !CLOSE[code ?? 0] ? addNetworkHint(text) : addReason(code, text));
      return { text: explain(describeRetry(retryAt - now)), tone: "warn", announcement: explain("Reconnecting") };
    }
    case "ended":
      return { text: CLOSE[code ?? 0]?.text ?? "The server closed the connection.", tone: "bad" };
    default: {
      const status = view ?? describeMotion(state, standstillMs, pausedBy);
      if (status !== LIVE) return status;
      if (phase === "polling") return POLLED;
      return past ? describePast(past) : LIVE;
    }
  }
}

/** While a reader moves the view the numbers change; the announcement does not. @param {Stretch} stretch */
function describePast({ first, last }) {
  const text = `Viewing steps ${formatCount(first)} to ${formatCount(last)}`;
  return { text, tone: "quiet", announcement: "Viewing earlier steps" };
}

/** Add the reason that a server gives when it closes; a network gives none. @param {number | null} code @param {string} text */
function addReason(code, text) {
  const close = CLOSE[code ?? 0];
  return close ? `${close.text} ${text}` : text;
}

/** After a long silence without a reason. @param {string} text */
function addNetworkHint(text) {
  return `The server is not answering. ${text.replace("…", "")}; check your network.`;
}

/** @param {number} milliseconds */
function describeRetry(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1_000);
  return seconds > 0 ? `Reconnecting in ${seconds} s` : "Reconnecting…";
}

/** @param {StateFrame | null} state @param {number} standstillMs @param {string | null} pausedBy @returns {Status} */
function describeMotion(state, standstillMs, pausedBy) {
  if (!state) return { text: "Connecting…", tone: "quiet" };
  if (state.paused) {
    return { text: pausedBy ? `Paused by ${isolateName(pausedBy)}, for everyone` : "Paused, for everyone", tone: "warn" };
  }
  if (standstillMs > Math.max(PATIENCE_MS, 3_000 * state.interval + 2_000)) {
    const seconds = formatNumber(Math.floor(standstillMs / 1_000));
    const announcement = "No new steps; the server is not answering";
    return { text: `No new steps for ${seconds} s; the server is not answering`, tone: "bad", announcement };
  }
  return LIVE;
}
