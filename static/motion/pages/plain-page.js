// A page that follows no motion: times in the reader's time zone; and it reloads for another session.

import { localise } from "./local-times.js";
import { ReloadNotice } from "./reload-notice.js";
import { OTHER_SESSION, watchSession } from "./session.js";

const TICK_MS = 1_000;

localise(document);
const notice = new ReloadNotice({ isBusy: () => false });
watchSession(() => {
  notice.explain(OTHER_SESSION);
  notice.tick();
  setInterval(() => notice.tick(), TICK_MS);
});
