// Keeps the screen on while the page is visible, in browsers that can: the browser releases it with each tab change.

export function keepAwake() {
  /** @type {any} */ let lock = null;
  const request = async () => {
    if (document.hidden || (lock && !lock.released)) return;
    lock = await navigator.wakeLock?.request("screen").catch(() => null); // refused on a low battery
  };
  document.addEventListener("visibilitychange", () => void request());
  void request();
}
