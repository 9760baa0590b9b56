"""How long either end of a connection to PostgreSQL waits for the other.

A network that loses every packet ends no connection by itself: Linux would wait for two hours, and
whoever waits for an answer, or for a row that the lost one had locked, would wait with it.
"""

from __future__ import annotations

from typing import Any, Final

OURS: Final[dict[str, Any]] = {
    "connect_timeout": 5,  # seconds, as are the next two
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
}
"""libpq's: we give up a server that cannot be reached within eleven seconds."""

# No statement_timeout: a migration may take long. No lock_timeout either: who holds a lock works,
# or is given up after this.
THEIRS: Final = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
}
"""PostgreSQL's, for our sessions: it gives us up, and what we had locked."""

OPTIONS: Final = {**OURS, "options": " ".join(f"-c {k}={v}" for k, v in THEIRS.items())}
"""Django's OPTIONS; what DATABASE_URL says of one of them counts instead."""
