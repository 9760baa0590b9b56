"""The statistics over HTTP: of any past window, for people who may see the motion."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from motion.models import Epoch, Membership, Motion
from motion.services import motions
from tests.support.factories import make_motion, make_own_motion, make_user

pytestmark = pytest.mark.django_db

SEED = 8_131_415_926_535_897
KEPT = "public, max-age=300, must-revalidate"
REVALIDATED = "private, no-cache"
NOT_KEPT = "private, no-store"


def make_eventful_motion(**values: Any) -> Motion:
    """At step 900, with a change of variance at step 100."""
    motion = make_motion(slug="eventful", seed=SEED, step=100, **values)
    motions.change_motion(motion.pk, values={"variance": 9})
    Motion.objects.filter(pk=motion.pk).update(step=900)
    return Motion.objects.get(pk=motion.pk)


def build_address(motion: Motion, **query: Any) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/motions/{motion.slug}/statistics.json?{asked}"


def get(motion: Motion, **query: Any) -> dict[str, Any]:
    response = Client().get(build_address(motion, **query))
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def test_statistics_are_of_the_whole_path_by_default() -> None:
    motion = make_eventful_motion()

    answer = get(motion)

    assert (answer["epoch"], answer["first"], answer["last"]) == (motion.epoch, 0, 900)
    assert (answer["count"], answer["sampled"], answer["still"]) == (900, 900, 0)
    assert answer["standardised"] is True
    assert answer.keys() == {
        *("epoch", "first", "last", "count", "sampled", "standardised", "still"),
        *("mean", "variance", "histogram", "quadratic", "displacement", "agreement"),
    }
    assert answer["mean"].keys() == {"value", "low", "high", "expected", "p"}
    assert answer["variance"].keys() == answer["mean"].keys()
    assert answer["histogram"].keys() == {
        *("first", "width", "counts", "mean", "variance", "chi2", "freedom", "p")
    }
    assert answer["quadratic"].keys() == {"steps", "realised", "expected", "low", "high", "p"}
    assert answer["displacement"].keys() == {"lags", "realised", "expected", "low", "high", "p"}
    assert answer["agreement"].keys() == {"histogram", "moments", "quadratic", "displacement"}
    assert all(judged.keys() == {"mark", "p", "outside"} for judged in answer["agreement"].values())


def test_statistics_cover_the_requested_window() -> None:
    motion = make_eventful_motion()

    answer = get(motion, epoch=motion.epoch, first=100, last=700)

    assert (answer["first"], answer["last"], answer["count"]) == (100, 700, 600)
    assert (answer["standardised"], answer["variance"]["expected"]) == (False, 9.0)


def test_window_without_increments_has_no_pictures() -> None:
    answer = get(make_motion())

    assert (answer["count"], answer["sampled"], answer["still"]) == (0, 0, 0)
    pictures = ("mean", "variance", "histogram", "quadratic", "displacement")
    assert [answer[name] for name in pictures] == [None] * 5
    assert set(answer["agreement"].values()) == {None}


def test_statistics_of_an_ended_epoch_stop_at_its_last_step() -> None:
    motion = make_eventful_motion()
    motions.restart_motion(motion.pk)

    assert get(motion, epoch=motion.epoch)["last"] == 900
    assert get(motion)["last"] == 0
    assert get_refusal(motion, epoch=motion.epoch, last=901) == 400


def test_statistics_say_nothing_of_the_seed() -> None:
    answer = Client().get(build_address(make_eventful_motion())).content.decode()

    assert str(SEED) not in answer
    assert "seed" not in answer


def test_statistics_of_the_longest_path_take_little_work() -> None:
    """Looking at each of 2⁴⁰ increments would take all night."""
    answer = get(make_motion(step=2**40 - 1))

    assert (answer["count"], answer["sampled"]) == (2**40 - 1, 2**16)
    assert answer["displacement"]["lags"][-1] == 2**37


# --- refusals -------------------------------------------------------------------------------


def get_refusal(motion: Motion, **query: Any) -> int:
    """The status of a refusal, which is one sentence and is never kept."""
    response = Client().get(build_address(motion, **query))
    assert response.json().keys() == {"message"}
    assert response.json()["message"].endswith(".")
    assert response["Cache-Control"] == NOT_KEPT
    return response.status_code


MALFORMED = [
    *(("first", text) for text in ("", "-1", "1.0", "1e3", "x", "%D9%A1", "901", "1&first=2")),
    *(("last", text) for text in ("", "-1", "901", "1099511627776", "9" * 5_000)),
    *(("epoch", text) for text in ("", "-1", "now", "1&epoch=1", "9" * 17)),
    *(("points", "5"), ("bins", "1000000"), ("step", "1")),
]


def test_malformed_parameters_are_refused_in_a_sentence() -> None:
    motion = make_eventful_motion()

    statuses = {pair: get_refusal(motion, **{pair[0]: pair[1]}) for pair in MALFORMED}

    assert statuses == dict.fromkeys(MALFORMED, 400)


def test_window_that_ends_before_it_begins_is_refused() -> None:
    assert get_refusal(make_eventful_motion(), first=6, last=5) == 400


def test_unknown_epoch_is_404() -> None:
    Epoch.objects.filter(motion=make_motion()).update(number=5)

    assert get_refusal(make_eventful_motion(), epoch=5) == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_statistics_take_no_commands(method: str) -> None:
    assert getattr(Client(), method)(build_address(make_motion())).status_code == 405


# --- who may see them -----------------------------------------------------------------------


def test_private_statistics_are_sent_to_members_and_hidden_from_others() -> None:
    private = make_own_motion(make_user("owner"), step=40, visibility="private")
    stranger, member = Client(), Client()
    stranger.force_login(make_user("stranger"))
    user = make_user("member")
    member.force_login(user)
    Membership.objects.create(motion=private, user=user, role="viewer")

    for query in ("", "?last=5", "?first=nonsense", "?epoch=1", "?last=9999"):
        for client in (Client(), stranger):
            hidden = client.get(f"/motions/{private.slug}/statistics.json{query}")
            missing = client.get(f"/motions/nothing-here/statistics.json{query}")
            assert (hidden.status_code, hidden.content) == (404, missing.content)
            assert hidden.headers == missing.headers
    answer = member.get(build_address(private, epoch=private.epoch, last=10))
    assert (answer.status_code, answer["Cache-Control"]) == (200, NOT_KEPT)


# --- caching --------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_only_the_past_of_a_public_motion_is_kept(visibility: str) -> None:
    motion = make_eventful_motion(visibility=visibility)

    def caching(**query: Any) -> str:
        return str(Client().get(build_address(motion, **query))["Cache-Control"])

    is_public = visibility == "public"
    kept, changing = (KEPT, REVALIDATED) if is_public else (NOT_KEPT, NOT_KEPT)
    assert caching(epoch=motion.epoch, last=899) == kept
    assert caching(epoch=motion.epoch, last=900) == changing
    assert caching(epoch=motion.epoch) == changing
    assert caching(last=899) == changing
    motions.restart_motion(motion.pk)
    assert caching(epoch=motion.epoch) == kept


def test_unchanged_statistics_are_304() -> None:
    motion = make_eventful_motion()
    etag = Client().get(build_address(motion))["ETag"]

    again = Client().get(build_address(motion), headers={"If-None-Match": etag})
    Motion.objects.filter(pk=motion.pk).update(step=901)
    later = Client().get(build_address(motion), headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", REVALIDATED)
    assert (later.status_code, later.json()["last"]) == (200, 901)
