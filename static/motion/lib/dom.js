// Writes that change something: the same words again would be laid out again, and perhaps read aloud.
//
// What was written is remembered and not read from the document: a browser that translates the page
// puts other words there, and they would count as a change at each tick.

/** @type {WeakMap<Element, Map<string, string | undefined>>} */
const written = new WeakMap(); // element → Map of what was written there: "" is its text

/** @param {Element} element @param {string} text */
export function writeText(element, text) {
  if (isNew(element, "", text, element.textContent)) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {unknown} value */
export function writeAttribute(element, name, value) {
  const text = String(value);
  if (isNew(element, name, text, element.getAttribute(name))) element.setAttribute(name, text);
}

/** Put `texts` into `element`, each as the element that `make(text)` gives. @template {string} Item
 * @param {Element} element @param {Item[]} texts @param {(text: Item) => Node} make */
export function writeEach(element, texts, make) {
  if (isNew(element, "", JSON.stringify(texts))) element.replaceChildren(...texts.map(make));
}

/** Whether `value` is another than was written there; `found` is what the server wrote.
 * @param {Element} element @param {string} name @param {string} value @param {string | null} [found] */
function isNew(element, name, value, found) {
  const known = written.get(element) ?? new Map();
  written.set(element, known);
  const before = known.has(name) ? known.get(name) : found;
  known.set(name, value);
  return before !== value;
}
