// The session of a page: renewed while the page stays open, and compared with that of newer pages in other tabs.

import { request } from "../lib/http.js";
import { loadValue, saveValue } from "../lib/storage.js";

export const OTHER_SESSION = "You signed in or out in another tab.";

const KEPT = "session"; // the mark of the newest page of this browser
const TOKENS = "[name=csrfmiddlewaretoken]";
const ACCOUNT = "header .right > :not(#theme)"; // the name and the menu of the person

/** A page that stays open for weeks, on a projector, requests itself now and then: that renews its session. */
export function renewSession() {
  request(location.pathname, { method: "HEAD" }).catch(() => {}); // the next one does as well
}

/** Call `onChange(mark)` when a newer page in another tab is of another session; "" is that of a visitor.
 * @param {(mark: string) => void | Promise<void>} onChange */
export function watchSession(onChange) {
  const { dataset } = document.documentElement;
  if (dataset.session === undefined) return; // a page of an earlier version
  saveValue(KEPT, dataset.session);
  const compare = () => {
    const newest = loadValue(KEPT, dataset.session);
    if (newest !== dataset.session) void onChange(newest);
  };
  addEventListener("storage", ({ key }) => key === KEPT && compare());
  document.addEventListener("visibilitychange", compare); // a browser may have suspended the tab
  addEventListener("pageshow", compare); // or has kept the page for Back
}

/** Let this page go on in the newest session of this browser, if that is of the same person, maybe a guest who has become
 * an account. Its forms get the token of that session, its head the name. Returns whether it goes on.
 * @param {string} address of this page */
export async function adoptSession(address) {
  const response = await request(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const token = page.querySelector(TOKENS)?.getAttribute("value");
  const { session: newest } = page.documentElement.dataset;
  const { dataset } = document.documentElement;
  if (newest === "" && dataset.session === "") return true; // a visitor as before
  if (!token || !newest || getPerson(newest) !== getPerson(dataset.session)) return false;
  for (const field of document.querySelectorAll(TOKENS)) field.setAttribute("value", token);
  for (const element of document.querySelectorAll(ACCOUNT)) element.remove();
  document.querySelector("header .right").append(...page.querySelectorAll(ACCOUNT));
  dataset.session = newest;
  return true;
}

/** @param {string | undefined} mark of a person and of a session */
const getPerson = (mark) => mark?.split("-")[0];
