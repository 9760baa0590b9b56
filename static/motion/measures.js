// Measured numbers, with as many digits as their interval is worth. Pure.

import { decimal, plain } from "./format.js";

/** Two digits of the width of the interval that it stands in: 0.0123 in one 0.08 wide is "0.012". */
export function measured(value, width, more = 0) {
  if (!(width > 0) || !value) return plain(value);
  const digits = 1 - Math.floor(Math.log10(width)) + more;
  if (digits <= 5 && Math.abs(value) < 1e6) return decimal(value, Math.max(0, digits));
  const size = Math.floor(Math.log10(Math.abs(value)));
  const [factor, exponent] = value.toExponential(Math.min(Math.max(size + digits, 0), 12)).split("e");
  return `${factor.replace("-", "−")}·10${raised(exponent)}`;
}

/** The ends of an interval. */
export function rounded({ low, high }, more = 0) {
  return [low, high].map((value) => measured(value, high - low, more));
}

/** A round number as people write it: 0.5, 20, "2.5·10⁵". */
export function short(value) {
  const size = Math.abs(value);
  if (!size || (size < 1e4 && size >= 1e-3)) return plain(Number(value.toPrecision(3)));
  const [factor, exponent] = Number(size.toPrecision(3)).toExponential().split("e");
  const by = factor === "1" ? "" : `${factor}·`;
  return `${value < 0 ? "−" : ""}${by}10${raised(exponent)}`;
}

const raised = (exponent) =>
  [...String(Number(exponent))].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
