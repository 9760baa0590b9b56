"""The benchmark of the statistics on a few seeds: docs/statistics.md has its tables."""

from __future__ import annotations

import pytest

from bench import first_visit, statistics, table


@pytest.fixture(scope="module")
def figures() -> dict[str, statistics.Figure]:
    return {figure.what: figure for figure in statistics.measure(20, steps=[400])}


def test_correct_paths_have_no_rare_picture(figures: dict[str, statistics.Figure]) -> None:
    correct = [figure for what, figure in figures.items() if what.startswith("correct")]

    assert len(correct) == 4
    assert [figure.any_rare for figure in correct] == [0.0] * 4
    assert all(figure.any_outside < 0.6 for figure in correct)


def test_wrong_paths_are_outside_in_the_number_that_is_wrong(
    figures: dict[str, statistics.Figure],
) -> None:
    outside = {what: figure.outside for what, figure in figures.items()}

    assert outside["variance 20 % larger"]["quadratic"] > 0.5
    assert outside["variance 20 % larger"]["variance"] > 0.5
    assert outside["drift larger by 0.1"]["mean"] > 0.2
    assert outside["Laplace increments"]["histogram"] > 0.5


def test_long_window_of_a_wrong_path_is_rare() -> None:
    """Of the path that is given, also where the statistics are of a sample."""
    figure = statistics.measure_windows("variance 20 % larger", 100_000, 1)

    assert figure.rare == dict.fromkeys(statistics.PICTURES, 1.0)


def test_statistics_tables_have_a_row_for_each_figure(
    figures: dict[str, statistics.Figure],
) -> None:
    lines = table.statistics(list(figures.values())).splitlines()
    slow, fast = statistics.measure_sessions(2, length_s=60)

    assert len(lines) == 2 + len(statistics.WINDOWS)
    assert {line.count("|") for line in lines} == {10}
    assert (slow.windows, fast.windows) == (30, 30)
    assert table.sessions([slow]).splitlines()[2].startswith("| 2 | 2 | 30 | ")


def test_first_visits_are_a_table() -> None:
    visit = first_visit.Visit(
        kilobytes=384.4,
        requests=11,
        painted_ms=100.2,
        picture_ms=120.7,
        chart_ms=456.7,
        usable_ms=1234.5,
        longest_ms=199.9,
    )

    lines = table.first_visit([(visitor, visit) for visitor in first_visit.VISITORS]).splitlines()

    assert lines[2] == "| desktop | 384 | 11 | 121 | 100 | 457 | 1,234 | 200 |"
    assert len(lines) == 2 + len(first_visit.VISITORS)
