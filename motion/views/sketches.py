"""Paths that the server draws as SVG: on the cards of the list, and as a page's first picture.

The first picture has the margins, the range and the labels that `static/motion/chart/` gives the
newest steps: the line stays in its place when a script draws it again. A test compares both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..core.format import write_number

WIDTH: Final = 1_000
HEIGHT: Final = 400
CARD_MARGIN: Final = 20

FOLLOWED_STEPS: Final = 600  # these as in static/motion/view/viewport.js
FEWEST_STEPS: Final = 20
FREE_SPACE: Final = 0.03
DIGIT_PX: Final = 7  # and these as in static/motion/chart/figure.js
TITLE_PX: Final = 20
GAP_PX: Final = 8
LEAST_RIGHT_PX: Final = 12
MOST_LABELS: Final = 8

Span = tuple[float, float]


def draw_sketch(positions: Sequence[float]) -> str:
    """A path as the `points` of an SVG polyline, to fill a 1,000 × 400 box.

    One position makes a level line.
    """
    lowest, highest = min(positions), max(positions)
    room = (highest - lowest) * CARD_MARGIN / (HEIGHT - 2 * CARD_MARGIN) or 1.0
    return _draw_line(positions, (0, max(1, len(positions) - 1)), (lowest - room, highest + room))


@dataclass(frozen=True, kw_only=True)
class Label:
    """A label of the vertical axis; `down` is its distance from the top, in percent."""

    down: str
    text: str
    is_zero: bool


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """The newest steps as the page first shows them.

    Attributes:
        points: of an SVG polyline in a 1,000 × 400 box, as large as the area between the axes.
        newest: the place of the newest point, from left and top in percent.
        left: pixels beside that area, for the labels.
        right: the same on the other side.
        labels: of the vertical axis.
        is_young: whether the horizontal axis begins at step 0, where it has a line.
    """

    points: str
    newest: tuple[str, str]
    left: int
    right: int
    labels: list[Label]
    is_young: bool


def sketch_page(step: int, positions: Sequence[float]) -> Sketch:
    """`positions` are those of the newest steps up to `step`: 601, or of a younger path all."""
    width = max(min(step, FOLLOWED_STEPS), FEWEST_STEPS) * (1 + FREE_SPACE)
    last = len(positions) - 1
    end = step - last + width
    low, high = choose_range(positions)
    x_label = _round(len(str(math.ceil(end))) * 4 * DIGIT_PX / 3)
    return Sketch(
        points=_draw_line(positions, (0, width), (low, high)),
        newest=(_to_percent(last / width), _to_percent((high - positions[-1]) / (high - low))),
        left=TITLE_PX + _measure_labels(low, high) + GAP_PX,
        right=max(LEAST_RIGHT_PX, _round(x_label / 2)),
        labels=_list_labels(low, high),
        is_young=step == last,
    )


def choose_range(values: Sequence[float]) -> Span:
    """The range of the vertical axis around `values`, with free space on both sides."""
    low, high = min(values), max(values)
    least = 1e-9 * max(1, abs(high))
    span = max(high - low, least) if high > low else max(1, least)
    unit = 10 ** math.floor(math.log10(span)) / 2
    return (
        math.floor((low - 0.15 * span) / unit) * unit,
        math.ceil((high + 0.15 * span) / unit) * unit,
    )


def _draw_line(positions: Sequence[float], across: Span, up: Span) -> str:
    """Positions at 0, 1, 2 … within the ranges of both axes."""
    per_step, per_unit = WIDTH / (across[1] - across[0]), HEIGHT / (up[1] - up[0])
    return " ".join(
        f"{(index - across[0]) * per_step:.1f},{(up[1] - position) * per_unit:.1f}"
        for index, position in enumerate(positions)
    )


def _list_labels(low: float, high: float) -> list[Label]:
    """The labels that Plotly and the canvas write, without those at the edges."""
    rough = (high - low) / MOST_LABELS
    base = 10 ** math.floor(math.log(rough) / math.log(10))
    size = base * next(part for part in (2, 5, 10) if part > rough / base)
    digits = max(0, 2 - math.floor(math.log10(size) + 0.01))
    places = range(math.ceil(low / size), math.floor(high / size) + 1)
    return [
        Label(
            down=_to_percent((high - place * size) / (high - low)),
            text=write_number(round(place * size, digits)),
            is_zero=place == 0,
        )
        for place in places
    ]


def _measure_labels(low: float, high: float) -> int:
    """The width of the widest label of the vertical axis, in pixels."""
    digits = max(0, -math.floor(math.log10(2 * (high - low) / MOST_LABELS)))
    longest = max(len(f"{abs(math.trunc(end)):,}") + 2 * (end < 0) for end in (low, high))
    return DIGIT_PX * (longest + (digits + 1 if digits else 0))


def _to_percent(part: float) -> str:
    return f"{100 * part:.2f}%"


def _round(value: float) -> int:
    """To the nearest whole number, half upwards: as JavaScript rounds."""
    return math.floor(value + 0.5)
