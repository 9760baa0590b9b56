// Whose view this page follows, above the chart; and the owner's switch that presents the view of this page.

import { formatCounted, isolateName } from "../lib/format.js";
import { writeAttribute, writeHidden, writeText } from "../lib/dom.js";

const NO_VIEWS = "Without a live connection, this page follows no presenter.";
const UNSEEN = "Nobody sees it: no live connection";

export class FollowBar {
  /** `onPresent(isOn)` is called when the owner turns the switch, `onToggle()` when the reader leaves the view of the
   * presenter, or returns to it.
   * @param {HTMLElement} root @param {{ onPresent: (isOn: boolean) => void, onToggle: () => void }} on */
  constructor(root, { onPresent, onToggle }) {
    const find = (/** @type {string} */ id) => root.querySelector(`#${id}`);
    this.bar = find("presenter");
    this.text = find("presenter-text");
    this.button = find("presenter-button");
    this.present = find("present");
    this.followers = find("followers");
    this.present.checked = false; // a browser may restore it
    this.present.addEventListener("change", () => onPresent(this.present.checked));
    this.button.addEventListener("click", onToggle);
  }

  /** @param {{ by: string, isOn: boolean } | null} presenter whose view the page follows, or the reader has left
   * @param {Phase} phase of the page: over HTTP no view comes */
  show(presenter, phase) {
    writeAttribute(this.bar, "data-on", presenter?.isOn ?? "none");
    writeHidden(this.button, !presenter);
    if (!presenter) {
      writeText(this.text, phase === "polling" ? NO_VIEWS : "");
      return;
    }
    const name = isolateName(presenter.by);
    writeText(this.text, presenter.isOn ? `Following ${name}` : `You left ${name}'s view`);
    writeText(this.button, presenter.isOn ? "Leave" : `Follow ${name}`);
  }

  /** @param {boolean} isOn whether this page presents @param {number} count pages that follow @param {Phase} phase of the page */
  showPresenting(isOn, count, phase) {
    this.present.checked = isOn;
    this.present.disabled = phase === "polling" && !isOn;
    writeHidden(this.followers, !isOn);
    writeText(this.followers, phase === "live" ? formatCounted(count, "follower") : UNSEEN);
  }
}
