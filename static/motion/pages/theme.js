// Dark, light, or as the system is: before the first paint, so this one script is not a module.

(() => {
  const ORDER = ["system", "light", "dark"];
  const root = document.documentElement;

  const stored = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is off: every page begins as the system is
    }
  };
  const store = (theme) => {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      return;
    }
  };

  const apply = (theme) => {
    root.dataset.theme = theme;
    const name = document.getElementById("theme-name");
    if (name) name.textContent = theme;
  };

  apply(ORDER.includes(stored()) ? stored() : "system");

  // The button is not there yet, and the event that says so waits for the chart's library.
  document.addEventListener("click", ({ target }) => {
    if (!target.closest("#theme")) return;
    const next = ORDER[(ORDER.indexOf(root.dataset.theme) + 1) % ORDER.length];
    store(next);
    apply(next);
    dispatchEvent(new Event("themechange"));
  });
  document.addEventListener("readystatechange", () => apply(root.dataset.theme));

  // Paper is white.
  let chosen = null;
  const paint = (theme) => {
    root.dataset.theme = theme;
    dispatchEvent(new Event("themechange"));
  };
  addEventListener("beforeprint", () => {
    chosen = root.dataset.theme;
    paint("light");
  });
  addEventListener("afterprint", () => paint(chosen));

  // The account's menu, in browsers without popovers.
  if (!("popover" in HTMLElement.prototype)) {
    root.dataset.noPopover = "";
    const open = (wanted) => {
      const menu = document.getElementById("account-menu");
      if (menu) menu.toggleAttribute("data-open", wanted && !menu.hasAttribute("data-open"));
    };
    document.addEventListener("click", ({ target }) => open(target.closest(".person") !== null));
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") open(false);
    });
  }

  // The sentence for browsers that are too old stays hidden until the page's module has removed it,
  // or could not. A module that did not arrive says nothing of the browser.
  root.dataset.loading = "";
  let isMissing = false;
  addEventListener("error", ({ target }) => (isMissing = isMissing || target.type === "module"), true);
  addEventListener("load", () => {
    if (!isMissing) delete root.dataset.loading;
  });
})();
