// The admin's page "Running now": the heartbeats of the processes, kept up to date without a reload.

import { formatCount } from "../lib/format.js";
import { request } from "../lib/http.js";
import { writeText } from "../lib/dom.js";

const EVERY_MS = 2_000;
const SECOND_MS = 1_000;

const rows = document.getElementById("running");
const status = document.getElementById("running-status");
const age = document.getElementById("running-age");
const upToDate = status.textContent;
/** @type {Timer} */ let timer = null;
let answeredAt = performance.now(); // not Date.now(): a computer's clock may be changed
let isLost = false;
/** @type {string | null} */ let shown = null;

/** The newest table, or null if the reader may not see it. Throws if the server does not answer. */
async function fetchRows() {
  const response = await request(rows.dataset.rows, { redirect: "manual" }); // to the sign-in page
  if (response.type === "opaqueredirect" || response.status === 403) return null;
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return response.text();
}

async function update() {
  timer = null;
  try {
    const html = await fetchRows();
    if (html === null) {
      rows.replaceChildren();
      isLost = false;
      showTrouble("You are signed out, or may no longer see this page. Reload it.");
      return;
    }
    if (html !== shown) rows.innerHTML = html; // made by our own template, which escapes
    shown = html;
    answeredAt = performance.now();
    isLost = false;
    showTrouble("");
  } catch {
    isLost = true;
    showTrouble("The server is not responding. Retrying.");
  }
  schedule();
}

/** Show what is wrong, or "" if nothing is. writeText, because a screen reader reads each write. @param {string} trouble */
function showTrouble(trouble) {
  const text = trouble || upToDate;
  writeText(status, text);
  status.classList.toggle("running-lost", Boolean(trouble));
  rows.classList.toggle("stale", Boolean(trouble));
  showAge();
}

/** The age of the table, outside the sentence: a screen reader would read it each second. */
function showAge() {
  const seconds = Math.round((performance.now() - answeredAt) / SECOND_MS);
  writeText(age, isLost ? `Last answer ${formatCount(seconds)} s ago.` : "");
}

function schedule() {
  if (!document.hidden) timer ??= setTimeout(update, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  timer = null;
  if (!document.hidden) void update();
});
setInterval(showAge, SECOND_MS);
schedule();
