// A form of its own page: its numbers step by the arrow keys.

import { listenToArrows } from "../lib/typed-numbers.js";

listenToArrows(document);
