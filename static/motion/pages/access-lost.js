// Replaces a page whose reader is signed out or may no longer see it by a text that says what to do.

import { createElement } from "../lib/dom.js";

export const SIGNED_OUT = 4401;

const NOT_ALLOWED = 4403;
const LIST = { href: "/motions/", textContent: "Show the motions" };
const JOIN = { href: "/join/", textContent: "Enter a code" };
const LEFT = "You no longer have a seat in this motion."; // of a guest, which has no account

/** Replace `root` by what happened and by links that help, and remove the person's name from the page.
 * `wasLive`: the page followed the motion until now, so a motion that is gone was deleted.
 * @param {HTMLElement} root @param {number} code @param {boolean} wasLive */
export function showAccessLost(root, code, wasLive) {
  const { title, text, links } = describeAccessLost(code, { isVisitor: !root.dataset.me, wasLive });
  const main = createElement("main", { className: "plain" });
  const heading = createElement("h1", { id: "status", tabIndex: -1, textContent: title });
  const ways = createElement("p", { className: "wrap tight" });
  ways.append(
    ...links.map((link, index) => createElement("a", { className: index ? "button" : "button primary", ...link })),
  );
  main.append(heading, createElement("p", { textContent: text }), ways);
  removePerson();
  document.getElementById("page")?.remove();
  document.title = title;
  root.replaceWith(main);
  heading.focus();
}

/** What happened, and what to do: {title, text, links}.
 * @param {number} code @param {{ isVisitor: boolean, wasLive: boolean }} reader */
function describeAccessLost(code, { isVisitor, wasLive }) {
  if (code === SIGNED_OUT && isGuest()) {
    return { title: LEFT, text: "This motion is private. To come back, join again.", links: [JOIN] };
  }
  if (code === SIGNED_OUT) {
    return { title: "You are signed out.", text: "This motion is private. Sign in to see it again.", links: [createSignInLink()] };
  }
  const title = chooseTitle(code, { isVisitor, wasLive });
  if (code !== NOT_ALLOWED && wasLive) {
    return { title, text: "Its paths and the list of its changes were deleted too.", links: [LIST] };
  }
  if (isVisitor) {
    const text = "If you are a member, sign in to see it. Otherwise ask the owner for an invitation.";
    return { title, text, links: [createSignInLink("Sign in"), LIST] };
  }
  const text = "You were removed, or it is private now. Ask the owner for a new invitation.";
  return { title, text, links: [LIST, JOIN] };
}

/** @param {number} code @param {{ isVisitor: boolean, wasLive: boolean }} reader */
function chooseTitle(code, { isVisitor, wasLive }) {
  if (code === NOT_ALLOWED) return isVisitor ? "This motion is private now." : "You can no longer see this motion.";
  return wasLive ? "This motion was deleted." : "This motion was deleted, or is private now.";
}

/** Whether the reader is a guest: a person with a name and without an account. */
function isGuest() {
  return document.querySelector(".keep-seat") !== null;
}

function removePerson() {
  document.documentElement.dataset.session = "";
  for (const element of document.querySelectorAll(".person, .keep-seat, #account-menu, .messages")) element.remove();
}

/** Change the page of an open motion to what a visitor sees. @param {HTMLElement} root */
export function becomeVisitor(root) {
  const way = isGuest() ? JOIN : createSignInLink();
  removePerson();
  root.dataset.me = "";
  for (const element of root.querySelectorAll("#hand-over, #owner-links, #asking, #lesson, #wall-join")) element.remove();
  const link = createElement("a", { className: "button", ...way });
  document.querySelector("header .right").append(link);
}

function createSignInLink(textContent = "Sign in again") {
  const path = location.pathname.split("/").map(encodeURIComponent).join("/");
  return { href: `/accounts/login/?next=${path}`, textContent };
}
