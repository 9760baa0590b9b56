// A page on paper: its pictures fit the sheet. theme.js makes it light, and the style sheets leave out what is
// to be pressed.

const SHEET = { width: 700, height: 380 }; // about as wide as A4 is, without its margins

/** @param {HTMLElement} root @param {Chart} chart */
export function listenToPrinting(root, chart) {
  const pictures = () => root.querySelectorAll(".picture .canvas svg");
  addEventListener("beforeprint", () => {
    for (const svg of pictures()) scale(svg, svg.getBoundingClientRect());
    chart.setSize(SHEET);
  });
  addEventListener("afterprint", () => {
    for (const svg of pictures()) svg.removeAttribute("viewBox");
    chart.setSize(null);
  });
}

/** Whatever size `svg` gets, it shows what it shows now. @param {Element} svg @param {Size} size */
export function scale(svg, { width, height }) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
}
