// Text for Plotly: lines of limited width, and Plotly's own markup. Pure.

/** `text` in at most `most` lines of `wide` letters each; a longer text is cut off.
 * @param {string} text @param {number} wide */
export function wrapText(text, wide, most = Infinity) {
  const lines = [""];
  for (const word of text.split(" ").flatMap((long) => splitWord(long, wide))) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (measureWidth(longer) <= wide) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${lines[most - 1]} …`];
}

/** The parts of a word that is longer than a line. @param {string} word @param {number} wide */
function splitWord(word, wide) {
  const letters = [...word];
  const length = measureWidth(word) > letters.length ? Math.floor(wide / 2) : wide;
  const parts = [];
  for (let at = 0; at < letters.length; at += length) parts.push(letters.slice(at, at + length).join(""));
  return parts;
}

/** In Latin letters: letters of East Asia are twice as wide. @param {string} text */
const measureWidth = (text) => [...text].reduce((sum, letter) => sum + (letter >= "\u2e80" ? 2 : 1), 0);

/** Lines as one text of Plotly, in which names of people are no markup. @param {string[]} lines */
export const joinLines = (lines) =>
  lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")).join("<br>");

/** The plain words of such a text, for a screen reader. @param {string} text */
export const readLines = (text) =>
  text.replaceAll("<br>", " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
