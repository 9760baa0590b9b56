"""The path over HTTP: any window, for visitors who may see it, and nothing beyond the frontier."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain, takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from motion.core.timeline import Timeline
from motion.live import recovery
from motion.models import Change, Epoch, Membership, Motion, timestamp
from motion.queries import exports, snapshots, windows
from motion.services import members, motions
from motion.views.path import path_csv, path_npz
from tests.support.factories import make_motion, make_own_motion, make_user

pytestmark = pytest.mark.django_db

SEED = 8_131_415_926_535_897
KEPT = "public, max-age=300, must-revalidate"
REVALIDATED = "private, no-cache"
NOT_KEPT = "private, no-store"
FILES = ["path.csv", "path.npz"]
FORMATS = ["path.json", *FILES]


def move(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


def make_eventful_motion(**values: Any) -> Motion:
    """At step 900, with changes at the steps 0, 100, 100 and 350."""
    motion = make_motion(slug="eventful", seed=SEED, **values)
    move(motion, 100)
    motions.change_motion(motion.pk, by=make_user("ann"), values={"variance": 9})
    motions.change_motion(motion.pk, values={"variance": 0.1, "drift": -0.5})
    move(motion, 350)
    motions.change_motion(motion.pk, values={"drift": 2})
    move(motion, 900)
    return Motion.objects.get(pk=motion.pk)


@pytest.fixture
def eventful() -> Motion:
    return make_eventful_motion()


def load_timeline(motion: Motion, number: int | None = None) -> Timeline:
    """The whole timeline of an epoch, by default the current one."""
    epoch = Epoch.objects.get(motion=motion, number=number or motion.epoch)
    return Timeline(epoch.seed, tuple(change.regime for change in epoch.changes.all()))


def build_address(motion: Motion, name: str, **query: Any) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/motions/{motion.slug}/{name}?{asked}"


def get_json(motion: Motion, **query: Any) -> dict[str, Any]:
    response = Client().get(build_address(motion, "path.json", **query))
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def read_content(response: Any) -> bytes:
    async def whole() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    return async_to_sync(whole)()  # whose queries are made by this thread


def read_body(response: Any) -> str:
    return read_content(response).decode()


def read_csv(motion: Motion, **query: Any) -> tuple[list[str], list[dict[str, str]]]:
    """The comments before the rows, and the rows."""
    response = Client().get(build_address(motion, "path.csv", **query))
    assert response.status_code == 200, response.content
    lines = read_body(response).splitlines()
    comments = list(takewhile(lambda line: line.startswith("#"), lines))
    return comments, list(csv.DictReader(lines[len(comments) :]))


def get_csv(motion: Motion, **query: Any) -> list[tuple[int, float, float, float]]:
    _, rows = read_csv(motion, **query)
    assert list(rows[0]) == ["step", "position", "variance", "drift", "time_utc"]
    return [
        (int(k), float(x), float(v), float(drift)) for k, x, v, drift, _ in map(list_values, rows)
    ]


def list_values(row: dict[str, str]) -> list[str]:
    return list(row.values())


def list_steps(window: dict[str, Any]) -> list[int]:
    return list(range(window["first_step"], window["last"] + 1, window["stride"]))


# --- windows in JSON ------------------------------------------------------------------------


def test_window_is_the_whole_path_by_default() -> None:
    motion = make_eventful_motion()

    window = get_json(motion)

    assert (window["epoch"], window["first"], window["last"]) == (motion.epoch, 0, 900)
    assert window["stride"] == 1
    assert window["positions"] == load_timeline(motion).positions(0, 900).tolist()
    fields = ("epoch", "first", "first_step", "stride", "last", "positions", "changes")
    assert tuple(window) == fields


@pytest.mark.parametrize(
    ("first", "last", "points", "stride", "sent"),
    [
        (0, 900, 901, 1, 901),
        (0, 900, 900, 2, 451),
        (1, 900, 450, 2, 450),
        (1, 7, 1, 4, 1),
        (5, 5, 1, 1, 1),
        (899, 900, 1, 2, 1),
        (0, 900, 1, 1024, 1),
        (333, 777, 10, 64, 7),
    ],
)
def test_window_has_the_smallest_stride_that_fits(
    first: int, last: int, points: int, stride: int, sent: int
) -> None:
    motion = make_eventful_motion()

    window = get_json(motion, first=first, last=last, points=points)

    every = load_timeline(motion).positions(0, 900).tolist()
    assert (window["stride"], len(window["positions"])) == (stride, sent)
    assert window["positions"] == [every[k] for k in range(first, last + 1) if k % stride == 0]
    assert window["positions"] == [every[k] for k in list_steps(window)]


def test_window_has_2000_points_unless_it_is_asked_for_others() -> None:
    motion = make_motion(step=2**39)

    window = get_json(motion)

    assert window["stride"] == 2**29
    assert len(window["positions"]) == 1_025
    assert len(get_json(motion, points=10_000)["positions"]) == 8_193


def test_window_has_its_governing_change_and_those_within() -> None:
    motion = make_eventful_motion()

    def revisions(first: int, last: int) -> list[int]:
        return [
            change["revision"] for change in get_json(motion, first=first, last=last)["changes"]
        ]

    assert revisions(0, 900) == [1, 2, 3, 4]
    assert revisions(0, 99) == [1]
    assert revisions(100, 349) == [1, 2, 3]
    assert revisions(101, 350) == [3, 4]
    assert revisions(351, 351) == [4]


def test_change_in_a_window_has_no_name() -> None:
    motion = make_eventful_motion()

    change = get_json(motion, first=100, last=100)["changes"][1]

    row = Change.objects.get(motion=motion, revision=2)
    assert row.by is not None
    assert change == {
        "revision": 2,
        "step": 100,
        "position": row.position,
        "variance": 9.0,
        "drift": 0.0,
        "interval": 0.5,
        "paused": False,
        "at": row.at.isoformat(timespec="milliseconds"),
        "event": 2,
        "kind": "",
        "text": "Changed the variance 1 → 9 at step 100",
    }


def test_window_of_an_ended_epoch_stops_at_its_last_step() -> None:
    motion = make_eventful_motion()
    motions.restart_motion(motion.pk)

    window = get_json(motion, epoch=motion.epoch)

    assert (window["epoch"], window["last"]) == (motion.epoch, 900)
    assert window["positions"] == load_timeline(motion).positions(0, 900).tolist()
    assert get_json(motion)["positions"] == [0.0]
    assert get_refusal(motion, "path.json", epoch=motion.epoch, last=901) == 400


def test_find_epoch_ignores_an_epoch_newer_than_the_motion() -> None:
    read = make_motion()
    newer = motions.restart_motion(read.pk).epoch

    assert windows.find_epoch(read, newer) is None


def test_window_stays_the_same_when_the_motion_moves() -> None:
    motion = make_eventful_motion()
    epoch = Epoch.objects.get(motion=motion)
    motions.change_motion(motion.pk, values={"variance": 2})
    move(motion, 1_000)

    window = windows.read_window(motion, epoch, points=10_000)

    assert (window.last, len(window.changes)) == (900, 4)


def test_path_says_nothing_of_the_seed() -> None:
    motion = make_eventful_motion()

    text = str(get_json(motion)) + read_body(Client().get(build_address(motion, "path.csv")))
    archive = read_content(Client().get(build_address(motion, "path.npz")))

    assert str(SEED) not in text
    assert "seed" not in text
    assert SEED.to_bytes(8, "little") not in archive
    assert b"seed" not in archive


@pytest.mark.parametrize(
    ("most", "revisions"),
    [(0, []), (1, [1]), (2, [1, 4]), (4, [1, 2, 3, 4]), (1_000, [1, 2, 3, 4])],
)
def test_window_has_at_most_the_requested_changes(most: int, revisions: list[int]) -> None:
    motion = make_eventful_motion()

    window = get_json(motion, changes=most)

    assert [change["revision"] for change in window["changes"]] == revisions
    assert window["positions"] == get_json(motion)["positions"]


def test_change_after_a_gap_is_described_from_its_predecessor() -> None:
    first, newest = get_json(make_eventful_motion(), changes=2)["changes"]

    assert first["text"] == "Started"
    assert newest["text"] == "Changed the drift −0.5 → 2 at step 350"


# --- stretches in CSV -----------------------------------------------------------------------


def test_csv_has_every_step_and_its_law() -> None:
    motion = make_eventful_motion()

    rows = get_csv(motion)

    assert [row[0] for row in rows] == list(range(901))
    assert [row[1] for row in rows] == load_timeline(motion).positions(0, 900).tolist()
    assert [row[2:] for row in (rows[0], rows[100], rows[101])] == [(1, 0), (1, 0), (0.1, -0.5)]
    assert [row[2:] for row in (rows[350], rows[351])] == [(0.1, -0.5), (0.1, 2)]


@pytest.mark.parametrize(
    ("form", "kind"),
    [("path.csv", "text/csv; charset=utf-8"), ("path.npz", "application/octet-stream")],
)
def test_csv_of_a_window_has_a_file_name(form: str, kind: str) -> None:
    motion = make_eventful_motion()

    response = Client().get(build_address(motion, form, first=5, last=6))

    suffix = form.removeprefix("path")
    assert response["Content-Type"] == kind
    today = timestamp().strftime("%Y-%m-%d")
    assert response["Content-Disposition"] == (
        f'attachment; filename="eventful-path-1-steps-5-6-{today}{suffix}"'
    )


def date_steps(motion: Motion) -> None:
    """Make the changes of an `eventful_motion` as far apart as its steps take, from 10:00 on."""
    moment = datetime(2026, 11, 26, 10, tzinfo=UTC)
    for change in motion.changes.all():
        at = moment + timedelta(seconds=0.5 * change.step)
        Change.objects.filter(pk=change.pk).update(at=at)
    came = moment.timestamp() + 0.5 * motion.step
    Motion.objects.filter(pk=motion.pk).update(next_at=came + motion.interval)


def test_csv_says_when_each_step_came() -> None:
    motion = make_eventful_motion()
    date_steps(motion)

    _, rows = read_csv(motion)

    assert [rows[step]["time_utc"] for step in (0, 1, 350, 900)] == [
        "2026-11-26 10:00:00.000",
        "2026-11-26 10:00:00.500",
        "2026-11-26 10:02:55.000",
        "2026-11-26 10:07:30.000",
    ]
    assert read_csv(motion, first=349, last=352)[1] == rows[349:353]


def test_csv_leaves_out_unknown_times() -> None:
    motion = make_eventful_motion()
    date_steps(motion)
    motion.changes.filter(step=350).update(at=datetime(2026, 11, 26, 11, tzinfo=UTC))

    _, rows = read_csv(motion)

    assert rows[100]["time_utc"] == "2026-11-26 10:00:50.000"
    assert {row["time_utc"] for row in rows[101:351]} == {""}


def test_csv_describes_its_path_before_the_rows() -> None:
    motion = make_eventful_motion(title="Tuesday, third lesson")
    date_steps(motion)

    comments, _ = read_csv(motion, first=50, last=350)

    assert comments[:4] == [
        "# title: Tuesday, third lesson",
        "# address: http://testserver/motions/eventful/",
        f"# path: 1 (epoch {motion.epoch}; algorithm version 1)",
        "# steps: 50 to 350",
    ]
    assert comments[5:8] == [
        "# at step 50: variance 1, drift 0, interval 0.5 s",
        "# changed at step 100 (2026-11-26 10:00:50 UTC): variance 9, drift 0, interval 0.5 s",
        "# changed at step 100 (2026-11-26 10:00:50 UTC): variance 0.1, drift -0.5, interval 0.5 s",
    ]
    assert not any("350 (" in line for line in comments)  # it counts from step 351 on


@pytest.mark.parametrize(
    ("visibility", "is_named"), [("private", False), ("unlisted", False), ("public", True)]
)
def test_csv_names_the_address_of_a_public_motion_alone(visibility: str, is_named: bool) -> None:
    owner = make_user("owner")
    motion = make_own_motion(owner, slug="mine", step=3, visibility=visibility)
    client = Client()
    client.force_login(owner)

    response = client.get(build_address(motion, "path.csv"))

    body = read_body(response)
    assert ("# address: http://testserver/motions/mine/" in body) == is_named
    assert ("mine" in body, "mine-path" in response["Content-Disposition"]) == (is_named, is_named)


def test_title_in_a_csv_is_no_formula_in_a_spreadsheet() -> None:
    motion = make_motion(title='a,=1+1; @b,"-c"')

    comments, rows = read_csv(motion)

    assert comments[0] == "# title: a,'=1+1; '@b,'-c'"
    assert len(rows) == 1


def test_csv_lists_a_hundred_changes_and_mentions_more(restless: Motion) -> None:
    comments, _ = read_csv(restless)

    assert sum(line.startswith("# changed at step") for line in comments) == 100
    assert any(line.startswith("# and more changes") for line in comments)
    assert len("".join(comments)) < 16_000


def test_lines_that_say_how_to_read_a_csv_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = make_eventful_motion()
    response = Client().get(build_address(motion, "path.csv"))
    body = read_body(response)
    name = response["Content-Disposition"].split('"')[1]
    (tmp_path / name).write_text(body)
    monkeypatch.chdir(tmp_path)
    [recipe] = re.findall(r"^# NumPy: (.*)$", body, re.MULTILINE)
    found: dict[str, Any] = {"np": np}

    exec(recipe, found)

    assert found["step"].tolist() == list(range(901))
    assert found["position"].tolist() == load_timeline(motion).positions(0, 900).tolist()
    assert found["drift"].tolist()[-1] == 2


def test_csv_pieces_join_to_the_whole() -> None:
    motion = make_motion(step=2_500)

    whole = get_csv(motion)
    pieces = [get_csv(motion, first=k, last=min(k + 699, 2_500)) for k in range(0, 2_501, 700)]

    assert list(chain.from_iterable(pieces)) == whole


def test_numbered_pieces_of_a_csv_are_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    motion = make_eventful_motion()
    query: dict[str, Any] = {"epoch": motion.epoch, "first": 5, "last": 895}
    whole = read_body(Client().get(build_address(motion, "path.csv", **query)))
    monkeypatch.setattr(exports, "FILE_STEPS", 300)

    pieces = [
        read_body(Client().get(build_address(motion, "path.csv", piece=piece, **query)))
        for piece in (1, 2, 3)
    ]

    def remove_date(text: str) -> str:
        return re.sub("# made: .*", "", text)

    assert remove_date("".join(pieces)) == remove_date(whole)
    assert [len(piece.splitlines()) for piece in pieces[1:]] == [300, 291]
    assert get_refusal(motion, "path.csv", piece=4, **query) == 400


@pytest.mark.parametrize("query", ["piece=1", "piece=1&last=5", "piece=0&epoch={}&last=5"])
def test_piece_of_a_file_that_is_not_named_is_refused(query: str) -> None:
    motion = make_motion(step=10)
    name, text = query.format(motion.epoch).split("=", 1)

    assert get_refusal(motion, "path.csv", **{name: text}) == 400


def test_piece_of_an_npz_is_refused() -> None:
    motion = make_motion(step=10)

    assert get_refusal(motion, "path.npz", piece=1, epoch=motion.epoch, last=5) == 400


@pytest.mark.parametrize("form", FILES)
def test_file_under_a_new_title_is_another_one(form: str) -> None:
    motion = make_motion(step=10)
    kept = Client().get(build_address(motion, form, epoch=motion.epoch, last=5))
    asked = {"If-None-Match": kept["ETag"]}

    same = Client().get(build_address(motion, form, epoch=motion.epoch, last=5), headers=asked)
    Motion.objects.filter(pk=motion.pk).update(title="Another")
    renamed = Client().get(build_address(motion, form, epoch=motion.epoch, last=5), headers=asked)

    assert (same.status_code, renamed.status_code) == (304, 200)


def get_npz(motion: Motion, **query: Any) -> Any:
    response = Client().get(build_address(motion, "path.npz", **query))
    assert response.status_code == 200
    return np.load(io.BytesIO(read_content(response)))


@pytest.mark.parametrize(("first", "last"), [(0, 900), (90, 360), (900, 900)])
def test_npz_is_the_csv_bit_for_bit(first: int, last: int) -> None:
    motion = make_eventful_motion()
    date_steps(motion)

    arrays = get_npz(motion, first=first, last=last)

    columns = [arrays[name] for name in ("step", "position", "variance", "drift")]
    assert [column.dtype for column in columns] == ["<i8", "<f8", "<f8", "<f8"]
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert rows == get_csv(motion, first=first, last=last)
    times = [str(time).replace("T", " ") for time in arrays["time_utc"]]
    assert times == [row["time_utc"] for row in read_csv(motion, first=first, last=last)[1]]


def test_npz_describes_its_path() -> None:
    motion = make_eventful_motion(title="Tuesday")

    arrays = get_npz(motion, first=50, last=350)

    assert [str(arrays[name]) for name in ("title", "address", "path", "epoch", "algorithm")] == [
        *("Tuesday", "http://testserver/motions/eventful/"),
        *("1", str(motion.epoch), "1"),
    ]
    changes = arrays["changes"]
    assert changes["step"].tolist() == [0, 100, 100]
    assert changes["variance"].tolist() == [1, 9, 0.1]
    assert (changes["drift"][2], changes["interval"][2], changes["paused"][2]) == (-0.5, 0.5, False)
    assert np.datetime64("now") - arrays["made_utc"] < np.timedelta64(60, "s")


def test_npz_has_at_most_100_000_steps() -> None:
    motion = make_motion(step=200_000)

    assert len(get_npz(motion, first=100_001)["step"]) == 100_000
    assert get_refusal(motion, "path.npz", first=100_000) == 400


def test_csv_has_at_most_100_000_steps() -> None:
    motion = make_motion(step=200_000)

    assert len(get_csv(motion, first=100_001)) == 100_000
    assert get_refusal(motion, "path.csv", first=100_000) == 400
    assert get_refusal(motion, "path.csv") == 400


@pytest.mark.parametrize("form", FILES)
def test_file_is_written_by_an_asynchronous_iterator(form: str) -> None:
    response: Any = Client().get(build_address(make_motion(step=1), form))

    assert response.is_async


@pytest.mark.parametrize("view", [path_csv, path_npz])
def test_head_of_a_file_computes_nothing(view: Any) -> None:
    motion = make_motion(step=1_000)

    response = view(RequestFactory().head(build_address(motion, "file")), motion.slug)

    assert response.status_code == 200
    assert response["ETag"]
    assert read_content(response) == b""


# --- refusals -------------------------------------------------------------------------------


def get_refusal(motion: Motion, name: str, **query: Any) -> int:
    """The status of a refusal, which is one sentence and is never kept."""
    response = Client().get(build_address(motion, name, **query))
    if name == "path.json":
        assert response.json().keys() == {"message"}
        sentence = response.json()["message"]
    else:
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        sentence = response.content.decode().removesuffix("\n")
    assert sentence.endswith(".")
    assert response["Cache-Control"] == NOT_KEPT
    return response.status_code


MALFORMED = [
    *(("first", text) for text in ("", "-1", "+1", "1.0", "1e3", "x", "%20", "%D9%A1", "0x1")),
    *(("last", text) for text in ("", "-1", "901", "1099511627776", "9" * 5_000)),
    *(("first", text) for text in ("901", "1&first=2", "9" * 30)),
    *(("epoch", text) for text in ("", "-1", "now", "1&epoch=1", "9" * 17, "%C2%B2")),
    ("step", "1"),
]


@pytest.mark.parametrize(("name", "text"), MALFORMED)
@pytest.mark.parametrize("form", FORMATS)
def test_malformed_parameter_is_refused_in_a_sentence(form: str, name: str, text: str) -> None:
    assert get_refusal(make_eventful_motion(), form, **{name: text}) == 400


@pytest.mark.parametrize("points", ["0", "10001", "-5", "1.5", "", "nan"])
def test_malformed_number_of_points_is_refused(points: str) -> None:
    assert get_refusal(make_eventful_motion(), "path.json", points=points) == 400


@pytest.mark.parametrize("changes", ["-1", "1001", "1.5", "", "all", "0&changes=0"])
def test_malformed_number_of_changes_is_refused(changes: str) -> None:
    assert get_refusal(make_eventful_motion(), "path.json", changes=changes) == 400


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("name", ["points", "changes"])
def test_file_takes_no_number_of_points_or_changes(form: str, name: str) -> None:
    assert get_refusal(make_eventful_motion(), form, **{name: 5}) == 400


@pytest.mark.parametrize("form", FORMATS)
def test_window_that_ends_before_it_begins_is_refused(form: str) -> None:
    assert get_refusal(make_eventful_motion(), form, first=6, last=5) == 400


@pytest.mark.parametrize("form", FORMATS)
def test_unknown_epoch_is_404(form: str) -> None:
    other = make_motion()
    Epoch.objects.filter(motion=other).update(number=5)

    assert get_refusal(make_eventful_motion(), form, epoch=5) == 404


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_path_takes_no_commands(form: str, method: str) -> None:
    response = getattr(Client(), method)(build_address(make_motion(), form))

    assert response.status_code == 405


# --- who may see it -------------------------------------------------------------------------


@pytest.fixture
def private() -> Motion:
    return make_own_motion(make_user("owner"), step=40, visibility="private")


def make_signed_in(username: str, **values: Any) -> Client:
    client = Client()
    client.force_login(make_user(username, **values))
    return client


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("query", ["", "?last=5", "?first=nonsense", "?epoch=1", "?last=9999"])
@pytest.mark.parametrize("who", ["anonymous", "stranger"])
def test_private_motion_looks_to_others_like_none(
    private: Motion, form: str, query: str, who: str
) -> None:
    client = Client() if who == "anonymous" else make_signed_in("stranger")

    hidden = client.get(f"/motions/{private.slug}/{form}{query}")
    missing = client.get(f"/motions/nothing-here/{form}{query}")

    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert hidden.headers == missing.headers


@pytest.mark.parametrize("form", FORMATS)
def test_members_get_the_path_of_a_private_motion(private: Motion, form: str) -> None:
    client = make_signed_in("member")
    member = client.session["_auth_user_id"]
    Membership.objects.create(motion=private, user_id=member, role="viewer")

    response = client.get(build_address(private, form, epoch=private.epoch, last=10))

    assert response.status_code == 200
    assert response["Cache-Control"] == NOT_KEPT


def test_removed_member_gets_no_path(private: Motion) -> None:
    client, member = Client(), make_user("member")
    client.force_login(member)
    members.set_role(private.pk, member, "viewer")
    assert client.get(build_address(private, "path.json")).status_code == 200
    members.remove_member(private.pk, member)

    assert client.get(build_address(private, "path.json")).status_code == 404


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("visibility", ["unlisted", "private"])
def test_uncacheable_window_has_no_etag(visibility: str, form: str) -> None:
    client, owner = Client(), make_user("owner")
    client.force_login(owner)
    motion = make_own_motion(owner, step=40, visibility=visibility)

    response = client.get(build_address(motion, form), headers={"If-None-Match": "*"})

    assert response.status_code == 200
    assert "ETag" not in response.headers


# --- caching --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("visibility", "named", "last", "expected"),
    [
        ("public", True, 899, KEPT),
        ("public", True, 900, REVALIDATED),
        ("public", True, None, REVALIDATED),
        ("public", False, 899, REVALIDATED),
        ("unlisted", True, 899, NOT_KEPT),
    ],
)
def test_only_the_past_of_a_public_motion_is_kept(
    form: str, visibility: str, named: bool, last: int | None, expected: str
) -> None:
    motion = make_eventful_motion(visibility=visibility)
    query = ({"epoch": motion.epoch} if named else {}) | ({"last": last} if last else {})

    response = Client().get(build_address(motion, form, **query))

    assert response["Cache-Control"] == expected


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("visibility", "expected"), [("public", KEPT), ("unlisted", NOT_KEPT)])
def test_ended_epoch_of_a_public_motion_is_kept(form: str, visibility: str, expected: str) -> None:
    motion = make_eventful_motion(visibility=visibility)
    motions.restart_motion(motion.pk)

    response = Client().get(build_address(motion, form, epoch=motion.epoch))

    assert response["Cache-Control"] == expected


@pytest.mark.parametrize("form", FORMATS)
def test_unchanged_window_is_304(form: str) -> None:
    motion = make_eventful_motion()
    first = Client().get(build_address(motion, form))

    again = Client().get(build_address(motion, form), headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["Cache-Control"] == REVALIDATED


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("event", ["step", "change", "restart"])
def test_changed_window_is_sent_again(form: str, event: str) -> None:
    motion = make_eventful_motion()
    etag = Client().get(build_address(motion, form))["ETag"]
    if event == "step":
        move(motion, 901)
    elif event == "change":
        motions.change_motion(motion.pk, values={"drift": 1})
    else:
        motions.restart_motion(motion.pk)

    again = Client().get(build_address(motion, form), headers={"If-None-Match": etag})

    assert again.status_code == 200


@pytest.mark.parametrize("form", FORMATS)
def test_public_window_is_the_same_for_every_reader(form: str) -> None:
    """The view reads no session, so a shared cache can give the response to everyone."""
    motion = make_eventful_motion(visibility="public")
    query = {"epoch": motion.epoch, "last": 899}

    response = make_signed_in("member").get(build_address(motion, form, **query))
    others = Client().get(build_address(motion, form, **query))

    assert response["Cache-Control"] == KEPT
    assert "Vary" not in response.headers
    assert response.headers == others.headers


@pytest.mark.parametrize("form", FORMATS)
def test_window_of_a_private_motion_varies_with_the_cookie(private: Motion, form: str) -> None:
    client = Client()
    client.force_login(get_user_model().objects.get(username="owner"))

    response = client.get(build_address(private, form, epoch=private.epoch, last=10))

    assert (response["Cache-Control"], response["Vary"]) == (NOT_KEPT, "Cookie")


# --- for every input, and for very many changes ----------------------------------------------


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_window_agrees_with_any_other(eventful: Motion, data: st.DataObject) -> None:
    every = load_timeline(eventful).positions(0, 900).tolist()
    first = data.draw(st.integers(0, 900))
    last = data.draw(st.integers(first, 900))
    points = data.draw(st.sampled_from([1, 2, 3]) | st.integers(1, 1_000))

    window = get_json(eventful, first=first, last=last, points=points)
    rows = get_csv(eventful, first=first, last=last)

    assert 1 <= len(window["positions"]) <= points
    assert window["positions"] == [every[k] for k in list_steps(window)]
    assert [(k, x) for k, x, *_ in rows] == [(k, every[k]) for k in range(first, last + 1)]


@pytest.fixture(scope="module")
def stored(lasting: Callable[[Callable[[], Motion]], Motion]) -> Motion:
    return lasting(make_restless_motion)


@pytest.fixture
def restless(stored: Motion) -> Motion:
    return Motion.objects.get(pk=stored.pk)


def make_restless_motion() -> Motion:
    """1,401 changes: one at each of the steps 0 … 700, then 700 more at step 700."""
    motion = make_motion(slug="restless", seed=SEED)
    epoch = Epoch.objects.get(motion=motion)
    timeline = load_timeline(motion)
    steps = [*range(1, 701), *[700] * 700]
    standard = [timeline.standard(step) for step in range(701)]
    rows, position = [], 0.0
    for revision, step in enumerate(steps, start=2):
        # A position of each own: it shows which change governs a step.
        position += 1.0
        rows.append(
            Change(
                motion=motion,
                epoch=epoch,
                revision=revision,
                step=step,
                position=position,
                standard=standard[step],
                variance=float(revision),
            )
        )
    Change.objects.bulk_create(rows)
    Motion.objects.filter(pk=motion.pk).update(step=900, revision=1_401, variance=1_401.0)
    motion.refresh_from_db()
    return motion


@pytest.mark.parametrize(("first", "last"), [(0, 900), (7, 800), (300, 700), (701, 900)])
@pytest.mark.parametrize("points", [1, 100, 10_000])
def test_path_of_very_many_changes_is_the_same(
    restless: Motion, first: int, last: int, points: int
) -> None:
    every = load_timeline(restless).positions(0, 900).tolist()

    window = get_json(restless, first=first, last=last, points=points)

    assert window["positions"] == [every[k] for k in list_steps(window)]


def test_csv_has_every_law_of_very_many_changes(restless: Motion) -> None:
    rows = get_csv(restless)

    timeline = load_timeline(restless)
    assert [row[1] for row in rows] == timeline.positions(0, 900).tolist()
    assert [row[2] for row in rows] == [1.0, *map(float, range(1, 701)), *[1_401.0] * 200]


def test_window_has_the_newest_changes_and_the_governing_one(restless: Motion) -> None:
    changes = get_json(restless, first=51)["changes"]
    revisions = [change["revision"] for change in changes]

    assert revisions == [51, *range(403, 1_402)]


def test_window_reads_only_governing_changes(
    restless: Motion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    epoch = Epoch.objects.get(motion=restless)

    with django_assert_num_queries(1):
        tile = windows.read_window(restless, epoch, first=100, last=600, points=64, max_changes=0)
    with django_assert_num_queries(3):
        short = windows.read_window(restless, epoch, first=100, last=600, points=1)
    with django_assert_num_queries(4):
        long = windows.read_window(restless, epoch, points=100)

    assert len(short.timeline.regimes) == 502
    assert len(long.timeline.regimes) <= 102
    assert len(tile.timeline.regimes) <= 65


# --- tiles, as the page asks for them ---------------------------------------------------------

TILE = 512


def get_tile(motion: Motion, stride: int, number: int) -> Any:
    first = number * TILE * stride
    query = {"epoch": motion.epoch, "first": first, "last": first + TILE * stride}
    return Client().get(build_address(motion, "path.json", **query, points=TILE + 1, changes=0))


def map_points(window: dict[str, Any]) -> dict[int, float]:
    return dict(zip(list_steps(window), window["positions"], strict=True))


@pytest.fixture
def old() -> Motion:
    """At step 2^30 + 700, with changes on the way, the last two of them near the frontier."""
    motion = make_motion(slug="old", seed=SEED)
    frontier = 2**30 + 700
    for number, step in enumerate([1, 700, 2**20 + 1, 2**29, frontier - 300, frontier - 300]):
        move(motion, step)
        motions.change_motion(motion.pk, values={"variance": 1 + number % 3, "drift": number / 7})
    move(motion, frontier)
    motion.refresh_from_db()
    return motion


def test_tiles_of_all_strides_agree_and_are_kept(old: Motion) -> None:
    """Each has exactly its stride, and steps that two of them share are equal bit for bit."""
    every: dict[int, float] = {}
    for log2_stride in range(22):
        last_full = (old.step >> log2_stride) // TILE - 1
        for number in {0, last_full // 2, last_full}:
            response = get_tile(old, 1 << log2_stride, number)
            tile = response.json()
            assert (tile["stride"], len(tile["positions"])) == (1 << log2_stride, TILE + 1)
            assert (response["Cache-Control"], tile["changes"]) == (KEPT, [])
            assert len(response.content) < 12_000
            sent = map_points(tile)
            assert {k: sent[k] for k in sent.keys() & every} == {
                k: every[k] for k in sent.keys() & every
            }
            every |= sent

    timeline = load_timeline(old)
    for step in sorted(every)[::500]:
        assert every[step] == timeline.position(step)


def test_tiles_agree_with_frames_of_sockets(old: Motion) -> None:
    snapshot = snapshots.read_snapshot(old.pk)
    assert snapshot is not None

    frames = list(recovery.make_recovery(snapshot, epoch=None, step=None))
    whole, *increments = [json.loads(str(frame)) for frame in frames]

    assert (whole["stride"], len(increments)) == (2**21, 2)
    assert get_tile(old, 2**21, 0).json()["positions"] == whole["positions"]
    for frame in increments:
        last = frame["first_step"] + len(frame["increments"]) - 1
        assert get_json(old, first=last, last=last)["positions"] == [frame["position"]]
