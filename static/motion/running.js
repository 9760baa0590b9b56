// The admin's page "Running now": what the processes write of themselves, followed without a reload.

import { timeOut } from "./timeout.js";
import { writeText } from "./write.js";

const EVERY_MS = 2_000;
const ANSWER_MS = 5_000; // what does not answer by then counts as gone

const rows = document.getElementById("running");
const status = document.getElementById("running-status");
const following = status.textContent;
let timer = null;
let lostAt = null;
let shown = null;

/** The newest table, null for a person who may not see it; throws where the server does not answer. */
async function fetchRows() {
  const response = await fetch(rows.dataset.rows, {
    redirect: "manual", // to the sign-in page
    signal: timeOut(ANSWER_MS),
  });
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
      say("You are signed out, or may not see this any longer: load the page again.");
      return;
    }
    if (html !== shown) rows.innerHTML = html; // made by our own template, which escapes
    shown = html;
    lostAt = null;
    say("");
  } catch {
    lostAt ??= new Date();
    say(`The server does not answer since ${lostAt.toLocaleTimeString()}; trying again.`);
  }
  schedule();
}

/** Say what is wrong; "" that nothing is. A sentence is set once: it is read aloud. */
function say(trouble) {
  const text = trouble || following;
  writeText(status, text);
  status.classList.toggle("running-lost", Boolean(trouble));
  rows.classList.toggle("stale", Boolean(trouble));
}

function schedule() {
  if (!document.hidden) timer ??= setTimeout(look, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  timer = null;
  if (!document.hidden) look();
});
schedule();
