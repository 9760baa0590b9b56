// The frames and close codes of the socket, as in docs/protocol.md. A test compares these tables with the server's.

/** Why the server closed a socket, and whether the page connects again.
 * @type {Record<number, { comesBack: boolean, text: string }>} */
export const CLOSE = {
  4400: { comesBack: false, text: "The server did not understand this page. Reload it." },
  4401: { comesBack: false, text: "You are signed out." },
  4403: { comesBack: false, text: "You may no longer watch this motion." },
  4404: { comesBack: false, text: "This motion was deleted, or you may no longer watch it." },
  4408: { comesBack: true, text: "This page could not keep up." },
  4412: { comesBack: true, text: "The server is not available." },
  4429: { comesBack: true, text: "Too many messages. Please wait a moment." },
};

/** @param {unknown} value @returns {value is number} */
const number = (value) => typeof value === "number" && Number.isFinite(value);
/** @param {unknown} value @returns {value is number} */
const whole = (value) => Number.isSafeInteger(value);
const text = (/** @type {unknown} */ value) => typeof value === "string";
const flag = (/** @type {unknown} */ value) => typeof value === "boolean";
const list = (/** @type {unknown} */ value) => Array.isArray(value);
/** @param {unknown} value @returns {value is number[]} */
const numbers = (value) => list(value) && value.every(number);
/** @param {unknown} value @returns {value is string[]} */
const texts = (value) => list(value) && value.every(text);
const name = (/** @type {unknown} */ value) => value === null || text(value);
/** @param {unknown} value @returns {value is number | null} */
const seat = (value) => value === null || whole(value);
/** Pairs of a number and a name. @param {unknown} value @returns {value is [number, string][]} */
const seats = (value) => list(value) && value.every((pair) => list(pair) && whole(pair[0]) && text(pair[1]));
/** @type {<T>(accepts: (value: unknown) => value is T) => (value: unknown) => value is T | null} */
const orNull = (accepts) => /** @returns {value is any} */ (value) => value === null || accepts(value);
/** @param {unknown} value @returns {value is Span[]} */
const spans = (value) => list(value) && value.every((span) => numbers(span) && span.length === 2);
/** A name and the two ends of an answer. @param {unknown} value @returns {value is [string, number, number][]} */
const named = (value) => list(value) && value.every((row) => list(row) && text(row[0]) && numbers(row.slice(1)));
/** @param {unknown} value @returns {value is QuestionResults} */
const results = (value) => fits(value, RESULTS);
/** Only the page that shows it reads its fields: a server checks them before it sends them on.
 * @param {unknown} value @returns {value is PresentedView | null} */
const view = (value) => value === null || (typeof value === "object" && !list(value));
/** @param {unknown} value @returns {value is Change[]} */
const changes = (value) => list(value) && value.every((change) => fits(change, CHANGE));

export const CHANGE = {
  revision: whole,
  step: whole,
  position: number,
  variance: number,
  drift: number,
  interval: number,
  paused: flag,
  at: text,
  by: name,
  event: whole,
  kind: text,
  text: text,
};

/** Of a revealed question. */
export const RESULTS = {
  edges: orNull(numbers),
  counts: numbers,
  median: orNull(number),
  intervals: orNull(spans),
  outcome: orNull(number),
  ended: flag,
  contained: orNull(whole),
  mean_score: orNull(number),
  names: orNull(named),
};

export const FIELDS = {
  state: {
    ...CHANGE,
    slug: text,
    title: text,
    epoch: whole,
    can_control: flag,
    owner: name,
    owner_id: name,
    visibility: text,
    control: text,
    controllers: texts,
    controller_ids: texts,
    paths: whole,
    ensemble: whole,
    names_hidden: flag,
    access_version: whole,
    scene: whole,
    scenes: whole,
    version: text,
    now: text,
  },
  increments: {
    epoch: whole,
    revision: whole,
    first_step: whole,
    increments: numbers,
    position: number,
  },
  history: { epoch: whole, first_step: whole, stride: whole, positions: numbers, changes: changes },
  pong: { n: whole, step: whole },
  viewers: { count: whole, names: texts, ids: texts, seats: seats, followers: whole },
  ensemble: { epoch: whole, step: whole, positions: text },
  seat: { number: seat, name: text },
  question: {
    number: whole,
    kind: text,
    text: text,
    options: texts,
    level: orNull(number),
    epoch: orNull(whole),
    step: orNull(whole),
    state: text,
    opened_at: text,
    answered: whole,
    of: whole,
    results: orNull(results),
  },
  answer: { question: whole, low: orNull(number), high: orNull(number) },
  view: { by: text, id: text, view: view },
  error: { code: text, message: text },
};

/** What a server of the version before leaves out: in a rolling restart servers of two versions answer.
 * @type {Record<string, object>} */
const ADDED = {
  state: { visibility: "", paths: 0, ensemble: 0, names_hidden: false, access_version: 0, scene: 0, scenes: 0 },
  viewers: { seats: [], followers: 0 },
};

/** The frame in `data`. Throws if the page does not know it. @type {(data: string) => Frame} */
export const parseFrame = (data) => checkFrame(JSON.parse(data));

/** `sent` with all fields of its type. Throws if it lacks one, or if the page does not know the type.
 * @param {any} sent @returns {Frame} */
function checkFrame(sent) {
  if (!isKnown(sent)) throw new TypeError(`no frame of type ${sent?.type}`);
  const type = /** @type {keyof typeof FIELDS} */ (sent.type);
  const frame = ADDED[type] ? { ...ADDED[type], ...sent } : sent;
  for (const [name, accepts] of Object.entries(FIELDS[type])) {
    if (!accepts(frame[name])) throw new TypeError(`${type}.${name} is ${frame[name]}`);
  }
  return frame;
}

/** The frames of an answer over HTTP, without those whose type this page does not know: only a newer server
 * sends them. Throws as `checkFrame`. @param {any[]} sent */
export const checkFrames = (sent) => sent.filter(isKnown).map(checkFrame);

/** @param {any} frame */
const isKnown = (frame) => Object.keys(FIELDS).includes(frame?.type);

/** Whether `value` has the fields of a table.
 * @param {any} value @param {Record<string, (value: unknown) => boolean>} table */
function fits(value, table) {
  return Object.entries(table).every(([name, accepts]) => accepts(value?.[name]));
}
