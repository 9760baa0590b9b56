// Asks the server to hand control over, or to take it back.

import { timeOut } from "./timeout.js";

const PATIENCE_MS = 10_000;

/** Post `fields` with those of `form`; null once it is done, else a sentence that says why not. */
export async function handOver(form, fields) {
  const body = new URLSearchParams([...new FormData(form), ...Object.entries(fields)]);
  try {
    const response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      redirect: "manual", // to a page for signing in, most likely
      signal: timeOut(PATIENCE_MS),
    });
    return response.ok ? null : await refusal(response);
  } catch {
    return "The server cannot be reached. Try again.";
  }
}

async function refusal(response) {
  const told = await response.json().catch(() => null);
  if (typeof told?.message === "string" && told.message) return told.message;
  return "The server refused this. Reload the page and try again.";
}
