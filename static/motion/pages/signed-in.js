// On the pages of a signed-in person: another person at the computer must not see them again with Back.
// A browser keeps a page that is left, in spite of `no-store`, and shows it without a request.

addEventListener("pagehide", ({ persisted }) => {
  document.documentElement.hidden = persisted;
});

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
