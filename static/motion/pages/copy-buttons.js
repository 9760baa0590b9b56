// Buttons that copy the text of an element; where the browser does not let them, there are none.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => void copy(button));
}

/** @param {HTMLElement} button */
async function copy(button) {
  const said = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy ?? "").textContent);
    said.textContent = "Copied.";
    button.textContent = "Copied";
  } catch {
    said.textContent = "Your browser blocked copying. Select the text and copy it.";
  }
}
