"""The paths that the server draws."""

from __future__ import annotations

import pytest

from motion.views import sketches


def points(sketch: str) -> list[tuple[float, float]]:
    pairs = [pair.split(",") for pair in sketch.split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_sketch_fills_its_box() -> None:
    found = points(sketches.draw_sketch([0.0, 2.0, -1.0, 1.0, 0.5]))

    assert [x for x, _ in found] == [0, 250, 500, 750, 1_000]
    assert [y for _, y in found] == [260, 20, 380, 140, 200]


@pytest.mark.parametrize("positions", [[0.0], [-7.5], [3.0, 3.0, 3.0]])
def test_sketch_of_a_path_that_has_not_moved_is_level(positions: list[float]) -> None:
    found = points(sketches.draw_sketch(positions))

    assert len(found) == len(positions)
    assert {y for _, y in found} == {200.0}


def test_sketch_of_huge_positions_is_finite() -> None:
    found = points(sketches.draw_sketch([-1e15, 1e15, 0.0]))

    assert [y for _, y in found] == [380, 20, 200]
