// A page with a form: the arrow keys change its numbers.

import { listenToArrows } from "../lib/typed-numbers.js";

listenToArrows(document);
