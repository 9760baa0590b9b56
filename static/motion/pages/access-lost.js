// A page whose reader is signed out or may no longer see it: it empties itself, and says what to do.

export const SIGNED_OUT = 4401;

const NOT_ALLOWED = 4403;
const LIST = { href: "/motions/", textContent: "Show the motions" };
const JOIN = { href: "/join/", textContent: "Enter a code" };

/**
 * Put what happened, and links that help, in the place of `root` and of what names a person.
 * `wasLive`: whether the page followed the motion until now, so that it cannot have been hidden.
 * @param {HTMLElement} root @param {number} code @param {boolean} wasLive
 */
export function bidFarewell(root, code, wasLive) {
  const { title, text, links } = farewell(code, { isGuest: !root.dataset.me, wasLive });
  const main = element("main", { className: "plain" });
  const heading = element("h1", { id: "status", tabIndex: -1, textContent: title });
  const ways = element("p", { className: "ways" });
  ways.append(
    ...links.map((link, index) => element("a", { className: index ? "button" : "button primary", ...link })),
  );
  main.append(heading, element("p", { textContent: text }), ways);
  forgetPerson();
  document.getElementById("page")?.remove();
  document.title = title;
  root.replaceWith(main);
  heading.focus();
}

/** What happened, and what to do: {title, text, links}.
 * @param {number} code @param {{ isGuest: boolean, wasLive: boolean }} reader */
export function farewell(code, { isGuest, wasLive }) {
  if (code === SIGNED_OUT) {
    return { title: "You are signed out.", text: "This motion is private. Sign in to see it again.", links: [signIn()] };
  }
  const title = titleOf(code, { isGuest, wasLive });
  if (code !== NOT_ALLOWED && wasLive) {
    return { title, text: "Its paths and the list of its changes were deleted too.", links: [LIST] };
  }
  if (isGuest) {
    const text = "If you are a member, sign in to see it. Otherwise ask the owner for an invitation.";
    return { title, text, links: [signIn("Sign in"), LIST] };
  }
  const text = "You were removed, or it is private now. Ask the owner for a new invitation.";
  return { title, text, links: [LIST, JOIN] };
}

/** @param {number} code @param {{ isGuest: boolean, wasLive: boolean }} reader */
function titleOf(code, { isGuest, wasLive }) {
  if (code === NOT_ALLOWED) return isGuest ? "This motion is private now." : "You can no longer see this motion.";
  return wasLive ? "This motion was deleted." : "This motion was deleted, or is private now.";
}

/** Nothing on the page names a person any longer. */
function forgetPerson() {
  for (const element of document.querySelectorAll(".person, #account-menu, .messages")) element.remove();
}

/** The page of a motion that is not private becomes a guest's. @param {HTMLElement} root */
export function becomeGuest(root) {
  forgetPerson();
  root.dataset.me = "";
  for (const element of root.querySelectorAll("#hand-over, #owner-links")) element.remove();
  const link = document.createElement("a");
  link.className = "button";
  Object.assign(link, signIn());
  document.querySelector("header .right").append(link);
}

function signIn(textContent = "Sign in again") {
  const path = location.pathname.split("/").map(encodeURIComponent).join("/");
  return { href: `/accounts/login/?next=${path}`, textContent };
}

/** @type {(name: string, properties: object) => HTMLElement} */
const element = (name, properties) => Object.assign(document.createElement(name), properties);
