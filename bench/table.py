"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from .fanout import Figures
from .path import Figure

_FANOUT_HEAD = (
    "server",
    "clients",
    "CPU µs/delivery",
    "deliveries/s",
    "core busy",
    "p50 / p99 ms at 2 steps/s",
    "KB/socket",
    "bytes/frame",
)


def fanout(rows: Sequence[Figures]) -> str:
    return _markdown(_FANOUT_HEAD, [_fanout_row(row) for row in rows])


def path(rows: Sequence[Figure]) -> str:
    head = ("path", "CPU ms, median", "99th percentile")
    return _markdown(
        head, [(row.what, f"{row.median_ms:.3f}", f"{row.p99_ms:.3f}") for row in rows]
    )


def ratios(rows: Sequence[Figures], *, ours: str) -> list[str]:
    """What the table says of ours against each of the others, in one run."""
    cpu_us = {(row.name, row.clients): row.load.cpu_us for row in rows}
    few, many = min(row.clients for row in rows), max(row.clients for row in rows)
    names = [name for name, clients in cpu_us if clients == many and name != ours]
    lines = [
        f"{ours}: a delivery at {many:,} clients costs "
        f"{cpu_us[ours, many] / cpu_us[ours, few]:.2f} times one at {few:,}."
    ]
    for name in names:
        if (name, many) in cpu_us:
            times = cpu_us[name, many] / cpu_us[ours, many]
            lines.append(
                f"{name}: {times:.2f} times our CPU time per delivery at {many:,} clients."
            )
    return lines


def _fanout_row(row: Figures) -> tuple[str, ...]:
    latency = "–" if row.latency_ms is None else "{:.1f} / {:.1f}".format(*row.latency_ms)
    return (
        row.name,
        f"{row.clients:,}",
        f"{row.load.cpu_us:.1f}",
        f"{row.load.rate:,.0f}",
        f"{row.load.busy:.0%}",
        latency,
        f"{row.socket_kb:.0f}",
        f"{row.frame_bytes}",
    )


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rules = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rules, *rows))
