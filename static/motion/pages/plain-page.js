// A page that follows no motion: times in the reader's time zone; and what it does in another session.

import { localise } from "./local-times.js";
import { ReloadNotice } from "./reload-notice.js";
import { OTHER_SESSION, adoptSession, watchSession } from "./session.js";

const TICK_MS = 1_000;
const FIELDS = "main form :is(input:not([type=hidden]), textarea, select)";

localise(document);
// A form may be the answer to one with a mistake: to reload it would send that again.
const notice = new ReloadNotice({ isBusy: () => document.querySelector(FIELDS) !== null });
setInterval(() => notice.tick(), TICK_MS);
watchSession(async (mark) => {
  const isSamePerson = mark !== "" && (await adoptSession(location.href).catch(() => false));
  notice.explain(isSamePerson ? "" : OTHER_SESSION);
});
