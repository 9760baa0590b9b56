"""The laws of an ensemble over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from motion.core.ensemble import Ensemble
from motion.core.law_report import Counted, Lines, describe_law
from motion.models import Change, Motion
from motion.queries import laws
from motion.services import motions
from tests.support.factories import give_ensemble, make_motion, make_own_motion, make_user

pytestmark = pytest.mark.django_db

KEPT = "public, max-age=300, must-revalidate"
REVALIDATED = "private, no-cache"
NOT_KEPT = "private, no-store"
NO_LINES = Lines(None, None)


def move(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


def make_class(paths: int = 40, *, step: int = 900) -> tuple[Motion, Ensemble]:
    """A motion whose variance changes at step 101, and at 350 its speed alone."""
    motion = make_motion(slug="class", seed=8_131_415_926_535_897)
    move(motion, 101)
    motions.change_motion(motion.pk, values={"variance": 5})
    motions.change_motion(motion.pk, values={"variance": 9})
    move(motion, 350)
    motions.change_motion(motion.pk, values={"interval": 0.25})
    move(motion, step)
    motion.refresh_from_db()
    return motion, give_ensemble(motion, paths)


def build_address(motion: Motion, **query: Any) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/motions/{motion.slug}/laws.json?{asked}"


def get_law(motion: Motion, **query: Any) -> dict[str, Any]:
    response = Client().get(build_address(motion, **query))
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.parametrize(
    ("law", "query", "lines"),
    [
        ("time-above", {}, NO_LINES),
        ("maximum", {}, NO_LINES),
        ("barrier", {"high": "60"}, Lines(None, 60.0)),
        ("barrier", {"low": "-40.5", "high": "60"}, Lines(-40.5, 60.0)),
    ],
)
def test_report_is_of_the_steps_since_the_variance_changed(
    law: str, query: dict[str, str], lines: Lines
) -> None:
    motion, whole = make_class()

    found = get_law(motion, epoch=motion.epoch, step=800, law=law, **query)

    counted = Counted(101, 800, 0, 9.0, "the variance changed")
    report = describe_law(law, counted, [whole.positions(101, 800)], lines=lines)
    assert found == {"epoch": motion.epoch, "step": 800, "law": law, **report}
    assert ", from step 101 on, after the variance changed" in found["text"]


def test_report_is_of_time_above_at_the_newest_step_by_default() -> None:
    motion, _ = make_class()

    found = get_law(motion)

    assert (found["law"], found["step"], found["applies_from"]) == ("time-above", 900, 101)


def test_first_steps_have_the_law_from_the_beginning() -> None:
    motion, _ = make_class()

    assert get_law(motion, step=101)["applies_from"] == 0
    assert get_law(motion, step=102)["applies_from"] == 101


def test_long_walk_is_looked_at_every_so_many_steps() -> None:
    motion, whole = make_class(paths=300, step=100_000)

    found = get_law(motion)

    assert (found["stride"], found["applies_from"]) == (128, 128)
    above = (whole.positions(2, 781, log2_stride=7) - whole.positions(1, 1, log2_stride=7)) > 0
    assert found["never"]["seen"] == (~above.any(axis=1)).sum()
    assert "looked at every 128th step, from step 128 on" in found["text"]


def test_positions_are_computed_for_a_few_paths_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    motion, _ = make_class(paths=7)
    whole = get_law(motion, law="maximum")
    laws._reports.clear()
    monkeypatch.setattr(laws, "PIECE", 1_600)

    assert get_law(motion, law="maximum") == whole


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"drift": 0.5}, "the drift is not 0"),
        ({"variance": 0}, "the variance is 0 or next to it"),
        ({"variance": 1e-30}, "the variance is 0 or next to it"),
    ],
)
def test_law_says_from_which_step_it_does_not_apply(values: dict[str, float], reason: str) -> None:
    motion, _ = make_class()
    motions.change_motion(motion.pk, values=values)
    move(motion, 950)
    give_ensemble(motion, 40)

    found = get_law(motion)

    sentence = f"The law does not apply from step 900 on: {reason}."
    assert found == {
        "epoch": motion.epoch,
        "step": 950,
        "law": "time-above",
        "count": 40,
        "reason": sentence,
        "text": sentence,
    }
    assert get_law(motion, step=900)["applies_from"] == 101


def test_law_says_at_step_0_that_it_has_not_begun() -> None:
    motion, _ = make_class()

    assert get_law(motion, step=0)["reason"] == "The law begins with the first step."


def test_earlier_epoch_has_its_laws_after_a_restart() -> None:
    motion, _ = make_class()
    before = get_law(motion, epoch=motion.epoch, step=900)
    Motion.objects.filter(pk=motion.pk).update(ensemble=5)
    motions.restart_motion(motion.pk)
    move(motion, 30)

    assert get_law(motion, epoch=motion.epoch, step=900) == before
    now = get_law(motion)
    assert (now["count"], now["step"], now["applies_from"]) == (5, 30, 0)


def test_many_changes_bound_the_steps_that_count(monkeypatch: pytest.MonkeyPatch) -> None:
    motion, _ = make_class()
    monkeypatch.setattr(laws, "WINDOW_CHANGES", 1)

    found = get_law(motion)

    assert found["applies_from"] == 350
    assert "from step 350 on." in found["text"]


def test_report_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    motion, _ = make_class()
    computed = []
    describe = laws._compute_report
    monkeypatch.setattr(
        laws, "_compute_report", lambda *values: computed.append(values) or describe(*values)
    )

    for high in (60, 60, 61):
        get_law(motion, law="barrier", high=high)

    assert len(computed) == 2


def test_response_says_nothing_of_the_seed() -> None:
    motion, whole = make_class()

    assert str(whole.seed) not in Client().get(build_address(motion)).content.decode()


# --- refusals and caching -------------------------------------------------------------------


def get_refusal(motion: Motion, **query: Any) -> tuple[int, str]:
    response = Client().get(build_address(motion, **query))
    assert response["Cache-Control"] == NOT_KEPT
    assert response.json().keys() == {"message"}
    return response.status_code, response.json()["message"]


@pytest.mark.parametrize(
    "query",
    [
        {"law": "median"},
        {"law": ""},
        {"law": "maximum&law=maximum"},
        {"law": "barrier"},
        {"high": "5"},
        {"law": "barrier", "high": "1e3"},
        {"law": "barrier", "high": "nan"},
        {"law": "barrier", "high": ""},
        {"law": "barrier", "high": "5&high=6"},
        {"law": "barrier", "low": "5", "high": "5"},
        {"step": "901"},
        {"last": "5"},
    ],
)
def test_malformed_parameter_is_refused_in_a_sentence(query: dict[str, str]) -> None:
    motion, _ = make_class()

    status, sentence = get_refusal(motion, **query)

    assert (status, sentence[:4], sentence[-1]) == (400, "The ", ".")


def test_law_is_404_without_an_ensemble_or_such_an_epoch() -> None:
    motion, _ = make_class()

    assert get_refusal(make_motion()) == (404, "This path has no ensemble.")
    assert get_refusal(motion, epoch=5) == (404, "There is no such epoch.")


def test_private_motion_looks_to_others_like_none() -> None:
    private = make_own_motion(make_user("owner"), step=40, visibility="private")
    give_ensemble(private, 3)

    hidden = Client().get(build_address(private, epoch=private.epoch))

    missing = Client().get("/motions/nothing-here/laws.json")
    assert (hidden.status_code, hidden.content) == (404, missing.content)


@pytest.mark.parametrize(
    ("named", "step", "expected"),
    [(True, 899, KEPT), (True, 900, REVALIDATED), (False, 899, REVALIDATED)],
)
def test_past_laws_of_a_public_motion_may_be_cached(named: bool, step: int, expected: str) -> None:
    motion, _ = make_class()
    query = {"epoch": motion.epoch} if named else {}

    response = Client().get(build_address(motion, step=step, **query))

    assert response["Cache-Control"] == expected


def test_law_needs_few_queries(django_assert_max_num_queries: Any) -> None:
    motion, _ = make_class()
    assert Change.objects.count() == 4

    with django_assert_max_num_queries(5):
        get_law(motion)
