// Who watches, who controls, and what the owner may do about it: in words. Pure.

import { listed } from "./changes.js";
import { count } from "./format.js";

/** So many names are told at most, of those who watch and of those who control. */
const NAMES_TOLD = 30;

const AVATARS = 3;
const NAMED = 5; // in one sentence

/** "AK" of "Ada Kovács", "JM" of "jm". */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [first(words[0]), first(words.at(-1))] : [...words[0]].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** For the head: "12 watching", whose initials stand beside it, how many others, and all in words. */
export function summary({ count: all, names }) {
  const faces = names.slice(0, AVATARS).map(initials);
  const more = all - faces.length;
  const others = all - Math.min(names.length, NAMES_TOLD);
  const spoken = others > 0 ? [...names, others === 1 ? "one more" : `${count(others)} more`] : names;
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
export function control({ control: policy, owner, controllers }) {
  if (policy === "everyone") return "Everyone who has this page open controls it.";
  if (policy === "signed-in") return "Everyone who is signed in controls it.";
  const others = policy === "controllers" ? controllers.filter((name) => name !== owner) : [];
  if (!others.length) {
    return owner ? `Only ${owner}, its owner, controls it.` : "Its administrators control it.";
  }
  const shown = others.slice(0, NAMED);
  const more = others.length - shown.length;
  const rest = others.length >= NAMES_TOLD ? "others" : `${more} more`;
  const names = more ? [...shown, rest] : shown;
  return `${listed(owner ? [`${owner} (owner)`, ...names] : [...names, "its administrators"])} control it.`;
}

/** Whether `me`, a display name or "", owns it. */
export const owns = (state, me) => me !== "" && state.owner === me;

/**
 * Who is listed: {name, badges, offer} of those who watch by name, the owner first, and of those
 * who may control it and are away. `offer` is what the owner may do: {action, text, label}.
 */
export function rows(state, viewers, me) {
  const here = viewers?.names ?? [];
  const chosen = isChosen(state) ? state.controllers : [];
  const isOwner = (name) => name === state.owner;
  const names = new Set([...here.filter(isOwner), ...here, ...chosen]);
  const mayBeUnseen = here.length >= NAMES_TOLD || !viewers;
  return [...names].map((name) => ({
    name,
    badges: [
      isOwner(name) && "owner",
      state.control === "controllers" && chosen.includes(name) && !isOwner(name) && "controls",
      name === me && "you",
      !mayBeUnseen && !here.includes(name) && "away",
    ].filter(Boolean),
    offer: owns(state, me) && !isOwner(name) && isChosen(state) ? offer(name, chosen) : null,
  }));
}

/** Whether control is a matter of who was chosen: elsewhere handing it over would change nothing. */
const isChosen = ({ control: policy }) => policy === "controllers" || policy === "owner";

function offer(name, chosen) {
  if (!chosen.includes(name)) {
    const text = `Let ${name} control`;
    return { action: "let", text, label: text };
  }
  return { action: "take-back", text: "Take it back", label: `Take it back from ${name}` };
}

const first = (word) => [...word][0] ?? "";
