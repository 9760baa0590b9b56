"""How much a client may request from the application, or let it compute.

docs/protocol.md, "Limits", has all limits, with the result beyond each and its test.
The limits on a connection are in `brownian_site/server/limits.py`. Limits that an operator or a
test changes are settings.
"""

from typing import Final

WINDOW_POINTS: Final = 10_000
"""Points of a window in JSON."""

WINDOW_CHANGES: Final = 1_000
"""Changes of a window in JSON."""

FILE_STEPS: Final = 100_000
"""Steps of one file in CSV or .npz."""

ENSEMBLE_POINTS: Final = 512
"""Points of a window of an ensemble."""

WINDOW_PATHS: Final = 200
"""Paths of an ensemble whose positions a window has."""

ENSEMBLE_FILE_POSITIONS: Final = 2_000_000
"""Positions of one file of an ensemble, over all its paths: at least 2,000 steps."""

COMPUTED_AT_ONCE: Final = 2
"""Windows whose statistics or fans one process computes at the same time."""

SYNC_MESSAGES: Final = 10
"""A `sync` counts as so many messages: it costs as much as 20 pings."""

ENSEMBLE_PATHS: Final = 1_000
"""Paths of an ensemble."""

LAW_STEPS: Final = 1_000
"""Steps of each path that a law of an ensemble looks at."""

VIEW_BYTES: Final = 4 * 1024
"""A message with the view of a presenter, which the server sends on to everyone."""

QUESTIONS: Final = 200
"""Questions of one motion, prepared ones and rounds."""

ANSWERS_PER_MINUTE: Final = 120
"""Answers that one person sends. A page sends one when a drag ends."""
