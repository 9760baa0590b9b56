// Dark, light, or as the system: set before the first paint, so this one script is no module.

(() => {
  const ORDER = ["system", "light", "dark"];
  const root = document.documentElement;

  const stored = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // without storage every page starts as the system
    }
  };
  const store = (/** @type {string} */ theme) => {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      return;
    }
  };

  const apply = (/** @type {string} */ theme) => {
    root.dataset.theme = theme;
    const name = document.getElementById("theme-name");
    if (name) name.textContent = theme;
  };

  apply(ORDER.find((theme) => theme === stored()) ?? "system");

  // The button does not exist yet, and DOMContentLoaded waits for the chart's library.
  document.addEventListener("click", ({ target }) => {
    if (!(/** @type {Element} */ (target).closest("#theme"))) return;
    const next = ORDER[(ORDER.indexOf(root.dataset.theme ?? "") + 1) % ORDER.length];
    store(next);
    apply(next);
    dispatchEvent(new Event("themechange"));
  });
  document.addEventListener("readystatechange", () => apply(root.dataset.theme ?? "system"));

  // Paper is white.
  let chosen = "system";
  const paint = (/** @type {string} */ theme) => {
    root.dataset.theme = theme;
    dispatchEvent(new Event("themechange"));
  };
  addEventListener("beforeprint", () => {
    chosen = root.dataset.theme ?? "system";
    paint("light");
  });
  addEventListener("afterprint", () => paint(chosen));

  // The account's menu, in browsers without popovers.
  if (!("popover" in HTMLElement.prototype)) {
    root.dataset.noPopover = "";
    const open = (/** @type {boolean} */ wanted) => {
      const menu = document.getElementById("account-menu");
      if (menu) menu.toggleAttribute("data-open", wanted && !menu.hasAttribute("data-open"));
    };
    document.addEventListener("click", ({ target }) => open(/** @type {Element} */ (target).closest(".person") !== null));
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") open(false);
    });
  }

  // The note for browsers that are too old stays hidden until the page's module has removed it or failed
  // to. A module that did not load does not mean that the browser is too old.
  root.dataset.loading = "";
  let isMissing = false;
  const isModule = (/** @type {any} */ { type }) => type === "module";
  addEventListener("error", ({ target }) => (isMissing = isMissing || isModule(target)), true);
  addEventListener("load", () => {
    if (!isMissing) delete root.dataset.loading;
  });
})();
