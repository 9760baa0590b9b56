// Which of a motion's paths: 1st, 2nd, 3rd, 4th, … Pure.

import { count } from "./format.js";

/** @type {Record<string, string>} */
const SUFFIXES = { one: "st", two: "nd", few: "rd", other: "th" };
const rules = new Intl.PluralRules("en", { type: "ordinal" });

/** 2 → "2nd", 1023 → "1,023rd". @type {(number: number) => string} */
export const ordinal = (number) => `${count(number)}${SUFFIXES[rules.select(number)]}`;
