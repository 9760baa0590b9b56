"""Ensembles are read at the cost of the steps that a reader needs, also without stored offsets."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from motion.core.ensemble import Ensemble
from motion.models import Change, Epoch, Motion
from motion.queries.ensembles import load_ensemble, load_newest_ensemble
from motion.queries.timelines import StepRange
from tests.support.factories import change_often, give_ensemble, make_motion

pytestmark = pytest.mark.django_db

PATHS = 3
STEPS = [100, 100, 101, 350, 350, 899, 900]


def make_class(steps: list[int] = STEPS) -> tuple[Motion, Ensemble]:
    """A motion at step 900 whose epoch has an ensemble, and all of the ensemble."""
    motion = make_motion(step=900, seed=77)
    change_often(motion, steps)
    motion.refresh_from_db()
    return motion, give_ensemble(motion, PATHS)


def load(motion: Motion, first: int, last: int, stride: int = 1) -> Ensemble:
    epoch = Epoch.objects.get(motion=motion, number=motion.epoch)
    found = load_ensemble(epoch, StepRange(epoch.pk, first, last, stride, motion.revision))
    assert found is not None
    return found


def get_newest(motion: Motion) -> Change:
    return Change.objects.select_related("epoch").get(motion=motion, revision=motion.revision)


@pytest.mark.parametrize("window", [(0, 900), (0, 100), (100, 350), (101, 349), (7, 7), (900, 900)])
def test_load_ensemble_has_the_positions_of_the_whole_ensemble(window: tuple[int, int]) -> None:
    motion, whole = make_class()

    found = load(motion, *window)

    assert found.positions(*window).tobytes() == whole.positions(*window).tobytes()
    for one, other in zip(found.laws(*window), whole.laws(*window), strict=True):
        assert one.tobytes() == other.tobytes()


def test_load_ensemble_reads_one_regime_for_each_point(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion, whole = make_class(list(range(1, 900)))

    with django_assert_num_queries(2):  # one of them reads the epoch
        found = load(motion, 0, 900, stride=128)

    assert len(found.regimes) == 9  # of the 8 points and of the last step
    assert found.positions(0, 7, log2_stride=7).tobytes() == (
        whole.positions(0, 7, log2_stride=7).tobytes()
    )


def test_load_newest_ensemble_is_the_newest_regime(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion, whole = make_class()
    newest = get_newest(motion)

    with django_assert_num_queries(1):  # of the offsets alone
        found = load_newest_ensemble(newest)

    assert found is not None
    assert len(found.regimes) == 1
    assert found.positions(900, 2_000).tobytes() == whole.positions(900, 2_000).tobytes()


def test_epoch_without_paths_has_no_ensemble(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion = make_motion()
    newest = get_newest(motion)

    with django_assert_num_queries(0):
        assert load_newest_ensemble(newest) is None
        assert load_ensemble(newest.epoch, StepRange(newest.epoch_id, 0, 0, 1, 1)) is None


@pytest.mark.parametrize("missing", [{1}, {8}, {2, 3}, {4, 5, 6}, {1, 2, 5, 7, 8}, set(range(9))])
def test_missing_offsets_are_computed_from_earlier_changes(missing: set[int]) -> None:
    motion, whole = make_class()
    Change.objects.filter(motion=motion, revision__in=missing).update(offsets=None)

    for window in ((0, 900), (350, 350), (101, 899)):
        found = load(motion, *window)
        assert found.positions(*window).tobytes() == whole.positions(*window).tobytes()
    newest = load_newest_ensemble(get_newest(motion))
    assert newest is not None
    assert newest.positions_at(900).tobytes() == whole.positions_at(900).tobytes()
