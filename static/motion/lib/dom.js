// Writes to the document only what is new: a browser lays out every write, and a screen reader may read it.
//
// The last value of each element is kept here, not read from the document: a browser that translates
// the page replaces the text there, which would count as a change at each tick.

/** @type {WeakMap<Element, Map<string, string | undefined>>} */
const written = new WeakMap(); // element → attribute, or "" for its text → value

/** @param {Element} element @param {string} text */
export function writeText(element, text) {
  if (!isNew(element, "", text, () => element.textContent)) return;
  const { firstChild: node } = element;
  if (node instanceof Text && !node.nextSibling) node.data = text; // cheaper than another text node
  else element.textContent = text;
}

/** @param {Element} element @param {string} name @param {unknown} value */
export function writeAttribute(element, name, value) {
  const text = String(value);
  if (isNew(element, name, text, () => element.getAttribute(name))) element.setAttribute(name, text);
}

/** @param {HTMLElement} element @param {string} name of a CSS property @param {unknown} value */
export function writeProperty(element, name, value) {
  const text = String(value);
  if (isNew(element, name, text)) element.style.setProperty(name, text);
}

/** The property `hidden` would write the attribute again. @param {Element} element @param {boolean} isHidden */
export const writeHidden = (element, isHidden) => element.toggleAttribute("hidden", isHidden);

/** Fill `element` with what `make(text)` returns for each text. @template {string} Item
 * @param {Element} element @param {Item[]} texts @param {(text: Item) => Node} make */
export function writeEach(element, texts, make) {
  if (isNew(element, "", JSON.stringify(texts))) element.replaceChildren(...texts.map(make));
}

/** Call `render`. If it takes away the focused element of one of the `cards`, the first button there that is shown gets
 * the focus, or else the first card.
 * @param {HTMLElement[]} cards @param {() => void} render */
export function keepFocus(cards, render) {
  const focused = document.activeElement;
  const isInside = cards.some((card) => card.contains(focused));
  render();
  if (!isInside || isRendered(focused)) return;
  (cards.flatMap((card) => [...card.querySelectorAll("button")]).find(isRendered) ?? cards[0]).focus();
}

/** @param {Element | null} element */
const isRendered = (element) => element !== null && element.getClientRects().length > 0;

/** The second click of a double one would press what the first one has brought to its place. @param {HTMLElement} card */
export function ignoreDoubleClicks(card) {
  card.addEventListener("click", (event) => event.detail > 1 && event.stopPropagation(), true);
}

/** Whether `value` differs from the last one; `read()` returns what the server rendered.
 * @param {Element} element @param {string} name @param {string} value @param {() => string | null | undefined} [read] */
function isNew(element, name, value, read = () => undefined) {
  const known = written.get(element) ?? new Map();
  written.set(element, known);
  const before = known.has(name) ? known.get(name) : read();
  known.set(name, value);
  return before !== value;
}

/** @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {Partial<HTMLElementTagNameMap[Name]>} properties @returns {HTMLElementTagNameMap[Name]} */
export const createElement = (name, properties = {}) => Object.assign(document.createElement(name), properties);
