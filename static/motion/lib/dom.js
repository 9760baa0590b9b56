// Writes that change something: the same words again would be laid out again, and perhaps read aloud.
//
// What was written is remembered and not read from the document: a browser that translates the page
// puts other words there, and they would count as a change at each tick.

const written = new WeakMap(); // element → Map of what was written there: "" is its text

export function writeText(element, text) {
  if (isNew(element, "", text, element.textContent)) element.textContent = text;
}

export function writeAttribute(element, name, value) {
  const text = String(value);
  if (isNew(element, name, text, element.getAttribute(name))) element.setAttribute(name, text);
}

/** Put `texts` into `element`, each as the element that `make(text)` gives. */
export function writeEach(element, texts, make) {
  if (isNew(element, "", JSON.stringify(texts))) element.replaceChildren(...texts.map(make));
}

/** Whether `value` is another than was written there; `found` is what the server wrote. */
function isNew(element, name, value, found) {
  if (!written.has(element)) written.set(element, new Map());
  const known = written.get(element);
  const before = known.has(name) ? known.get(name) : found;
  known.set(name, value);
  return before !== value;
}
