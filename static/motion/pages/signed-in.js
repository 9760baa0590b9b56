// On the pages of a signed-in person: Back does not show them again once another person sits there.
// A browser keeps a page that one leaves as it is, `no-store` or not, and shows it without asking.

addEventListener("pagehide", ({ persisted }) => {
  document.documentElement.hidden = persisted;
});

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
