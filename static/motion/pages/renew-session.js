// A page that stays open for weeks, on a projector, requests itself now and then: that renews its session.

import { request } from "../lib/http.js";

export function renewSession() {
  request(location.pathname, { method: "HEAD" }).catch(() => {}); // the next one does as well
}
