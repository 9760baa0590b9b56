// The path as a bare line, until the chart has come; motion/views/figures.py draws the first one.

const WIDTH = 1_000;
const HEIGHT = 400;

/** Draw {x, y} within `range` × `yRange` into an SVG polyline.
 * @param {Element} polyline @param {{ x: number[], y: number[], range: Span }} line @param {Span} yRange */
export function sketch(polyline, { x, y, range: [left, right] }, [bottom, top]) {
  const across = WIDTH / (right - left);
  const up = HEIGHT / (top - bottom);
  const points = x.map((step, index) => {
    const height = HEIGHT - (y[index] - bottom) * up;
    return `${((step - left) * across).toFixed(1)},${height.toFixed(1)}`;
  });
  polyline.setAttribute("points", points.join(" "));
}
