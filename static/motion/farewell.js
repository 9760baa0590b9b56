// A page that its reader may not see any longer: nothing of the motion or of a person stays on it.

const SIGNED_OUT = 4401;

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
  for (const element of document.querySelectorAll(".person, #account-menu, .messages, #page")) element.remove();
  document.title = text;
  root.replaceWith(main);
  heading.focus();
}

function signIn() {
  const path = location.pathname.split("/").map(encodeURIComponent).join("/");
  return { href: `/accounts/login/?next=${path}`, textContent: "Sign in again" };
}
