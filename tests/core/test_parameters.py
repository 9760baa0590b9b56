"""Parameters accept every value within their limits, and nothing else."""

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.core.errors import ErrorCode, InvalidValueError
from motion.core.parameters import LIMITS, NAMES, Parameters, check_parameter

unhurried = settings(deadline=None)  # a busy machine may be slow

ENDS = {"variance": (0.0, 10_000.0), "drift": (-1_000.0, 1_000.0), "interval": (0.02, 3_600.0)}
NUMBERS = tuple(ENDS)

NOT_NUMBERS = [None, True, False, "1", "", "NaN", b"1", [], [1.0], {}, {"a": 1}, 1j, Decimal(1)]
NOT_FINITE = [math.nan, -math.nan, math.inf, -math.inf, float("1e999"), float("-1e999")]
HUGE = [10**400, -(10**400), 1e300, -1e300, 2**63, -(2**63)]


def test_parameters_have_their_names_and_defaults():
    assert NAMES == ("variance", "drift", "interval", "paused")
    assert Parameters() == Parameters(variance=1.0, drift=0.0, interval=0.5, paused=False)


@pytest.mark.fault("a variance that is no finite number within its limits")
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "value", NOT_NUMBERS + NOT_FINITE + HUGE, ids=lambda value: repr(value)[:9]
)
def test_check_parameter_refuses_what_is_no_finite_number_in_range(name, value):
    with pytest.raises(InvalidValueError) as refusal:
        check_parameter(name, value)

    assert refusal.value.code == ErrorCode.INVALID
    assert str(refusal.value).startswith(f"The {name} must be ")
    assert "nan" not in str(refusal.value).lower()


@pytest.mark.parametrize("value", [None, 0, 1, 0.0, 1.0, math.nan, "true", "", [], {}])
def test_check_parameter_refuses_a_pause_that_is_no_boolean(value):
    with pytest.raises(InvalidValueError, match="The paused must be true or false"):
        check_parameter("paused", value)


@pytest.mark.parametrize("value", [True, False])
def test_check_parameter_accepts_a_boolean_pause(value):
    assert check_parameter("paused", value) is value


@pytest.mark.parametrize("name", NUMBERS)
def test_check_parameter_accepts_the_limits_themselves(name):
    least, most = ENDS[name]

    assert (check_parameter(name, least), check_parameter(name, most)) == (least, most)
    for beyond in (math.nextafter(least, -math.inf), math.nextafter(most, math.inf)):
        with pytest.raises(InvalidValueError):
            check_parameter(name, beyond)


@unhurried
@given(st.sampled_from(NUMBERS), st.floats() | st.integers() | st.floats(-10_001, 10_001))
def test_check_parameter_accepts_a_number_only_within_its_limits(name, value):
    least, most = ENDS[name]

    try:
        accepted = check_parameter(name, value)
    except InvalidValueError:
        assert not least <= value <= most
    else:
        assert least <= value <= most
        assert type(accepted) is float
        assert accepted == value


@pytest.mark.parametrize("name", ["variance", "drift"])
def test_check_parameter_turns_negative_zero_into_zero(name):
    assert math.copysign(1, check_parameter(name, -0.0)) == 1.0


def test_apply_keeps_other_values():
    before = Parameters(variance=2.0, drift=-1.0, interval=0.1, paused=True)

    after = before.apply({"variance": 3, "paused": False})

    assert after == Parameters(variance=3.0, drift=-1.0, interval=0.1, paused=False)
    assert before.variance == 2.0


def test_apply_raises_when_one_value_is_bad():
    before = Parameters()

    with pytest.raises(InvalidValueError):
        before.apply({"drift": 1.0, "variance": -1e-9})

    assert before == Parameters()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("variance", "The variance must be a number from 0 to 10,000."),
        ("drift", "The drift must be a number from −1,000 to 1,000."),
        ("interval", "The interval must be a number from 0.02 to 3,600 seconds."),
    ],
)
def test_refusal_names_the_limits(name, sentence):
    assert str(InvalidValueError(name, LIMITS[name].requirement)) == sentence
