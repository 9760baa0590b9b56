"""The view of a presenter: every field is checked, and a checked view is small."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion.core.errors import InvalidValueError, MalformedError, MotionError
from motion.core.limits import VIEW_BYTES
from motion.core.presented_view import FIELDS, LAW_FIELDS, MAX_PANELS, check_view
from tests.core.presented_views import VIEW

LAW = {"name": "barrier", "low": None, "high": 1}
STEP = 2**40


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("page", [0, 2**53]),
        ("epoch", [0, 2**53]),
        ("mode", ["live", "whole", "fixed"]),
        ("range", [[-STEP, STEP], [0, 0.5]]),
        ("since", [None, 0, STEP - 1]),
        ("across", ["step", "elapsed", "clock"]),
        ("up", ["position", "increments"]),
        ("band", [None, "view", 0, STEP - 1]),
        ("changes", [True, False]),
        ("class", [True, False]),
        ("slice", [None, "newest", 0, STEP - 1]),
        ("lit", [None, 1, 1_000]),
        ("law", [None, LAW, {"name": "maximum", "low": None, "high": None}]),
        ("panels", [[], ["time-above"] * MAX_PANELS]),
        ("pointer", [None, [0, 0], [-1.5, 1e18]]),
    ],
)
def test_check_view_accepts_each_documented_value(name: str, values: list[object]) -> None:
    for value in values:
        view: Any = VIEW | {name: value}

        assert check_view(view) == view


@pytest.mark.parametrize("mode", ["live", "whole"])
def test_view_needs_no_range_unless_it_is_fixed(mode: str) -> None:
    free: Any = VIEW | {"mode": mode, "range": None}

    assert check_view(free) == free
    with pytest.raises(InvalidValueError, match="range of the view must be two steps"):
        check_view(free | {"mode": "fixed"})


BAD = [True, 1.5, -1, 2**60, 10**400, math.nan, math.inf, "x", "", [], {}, [[]], [None], ["x"]]
BAD_SPANS = [[1], [1, 2, 3], [2, 1], [1, 1], [1, math.nan], [0, math.inf], [0, 10**400], [0, "1"]]
BAD_POINTERS = [[1], [1, 2, 3], [None, 1], [1, math.nan], [10**400, 1], [1, 1e19], [True, 1]]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("page", [*BAD, None]),
        ("epoch", [*BAD, None]),
        ("mode", [*BAD, None, "all"]),
        ("range", [*BAD, *BAD_SPANS]),
        ("since", BAD),
        ("across", [*BAD, None]),
        ("up", [*BAD, None]),
        ("band", [*BAD, "newest"]),
        ("changes", [value for value in [*BAD, None] if value is not True]),
        ("class", [value for value in [*BAD, None] if value is not True]),
        ("slice", [*BAD, "view"]),
        ("lit", [*BAD, 0]),
        ("law", [value for value in BAD if value != {}]),
        (
            "panels",
            [[1], ["a b"], ["A"], ["a" * 33], ["a"] * (MAX_PANELS + 1), "moments", None, {}],
        ),
        ("pointer", [*BAD, *BAD_POINTERS]),
    ],
)
def test_check_view_refuses_each_other_value(name: str, values: list[object]) -> None:
    for value in values:
        with pytest.raises(InvalidValueError, match=f"^The {name} of the view must be "):
            check_view(VIEW | {name: value})


@pytest.mark.parametrize(
    "law", [LAW | {"name": "x"}, LAW | {"name": []}, LAW | {"low": math.nan}, LAW | {"high": "1"}]
)
def test_check_view_refuses_a_bad_law(law: object) -> None:
    with pytest.raises(InvalidValueError, match=r"^The (name|low|high) of the law must be "):
        check_view(VIEW | {"law": law})


@pytest.mark.parametrize(
    "view",
    [
        *(None, [], "view", 1, {}),
        VIEW | {"seed": 1},
        VIEW | {"law": {}},
        VIEW | {"law": LAW | {"middle": 1}},
        *({key: VIEW[key] for key in VIEW if key != name} for name in VIEW),  # type: ignore[literal-required]
    ],
)
def test_check_view_refuses_missing_and_unknown_fields(view: object) -> None:
    with pytest.raises(MalformedError, match=r"^A (view|law) needs .*, and no other fields\.$"):
        check_view(view)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
anything = scalars | st.lists(scalars, max_size=3)
laws = st.fixed_dictionaries(dict.fromkeys(LAW_FIELDS, anything)) | st.none()
views = st.fixed_dictionaries(dict.fromkeys(FIELDS, anything) | {"law": laws})


@given(views, st.sets(st.sampled_from(sorted(FIELDS)), min_size=len(FIELDS) - 2))
def test_checked_view_is_small_json_without_nan(view: dict[str, object], good: set[str]) -> None:
    mixed = view | {name: value for name, value in VIEW.items() if name in good}
    try:
        checked = check_view(mixed)
    except MotionError:
        return
    assert len(json.dumps(checked, allow_nan=False)) <= VIEW_BYTES


def test_largest_view_has_at_most_2_kib() -> None:
    ends = [-1.2345678901234567e-308, 1.2345678901234567e-308]
    largest: Any = VIEW | {"page": 2**53, "epoch": 2**53, "range": ends}
    largest |= {"band": STEP - 1, "slice": STEP - 1}
    largest |= {"law": {"name": "time-above", "low": ends[0], "high": ends[0]}}
    largest |= {"panels": ["p" * 32] * MAX_PANELS, "pointer": ends}

    assert len(json.dumps(check_view(largest))) <= 2 * 1024
