"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from .crowd import Figure as CrowdFigure
from .crowd import FrontFigure
from .ensemble import Figure as EnsembleFigure
from .fanout import Figures
from .first_visit import Visit, Visitor
from .follow import Figure as FollowFigure
from .growth import Figure as GrowthFigure
from .page import Figure as PageFigure
from .path import Figure
from .statistics import NUMBERS, PICTURES, SessionFigure
from .statistics import Figure as StatisticsFigure
from .viewer_second import Figure as ViewerSecondFigure

_FANOUT_HEAD = (
    "server",
    "clients",
    "CPU µs/delivery, a frame at a time",
    "CPU µs/delivery, saturated",
    "deliveries/s, saturated",
    "ms at 2 steps/s, p50 / p99",
    "KB/socket",
    "bytes/frame",
)


def fanout(rows: Sequence[Figures]) -> str:
    return _markdown(_FANOUT_HEAD, [_fanout_row(row) for row in rows])


def viewer_second(rows: Sequence[ViewerSecondFigure]) -> str:
    """Each row beside the first, which is ours."""
    head = (
        "server",
        "CPU µs/viewer and second",
        "without pings",
        "a ping and its pong",
        "KB/socket",
        "ours : it",
    )
    ours = rows[0].cpu_us
    return _markdown(
        head,
        [
            (
                row.name,
                f"{row.cpu_us:.0f}",
                f"{row.quiet_us:.0f}",
                f"{row.ping_us:.0f}",
                f"{row.socket_kb:.0f}",
                f"{ours / row.cpu_us:.2f}",
            )
            for row in rows
        ],
    )


def path(rows: Sequence[Figure]) -> str:
    head = ("path", "CPU ms, median", "99th percentile")
    return _markdown(
        head, [(row.what, f"{row.median_ms:.3f}", f"{row.p99_ms:.3f}") for row in rows]
    )


def crowd(figure: CrowdFigure) -> str:
    head = (
        "sockets",
        "deliveries/s",
        "ms from due to there, p50 / p99 / longest",
        "KB/socket",
        "MB/server",
        "a server's share of a core",
        "the worker's",
    )
    row = (
        f"{figure.sockets:,}",
        f"{figure.rate:,.0f}",
        "{:.0f} / {:.0f} / {:.0f}".format(*figure.latency_ms),
        f"{figure.socket_kb:.0f}",
        f"{figure.server_mb:.0f}",
        f"{figure.server_busy:.0%}",
        f"{figure.worker_busy:.0%}",
    )
    return _markdown(head, [row])


def front(figure: FrontFigure) -> str:
    head = (
        "sockets through nginx",
        "ms from due to there, p50 / p99 / longest",
        "nginx: µs of CPU a frame",
        "KB/socket",
    )
    row = (
        f"{figure.sockets:,}",
        "{:.0f} / {:.0f} / {:.0f}".format(*figure.latency_ms),
        f"{figure.frame_us:.1f}",
        f"{figure.socket_kb:.0f}",
    )
    return _markdown(head, [row])


def ensemble(rows: Sequence[EnsembleFigure]) -> str:
    head = (
        "paths",
        "a core's share for server and worker, 40 viewers at 2 steps/s",
        "bytes of an `ensemble` frame",
        "ms to a late phone's path and positions, p50 / longest",
        "ms more to its fan, p50 / longest",
    )
    return _markdown(
        head,
        [
            (
                f"{row.paths:,}",
                f"{row.busy:.1%}",
                f"{row.frame_bytes:,}",
                "{:.0f} / {:.0f}".format(*row.path_ms),
                "{:.0f} / {:.0f}".format(*row.fan_ms),
            )
            for row in rows
        ],
    )


def follow(figure: FollowFigure) -> str:
    head = ("views", "frames lost", "ms from presenter to follower, p50", "p99", "longest")
    delays = (figure.median_ms, figure.p99_ms, figure.longest_ms)
    row = (f"{figure.views:,}", f"{figure.lost:,}", *(f"{delay:.1f}" for delay in delays))
    return _markdown(head, [row])


def growth(rows: Sequence[GrowthFigure]) -> str:
    head = (
        "workers",
        "motions",
        "watched",
        "steps/s made",
        "due",
        "ms late, p50 / p99 / longest",
        "workers' CPU µs/step",
        "PostgreSQL's",
        "cores used by workers / PostgreSQL",
        "MB of the table, before / after",
    )
    return _markdown(
        head,
        [
            (
                f"{row.workers}",
                f"{row.motions:,}",
                f"{row.watched:,}",
                f"{row.made:,.0f}",
                f"{row.due:,.0f}",
                "{:.0f} / {:.0f} / {:.0f}".format(*row.late_ms),
                f"{row.worker_us:.1f}",
                f"{row.postgres_us:.1f}",
                "{:.2f} / {:.2f}".format(*row.busy),
                "{:.0f} / {:.0f}".format(*row.table_mb),
            )
            for row in rows
        ],
    )


def page(rows: Sequence[PageFigure]) -> str:
    head = (
        *("steps behind it", "view", "points drawn", "main thread ms/step", "all threads ms/step"),
        *("main thread busy", "JavaScript MB"),
    )
    return _markdown(
        head,
        [
            (
                f"{row.steps:,}",
                row.view,
                f"{row.points:,}",
                f"{row.task_ms:.1f}",
                f"{row.all_ms:.1f}",
                f"{row.busy:.0%}",
                f"{row.heap_mb:.1f}",
            )
            for row in rows
        ],
    )


def first_visit(rows: Sequence[tuple[Visitor, Visit]]) -> str:
    head = (
        "visitor",
        "KB until a usable chart",
        "requests",
        "ms to the first picture",
        "of them after the first byte",
        "ms to a chart with axes",
        "ms to a usable chart",
        "longest task, ms",
    )
    return _markdown(
        head,
        [
            (
                visitor.name,
                f"{visit.kilobytes:,.0f}",
                f"{visit.requests:.0f}",
                f"{visit.picture_ms:,.0f}",
                f"{visit.painted_ms:,.0f}",
                f"{visit.chart_ms:,.0f}",
                f"{visit.usable_ms:,.0f}",
                f"{visit.longest_ms:,.0f}",
            )
            for visitor, visit in rows
        ],
    )


def statistics(rows: Sequence[StatisticsFigure]) -> str:
    """In % of windows: something is outside / the picture has a `!`."""
    head = ("path", "steps", *NUMBERS, *PICTURES, "any picture")
    return _markdown(
        head,
        [
            (
                row.what,
                f"{row.steps:,}",
                *(_percent(row.outside[name]) for name in NUMBERS),
                *(_percent(row.outside[name], row.rare[name]) for name in PICTURES),
                _percent(row.any_outside, row.any_rare),
            )
            for row in rows
        ],
    )


def sessions(rows: Sequence[SessionFigure]) -> str:
    head = ("steps/s", "sessions", "windows in each", "% with something outside / with a `!`")
    return _markdown(
        head,
        [
            (f"{row.pace}", f"{row.sessions:,}", f"{row.windows}", _percent(row.outside, row.rare))
            for row in rows
        ],
    )


def _percent(*shares: float) -> str:
    return " / ".join(f"{100 * share:.3g}" for share in shares)


def ratios(rows: Sequence[Figures], *, ours: str) -> list[str]:
    """What a saturated server spends on a delivery, ours against each of the others."""
    cpu_us = {(row.name, row.clients): row.saturated.cpu_us for row in rows if row.saturated}
    few, many = min(row.clients for row in rows), max(row.clients for row in rows)
    growth = cpu_us[ours, many] / cpu_us[ours, few]
    return [
        f"{ours}: a delivery to {many:,} clients costs {growth:.2f} times one to {few:,}.",
        *(
            f"{name}: {cost / cpu_us[ours, many]:.2f} times our CPU time per delivery at {many:,}."
            for (name, clients), cost in cpu_us.items()
            if clients == many and name != ours
        ),
    ]


def disturbed(rows: Sequence[Figures]) -> list[str]:
    """Which servers could not use their core to the full, so that their rate says little."""
    return [
        f"{row.name}, {row.clients:,} clients: it got {row.saturated.busy:.0%} of its core while "
        "saturated. Something else ran, or the client could not keep up."
        for row in rows
        if row.saturated and row.saturated.busy < 0.9
    ]


def _fanout_row(row: Figures) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.clients:,}",
        f"{row.alone.cpu_us:.1f}",
        f"{row.saturated.cpu_us:.1f}" if row.saturated else "–",
        f"{row.saturated.rate:,.0f}" if row.saturated else f"({row.alone.rate:,.0f})",
        "{:.1f} / {:.1f}".format(*row.latency_ms) if row.latency_ms else "–",
        f"{row.socket_kb:.0f}",
        f"{row.frame_bytes}",
    )


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rules = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rules, *rows))
