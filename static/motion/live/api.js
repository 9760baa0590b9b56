// The HTTP API of one motion: docs/protocol.md.

import { request, requestJson } from "../lib/http.js";
import { serverNow } from "../lib/server-clock.js";
import { Series } from "./series.js";

const COARSE_POINTS = 1_000; // of an earlier path, which the page draws first
const LATER = [408, 425, 429]; // statuses of requests that may succeed later
const UNREACHABLE = "The server cannot be reached. Try again.";

export class MotionApi {
  /** `adoptSession()` gives the forms of the page the token of a newer session, if that is of the same person.
   * @param {string} base the motion's address, "/motions/…/"; a rename changes it
   * @param {() => Promise<boolean>} adoptSession */
  constructor(base, adoptSession = () => Promise.resolve(false)) {
    this.base = base;
    this.adoptSession = adoptSession;
  }

  /** The positions of a tile (tiles.js). @param {Tile} tile @returns {Promise<number[]>} */
  async loadTile({ epoch, first, last, stride }) {
    const points = Math.floor((last - first) / stride) + 1;
    const path = await this.#load("path.json", { epoch, first, last, points, changes: 0 });
    if (path.stride !== stride) throw new Error(`a tile of stride ${path.stride}, not ${stride}`);
    return path.positions;
  }

  /** X at one step. @param {number | null} epoch @param {number} step @returns {Promise<number>} */
  async loadPosition(epoch, step) {
    const query = { epoch, first: step, last: step, points: 1, changes: 0 };
    const { positions } = await this.#load("path.json", query);
    return positions[0];
  }

  /** An earlier path, coarse but from its first step to its last. @param {number} epoch @returns {Promise<Path>} */
  async loadPath(epoch) {
    const epochs = await this.loadEpochs();
    const listed = epochs.find((path) => path.epoch === epoch);
    // By its last step: a cache may hold another end of it, from before a backup was restored.
    const end = listed ? { last: listed.last_step } : {};
    const path = await this.#load("path.json", { epoch, points: COARSE_POINTS, ...end });
    const { stride, last, positions, changes } = path;
    const series = new Series();
    series.replace({ epoch, first_step: 0, stride, positions });
    if (last % stride) {
      series.steps.push(last);
      series.positions.push(await this.loadPosition(epoch, last));
    }
    const endedAt = Date.parse(listed?.ended_at ?? "") || serverNow();
    return { series, items: changes, ordinal: listed?.ordinal ?? null, endedAt, paths: listed?.paths ?? 0 };
  }

  /** All paths of the motion, the newest first. @returns {Promise<EpochJson[]>} */
  async loadEpochs() {
    return (await requestJson(`${this.base}epochs.json`)).epochs;
  }

  /** A window of the ensemble. @param {AskedEnsemble} asked @returns {Promise<EnsembleJson>} */
  loadEnsemble({ epoch, first, last, stride, seats }) {
    const points = Math.floor((last - first) / stride) + 1;
    return this.#load("ensemble.json", { epoch, first, last, points, paths: formatRanges(seats) });
  }

  /** All positions of an ensemble at one step, compared with theory.
   * @param {number} epoch @param {number} step @returns {Promise<SliceJson>} */
  loadSlice(epoch, step) {
    return this.#load("slice.json", { epoch, step });
  }

  /** How an ensemble agrees with a law. @param {Record<string, string | number>} query @returns {Promise<LawJson>} */
  loadLaw(query) {
    return this.#load("laws.json", query);
  }

  /** @param {AskedWindow} window @param {AbortSignal} signal @returns {Promise<StatisticsJson>} */
  async loadStatistics({ epoch, first, last }, signal) {
    // For some minutes after an upgrade a cache may hold an older answer, without `agreement`.
    for (const cache of /** @type {const} */ (["default", "reload"])) {
      const answer = await this.#load("statistics.json", { epoch, first, last }, { cache, signal });
      if (answer.agreement) return answer;
    }
    throw new Error("statistics.json answered without agreement");
  }

  /** The people with `name` in their names, or a message that says why there is no answer.
   * @param {string} name @returns {Promise<{ people?: Person[], message?: string }>} */
  async findPeople(name) {
    try {
      const response = await request(`${this.base}people.json?name=${encodeURIComponent(name)}`);
      return response.ok ? await response.json() : { message: await readRefusal(response) };
    } catch {
      return { message: UNREACHABLE };
    }
  }

  /** Hand control over, or ask a question: null once the server has done it, else a sentence that says why not.
   * @param {HTMLFormElement} form its fields are sent too @param {Record<string, string>} fields
   * @returns {Promise<string | null>} */
  async submit(form, fields) {
    try {
      const response = await this.#post(form, fields);
      return response.ok ? null : await readRefusal(response);
    } catch {
      return UNREACHABLE;
    }
  }

  /** Answer a question: what the server has stored, or the message of a refusal; null if no server has answered, or one
   * that may accept the same later.
   * @param {HTMLFormElement} form @param {import("./questions.js").Due} answer
   * @returns {Promise<{ low: number, high: number } | { message: string } | null>} */
  async answer(form, answer) {
    try {
      const fields = Object.entries(answer).map(([name, value]) => [name, String(value)]);
      const response = await this.#post(form, Object.fromEntries(fields));
      if (response.ok) return await response.json();
      const isLater = response.status >= 500 || LATER.includes(response.status);
      return isLater ? null : { message: await readRefusal(response) };
    } catch {
      return null;
    }
  }

  /** All questions of the motion, the newest first; null if the server does not answer.
   * @returns {Promise<QuestionJson[] | null>} */
  async loadQuestions() {
    return requestJson(`${this.base}questions.json`).then(({ questions }) => questions, () => null);
  }

  /** The token of the form is out of date if the person has signed in in another tab: then send once more, with the newest.
   * @param {HTMLFormElement} form its fields are sent too @param {Record<string, string>} fields */
  async #post(form, fields) {
    const response = await this.#send(form, fields);
    return response.status === 403 && (await this.adoptSession()) ? this.#send(form, fields) : response;
  }

  /** @param {HTMLFormElement} form @param {Record<string, string>} fields */
  #send(form, fields) {
    const data = /** @type {[string, string][]} */ ([...new FormData(form)]);
    return request(String(form.getAttribute("action")), {
      method: "POST",
      body: new URLSearchParams([...data, ...Object.entries(fields)]),
      headers: { Accept: "application/json" },
      redirect: "manual", // to the page for signing in
    });
  }

  /** Where the motion is in its lesson; null if the server does not answer. @returns {Promise<LessonJson | null>} */
  async loadLesson() {
    return requestJson(`${this.base}lesson/`).catch(() => null);
  }

  /** Go through the lesson, or change it: where it is then, or a message that says why the server refuses.
   * @param {HTMLFormElement} form its fields are sent too @param {Record<string, string>} fields
   * @returns {Promise<LessonJson | { message: string }>} */
  async changeLesson(form, fields) {
    try {
      const response = await this.#post(form, fields);
      return response.ok ? await response.json() : { message: await readRefusal(response) };
    } catch {
      return { message: UNREACHABLE };
    }
  }

  /** @param {string} name @param {Record<string, any>} query @param {RequestInit} [options] @returns {Promise<any>} */
  #load(name, query, options) {
    return requestJson(`${this.base}${name}?${new URLSearchParams(query)}`, options);
  }
}

/** "1-30,47" of whole numbers in ascending order. @param {number[]} numbers */
export function formatRanges(numbers) {
  /** @type {Span[]} */ const ranges = [];
  for (const number of numbers) {
    const range = ranges[ranges.length - 1];
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join();
}

/** @param {Response} response @returns {Promise<string>} */
async function readRefusal(response) {
  const answer = await response.json().catch(() => null);
  if (typeof answer?.message === "string" && answer.message) return answer.message;
  return "The server refused this. Reload the page and try again.";
}
