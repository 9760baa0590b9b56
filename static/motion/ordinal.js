// Which of a motion's paths: 1st, 2nd, 3rd, 4th, … Pure.

const SUFFIXES = { one: "st", two: "nd", few: "rd", other: "th" };
const rules = new Intl.PluralRules("en", { type: "ordinal" });

/** 2 → "2nd". */
export const ordinal = (number) => `${number}${SUFFIXES[rules.select(number)]}`;
