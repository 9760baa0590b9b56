// Writes that change something: the same words again would be laid out anew, and perhaps read aloud.

export function writeText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function writeAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
