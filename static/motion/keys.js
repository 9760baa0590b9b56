// What the keys do on the chart.

const PAN = 0.2; // of the width
const ZOOM = 1.5;

const CHANGES = {
  ArrowLeft: ({ view }) => view.pan(-PAN),
  ArrowRight: ({ view }) => view.pan(PAN),
  "+": ({ view }) => view.zoom(1 / ZOOM),
  "=": ({ view }) => view.zoom(1 / ZOOM),
  "-": ({ view }) => view.zoom(ZOOM),
  f: (scene) => scene.follow(),
  a: ({ view }) => view.all(),
  Home: ({ view }) => view.all(),
  End: (scene) => scene.follow(),
  p: (scene) => scene.toggleFreeze(),
};
const BUTTONS = { r: "reset", b: "band", e: "open-export" };
const WAYS = { ",": -1, ".": 1 };

/**
 * A key on `element` is an `act(change)` of the scene, a `press(id)` of a button, or a `walk(way)`
 * to the next mark, with −1 to the one before.
 */
export function listenToKeys(element, { act, press, walk }) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in CHANGES) act(CHANGES[key]);
    else if (key in BUTTONS) press(BUTTONS[key]);
    else if (key in WAYS) walk(WAYS[key]);
    else return;
    event.preventDefault();
  });
}
