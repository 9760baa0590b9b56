// Viewers, and the people who can change the motion: in the head and in the card "Watching".

import {
  describeControl, describeCount, describeFound, describeNotice, isLong, isOwnedBy, listFoundRows, listRows,
  summarizeViewers,
} from "./watching-text.js";
import { createElement, writeEach, writeText } from "../lib/dom.js";

/** @import { Row } from "./watching-text.js" */

const SEARCH_MS = 250; // after the last key

export class Watching {
  /** @type {Map<string, HTMLElement>} */
  #items = new Map(); // id → its line, kept so that a focused button stays the same button
  /** @type {Set<string>} */ #busy = new Set();
  /** @type {[StateFrame, ViewersFrame | null]} */ #shown; // what `show` was called with last
  #before; // the previous state: what this person could do then

  /** @type {Person[] | null} */ #found = null; // by a search, or null without one
  /** @type {Timer} */ #searching = null;

  /** `state` is the one that the server rendered the page from.
   * @param {HTMLElement} root
   * @param {Pick<MotionApi, "submit" | "findPeople">} api
   * @param {StateFrame} state */
  constructor(root, api, state) {
    this.find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.root = root;
    this.me = root.dataset.me ?? "";
    this.api = api;
    this.#before = state;
    this.head = this.find("watching");
    this.card = this.find("people");
    this.list = this.find("people-list");
    this.onlyMe = this.find("only-me");
    this.wanted = this.find("people-name");
    this.find("notice-close").addEventListener("click", () => this.closeNotice());
    this.wanted.addEventListener("input", () => this.#scheduleSearch());
    this.onlyMe.addEventListener("click", (/** @type {Event} */ event) => {
      if (this.#busy.has("only-me")) event.preventDefault(); // the switch keeps showing what was requested
    });
    this.onlyMe.addEventListener("change", () => {
      void this.#handOver("only-me", { action: "only-me", on: String(this.onlyMe.checked) }, this.onlyMe);
    });
  }

  /** `viewers` is null until the server has sent them.
   * @param {StateFrame} state @param {ViewersFrame | null} viewers */
  show(state, viewers) {
    if (this.#found && state !== this.#shown[0]) this.#scheduleSearch(); // others may control it now
    this.#shown = [state, viewers];
    const notice = describeNotice(this.#before, state, this.me);
    this.#before = state;
    if (notice !== null) this.#showNotice(notice);
    const isOwner = isOwnedBy(state, this.me);
    if (viewers) this.#showHead(summarizeViewers(viewers));
    writeText(this.find("people-count"), viewers ? describeCount(viewers) : "");
    writeText(this.find("people-control"), describeControl(state));
    this.#showPeople(isOwner);
    this.find("owner-tools").hidden = !isOwner;
    this.root.toggleAttribute("data-disowned", !isOwner); // hides what the server has rendered for an owner
    if (!this.#busy.has("only-me")) this.onlyMe.checked = state.control === "owner";
    if (!isOwner) this.#showError("");
    this.card.hidden = false;
  }

  closeNotice() {
    this.#showNotice("");
  }

  /** A notice stays until the reader closes it, uses the controls, or loses them again. @param {string} text */
  #showNotice(text) {
    writeText(this.find("notice-text"), text);
    this.find("notice").dataset.shown = String(text !== "");
    this.find("notice-close").hidden = text === "";
  }

  /** The reader is a visitor from now on. */
  becomeVisitor() {
    this.me = "";
  }

  /** The connection has ended for good: show nothing that may have changed. */
  end() {
    this.head.hidden = true;
    this.card.hidden = true;
    this.closeNotice();
  }

  /** @param {ReturnType<typeof summarizeViewers>} summary */
  #showHead({ text, faces, more, names }) {
    const [count, avatars] = this.head.children;
    writeText(count, text);
    avatars.hidden = !faces.length;
    avatars.title = names;
    avatars.setAttribute("aria-label", names);
    const texts = more ? [...faces, more] : faces;
    writeEach(avatars, texts, (face) => createElement("span", { className: "avatar", textContent: face }));
    this.head.hidden = false;
  }

  /** @param {boolean} isOwner */
  #showPeople(isOwner) {
    const [state, viewers] = this.#shown;
    const people = listRows(state, viewers, this.me);
    this.find("people-find").hidden = !isOwner || !(isLong(people) || this.wanted.value);
    this.#showRows(this.#found && isOwner ? listFoundRows(state, this.#found, this.me) : people);
  }

  #scheduleSearch() {
    clearTimeout(this.#searching);
    this.#searching = setTimeout(() => this.#search(), SEARCH_MS);
  }

  /** The page has 30 names at most; the server finds the others. */
  async #search() {
    const name = this.wanted.value.trim();
    const answer = name ? await this.api.findPeople(name) : { people: undefined };
    if (name !== this.wanted.value.trim()) return; // an answer to an earlier search
    this.#found = answer.people ?? null;
    writeText(this.find("people-found"), answer.message ?? (this.#found ? describeFound(this.#found) : ""));
    this.#showPeople(isOwnedBy(this.#shown[0], this.me));
  }

  /** @param {Row[]} people */
  #showRows(people) {
    const ids = new Set(people.map(({ id }) => id));
    for (const [id, item] of this.#items) {
      if (ids.has(id)) continue;
      item.remove();
      this.#items.delete(id);
    }
    people.forEach((person, index) => {
      const item = this.#getItem(person.id);
      if (this.list.children[index] !== item) this.list.insertBefore(item, this.list.children[index] ?? null);
      this.#fillItem(item, person);
    });
    this.list.hidden = !people.length;
  }

  /** @param {string} id */
  #getItem(id) {
    const known = this.#items.get(id);
    if (known) return known;
    const item = createElement("li");
    item.append(createElement("bdi", { className: "name" }), createElement("span", { className: "badges" }));
    this.#items.set(id, item);
    return item;
  }

  /** @param {HTMLElement} item @param {Row} person */
  #fillItem(item, { id, name, badges, offer }) {
    const [shown, held, button] = /** @type {HTMLCollectionOf<HTMLElement>} */ (item.children);
    writeText(shown, name);
    shown.title = name;
    writeEach(held, badges, (badge) =>
      createElement("span", { className: `badge ${badge}`, textContent: badge }),
    );
    if (!offer) {
      button?.remove();
      return;
    }
    const offered = button ?? this.#addButton(item, id);
    offered.dataset.action = offer.action;
    offered.setAttribute("aria-label", offer.label);
    writeText(offered, offer.text);
  }

  /** @param {HTMLElement} item @param {string} id */
  #addButton(item, id) {
    const button = createElement("button", { type: "button" });
    button.addEventListener("click", () =>
      void this.#handOver(id, { action: button.dataset.action ?? "", person: id }, button),
    );
    item.append(button);
    return button;
  }

  /** One request at a time for each `key`; the next state shows the result.
   * @param {string} key @param {Record<string, string>} fields @param {HTMLElement} pressed */
  async #handOver(key, fields, pressed) {
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    pressed.setAttribute("aria-busy", "true");
    this.#showError("");
    const refusal = await this.api.submit(this.find("hand-over"), fields);
    this.#busy.delete(key);
    pressed.removeAttribute("aria-busy");
    if (refusal === null) return;
    this.#showError(refusal);
    this.show(...this.#shown);
  }

  /** @param {string} text */
  #showError(text) {
    const error = this.find("people-error");
    writeText(error, text);
    error.hidden = !text;
  }
}
