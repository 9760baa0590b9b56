// The path as a plain line, until the chart has loaded; motion/views/figures.py draws the first one.

const WIDTH = 1_000;
const HEIGHT = 400;

/** Draw the points {x, y} within `range` × `yRange` into an SVG polyline.
 * @param {Element} polyline @param {{ x: number[], y: number[], range: Span }} line @param {Span} yRange */
export function drawSketch(polyline, { x, y, range: [left, right] }, [bottom, top]) {
  const perStep = WIDTH / (right - left);
  const perUnit = HEIGHT / (top - bottom);
  const points = x.map((step, index) => {
    const height = HEIGHT - (y[index] - bottom) * perUnit;
    return `${((step - left) * perStep).toFixed(1)},${height.toFixed(1)}`;
  });
  polyline.setAttribute("points", points.join(" "));
}
