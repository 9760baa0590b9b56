"""Counts and measurements of this process, for Prometheus and for the staff page.

Nothing is counted per delivery or per motion: a frame to a thousand sockets is one addition, a
tick of five hundred motions one call. Labels have few values: no address, name, path or motion.
"""

import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from hmac import compare_digest
from operator import sub
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import numpy as np
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import ArrayLike, NDArray
from prometheus_client import (
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    make_wsgi_app,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.utils import floatToGoString

from ..core.errors import CloseCode, ErrorCode

if TYPE_CHECKING:  # models need the settings
    from django.contrib.auth.base_user import AbstractBaseUser

T = TypeVar("T")

LATENESS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUEST_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)  # few: times each route
REFUSED_BY: Final = (
    *("origin", "sockets-of-address", "sockets-of-user", "requests-of-address"),
    *("connections", "head", "body"),
    *("signup", "reset", "join", "code", "code-of-user", "answers"),  # see attempts.Limit
    *("address", "account", "browser"),  # of wrong passwords
)
BRIEF_S: Final = (0.0005, 0.001, 0.0025, *LATENESS_S)
CLOSES: Final = frozenset({1000, 1001, 1002, 1005, 1006, 1007, 1009, 1011, *map(int, CloseCode)})


disable_created_metrics()  # one more series for each metric, which we do not use


def make_counter(name: str, what: str, label: str, values: Iterable[object]) -> Counter:
    """A counter whose series are there from the start: a rate does not see the step from none."""
    made = Counter(name, what, [label])
    for value in values:
        made.labels(str(value))
    return made


class Lateness:
    """How late steps were: a histogram that takes all motions of a tick at once.

    The worker's threads write; any thread may read.
    """

    def __init__(self) -> None:
        self._writing = Lock()
        self.counts = np.zeros(len(LATENESS_S) + 1, dtype=np.int64)
        """Steps by the first of `LATENESS_S` that they were not later than; the last: later."""
        self.sum_s = 0.0

    def add(self, late_s: ArrayLike) -> None:
        late = np.maximum(np.asarray(late_s, dtype=float), 0.0)
        buckets = np.searchsorted(LATENESS_S, late)
        with self._writing:
            self.counts = self.counts + np.bincount(buckets, minlength=len(self.counts))
            self.sum_s += float(late.sum())

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The samples for Prometheus."""
        bounds = map(floatToGoString, (*LATENESS_S, float("inf")))
        yield HistogramMetricFamily(
            "brownian_tick_lateness_seconds",
            "How late a motion was moved on.",
            buckets=list(zip(bounds, self.counts.cumsum().astype(float), strict=True)),
            sum_value=self.sum_s,
        )


class Counts(NamedTuple):
    """The work of this process's worker since its start, or between two readings."""

    ticks: float
    steps: float
    late: NDArray[np.int64]

    def __sub__(self, before: "Counts") -> "Counts":
        return Counts._make(map(sub, self, before))


def compute_quantile(counts: ArrayLike, share: float) -> float | None:
    """Seconds that `share` of the steps in `counts` were not later than; None without steps.

    Between two bounds it is interpolated, beyond the last it is the last: as Prometheus does.
    """
    total = np.concatenate([[0], np.cumsum(counts)])
    if total[-1] == 0:
        return None
    rank = share * total[-1]
    bucket = int(np.searchsorted(total[1:], rank))
    low, high = ((0.0, *LATENESS_S, LATENESS_S[-1])[i] for i in (bucket, bucket + 1))
    return float(low + (high - low) * (rank - total[bucket]) / (total[bucket + 1] - total[bucket]))


def _read_value(metric: Counter | Gauge) -> float:
    (family,) = metric.collect()
    return float(family.samples[0].value)


# --- sockets -------------------------------------------------------------------------------

open_sockets = Gauge("brownian_sockets", "Open sockets of this process.")
deliveries = Counter("brownian_deliveries", "Frames handed to sockets.")
delivery_seconds = Histogram(
    "brownian_delivery_seconds",
    "How late a step was handed to all sockets of a process, once a message.",
    buckets=LATENESS_S,
)
closes = make_counter(
    "brownian_socket_closes",
    "Sockets closed, by either side.",
    "code",
    [*sorted(CLOSES), "other"],
)
refused = make_counter(
    "brownian_commands_refused", "Messages answered with an error.", "code", ErrorCode
)
refusals = make_counter(
    "brownian_refusals",
    "Sockets, connections, requests and tries refused by a limit or a rule.",
    "by",
    REFUSED_BY,
)
syncs = Counter("brownian_syncs", "Times a client requested missing steps.")
repaired = make_counter(
    "brownian_gaps_repaired",
    "Times a motion differed from the state that this process had sent, by the check that noticed.",
    "by",
    ["message", "sweep"],
)
slow_drops = Counter("brownian_frames_dropped", "Frames withheld from sockets that are behind.")
layer_errors = make_counter(
    "brownian_layer_errors",
    "Calls of the channel layer that failed.",
    "call",
    ["publish", "subscribe", "receive", "echo"],
)
loop_lag = Histogram(
    "brownian_loop_lag_seconds", "How late the event loop wakes a task.", buckets=LATENESS_S
)


def count_sockets() -> int:
    return int(_read_value(open_sockets))


def count_close(code: int | None) -> None:
    """Count a closed socket by its code. Clients may send any code: rare ones count as "other"."""
    closes.labels(str(code) if code in CLOSES else "other").inc()


def record_delivery(due: float) -> None:
    """Record that the steps due at `due`, in Unix seconds, were handed to all sockets here."""
    delivery_seconds.observe(max(0.0, time.time() - due))


# --- worker --------------------------------------------------------------------------------

lateness = Lateness()
ticks = Counter("brownian_ticks", "Transactions that moved motions on.")
steps = Counter("brownian_steps", "Steps made.")
tick_seconds = Histogram(
    "brownian_tick_seconds", "How long a tick took, up to its commit.", buckets=BRIEF_S
)
put_off = Counter("brownian_motions_put_off", "Motions whose tick raised.")
last_turn = Gauge("brownian_worker_last_turn_timestamp_seconds", "When the loop last came round.")
turned_at: float | None = None
"""The last turn of the worker's loop, by `time.monotonic`; None without a worker."""

REGISTRY.register(lateness)


def read_counts() -> Counts:
    return Counts(ticks=_read_value(ticks), steps=_read_value(steps), late=lateness.counts)


def record_tick(*, steps_made: int, late_s: ArrayLike, took_s: float) -> None:
    """Record a committed tick: each of `late_s` is the delay of one motion, in seconds."""
    ticks.inc()
    steps.inc(steps_made)
    tick_seconds.observe(took_s)
    lateness.add(late_s)


def record_turn() -> None:
    """Record a turn of the worker's loop, with or without motions that were due."""
    global turned_at
    turned_at = time.monotonic()
    last_turn.set_to_current_time()


# --- requests and queries ------------------------------------------------------------------

request_seconds = Histogram(
    "brownian_request_seconds",
    "How long a request took, to the last byte of its answer.",
    ["method", "route", "status"],
    buckets=REQUEST_S,
)
requests_now = Gauge(
    "brownian_requests",
    "Requests that are worked on, and those that wait for their turn.",
    ["state"],
)
requests_at_work = requests_now.labels("at_work")
requests_waiting = requests_now.labels("waiting")
query_seconds = Histogram(
    "brownian_query_seconds", "How long a database query took.", ["operation"], buckets=BRIEF_S
)
OPERATIONS: Final = ("select", "insert", "update", "delete", "with")
query_errors = make_counter(
    "brownian_query_errors", "Database queries that raised.", "operation", [*OPERATIONS, "other"]
)


def time_query(
    execute: Callable[..., T], sql: str, params: object, many: bool, context: Mapping[str, object]
) -> T:
    """Measure a query, as an execute wrapper of Django's."""
    word = sql.lstrip()[:8].partition(" ")[0].lower()
    operation = word if word in OPERATIONS else "other"
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    except Exception:
        query_errors.labels(operation).inc()
        raise
    finally:
        query_seconds.labels(operation).observe(time.perf_counter() - began)


def time_queries(connection: BaseDatabaseWrapper, **signal: object) -> None:
    """Receiver of `connection_created`: one connection object is connected many times."""
    if time_query not in connection.execute_wrappers:
        connection.execute_wrappers.append(time_query)


# --- people --------------------------------------------------------------------------------

sign_ins = make_counter(
    "brownian_sign_ins", "Passwords and accounts tried.", "outcome", ["right", "wrong"]
)


def count_sign_in(user: "AbstractBaseUser", **signal: object) -> None:
    """Receiver of `user_logged_in`; a guest has no password."""
    if user.has_usable_password():
        sign_ins.labels("right").inc()


def count_failed_sign_in(**signal: object) -> None:
    """Receiver of `user_login_failed`."""
    sign_ins.labels("wrong").inc()


mail_errors = Counter("brownian_mail_errors", "Mails that could not be sent.")


# --- what this process depends on, read at each scrape ----------------------------

ready = Gauge("brownian_ready", "Whether a part works, 1 or 0; set by servers.", ["part"])
last_backup = Gauge(
    "brownian_backup_timestamp_seconds",
    "When manage.py backup last wrote one; 0 for never, or in a process that does not look.",
)


class Pool:
    """Reads the pool of connections to PostgreSQL at each scrape; SQLite has none."""

    def describe(self) -> list[Metric]:
        """Nothing: without this, a registry would read the pool at once."""
        return []

    def collect(self) -> list[Metric]:
        """The samples for Prometheus."""
        pool = getattr(connections[DEFAULT_DB_ALIAS], "pool", None)
        stats: Mapping[str, int] = defaultdict(int, pool.get_stats() if pool else {})
        idle = stats["pool_available"]
        held = GaugeMetricFamily(
            "brownian_pool_connections", "Connections to the database.", labels=["state"]
        )
        held.add_metric(["idle"], idle)
        held.add_metric(["used"], max(0, stats["pool_size"] - idle))
        errors = CounterMetricFamily(
            "brownian_pool_errors", "What went wrong with the pool.", labels=["kind"]
        )
        errors.add_metric(["timeout"], stats["requests_errors"])
        errors.add_metric(["connect"], stats["connections_errors"])
        errors.add_metric(["lost"], stats["connections_lost"])
        waiting, waited_s = stats["requests_waiting"], stats["requests_wait_ms"] / 1000
        return [
            held,
            errors,
            GaugeMetricFamily("brownian_pool_limit", "Connections at most.", stats["pool_max"]),
            GaugeMetricFamily(
                "brownian_pool_waiting", "Threads that wait for a connection.", waiting
            ),
            CounterMetricFamily(
                "brownian_pool_wait_seconds",
                "How long threads have waited for a connection.",
                waited_s,
            ),
        ]


REGISTRY.register(Pool())

# The disk that this code is on, which is often the database's too.
Gauge("brownian_disk_bytes", "Size of the disk with the code.").set_function(
    lambda: shutil.disk_usage(__file__).total
)
Gauge("brownian_disk_free_bytes", "Free space on it.").set_function(
    lambda: shutil.disk_usage(__file__).free
)


# --- access ------------------------------------------------------------------------


def has_token(authorization: bytes, token: str) -> bool:
    """Whether the value of an Authorization header is `token` as a Bearer token."""
    return compare_digest(authorization, f"Bearer {token}".encode())


class SilentHandler(WSGIRequestHandler):
    """Logs no line for each scrape, and disconnects idle clients."""

    timeout = 10.0  # seconds; without it, an idle connection keeps its thread

    def log_message(self, *_: object) -> None:
        pass


def serve(address: str, port: int, *, token: str) -> None:
    """Serve the metrics of a process without pages; to anyone if `token` is empty.

    Raises:
        OSError, OverflowError: the port cannot be listened on.
    """
    everything = make_wsgi_app()

    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        sent = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1")
        if not token or has_token(sent, token):
            return everything(environ, start)
        start("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"Send METRICS_TOKEN as a Bearer token.\n"]

    server = make_server(address, port, application, ThreadingWSGIServer, SilentHandler)
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
