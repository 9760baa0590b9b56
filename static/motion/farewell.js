// A page whose reader is signed out, or may not see it any longer: what has to leave it, leaves.

export const SIGNED_OUT = 4401;

/** Put `text`, and one link that helps, in the place of `root` and of what names a person. */
export function bidFarewell(root, code, text) {
  const main = document.createElement("main");
  const heading = document.createElement("h1");
  const link = document.createElement("a");
  const way = document.createElement("p");
  main.className = "plain";
  heading.id = "status";
  heading.tabIndex = -1;
  heading.textContent = text;
  link.className = "button primary";
  Object.assign(link, code === SIGNED_OUT ? signIn() : { href: "/motions/", textContent: "Show the motions" });
  way.append(link);
  main.append(heading, way);
  forgetPerson();
  document.getElementById("page")?.remove();
  document.title = text;
  root.replaceWith(main);
  heading.focus();
}

/** Nothing on the page names a person any longer. */
function forgetPerson() {
  for (const element of document.querySelectorAll(".person, #account-menu, .messages")) element.remove();
}

/** The page of a motion that anybody may see becomes a guest's. */
export function becomeGuest(root) {
  forgetPerson();
  root.dataset.me = "";
  for (const element of root.querySelectorAll("#hand-over, #owner-links")) element.remove();
  const link = document.createElement("a");
  link.className = "button";
  Object.assign(link, signIn());
  document.querySelector("header .right").append(link);
}

function signIn() {
  const path = location.pathname.split("/").map(encodeURIComponent).join("/");
  return { href: `/accounts/login/?next=${path}`, textContent: "Sign in again" };
}
