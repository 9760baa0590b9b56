// "What is this?": the dialog that explains the page.

/** @param {HTMLElement} root */
export function offerExplanation(root) {
  const dialog = root.querySelector("#about");
  root.querySelector("#ask").addEventListener("click", () => dialog.showModal());
  dialog.querySelector("a").addEventListener("click", () => dialog.close()); // it leads to the page below
}
