// A motion that was renamed has another address: so have the links and forms of its page.

/** All of `root` that leads under the address `before` leads under `after`, and so does the tab.
 * @param {HTMLElement} root @param {string} before @param {string} after */
export function rename(root, before, after) {
  if (location.pathname !== "/") history.replaceState(null, "", after + location.search);
  for (const name of ["href", "action"]) {
    for (const element of root.querySelectorAll(`[${name}^="${before}"]`)) {
      element.setAttribute(name, element.getAttribute(name).replace(before, after));
    }
  }
}
