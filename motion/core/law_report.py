"""How the paths of an ensemble agree with a law of laws.py, in numbers and in one sentence.

The paths are walks while drift is 0 and one variance governs, so a law counts from the last change
of either. In a long range it looks at every 2^s-th step alone, and stays exact for these steps.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import numpy as np

from . import laws
from .agreement import judge_tests
from .brownian import Float64s, Int64s
from .format import write_count, write_number, write_ordinal, write_rarity
from .increment_stats import measure_fit

Report = dict[str, Any]
"""The fields of laws.json that do not say which steps are counted."""

TIME_ABOVE: Final = "time-above"
MAXIMUM: Final = "maximum"
BARRIER: Final = "barrier"
LAWS: Final = TIME_ABOVE, MAXIMUM, BARRIER

BINS: Final = 20
FEWER_BINS: Final = 10
"""For fewer than 100 paths."""

SURE: Final = 0.95


class Counted(NamedTuple):
    """The steps that a law counts: the multiples of 2^log2_stride from `first` to `last`.

    Attributes:
        first, last: multiples of 2^log2_stride.
        variance: of one step, above 0; the drift is 0.
        cause: what changed shortly before `first`, or "".
    """

    first: int
    last: int
    log2_stride: int
    variance: float
    cause: str = ""

    @property
    def stride(self) -> int:
        return 1 << self.log2_stride

    @property
    def length(self) -> int:
        """How many steps are looked at; n of the laws."""
        return (self.last - self.first) >> self.log2_stride

    @property
    def deviation(self) -> float:
        """Of the walk from one step that is looked at to the next."""
        return math.sqrt(self.variance * self.stride)


class Lines(NamedTuple):
    """The heights of one or two barriers; None stands for no line there."""

    low: float | None
    high: float | None


def describe_law(law: str, counted: Counted, pieces: Iterable[Float64s], *, lines: Lines) -> Report:
    """How the paths agree with `law`, one of `LAWS`.

    Args:
        pieces: the positions at the counted steps; each piece has some paths as rows, in order.
        lines: for `BARRIER`.

    Returns:
        count, applies_from, stride; a histogram (`edges`, `counts`, and `theory`, the expected
        counts); `agreement`; `text`; and by law the fields of `_describe_arcsine` or
        `_describe_barrier`. Instead of all but `text`, `reason`, if the law does not apply.
    """
    if law == BARRIER:
        return _describe_barrier(counted, pieces, lines)
    find = laws.count_positive_steps if law == TIME_ABOVE else laws.find_maximum_place
    return _describe_arcsine(law, counted, pieces, find)


def refuse_law(reason: str) -> Report:
    """The report of a law that does not apply."""
    return {"reason": reason, "text": reason}


def _begin_report(counted: Counted, count: int) -> Report:
    return {"count": count, "applies_from": counted.first, "stride": counted.stride}


# --- arcsine laws ----------------------------------------------------------------------------


def _describe_arcsine(
    law: str,
    counted: Counted,
    pieces: Iterable[Float64s],
    find: Callable[[Float64s], Int64s],
) -> Report:
    """Edges are durations for the time above, steps for the maximum.

    The time above zero also has `never`: how many paths were never above, `seen` and in `theory`.
    """
    found = np.concatenate([find(piece - piece[:, :1]) for piece in pieces])
    n = counted.length
    bins = min(n + 1, BINS if len(found) >= 100 else FEWER_BINS)
    starts = np.arange(bins) * (n + 1) // bins
    counts = np.add.reduceat(np.bincount(found, minlength=n + 1), starts).tolist()
    shares = np.add.reduceat(laws.compute_arcsine_law(n), starts)
    edges = np.clip(np.append(starts, n + 1) - 0.5, 0, n) * counted.stride
    report = _begin_report(counted, len(found)) | {
        "edges": (edges if law == TIME_ABOVE else edges + counted.first).tolist(),
        "counts": counts,
        "theory": (len(found) * shares).tolist(),
    }
    if law == TIME_ABOVE:
        never = float(laws.compute_staying_positive(n)[-1]) * len(found)
        report["never"] = {"seen": int((found == 0).sum()), "theory": never}
    p: Any = measure_fit(counts, shares.tolist())["p"]
    report["agreement"] = None if p is None else judge_tests({"counts": p})
    return report | {"text": _write_arcsine(report, counted)}


def _write_arcsine(report: Report, counted: Counted) -> str:
    paths, when = write_count(report["count"], "path"), _write_when(counted)
    mark = report["agreement"]
    if mark is None:
        is_one = report["count"] == 1
        return f"{paths} {'is' if is_one else 'are'} too few to compare with the arcsine law{when}."
    if mark["mark"] == "agrees":
        return f"The {paths} agree with the arcsine law{when}."
    return f"The {paths} differ from the arcsine law{when}. {_write_chance(mark)}"


# --- barriers --------------------------------------------------------------------------------


class _Passages(NamedTuple):
    """The paths that begin far enough from the lines: one row each.

    Attributes:
        paths: their numbers.
        low, high: distances of the lines from where they begin, infinite without a line.
        steps, sides: as `find_first_passage` returns them.
    """

    paths: Int64s
    low: Float64s
    high: Float64s
    steps: Int64s
    sides: Int64s


def _describe_barrier(counted: Counted, pieces: Iterable[Float64s], lines: Lines) -> Report:
    """The histogram is of the steps of first passage.

    Also `survival`, the paths that no line has stopped: at `steps` those `seen`, and `theory`;
    `crossed`, the step of first passage of each path that crossed; `left_out`, the paths that begin
    too near to a line or beyond it; for each line, `upper` and `lower`, how many paths it stopped;
    and with two lines `ruin`, what happens in the long run.
    """
    passages, total = _collect_passages(counted, pieces, lines)
    if not len(passages.paths):
        return refuse_law(_explain_nearness(counted, lines))
    n, count = counted.length, len(passages.paths)
    ends = np.unique(np.arange(BINS + 1) * n // BINS)
    up, down = _expect_passages(passages, ends, counted.deviation)
    stopped = np.searchsorted(np.sort(passages.steps[passages.sides != 0]), ends, side="right")
    expected = (up + down).sum(axis=0)
    edges = (counted.first + ends * counted.stride).tolist()
    report = _begin_report(counted, count) | {
        "left_out": total - count,
        "edges": edges,
        "counts": np.diff(stopped).tolist(),
        "theory": np.diff(expected).tolist(),
        "survival": {
            "steps": edges,
            "seen": (count - stopped).tolist(),
            "theory": (count - expected).tolist(),
        },
        "crossed": _list_crossed(passages, counted),
    }
    if lines.high is not None:
        report["upper"] = _compare_count(int((passages.sides > 0).sum()), up[:, -1])
    if lines.low is not None:
        report["lower"] = _compare_count(int((passages.sides < 0).sum()), down[:, -1])
    if None not in lines:
        report["ruin"] = _expect_ruin(passages, counted)
    report["agreement"] = judge_tests(
        {name: end["p"] for name, end in report.items() if name in {"upper", "lower"}}
    )
    return report | {"text": _write_barrier(report, counted, lines)}


def _collect_passages(
    counted: Counted, pieces: Iterable[Float64s], lines: Lines
) -> tuple[_Passages, int]:
    """The passages of the paths that count, and the number of all paths."""
    rows, total = [], 0
    for piece in pieces:
        start = piece[:, 0]
        low = np.full_like(start, np.inf) if lines.low is None else start - lines.low
        high = np.full_like(start, np.inf) if lines.high is None else lines.high - start
        is_far = np.minimum(low, high) >= counted.deviation
        numbers = np.arange(total + 1, total + len(piece) + 1)[is_far]
        total += len(piece)
        walks, low, high = (piece - piece[:, :1])[is_far], low[is_far], high[is_far]
        rows.append((numbers, low, high, *laws.find_first_passage(walks, low, high)))
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    return _Passages._make(columns), total


def _expect_passages(
    passages: _Passages, ends: Int64s, deviation: float
) -> tuple[Float64s, Float64s]:
    """`compute_passage` for each path; once, if all begin at one place."""
    low, high = passages.low, passages.high
    is_equal = not ((low != low[0]) | (high != high[0])).any()
    rows = slice(0, 1) if is_equal else slice(None)
    up, down = laws.compute_passage(low[rows], high[rows], ends, deviation=deviation)
    shape = len(low), len(ends)
    return np.broadcast_to(up, shape), np.broadcast_to(down, shape)


def _list_crossed(passages: _Passages, counted: Counted) -> dict[str, int]:
    has_crossed = passages.sides != 0
    steps = counted.first + passages.steps[has_crossed] * counted.stride
    numbers = passages.paths[has_crossed].tolist()
    return dict(zip(map(str, numbers), steps.tolist(), strict=True))


def _compare_count(seen: int, chances: Float64s) -> Report:
    """How many paths one line stopped, and the 95 % interval of their law, with equal tails."""
    law = laws.compute_count_law(chances)
    tail = (1 - SURE) / 2
    upto, above = np.cumsum(law), np.cumsum(law[::-1])[::-1]
    least = int(np.argmax(upto >= tail))
    most = len(law) - 1 - int(np.argmax(above[::-1] >= tail))
    p = min(1.0, 2 * float(min(upto[seen], above[seen])))
    return {"seen": seen, "theory": float(chances.sum()), "low": least, "high": most, "p": p}


def _expect_ruin(passages: _Passages, counted: Counted) -> Report:
    """In the long run: the share of paths that leave upwards, and the mean step of leaving."""
    ends = zip(passages.low.tolist(), passages.high.tolist(), strict=True)
    chances = [laws.compute_ruin(*one, deviation=counted.deviation) for one in ends]
    upper, steps = np.mean(chances, axis=0)
    return {"upper": float(upper), "mean_steps": float(steps) * counted.stride}


def _explain_nearness(counted: Counted, lines: Lines) -> str:
    line = "A line" if None not in lines else "The line"
    least = write_number(counted.deviation, 3)
    return (
        f"{line} must be at least {least} from where the paths begin, on the side to which they go:"
        f" nearer, the corrected law does not hold{_write_when(counted)}."
    )


def _write_barrier(report: Report, counted: Counted, lines: Lines) -> str:
    ends = [
        (report[name], write_number(height, 6))
        for name, height in (("upper", lines.high), ("lower", lines.low))
        if height is not None
    ]
    first = " first" if len(ends) == 2 else ""
    seen = " and ".join(
        f"{write_number(end['seen'])} reached {height}{first}" for end, height in ends
    )
    expected = " and ".join(_write_interval(end) for end, _ in ends)
    paths = write_count(report["count"], "path")
    text = f"Of {paths}, {seen}{_write_when(counted)}; theory expects {expected}."
    if report["left_out"]:
        left_out = write_count(report["left_out"], "path")
        text += f" {left_out} began beyond a line or too near to it, and did not count."
    mark = report["agreement"]
    return text if mark["mark"] == "agrees" else f"{text} {_write_chance(mark)}"


def _write_interval(end: Report) -> str:
    if end["low"] == end["high"]:
        return write_number(end["low"])
    return f"{write_number(end['low'])} to {write_number(end['high'])}"


# --- words ---------------------------------------------------------------------------------


def _write_when(counted: Counted) -> str:
    """From which step, and at which steps, if these are not all."""
    stride, first = counted.stride, write_number(counted.first)
    text = f", looked at every {write_ordinal(stride)} step" if stride > 1 else ""
    if counted.first:
        text += f", from step {first} on"
        text += f", after {counted.cause}" if counted.cause else ""
    return text


def _write_chance(mark: Report) -> str:
    return f"By chance this happens in {write_rarity(mark['p'])} correct classes."
