"""What can be set on a motion: everything within its limits, and nothing else."""

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.core.errors import ErrorCode, InvalidValueError
from motion.core.parameters import LIMITS, NAMES, Parameters, checked

unhurried = settings(deadline=None)  # a busy machine is no failure

ENDS = {"variance": (0.0, 10_000.0), "drift": (-1_000.0, 1_000.0), "interval": (0.02, 3_600.0)}
NUMBERS = tuple(ENDS)

NOT_NUMBERS = [None, True, False, "1", "", "NaN", b"1", [], [1.0], {}, {"a": 1}, 1j, Decimal(1)]
NOT_FINITE = [math.nan, -math.nan, math.inf, -math.inf, float("1e999"), float("-1e999")]
HUGE = [10**400, -(10**400), 1e300, -1e300, 2**63, -(2**63)]


def test_parameters_are_those_of_a_motion():
    assert NAMES == ("variance", "drift", "interval", "paused")
    assert Parameters() == Parameters(variance=1.0, drift=0.0, interval=0.5, paused=False)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "value", NOT_NUMBERS + NOT_FINITE + HUGE, ids=lambda value: repr(value)[:9]
)
def test_number_that_is_none_or_not_finite_or_huge_is_refused(name, value):
    with pytest.raises(InvalidValueError) as refusal:
        checked(name, value)

    assert refusal.value.code == ErrorCode.INVALID
    assert refusal.value.field == name
    assert "nan" not in str(refusal.value).lower()


@pytest.mark.parametrize("value", [None, 0, 1, 0.0, 1.0, math.nan, "true", "", [], {}])
def test_pause_that_is_not_a_boolean_is_refused(value):
    with pytest.raises(InvalidValueError, match="The paused must be true or false"):
        checked("paused", value)


@pytest.mark.parametrize("value", [True, False])
def test_pause_is_a_boolean(value):
    assert checked("paused", value) is value


@pytest.mark.parametrize("name", NUMBERS)
def test_limits_belong_to_what_they_limit(name):
    least, most = ENDS[name]

    assert (checked(name, least), checked(name, most)) == (least, most)
    for beyond in (math.nextafter(least, -math.inf), math.nextafter(most, math.inf)):
        with pytest.raises(InvalidValueError):
            checked(name, beyond)


@unhurried
@given(st.sampled_from(NUMBERS), st.floats() | st.integers() | st.floats(-10_001, 10_001))
def test_number_is_accepted_exactly_within_its_limits(name, value):
    least, most = ENDS[name]

    try:
        accepted = checked(name, value)
    except InvalidValueError:
        assert not least <= value <= most
    else:
        assert least <= value <= most
        assert type(accepted) is float
        assert accepted == value


@pytest.mark.parametrize("name", ["variance", "drift"])
def test_negative_zero_becomes_zero(name):
    assert math.copysign(1, checked(name, -0.0)) == 1.0


def test_change_keeps_what_it_does_not_name():
    before = Parameters(variance=2.0, drift=-1.0, interval=0.1, paused=True)

    after = before.changed({"variance": 3, "paused": False})

    assert after == Parameters(variance=3.0, drift=-1.0, interval=0.1, paused=False)
    assert before.variance == 2.0


def test_change_with_one_bad_value_changes_nothing():
    before = Parameters()

    with pytest.raises(InvalidValueError):
        before.changed({"drift": 1.0, "variance": -1e-9})

    assert before == Parameters()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("variance", "The variance must be a number from 0 to 10,000."),
        ("drift", "The drift must be a number from −1,000 to 1,000."),
        ("interval", "The interval must be a number from 0.02 to 3,600 seconds."),
    ],
)
def test_refusal_says_what_would_be_accepted(name, sentence):
    assert str(InvalidValueError(name, LIMITS[name].requirement)) == sentence
