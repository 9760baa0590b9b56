"""How long either end of a connection to PostgreSQL waits for the other.

A network that loses every packet ends no connection by itself. Linux would wait for two hours, and
so would each thread that waits for an answer, or for a row that the lost connection has locked.
"""

from typing import Final

OURS: Final[dict[str, object]] = {
    "connect_timeout": 5,  # seconds, as are the next two
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
}
"""Options of libpq: we give up a server that cannot be reached within eleven seconds."""

# No statement_timeout: a migration may take long. No lock_timeout either: the holder of a lock
# works, or is given up after this.
THEIRS: Final = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
}
"""Settings of our sessions in PostgreSQL: it gives us up, and releases our locks."""

OPTIONS: Final = {**OURS, "options": " ".join(f"-c {k}={v}" for k, v in THEIRS.items())}
"""Django's OPTIONS; DATABASE_URL can override each."""
