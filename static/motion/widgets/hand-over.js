// Asks the server to hand control over or to take it back, and for the people to hand it to.

import { timeOut } from "../lib/timeout.js";

const TIMEOUT_MS = 10_000;
const UNREACHED = "The server cannot be reached. Try again.";

/** Post `fields` with those of `form`; null once it is done, else a sentence that says why not.
 * @param {HTMLFormElement} form @param {Record<string, string>} fields @returns {Promise<string | null>} */
export async function handOver(form, fields) {
  const data = /** @type {[string, string][]} */ ([...new FormData(form)]);
  const body = new URLSearchParams([...data, ...Object.entries(fields)]);
  try {
    const response = await fetch(String(form.getAttribute("action")), {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      redirect: "manual", // to a page for signing in, most likely
      signal: timeOut(TIMEOUT_MS),
    });
    return response.ok ? null : await refusal(response);
  } catch {
    return UNREACHED;
  }
}

/** The people of the motion at `base` with `name` in their names: {people}, or {message}.
 * @param {string} base @param {string} name
 * @returns {Promise<{ people?: import("./watching-text.js").Person[], message?: string }>} */
export async function findPeople(base, name) {
  try {
    const response = await fetch(`${base}people.json?name=${encodeURIComponent(name)}`, {
      signal: timeOut(TIMEOUT_MS),
    });
    return response.ok ? await response.json() : { message: await refusal(response) };
  } catch {
    return { message: UNREACHED };
  }
}

/** @param {Response} response @returns {Promise<string>} */
async function refusal(response) {
  const answer = await response.json().catch(() => null);
  if (typeof answer?.message === "string" && answer.message) return answer.message;
  return "The server refused this. Reload the page and try again.";
}
