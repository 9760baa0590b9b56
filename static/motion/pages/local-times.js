// Moments that the server wrote in UTC, on the reader's clock, whose zone is named.

import { localTime } from "../lib/format.js";

const zone = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

/** "CET", "GMT+9": the zone of the reader's clock at a moment. @param {string} at */
const zoneAt = (at) => zone.formatToParts(new Date(at)).find(({ type }) => type === "timeZoneName")?.value;

/** Every <time> in `root` that says how exact it is; the server's text stays as its title.
 * @param {ParentNode} root */
export function localise(root) {
  for (const time of root.querySelectorAll("time[data-to]")) {
    const { dateTime: at, dataset: { to } } = time;
    const text = localTime(at, to);
    if (!text) continue;
    time.title = time.textContent;
    time.textContent = to === "day" ? text : `${text} ${zoneAt(at)}`;
  }
}

localise(document);
