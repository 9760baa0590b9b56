// The admin's page "Running now": what the processes write of themselves, followed without a reload.

import { count } from "../lib/format.js";
import { request } from "../lib/http.js";
import { writeText } from "../lib/dom.js";

const EVERY_MS = 2_000;
const SECOND_MS = 1_000;

const rows = document.getElementById("running");
const status = document.getElementById("running-status");
const age = document.getElementById("running-age");
const following = status.textContent;
/** @type {Timer} */ let timer = null;
let answeredAt = performance.now(); // no clock that somebody may have set wrong
let isLost = false;
/** @type {string | null} */ let shown = null;

/** The newest table, null for a person who may not see it; throws where the server does not answer. */
async function fetchRows() {
  const response = await request(rows.dataset.rows, { redirect: "manual" }); // to the sign-in page
  if (response.type === "opaqueredirect" || response.status === 403) return null;
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return response.text();
}

async function look() {
  timer = null;
  try {
    const html = await fetchRows();
    if (html === null) {
      rows.replaceChildren();
      isLost = false;
      say("You are signed out, or may no longer see this page. Reload it.");
      return;
    }
    if (html !== shown) rows.innerHTML = html; // made by our own template, which escapes
    shown = html;
    answeredAt = performance.now();
    isLost = false;
    say("");
  } catch {
    isLost = true;
    say("The server is not responding. Retrying.");
  }
  schedule();
}

/** Say what is wrong; "" that nothing is. A sentence is set once: it is read aloud. @param {string} trouble */
function say(trouble) {
  const text = trouble || following;
  writeText(status, text);
  status.classList.toggle("running-lost", Boolean(trouble));
  rows.classList.toggle("stale", Boolean(trouble));
  showAge();
}

/** How old the table is, beside the sentence: that is read aloud, this would be each second. */
function showAge() {
  const seconds = Math.round((performance.now() - answeredAt) / SECOND_MS);
  writeText(age, isLost ? `Last answer ${count(seconds)} s ago.` : "");
}

function schedule() {
  if (!document.hidden) timer ??= setTimeout(look, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  timer = null;
  if (!document.hidden) void look();
});
setInterval(showAge, SECOND_MS);
schedule();
