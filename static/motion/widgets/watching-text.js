// Texts that say who is watching, who can change the motion, and what the owner can do. Pure.

import { formatCount, isolateName } from "../lib/format.js";
import { describeSettings } from "../live/changelog-text.js";

/** @typedef {{ id: string, name: string }} Named
 * @typedef {Named & { badges: string[], offer: { action: string, text: string, label: string } | null }} Row */

const NAMES_SENT = 30; // a server sends this many names of viewers, and of controllers, at most

const SEARCHED = 10; // a list with more people has a search field

const AVATARS = 3;
const NAMED = 5; // in one sentence
const BRIEFLY = 2; // in one line

/** "AK" of "Ada Kovács", "JM" of "jm". @param {string} name */
export function getInitials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [getFirstLetter(words[0]), getFirstLetter(words[words.length - 1])] : [...words[0]].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** For the head of the page: "12 watching", the initials of some viewers, how many more, and all names.
 * @param {Pick<ViewersFrame, "count" | "names">} viewers */
export function summarizeViewers({ count: all, names }) {
  const faces = names.slice(0, AVATARS).map(getInitials);
  const more = all - faces.length;
  const others = all - Math.min(names.length, NAMES_SENT);
  const named = names.map(isolateName);
  const listed = others > 0 ? [...named, others === 1 ? "one more" : `${formatCount(others)} more`] : named;
  return {
    text: `${formatCount(all)} watching`,
    faces,
    more: faces.length && more > 0 ? `+${formatCount(more)}` : "",
    names: names.length ? joinNames(listed) : "",
  };
}

/** "6 watching: 3 with names, 3 visitors." @param {Pick<ViewersFrame, "count" | "names">} viewers */
export function describeCount({ count: all, names }) {
  const visitors = all - names.length;
  if (!names.length) return all === 1 ? "1 person is watching (a visitor)." : `${formatCount(all)} visitors are watching.`;
  if (visitors <= 0) return all === 1 ? "1 person is watching." : `${formatCount(all)} people are watching.`;
  if (names.length >= NAMES_SENT) return `${formatCount(all)} watching: ${NAMES_SENT} or more with names.`;
  return `${formatCount(all)} watching: ${formatCount(names.length)} with names, ${visitors === 1 ? "1 visitor" : `${formatCount(visitors)} visitors`}.`;
}

/** A sentence that says who can change the motion. @param {StateFrame} state */
export function describeControl(state) {
  const { control: policy, owner } = state;
  if (policy === "everyone") return "Anyone on this page can change it.";
  if (policy === "signed-in") return "Anyone with an account can change it.";
  const others = policy === "controllers" ? state.controllers.map(isolateName) : [];
  if (!others.length) {
    return owner ? `Only ${isolateName(owner)} (owner) can change it.` : "Only administrators can change it.";
  }
  const shown = others.slice(0, NAMED);
  const more = others.length - shown.length;
  const rest = others.length >= NAMES_SENT ? "others" : `${more} more`;
  const names = more ? [...shown, rest] : shown;
  return `${joinNames(owner ? [`${isolateName(owner)} (owner)`, ...names] : [...names, "administrators"])} can change it.`;
}

/** A sentence for a person whose permissions have changed between two states, or null. `before` is
 * {can_control, revision, owner_id}; the newest change has the person who made it.
 * @param {Pick<StateFrame, "can_control" | "revision" | "owner_id">} before @param {StateFrame} state
 * @param {string} me */
export function describeNotice(before, state, me) {
  const owners = [before.owner_id, state.owner_id];
  if (me && owners[0] !== owners[1] && owners.includes(me)) return null; // the page offers to reload, and says so
  if (before.can_control === state.can_control) return null;
  const by = isolateName(state.by ?? "The owner");
  const kind = state.revision === before.revision ? "" : state.kind;
  return state.can_control ? describeGain(kind, by) : describeLoss(kind, by);
}

/** @param {string | undefined} kind @param {string} by */
function describeGain(kind, by) {
  switch (kind) {
    case "let":
      return `${by} handed you the controls. You can change the motion for everyone.`;
    case "only-me-off":
      return `${by} switched “Only I control” off. You can change the motion again.`;
    default:
      return "You can change the motion for everyone now.";
  }
}

/** @param {string | undefined} kind @param {string} by */
function describeLoss(kind, by) {
  switch (kind) {
    case "take-back":
      return `${by} took the controls back. You are watching now.`;
    case "only-me":
      return `${by} switched “Only I control” on. You are watching now.`;
    default:
      return "You cannot change the motion any more. You are watching now.";
  }
}

/** For a watcher: "Variance 1 · 10 steps/s · ada controls". @param {StateFrame} state */
export function describeTerms(state) {
  const [first, ...rest] = `${describeSettings({ ...state, paused: false })} · ${describeHolders(state)}`;
  return first.toUpperCase() + rest.join("");
}

/** "ada and ben control", "ada, ben and 3 more control" @param {StateFrame} state */
export function describeHolders({ control: policy, owner, controllers }) {
  if (policy === "everyone") return "everyone controls";
  if (policy === "signed-in") return "everyone with an account controls";
  const chosen = policy === "controllers" ? controllers : [];
  const names = (owner === null ? chosen : [owner, ...chosen]).map(isolateName);
  if (!names.length) return "administrators control";
  const more = chosen.length >= NAMES_SENT ? "others" : `${names.length - BRIEFLY} more`;
  const shown = names.length > BRIEFLY ? [...names.slice(0, BRIEFLY), more] : names;
  return `${joinNames(shown)} ${names.length === 1 ? "controls" : "control"}`;
}

/** True if `me`, an id or "", owns the motion. @type {(state: StateFrame, me: string) => boolean} */
export const isOwnedBy = (state, me) => me !== "" && getOwner(state)?.id === me;

/** The rows {id, name, badges, offer} of the list: signed-in viewers, the owner first, and controllers who
 * are away. `offer` is what the owner can do: {action, text, label}.
 * @param {StateFrame} state @param {ViewersFrame | null} viewers @param {string} me @returns {Row[]} */
export function listRows(state, viewers, me) {
  const here = viewers ? pairNames(viewers.names, viewers.ids) : [];
  const chosen = hasChosenControllers(state) ? pairNames(state.controllers, state.controller_ids) : [];
  const owner = getOwner(state);
  /** @param {{ id: string }} person */
  const isOwner = ({ id }) => id === owner?.id;
  const [watching, controlling] = [collectIds(here), collectIds(chosen)];
  const people = new Map([...here.filter(isOwner), ...here, ...chosen].map((one) => [one.id, one]));
  const mayBeUnseen = here.length >= NAMES_SENT || !viewers;
  return [...people.values()].map((person) => {
    const { id } = person;
    const isAway = !mayBeUnseen && !watching.has(id);
    return createRow(state, me, person, { isOwner: isOwner(person), controls: controlling.has(id), isAway });
  });
}

/** The rows of people that a search has found: {id, name, is_here, role}.
 * @param {StateFrame} state @param {Person[]} found @param {string} me @returns {Row[]} */
export function listFoundRows(state, found, me) {
  return found.map(({ id, name, is_here: isHere, role }) =>
    createRow(state, me, { id, name }, { isOwner: role === "owner", controls: role === "controller", isAway: !isHere }),
  );
}

/** True if a list needs a search field. @type {(people: unknown[]) => boolean} */
export const isLong = (people) => people.length >= SEARCHED;

/** "3 people found." @param {unknown[]} people */
export function describeFound(people) {
  if (!people.length) return "Nobody found.";
  if (people.length >= NAMES_SENT) return `The first ${NAMES_SENT} people found.`;
  return people.length === 1 ? "1 person found." : `${people.length} people found.`;
}

/** @param {StateFrame} state @param {string} me @param {Named} person
 * @param {{ isOwner: boolean, controls: boolean, isAway: boolean }} is @returns {Row} */
function createRow(state, me, person, { isOwner, controls, isAway }) {
  const badges = [
    isOwner ? "owner" : "",
    state.control === "controllers" && controls && !isOwner ? "controls" : "",
    person.id === me ? "you" : "",
    isAway ? "away" : "",
  ].filter(Boolean);
  const isOffered = isOwnedBy(state, me) && !isOwner && hasChosenControllers(state);
  return { ...person, badges, offer: isOffered ? createOffer(person.name, controls) : null };
}

/** @type {(names: string[], ids: string[]) => Named[]} */
const pairNames = (names, ids) => names.map((name, index) => ({ id: ids[index], name }));

/** @type {(people: Named[]) => Set<string>} */
const collectIds = (people) => new Set(people.map(({ id }) => id));

/** @param {StateFrame} state @returns {Named | null} */
const getOwner = ({ owner, owner_id: id }) => (owner === null ? null : { id: id ?? "", name: owner });

/** True if the owner can hand over control; with other settings this would change nothing.
 * @type {(state: StateFrame) => boolean} */
const hasChosenControllers = ({ control: policy }) => policy === "controllers" || policy === "owner";

/** @param {string} name @param {boolean} isChosenOne */
function createOffer(name, isChosenOne) {
  if (!isChosenOne) {
    const text = `Let ${isolateName(name)} control`;
    return { action: "let", text, label: text };
  }
  return { action: "take-back", text: "Take back control", label: `Take back control from ${isolateName(name)}` };
}

/** @type {(word: string) => string} */ const getFirstLetter = (word) => [...word][0] ?? "";

/** "a", "a and b", "a, b and c". @param {string[]} words */
function joinNames(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}
