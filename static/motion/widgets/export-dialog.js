// The dialog of the export: some steps of the path as data, as a picture, or as a link to them.
//
// All of them are of the moment at which it opened, which it says, until a person takes a newer one.

import { clock, count } from "../lib/format.js";
import { Busy, LIMIT, PIECE, Refusal, loadInPieces, loadFile } from "../lib/chunked-download.js";

const KEPT_MS = 60_000; // so long a browser may take to begin a download
const SAID_TIMES = 10; // on the way: every piece would be too much to listen to
const UNDRAWN = "The picture could not be drawn, so nothing was saved. Reload the page and try again.";
const UNREACHED = "The server cannot be reached. Nothing was saved. Check your connection and try again.";
const BUSY = "The server is too busy. Nothing was saved. Try again in a minute.";
const TOO_LONG = `A page can save at most ${count(LIMIT)} steps. Zoom in, or fetch path.csv piece by piece with a script: see docs/protocol.md.`;
const TOO_LONG_AT_ONCE = `A NumPy file holds at most ${count(PIECE)} steps. Zoom in, or use CSV.`;

/**
 * @typedef {object} Exports
 * @property {MotionApi} api
 * @property {() => Subject} subject
 * @property {(format: "png" | "svg", subject: Subject, stretch: Span, isForPaper: boolean) => Promise<Blob>} image
 * @property {(subject: Subject, stretch: Span) => string} link
 */

export class Exporter {
  /** @type {Subject} */ #subject; // as it was when the dialog opened, or was updated
  /** @type {AbortController | null} */ #job = null;
  #said = 0; // how many tenths of the way

  /**
   * `subject()` is what is looked at now, {epoch, ordinal, slug,
   * at, view, whole, isMoving}: the moment in ms, two stretches as [first, last] step, and whether
   * another moment may show others. Of what it was, `image("png" or "svg", subject, stretch,
   * isForPaper)` promises a Blob, and `link(subject, stretch)` is an address. `wait` as in chunked-download.js.
   * @param {HTMLElement} root @param {Exports & Omit<import("../lib/chunked-download.js").Outside, "signal">} page
   */
  constructor(root, { api, subject, image, link, ...outside }) {
    /** @param {string} id */
    const find = (id) => root.querySelector(`#${id}`);
    this.api = api;
    this.subject = subject;
    this.image = image;
    this.address = link;
    this.outside = outside;
    this.dialog = find("export");
    this.choices = find("export-choices");
    this.opened = find("export-opened");
    this.update = find("export-update");
    this.view = find("export-view");
    this.whole = find("export-whole");
    this.csv = find("export-csv");
    this.npz = find("export-npz");
    this.reason = find("export-reason");
    this.link = find("export-link");
    this.copy = find("export-copy");
    this.work = find("export-work");
    this.bar = find("export-progress");
    this.words = find("export-words");
    this.cancel = find("export-cancel");
    this.announcement = find("export-announcement");
    this.note = find("export-note");
    this.#listen(find);
  }

  open() {
    this.note.textContent = "";
    this.#take();
    this.dialog.showModal();
  }

  /** From now on all files are of this moment. */
  #take() {
    this.#subject = this.subject();
    const { at, view, whole, isMoving } = this.#subject;
    this.opened.textContent = `As of ${clock(at)}${isMoving ? "; the motion goes on." : "."}`;
    this.update.hidden = !isMoving;
    this.view.textContent = inWords(view);
    this.whole.textContent = inWords(whole);
    this.#judge();
  }

  #renew() {
    this.#take();
    this.note.textContent = `Updated: ${inWords(this.#stretch)}.`;
  }

  /** @param {(id: string) => any} find */
  #listen(find) {
    find("open-export").addEventListener("click", () => this.open());
    find("export-close").addEventListener("click", () => this.dialog.close());
    this.update.addEventListener("click", () => this.#renew());
    find("export-stretch").addEventListener("change", () => this.#judge());
    this.csv.addEventListener("click", () => this.#save("csv", this.csv));
    this.npz.addEventListener("click", () => this.#save("npz", this.npz));
    for (const format of /** @type {const} */ (["png", "svg"])) {
      const button = find(`export-${format}`);
      button.addEventListener("click", () => this.#draw(format, button));
    }
    this.copy.hidden = !navigator.clipboard;
    this.copy.addEventListener("click", () => this.#copy());
    this.link.addEventListener("focus", () => this.link.select());
    this.cancel.addEventListener("click", () => this.#job?.abort());
    this.dialog.addEventListener("cancel", (/** @type {Event} */ event) => {
      if (!this.#job) return;
      event.preventDefault(); // Escape ends the work first, then the dialog
      this.#job.abort();
    });
    this.dialog.addEventListener("close", () => this.#job?.abort());
  }

  /** The stretch that is chosen, [first, last]. */
  get #stretch() {
    const isWhole = this.dialog.querySelector('[name="stretch"]:checked').value === "whole";
    return isWhole ? this.#subject.whole : this.#subject.view;
  }

  /** What is too long for a file cannot be asked for, and it says why; the link opens what is chosen. */
  #judge() {
    const [first, last] = this.#stretch;
    this.link.value = this.address(this.#subject, this.#stretch);
    const steps = last - first + 1;
    this.csv.disabled = steps > LIMIT;
    this.npz.disabled = steps > PIECE;
    this.reason.textContent = steps > LIMIT ? TOO_LONG : steps > PIECE ? TOO_LONG_AT_ONCE : "";
  }

  /** @param {"csv" | "npz"} format @param {HTMLElement} button */
  #save(format, button) {
    const { epoch } = this.#subject;
    const [first, last] = this.#stretch;
    const address = () => `${this.api.base}path.${format}?epoch=${epoch}&first=${first}&last=${last}`;
    const file = name(this.#subject, [first, last], format);
    if (format === "npz") {
      void this.#run(button, file, (signal) => loadFile({ address, signal, ...this.outside }));
      return;
    }
    void this.#run(button, file, (signal) => {
      this.#progress(0, last - first + 1);
      const piece = (/** @type {number} */ number) => `${address()}&piece=${number}`;
      return loadInPieces({ first, last, address: piece, signal, onProgress: this.#progress.bind(this), ...this.outside });
    });
  }

  /** @param {"png" | "svg"} format @param {HTMLElement} button */
  #draw(format, button) {
    const [subject, stretch] = [this.#subject, this.#stretch];
    const isForPaper = this.dialog.querySelector('[name="colours"]:checked').value === "paper";
    const draw = () => this.image(format, subject, stretch, isForPaper);
    void this.#run(button, name(subject, stretch, format), draw, UNDRAWN);
  }

  /** Make a file, and download it; a job that was cancelled leaves nothing behind.
   * @param {HTMLElement} button @param {string} file @param {(signal: AbortSignal) => Promise<Blob>} make */
  async #run(button, file, make, failure = UNREACHED) {
    const job = new AbortController();
    this.#job = job;
    this.#begin();
    let said;
    try {
      const blob = await make(job.signal);
      job.signal.throwIfAborted();
      download(blob, file);
      said = `Saved as ${file}.`;
    } catch (error) {
      said = excuse(error, job.signal, failure);
    }
    this.#job = null;
    this.#end(button, said);
  }

  #begin() {
    this.bar.removeAttribute("value");
    this.words.textContent = "Preparing the file …";
    this.note.textContent = "";
    this.work.hidden = false;
    this.cancel.focus();
    this.choices.disabled = true; // after the focus has left it
  }

  /** @param {HTMLElement} button @param {string} said */
  #end(button, said) {
    const isWatched = this.work.contains(document.activeElement);
    this.choices.disabled = false;
    if (isWatched) button.focus();
    this.work.hidden = true;
    this.announcement.textContent = "";
    this.note.textContent = said;
  }

  /** @param {number} done @param {number} all */
  #progress(done, all) {
    const text = `${count(done)} of ${count(all)} steps`;
    const part = Math.floor((SAID_TIMES * done) / all);
    if (part !== this.#said) this.announcement.textContent = text;
    this.#said = part;
    this.bar.max = all;
    this.bar.value = done;
    this.words.textContent = text;
  }

  async #copy() {
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
const inWords = ([first, last]) => `steps ${count(first)} to ${count(last)}`;

/** "random-walk-path-2-steps-200-800-2026-11-26.csv", as the server names files (motion/queries/exports.py).
 * @type {(subject: Subject, stretch: Span, format: string) => string} */
const name = ({ slug, ordinal, at }, [first, last], format) =>
  `${slug}-path-${ordinal}-steps-${first}-${last}-${new Date(at).toISOString().slice(0, 10)}.${format}`;

/** @param {unknown} error @param {AbortSignal} signal @param {string} failure */
function excuse(error, signal, failure) {
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
