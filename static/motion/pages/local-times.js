// Changes the UTC times of the server into the reader's time zone, with its name.

import { formatLocalTime } from "../lib/format.js";

const zone = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

/** "CET", "GMT+9": the reader's time zone at a time of the year. @param {string} at */
const getZone = (at) => zone.formatToParts(new Date(at)).find(({ type }) => type === "timeZoneName")?.value;

/** Change every <time> in `root` with a `data-to`; the server's text becomes its title. @param {ParentNode} root */
export function localise(root) {
  for (const time of root.querySelectorAll("time[data-to]")) {
    const { dateTime: at, dataset: { to } } = time;
    const text = formatLocalTime(at, to);
    if (!text) continue;
    time.title = time.textContent;
    time.textContent = to === "day" ? text : `${text} ${getZone(at)}`;
  }
}
