// What this browser is to remember of a page. Where storage is refused, nothing is, and nobody is told.

/** What `keep` was given under `name`, or `fallback`. @param {string} name @param {any} fallback @returns {any} */
export function remember(name, fallback) {
  try {
    const text = localStorage.getItem(name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** @param {string} name @param {unknown} value */
export function keep(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    return;
  }
}
