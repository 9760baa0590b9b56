// Numbers as people type them, by the rules in motion/core/typed.py; one table tests both. Also the fields
// for such numbers, and their arrow keys.

import { writeHidden, writeText } from "./dom.js";

const PLAIN = "[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+";
const GROUPED =
  "[1-9][0-9]{0,2}(?:" +
  "([ '])[0-9]{3}(?:\\3[0-9]{3})*(?:[.,][0-9]*)?" +
  "|(?:,[0-9]{3})+\\.[0-9]*|(?:\\.[0-9]{3})+,[0-9]*" +
  "|(?:,[0-9]{3}){2,}|(?:\\.[0-9]{3}){2,})";
const NUMBER = new RegExp(`^([+-]?)(${PLAIN}|${GROUPED})(e[+-]?[0-9]+)?$`, "i");
const AMBIGUOUS = /^[+-]?[1-9][0-9]{0,2},[0-9]{3}(e[+-]?[0-9]+)?$/i;
const WHOLE = /^(?:[0-9]+|[1-9][0-9]{0,2}([ ',.])[0-9]{3}(?:\1[0-9]{3})*)$/;

/** @type {(text: string) => string} */ const unify = (text) =>
  text
    .replace(/−/g, "-")
    .replace(/’/g, "'")
    .replace(/[\u00a0\u2009\u202f]/g, " ")
    .trim();

/** The number that `text` is; NaN if it is none or ambiguous. @param {string} text */
export function readNumber(text) {
  const unified = unify(text);
  const found = NUMBER.exec(unified);
  if (!found || AMBIGUOUS.test(unified)) return NaN;
  const [, sign, mantissa, , exponent = ""] = found;
  const marks = mantissa.replace(/[0-9]/g, "");
  const last = marks.slice(-1);
  const hasDecimals = /[.,]/.test(last) && marks.indexOf(last) === marks.length - 1;
  const at = hasDecimals ? mantissa.lastIndexOf(last) : mantissa.length;
  const digits = mantissa.slice(0, at).replace(/[^0-9]/g, "") || "0";
  return Number(`${sign}${digits}.${mantissa.slice(at + 1)}${exponent}`);
}

/** A number without decimals, in which comma and point can only group; NaN if it is none. @param {string} text */
export function readWhole(text) {
  const unified = unify(text);
  return WHOLE.test(unified) ? Number(unified.replace(/[^0-9]/g, "")) : NaN;
}

/** What to type instead of "1,125", which is 1.125 for some people and 1125 for others; or "". @param {string} text */
export function explainAmbiguity(text) {
  const unified = unify(text);
  if (!AMBIGUOUS.test(unified)) return "";
  return `Enter ${unified.replace(",", "")} or ${unified.replace(",", ".")}: “${unified}” can mean either.`;
}

/** A field for a number: submitted by Enter, or when the reader leaves it with text that is not submitted yet. */
export class TypedField {
  isTyped = false; // the field has text that the reader has not submitted

  /** `restore()` is called on Escape. Not by `change` events: there is none if a script has written the
   * field since the last one.
   * @param {HTMLInputElement} field @param {HTMLElement} error
   * @param {{ submit: () => void, restore: () => void }} on */
  constructor(field, error, { submit, restore }) {
    this.field = field;
    this.error = error;
    field.addEventListener("input", () => (this.isTyped = true));
    field.addEventListener("blur", () => {
      const isLeft = document.activeElement !== field; // not if the whole window loses the focus
      if (isLeft && this.isTyped) submit();
    });
    field.addEventListener("keydown", ({ key, isComposing }) => {
      if (key === "Enter" && !isComposing) submit();
      if (key === "Escape") restore();
    });
  }

  /** @param {string} text */
  show(text) {
    this.isTyped = false;
    if (this.field.value !== text) this.field.value = text; // else the cursor would move
    this.showError("");
  }

  /** @param {string} text "" for none */
  showError(text) {
    writeText(this.error, text);
    writeHidden(this.error, !text);
    this.field.setAttribute("aria-invalid", String(Boolean(text)));
  }
}

/** The arrow keys change a number in `root` by its field's data-step, within data-min and -max.
 * @param {EventTarget} root */
export function listenToArrows(root) {
  root.addEventListener("keydown", (/** @type {KeyboardEventInit & Event} */ event) => {
    const target = /** @type {HTMLInputElement} */ (event.target);
    const way = Number(event.key === "ArrowUp") - Number(event.key === "ArrowDown");
    if (!way || !target.dataset.step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const value = target.dataset.step === "1" ? readWhole(target.value) : readNumber(target.value);
    if (!Number.isFinite(value)) return;
    const { step, min = -Infinity, max = Infinity } = target.dataset;
    const next = Math.min(Math.max(value + way * Number(step), Number(min)), Number(max));
    target.value = String(Number(next.toPrecision(12)));
    target.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
