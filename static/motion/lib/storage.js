// Values that this browser keeps for a page. Without permission to store, it silently keeps none.

/** The value saved as `name`, or `fallback`. @param {string} name @param {any} fallback @returns {any} */
export function loadValue(name, fallback) {
  try {
    const text = localStorage.getItem(name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** @param {string} name @param {unknown} value */
export function saveValue(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    return;
  }
}
