// A page that stays open for weeks, on a projector, asks for itself now and then: that renews its session.

export function stayHere() {
  fetch(location.pathname, { method: "HEAD" }).catch(() => {}); // the next one does as well
}
