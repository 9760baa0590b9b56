// Moments that the server wrote in UTC, on the clock of whoever looks.

const DAY = { day: "numeric", month: "short", year: "numeric" };
const MINUTE = { ...DAY, hour: "2-digit", minute: "2-digit" };
const CLOCKS = {
  day: new Intl.DateTimeFormat("en-GB", DAY),
  minute: new Intl.DateTimeFormat("en-GB", MINUTE),
  second: new Intl.DateTimeFormat("en-GB", { ...MINUTE, second: "2-digit" }),
};

/** "22 Nov 2026, 18:05", told to the "day", the "minute" or the "second"; "" for no moment. */
export function local(at, to) {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? "" : CLOCKS[to].format(moment);
}

/** All of `root` that says to what it is told; what the server wrote stays as its title. */
export function localise(root) {
  for (const time of root.querySelectorAll("time[data-to]")) {
    const text = local(time.dateTime, time.dataset.to);
    if (!text) continue;
    time.title = time.textContent;
    time.textContent = text;
  }
}

localise(document);
