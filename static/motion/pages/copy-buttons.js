// Buttons that copy the text of an element; hidden if the browser allows no copying.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => void copy(button));
}

/** @param {HTMLElement} button */
async function copy(button) {
  const report = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy ?? "").textContent);
    report.textContent = "Copied.";
    button.textContent = "Copied";
  } catch {
    report.textContent = "Your browser blocked copying. Select the text and copy it.";
  }
}
