// The dialog "Export": saves some steps of the path as data or as a picture, or copies a link to them.
//
// All files are of the moment at which the dialog opened, until the reader updates it.

import { formatClock, formatCount } from "../lib/format.js";
import { Busy, Refusal, loadInPieces, loadFile, measureTable } from "../lib/chunked-download.js";

const KEPT_MS = 60_000; // a browser needs this long at most to begin a download
const TABLES = ["csv", "npz"]; // files of numbers, which may be of the whole class
const ANNOUNCEMENTS = 10; // of the progress, for a screen reader
const DRAWING_FAILED = "The picture could not be drawn, so nothing was saved. Reload the page and try again.";
const SERVER_UNREACHABLE = "The server cannot be reached. Nothing was saved. Check your connection and try again.";
const BUSY = "The server is too busy. Nothing was saved. Try again in a minute.";

/** @typedef {{ api: MotionApi, subject: () => Subject, link: (subject: Subject, stretch: Span) => string,
 *   image: (format: "png" | "svg", subject: Subject, stretch: Span, isForPaper: boolean) => Promise<Blob> }} Exports */

export class ExportDialog {
  /** @type {Subject} */ #subject; // of the moment at which the dialog opened or was updated
  /** @type {AbortController | null} */ #job = null;
  #announced = 0; // the last tenth that a screen reader has read

  /** `subject()` describes the view now: `at` is the moment in ms, `view` and `whole` are ranges of steps,
   * [first, last], and `isMoving` says if a later subject can differ. `image(format, subject, stretch,
   * isForPaper)` promises a Blob, and `link(subject, stretch)` is an address. `wait` as in
   * chunked-download.js.
   * @param {HTMLElement} root @param {Exports & Omit<import("../lib/chunked-download.js").Outside, "signal">} page */
  constructor(root, { api, subject, image, link, ...outside }) {
    this.find = (/** @type {string} */ name) => root.querySelector(`#export-${name}`);
    this.api = api;
    this.subject = subject;
    this.image = image;
    this.address = link;
    this.outside = outside;
    this.dialog = root.querySelector("#export");
    this.link = this.find("link");
    this.work = this.find("work");
    this.bar = this.find("progress");
    this.note = this.find("note");
    root.querySelector("#open-export").addEventListener("click", () => this.open());
    this.#listen();
  }

  open() {
    this.note.textContent = "";
    this.#createSubject();
    this.dialog.showModal();
  }

  /** Make all files of this moment from now on. */
  #createSubject() {
    this.#subject = this.subject();
    const { at, view, whole, isMoving, paths } = this.#subject;
    this.find("opened").textContent = `As of ${formatClock(at)}${isMoving ? "; the motion goes on." : "."}`;
    this.find("update").hidden = !isMoving;
    this.find("table").hidden = !paths;
    this.find("paths").textContent = `All ${formatCount(paths)} paths of the class`;
    this.find("view").textContent = describeSteps(view);
    this.find("whole").textContent = describeSteps(whole);
    this.#showChoice();
  }

  #updateSubject() {
    this.#createSubject();
    this.note.textContent = `Updated: ${describeSteps(this.#stretch)}.`;
  }

  #listen() {
    this.find("close").addEventListener("click", () => this.dialog.close());
    this.find("update").addEventListener("click", () => this.#updateSubject());
    for (const name of ["stretch", "table"]) this.find(name).addEventListener("change", () => this.#showChoice());
    this.find("csv").addEventListener("click", () => void this.#saveTable());
    this.find("npz").addEventListener("click", () => void this.#saveArrays());
    for (const format of /** @type {const} */ (["png", "svg"])) {
      this.find(format).addEventListener("click", () => void this.#savePicture(format));
    }
    this.find("copy").hidden = !navigator.clipboard;
    this.find("copy").addEventListener("click", () => this.#copyLink());
    this.link.addEventListener("focus", () => this.link.select());
    this.find("cancel").addEventListener("click", () => this.#job?.abort());
    this.dialog.addEventListener("cancel", (/** @type {Event} */ event) => {
      if (!this.#job) return;
      event.preventDefault(); // Escape cancels the job first, then closes the dialog
      this.#job.abort();
    });
    this.dialog.addEventListener("close", () => this.#job?.abort());
  }

  /** @param {string} choice its name */
  #read(choice) {
    return this.dialog.querySelector(`[name="${choice}"]:checked`).value;
  }

  /** The chosen steps, [first, last]. */
  get #stretch() {
    return this.#read("stretch") === "whole" ? this.#subject.whole : this.#subject.view;
  }

  /** How many paths of the class the data has; 0 for the motion's own path. */
  get #paths() {
    return this.#read("table") === "ensemble" ? this.#subject.paths : 0;
  }

  /** Disable the files that would be too long, and say why; update the link. */
  #showChoice() {
    const [first, last] = this.#stretch;
    this.link.value = this.address(this.#subject, this.#stretch);
    const steps = last - first + 1;
    const { piece, limit } = measureTable(this.#paths);
    this.find("csv").disabled = steps > limit;
    this.find("npz").disabled = steps > piece;
    this.find("reason").textContent = steps > piece ? this.#explainLength(steps) : "";
  }

  /** Why not every file can have so many steps. @param {number} steps */
  #explainLength(steps) {
    const { piece, limit } = measureTable(this.#paths);
    const file = `${this.#paths ? "ensemble" : "path"}.csv`;
    if (steps <= limit) return `A NumPy file holds at most ${formatCount(piece)} steps. Zoom in, or use CSV.`;
    return `A page can save at most ${formatCount(limit)} steps. Zoom in, or fetch ${file} piece by piece with a script: see docs/protocol.md.`;
  }

  #saveTable() {
    const [first, last] = this.#stretch;
    return this.#runJob("csv", (signal) => {
      this.#showProgress(0, last - first + 1);
      const address = (/** @type {number} */ piece) => `${this.#createAddress("csv")}&piece=${piece}`;
      const [paths, onProgress] = [this.#paths, this.#showProgress.bind(this)];
      return loadInPieces({ first, last, address, paths, signal, onProgress, ...this.outside });
    });
  }

  #saveArrays() {
    const address = () => this.#createAddress("npz");
    return this.#runJob("npz", (signal) => loadFile({ address, signal, ...this.outside }));
  }

  /** @param {"csv" | "npz"} format */
  #createAddress(format) {
    const [first, last] = this.#stretch;
    return `${this.api.base}${this.#paths ? "ensemble" : "path"}.${format}?epoch=${this.#subject.epoch}&first=${first}&last=${last}`;
  }

  /** @param {"png" | "svg"} format */
  #savePicture(format) {
    const isForPaper = this.#read("colours") === "paper";
    return this.#runJob(format, () => this.image(format, this.#subject, this.#stretch, isForPaper), DRAWING_FAILED);
  }

  /** Make a file of the chosen steps and download it, unless the reader cancels the job.
   * @param {string} format @param {(signal: AbortSignal) => Promise<Blob>} make */
  async #runJob(format, make, failure = SERVER_UNREACHABLE) {
    const job = new AbortController();
    const kind = this.#paths && TABLES.includes(format) ? "ensemble-" : "";
    const file = nameFile(this.#subject, this.#stretch, kind, format);
    this.#job = job;
    this.#startJob();
    let text;
    try {
      const blob = await make(job.signal);
      job.signal.throwIfAborted();
      download(blob, file);
      text = `Saved as ${file}.`;
    } catch (error) {
      text = describeError(error, job.signal, failure);
    }
    this.#job = null;
    this.#endJob(this.find(format), text);
  }

  #startJob() {
    this.bar.removeAttribute("value");
    this.find("text").textContent = "Preparing the file…";
    this.note.textContent = "";
    this.work.hidden = false;
    this.find("cancel").focus();
    this.find("choices").disabled = true; // after the focus has left it
  }

  /** @param {HTMLElement} button @param {string} text */
  #endJob(button, text) {
    const isWatched = this.work.contains(document.activeElement);
    this.find("choices").disabled = false;
    if (isWatched) button.focus();
    this.work.hidden = true;
    this.find("announcement").textContent = "";
    this.note.textContent = text;
  }

  /** @param {number} done @param {number} all */
  #showProgress(done, all) {
    const text = `${formatCount(done)} of ${formatCount(all)} steps`;
    const part = Math.floor((ANNOUNCEMENTS * done) / all);
    if (part !== this.#announced) this.find("announcement").textContent = text;
    this.#announced = part;
    this.bar.max = all;
    this.bar.value = done;
    this.find("text").textContent = text;
  }

  async #copyLink() {
    try {
      await navigator.clipboard.writeText(this.link.value);
      this.note.textContent = "Copied.";
    } catch {
      this.note.textContent = "Your browser blocked copying. Select the text and copy it.";
      this.link.focus();
    }
  }
}

/** "steps 200 to 14,402" @type {(stretch: Span) => string} */
const describeSteps = ([first, last]) => `steps ${formatCount(first)} to ${formatCount(last)}`;

/** "random-walk-path-2-steps-200-800-2026-11-26.csv", as the server names files (motion/queries/exports.py).
 * @type {(subject: Subject, stretch: Span, kind: string, format: string) => string} */
const nameFile = ({ slug, ordinal, at }, [first, last], kind, format) =>
  `${slug}-path-${ordinal}-${kind}steps-${first}-${last}-${new Date(at).toISOString().slice(0, 10)}.${format}`;

/** @param {unknown} error @param {AbortSignal} signal @param {string} failure */
function describeError(error, signal, failure) {
  if (signal.aborted) return "Cancelled. Nothing was saved.";
  if (error instanceof Busy) return BUSY;
  return error instanceof Refusal ? error.message : failure;
}

/** @param {Blob} blob @param {string} file */
function download(blob, file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
