// Who watches, who controls, and what the owner may do about it: in words. Pure.

import { count, isolated } from "./format.js";
import { settings } from "./settings.js";

/** So many names are told at most, of those who watch and of those who control. */
const NAMES_TOLD = 30;

const AVATARS = 3;
const NAMED = 5; // in one sentence
const BRIEFLY = 2; // in one line

/** "AK" of "Ada Kovács", "JM" of "jm". */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [first(words[0]), first(words[words.length - 1])] : [...words[0]].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** For the head: "12 watching", whose initials stand beside it, how many others, and all in words. */
export function summary({ count: all, names }) {
  const faces = names.slice(0, AVATARS).map(initials);
  const more = all - faces.length;
  const others = all - Math.min(names.length, NAMES_TOLD);
  const named = names.map(isolated);
  const spoken = others > 0 ? [...named, others === 1 ? "one more" : `${count(others)} more`] : named;
  return {
    text: `${count(all)} watching`,
    faces,
    more: faces.length && more > 0 ? `+${count(more)}` : "",
    names: names.length ? listed(spoken) : "",
  };
}

/** "3 people watch: 2 by name, 1 without". */
export function counted({ count: all, names }) {
  const people = all === 1 ? "1 person watches" : `${count(all)} people watch`;
  if (!names.length) return `${people}, ${all === 1 ? "without a name" : "none by name"}.`;
  const without = all - names.length;
  if (without <= 0) return `${people}, ${all === 1 ? "" : "all "}by name.`;
  if (names.length >= NAMES_TOLD) return `${people}: ${NAMES_TOLD} or more by name.`;
  return `${people}: ${count(names.length)} by name, ${count(without)} without.`;
}

/** One sentence on who holds control. */
export function control(state) {
  const { control: policy, owner } = state;
  if (policy === "everyone") return "Everyone who has this page open controls it.";
  if (policy === "signed-in") return "Everyone who is signed in controls it.";
  const others = policy === "controllers" ? state.controllers.map(isolated) : [];
  if (!others.length) {
    return owner ? `Only ${isolated(owner)}, its owner, controls it.` : "Its administrators control it.";
  }
  const shown = others.slice(0, NAMED);
  const more = others.length - shown.length;
  const rest = others.length >= NAMES_TOLD ? "others" : `${more} more`;
  const names = more ? [...shown, rest] : shown;
  return `${listed(owner ? [`${isolated(owner)} (owner)`, ...names] : [...names, "its administrators"])} control it.`;
}

/**
 * What a person hears whose rights have changed between two states: a sentence, or null. `before` is
 * {can_control, revision, owner_id}; the newest change says who did it, where it is new.
 */
export function notice(before, state, me) {
  if (me && before.owner_id !== state.owner_id && state.owner_id === me) return "You own this motion now.";
  if (before.can_control === state.can_control) return null;
  const by = isolated(state.by ?? "The owner");
  const kind = state.revision === before.revision ? "" : state.kind;
  return state.can_control ? given(kind, by) : taken(kind, by);
}

function given(kind, by) {
  switch (kind) {
    case "let":
      return `${by} handed you the controls. You can change the motion for everyone.`;
    case "only-me-off":
      return `${by} switched “Only I control” off. You can change the motion again.`;
    default:
      return "You can change the motion for everyone now.";
  }
}

function taken(kind, by) {
  switch (kind) {
    case "take-back":
      return `${by} took the controls back. You are watching now.`;
    case "only-me":
      return `${by} switched “Only I control” on. You are watching now.`;
    default:
      return "You cannot change the motion any more. You are watching now.";
  }
}

/** For a watcher: "Variance 1 · 10 steps/s · ada controls". */
export function terms(state) {
  const [first, ...rest] = `${settings({ ...state, paused: false })} · ${holders(state)}`;
  return first.toUpperCase() + rest.join("");
}

/** "ada and ben control", "ada, ben and 3 more control" */
function holders({ control: policy, owner, controllers }) {
  if (policy === "everyone") return "everyone controls";
  if (policy === "signed-in") return "everyone who signs in controls";
  const chosen = policy === "controllers" ? controllers : [];
  const names = (owner === null ? chosen : [owner, ...chosen]).map(isolated);
  if (!names.length) return "administrators control";
  const more = chosen.length >= NAMES_TOLD ? "others" : `${names.length - BRIEFLY} more`;
  const shown = names.length > BRIEFLY ? [...names.slice(0, BRIEFLY), more] : names;
  return `${listed(shown)} ${names.length === 1 ? "controls" : "control"}`;
}

/** Whether `me`, an id or "", owns it. */
export const owns = (state, me) => me !== "" && ownerOf(state)?.id === me;

/**
 * Who is listed: {id, name, badges, offer} of those who watch by name, the owner first, and of
 * those who may control it and are away. `offer` is what the owner may do: {action, text, label}.
 */
export function rows(state, viewers, me) {
  const here = viewers ? paired(viewers.names, viewers.ids) : [];
  const chosen = isChosen(state) ? paired(state.controllers, state.controller_ids) : [];
  const owner = ownerOf(state);
  const isOwner = ({ id }) => id === owner?.id;
  const [watching, controlling] = [idsOf(here), idsOf(chosen)];
  const people = new Map([...here.filter(isOwner), ...here, ...chosen].map((one) => [one.id, one]));
  const mayBeUnseen = here.length >= NAMES_TOLD || !viewers;
  return [...people.values()].map((person) => ({
    ...person,
    badges: [
      isOwner(person) && "owner",
      state.control === "controllers" && controlling.has(person.id) && !isOwner(person) && "controls",
      person.id === me && "you",
      !mayBeUnseen && !watching.has(person.id) && "away",
    ].filter(Boolean),
    offer:
      owns(state, me) && !isOwner(person) && isChosen(state)
        ? offer(person.name, controlling.has(person.id))
        : null,
  }));
}

/** People by id and name. A server of the version before sends no ids: then a name stands for one. */
const paired = (names, ids = names) => names.map((name, index) => ({ id: ids[index], name }));

const idsOf = (people) => new Set(people.map(({ id }) => id));

const ownerOf = ({ owner, owner_id: id = owner }) => (owner === null ? null : { id, name: owner });

/** Whether control is a matter of who was chosen: elsewhere handing it over would change nothing. */
const isChosen = ({ control: policy }) => policy === "controllers" || policy === "owner";

function offer(name, isChosenOne) {
  if (!isChosenOne) {
    const text = `Let ${isolated(name)} control`;
    return { action: "let", text, label: text };
  }
  return { action: "take-back", text: "Take it back", label: `Take it back from ${isolated(name)}` };
}

const first = (word) => [...word][0] ?? "";

/** "a", "a and b", "a, b and c". */
function listed(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}
