// Downloads a file of any length: path.csv or ensemble.csv in pieces, one after the other.

import { computeBackoff } from "./backoff.js";
import { request } from "./http.js";

export const LIMIT = 20_000_000; // rows of the longest path.csv that a page joins: about a gigabyte

const LINE = 200; // bytes; no row of path.csv is longer
const NUMBER = 25; // bytes; no position in a row of ensemble.csv is longer
const TRIES = 6; // of one piece, over about 8 s: enough for a restart of the server
const PIECE_TIMEOUT_MS = 120_000; // 5 MB at 0.3 Mbit/s
const TOO_BUSY = [429, 503];
const TEMPORARY = [408, 429]; // refusals that may end soon

/** @typedef {{ signal: AbortSignal, wait?: typeof pause }} Outside */

/** The server refuses, with this text: a retry would not help. */
export class Refusal extends Error {}

/** The server has too much to do or no database at the moment. */
export class Busy extends Error {}

/** How many steps one answer has at most, `piece`, and a file that a page joins, `limit`: of the files of a path, or
 * of an ensemble of `paths`. @param {number} paths 0 for the files of a path */
export function measureTable(paths) {
  if (!paths) return { piece: 100_000, limit: LIMIT };
  return { piece: Math.floor(2_000_000 / paths), limit: Math.floor(LIMIT / paths) };
}

/** The steps first … last in CSV, a Blob, which the browser may keep on its disk.
 * `address(piece)` is the address of a piece, from 1; the first has the header of the file.
 * `onProgress(done, all)` is called with numbers of steps; `paths` as in `measureTable`.
 * Throws a Refusal, the reason of `signal` once that is aborted, or the last error of the network.
 * @param {Stretch & Outside & { address: (piece: number) => string, paths?: number,
 *   onProgress?: (done: number, all: number) => void }} file */
export async function loadInPieces({ first, last, address, paths = 0, signal, onProgress = () => {}, ...outside }) {
  const parts = [];
  const { piece: most } = measureTable(paths);
  const line = LINE + NUMBER * paths;
  for (let from = first; from <= last; from += most) {
    const to = Math.min(from + most - 1, last);
    const piece = parts.length + 1;
    const start = piece === 1 ? "# " : `${from},`;
    const part = await loadFile({
      address: () => address(piece),
      check: (blob) => checkPiece(blob, start, to, line),
      signal,
      ...outside,
    });
    parts.push(part);
    onProgress(to - first + 1, last - first + 1);
  }
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}

/** The Blob at `address()`, with retries while they may help; throws as `loadInPieces`.
 * @param {{ address: () => string, check?: (blob: Blob) => Promise<void> | void } & Outside} file */
export async function loadFile({ address, check = () => {}, signal, wait = pause }) {
  for (let tries = 1; ; tries += 1) {
    try {
      const blob = await ask(address(), signal);
      await check(blob);
      signal.throwIfAborted();
      return blob;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Refusal || tries === TRIES) throw error;
    }
    await wait(computeBackoff(tries - 1), signal);
  }
}

/** @param {string} address @param {AbortSignal} signal */
async function ask(address, signal) {
  const response = await request(address, { signal, timeoutMs: PIECE_TIMEOUT_MS });
  if (response.ok) return response.blob();
  const { status } = response;
  if (TOO_BUSY.includes(status)) throw new Busy(`${status} for ${address}`);
  if (status < 400 || status >= 500 || TEMPORARY.includes(status)) throw new Error(`${status} for ${address}`);
  throw new Refusal(await readRefusal(response));
}

/** A server that dies while it writes may seem to have finished.
 * @param {Blob} blob @param {string} start @param {number} last @param {number} line bytes of the longest row */
async function checkPiece(blob, start, last, line) {
  const head = await blob.slice(0, start.length).text();
  const tail = await blob.slice(-line).text();
  const [end] = tail.trimEnd().split("\n").slice(-1);
  const isWhole = head === start && tail.endsWith("\n") && end.startsWith(`${last},`);
  if (!isWhole) throw new Error(`A piece does not end at step ${last}`);
}

/** @param {Response} response */
async function readRefusal(response) {
  const isPlain = response.headers.get("Content-Type")?.startsWith("text/plain");
  const text = isPlain ? (await response.text()).trim() : "";
  return text || "The server refused this file. Reload the page and try again.";
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
function pause(milliseconds, signal) {
  return new Promise((done, fail) => {
    const timer = setTimeout(done, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      fail(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
