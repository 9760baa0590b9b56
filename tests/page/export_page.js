// The export's dialog with a server that answers as a test says, and files kept instead of saved.

import { ExportDialog } from "/widgets/export-dialog.js";
import { loadInPieces } from "/lib/chunked-download.js";

const HEAD = "# title: Walk\nstep,position,variance,drift,time_utc\n";
const PIECE = 100_000;

/** What path.csv holds of the steps first … last. */
export const csv = (first, last) => HEAD + rows(first, last);

function rows(first, last) {
  const lines = [];
  for (let step = first; step <= last; step += 1) lines.push(`${step},${step / 8},1.0,-0.5,\n`);
  return lines.join("");
}

/** The same of the piece with that number. */
function pieceOf(number, first, last) {
  const from = first + (number - 1) * PIECE;
  return (number === 1 ? HEAD : "") + rows(from, Math.min(from + PIECE - 1, last));
}

const { fetch } = globalThis;

/**
 * Put a server in the place of `fetch`; `fault(number)` of the request with that number, from 0, may be a status,
 * "cut" (half the body), "short" (a line less at the end), "headless" (one at the beginning), "gone"
 * (no answer), a promise of these, or nothing.
 */
export function serve(fault = () => null) {
  const asked = [];
  globalThis.fetch = async (address, { signal }) => {
    const query = new URL(address, location).searchParams;
    const [piece, first, last] = ["piece", "first", "last"].map((name) => Number(query.get(name)));
    asked.push(address);
    const wrong = await Promise.race([fault(asked.length - 1), aborted(signal)]);
    if (wrong === "gone") throw new TypeError("Failed to fetch");
    if (typeof wrong === "number") return refuse(wrong);
    return new Response(spoilt(wrong, pieceOf(piece || 1, first, last)));
  };
  return asked;
}

/** Gather with that server: {text, asked, waited, progress}, or {error, …} where it gives up. */
export async function collect({ first, last, fault, abortAt = Infinity }) {
  const asked = serve((number) => {
    if (number === abortAt) setTimeout(() => job.abort());
    return fault?.(number);
  });
  const [waited, progress] = [[], []];
  const job = new AbortController();
  const outcome = await loadInPieces({
    first,
    last,
    address: (piece) => `/path.csv?first=${first}&last=${last}&piece=${piece}`,
    signal: job.signal,
    wait: async (milliseconds) => waited.push(milliseconds),
    onProgress: (...steps) => progress.push(steps),
  }).then(
    async (blob) => ({ text: await blob.text(), type: blob.type }),
    (error) => ({ error: `${error.constructor.name}: ${error.message}`, name: error.name }),
  );
  return { ...outcome, asked, waited, progress };
}

/** The dialog on a page; `saved` takes the place of the browser's folder. */
export function show(html, { fault, image, view = [200, 800], whole = [0, 250_000], isMoving = true, paths = 0 } = {}) {
  document.body.innerHTML = `<button id="open-export">Export</button>${html}`;
  const saved = [];
  HTMLAnchorElement.prototype.click = function keep() {
    saved.push({ name: this.download, url: this.href });
  };
  const asked = serve(fault);
  const at = Date.parse("2026-11-26T10:00:00Z");
  const subject = { epoch: 7, ordinal: 2, slug: "walk", at, view, whole, isMoving, paths };
  const drawn = [];
  const dialog = new ExportDialog(document.body, {
    api: { base: "/motions/walk/" },
    subject: () => ({ ...subject }),
    image: async (format, of, stretch, isForPaper) => {
      drawn.push([format, of.epoch, stretch, isForPaper]);
      return image ? image(format) : new Blob([`a ${format}`]);
    },
    link: ({ epoch }, [from, to]) => `https://example.org/motions/walk/?epoch=${epoch}&from=${from}&to=${to}`,
    wait: async () => {},
  });
  const read = async () =>
    Promise.all(saved.map(async ({ name, url }) => [name, await (await fetch(url)).text()]));
  return { dialog, asked, subject, saved, drawn, read };
}

function spoilt(wrong, body) {
  if (wrong === "short") return body.split("\n").slice(0, -2).join("\n") + "\n";
  if (wrong === "headless") return body.split("\n").slice(1).join("\n");
  return wrong === "cut" ? body.slice(0, body.length / 2) : body;
}

const aborted = (signal) =>
  new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason), { once: true }));

function refuse(status) {
  const headers = { "Content-Type": "text/plain; charset=utf-8" };
  return new Response("last step must be a step that has happened, at most 5.\n", { status, headers });
}
