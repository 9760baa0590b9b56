"""The ensemble over HTTP: its fan, its slices, and the positions of some of its paths."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from motion.core.ensemble import LEVELS, Ensemble
from motion.core.slice import describe_slice
from motion.models import Epoch, Motion
from motion.queries import ensemble_exports
from motion.services import motions
from tests.support.doc_pages import DOCS, Page
from tests.support.factories import give_ensemble, make_motion, make_own_motion, make_user

pytestmark = pytest.mark.django_db

PATHS = 40
KEPT = "public, max-age=300, must-revalidate"
REVALIDATED = "private, no-cache"
NOT_KEPT = "private, no-store"
JSON = ["ensemble.json", "slice.json"]
FILES = ["ensemble.csv", "ensemble.npz"]
FORMATS = [*JSON, *FILES]


def move(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


def make_class(paths: int = PATHS, **values: Any) -> tuple[Motion, Ensemble]:
    """A motion at step 900 with changes at the steps 0, 100, 100 and 350, and its ensemble."""
    motion = make_motion(slug="class", seed=8_131_415_926_535_897, **values)
    move(motion, 100)
    motions.change_motion(motion.pk, values={"variance": 9})
    motions.change_motion(motion.pk, values={"variance": 0.1, "drift": -0.5})
    move(motion, 350)
    motions.change_motion(motion.pk, values={"drift": 2})
    move(motion, 900)
    motion.refresh_from_db()
    return motion, give_ensemble(motion, paths)


def build_address(motion: Motion, name: str, **query: Any) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/motions/{motion.slug}/{name}?{asked}"


def get_json(motion: Motion, name: str, **query: Any) -> dict[str, Any]:
    response = Client().get(build_address(motion, name, **query))
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


# --- windows --------------------------------------------------------------------------------


def test_window_is_the_fan_of_the_whole_path_by_default() -> None:
    motion, whole = make_class()

    window = get_json(motion, "ensemble.json")

    mean, variance = whole.laws(0, 450, log2_stride=1)
    fan = whole.quantiles(0, 450, log2_stride=1)
    assert window == {
        "epoch": motion.epoch,
        "first": 0,
        "first_step": 0,
        "stride": 2,
        "last": 900,
        "count": PATHS,
        "quantiles": dict(zip(map(str, LEVELS), fan.tolist(), strict=True)),
        "law": {"mean": mean.tolist(), "variance": variance.tolist()},
        "paths": {},
    }


@pytest.mark.parametrize(
    ("first", "last", "points", "stride", "first_step", "sent"),
    [
        (0, 511, 512, 1, 0, 512),
        (1, 900, 450, 2, 2, 450),
        (1, 7, 1, 4, 4, 1),
        (5, 5, 1, 1, 5, 1),
        (0, 900, 1, 1024, 0, 1),
    ],
)
def test_window_has_the_least_stride(
    first: int, last: int, points: int, stride: int, first_step: int, sent: int
) -> None:
    motion, _ = make_class()

    window = get_json(motion, "ensemble.json", first=first, last=last, points=points, paths="1-2")

    assert (window["stride"], window["first_step"]) == (stride, first_step)
    series = [*window["quantiles"].values(), *window["law"].values(), *window["paths"].values()]
    assert {len(values) for values in series} == {sent}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("7", [7]),
        ("1-40", list(range(1, 41))),
        ("1-3,40", [1, 2, 3, 40]),
        ("9,2-3,3", [2, 3, 9]),
    ],
)
def test_window_has_the_exact_positions_of_the_requested_paths(
    text: str, numbers: list[int]
) -> None:
    motion, whole = make_class()

    window = get_json(motion, "ensemble.json", first=90, last=400, paths=text)

    positions = whole.positions(90, 400, paths=numbers).tolist()
    assert window["paths"] == dict(zip(map(str, numbers), positions, strict=True))


def test_window_is_of_the_named_epoch() -> None:
    motion, whole = make_class()
    motions.restart_motion(motion.pk)
    Epoch.objects.filter(number__gt=motion.epoch).update(paths=0)

    window = get_json(motion, "ensemble.json", epoch=motion.epoch, first=900, paths="3")

    assert window["paths"] == {"3": [whole.positions_at(900)[2]]}
    assert get_refusal(motion, "ensemble.json") == (404, "This path has no ensemble.")


def test_fan_is_computed_once_for_different_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    motion, _ = make_class()
    computed = []
    quantiles = Ensemble.quantiles
    monkeypatch.setattr(
        Ensemble,
        "quantiles",
        lambda self, *ends, **values: computed.append(ends) or quantiles(self, *ends, **values),
    )

    for paths in ("1", "1", "2-3"):
        get_json(motion, "ensemble.json", last=200, paths=paths)

    assert len(computed) == 1


@pytest.mark.parametrize("name", JSON)
def test_response_says_nothing_of_the_seed(name: str) -> None:
    motion, whole = make_class()

    assert str(whole.seed) not in Client().get(build_address(motion, name)).content.decode()


# --- slices ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 1, 100, 351, 900])
def test_slice_has_the_statistics_of_all_positions(step: int) -> None:
    motion, whole = make_class()

    found = get_json(motion, "slice.json", epoch=motion.epoch, step=step)

    (mean,), (variance,) = whole.laws(step, step)
    expected = describe_slice(whole.positions_at(step), mean=mean, variance=variance)
    assert found == {"epoch": motion.epoch, "step": step, **expected}
    assert found.keys() == {
        *("epoch", "step", "count", "edges", "counts", "mean", "mean_interval", "variance"),
        *("variance_interval", "quantiles", "law", "ks", "agreement", "text"),
    }


def test_slice_is_the_newest_step_by_default() -> None:
    motion, _ = make_class()
    assert get_json(motion, "slice.json")["step"] == 900

    move(motion, 901)

    assert get_json(motion, "slice.json")["step"] == 901


def test_slice_has_the_mean_and_variance_of_the_law() -> None:
    motion, _ = make_class()

    law = get_json(motion, "slice.json", step=360)["law"]

    assert law["mean"] == pytest.approx(-0.5 * 250 + 2 * 10)
    assert law["variance"] == pytest.approx(100 + 0.1 * 260)


# --- files ----------------------------------------------------------------------------------


def read_file(motion: Motion, name: str, **query: Any) -> bytes:
    response: Any = Client().get(build_address(motion, name, **query))
    assert response.status_code == 200, response.content

    async def whole() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    return async_to_sync(whole)()


@pytest.mark.parametrize(("first", "last"), [(0, 900), (90, 360), (900, 900)])
def test_npz_has_every_step_of_every_path(first: int, last: int) -> None:
    motion, whole = make_class()

    file = np.load(io.BytesIO(read_file(motion, "ensemble.npz", first=first, last=last)))

    assert file["positions"].shape == (last - first + 1, PATHS)
    assert file["positions"].tobytes() == whole.positions(first, last).T.tobytes()
    assert file["step"].tolist() == list(range(first, last + 1))
    assert (int(file["paths"]), str(file["title"]), int(file["epoch"])) == (
        *(PATHS, "A motion"),
        motion.epoch,
    )
    assert file["changes"]["step"].tolist()[0] <= first


@pytest.mark.parametrize("paths", [1, 3, 40])
def test_csv_is_the_npz_bit_for_bit(paths: int) -> None:
    motion, whole = make_class(paths)

    lines = read_file(motion, "ensemble.csv", first=95, last=105).decode().splitlines()

    names, *rows = [line for line in lines if not line.startswith("#")]
    assert names == ",".join(["step", *(f"path_{path}" for path in range(1, paths + 1))])
    values = [[float(text) for text in row.split(",")] for row in rows]
    assert [row[0] for row in values] == list(range(95, 106))
    assert np.array([row[1:] for row in values]).T.tolist() == whole.positions(95, 105).tolist()


def test_lines_that_say_how_to_read_a_csv_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion, whole = make_class(2)
    body = read_file(motion, "ensemble.csv").decode()
    [recipe] = re.findall(r"^# NumPy: (.*)$", body, re.MULTILINE)
    [name] = re.findall(r"loadtxt\('(.*)', d", recipe)
    (tmp_path / name).write_text(body)
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {"np": np}

    exec(recipe, found)

    assert found["rows"][:, 1:].T.tolist() == whole.positions(0, 900).tolist()
    assert re.fullmatch(r"class-path-1-ensemble-steps-0-900-[-0-9]{10}\.csv", name)


def test_recipe_in_the_docs_agrees_with_the_slice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion, _ = make_class()
    (tmp_path / "ensemble.npz").write_bytes(read_file(motion, "ensemble.npz"))
    monkeypatch.chdir(tmp_path)
    blocks = Page(DOCS / "statistics.md").blocks
    (recipe,) = (block.text for block in blocks if "ensemble.npz" in block.text)
    printed: list[Any] = []

    exec(recipe, {"np": np, "print": lambda *values: printed.extend(values)})

    found = get_json(motion, "slice.json")
    mean, variance, quantiles = printed
    assert (mean, variance) == pytest.approx((found["mean"], found["variance"]))
    assert quantiles.tolist() == pytest.approx(list(found["quantiles"].values()))


def test_pieces_of_a_csv_are_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    motion, _ = make_class(3)
    query: dict[str, Any] = {"epoch": motion.epoch, "first": 5, "last": 895}
    whole = read_file(motion, "ensemble.csv", **query).decode()
    monkeypatch.setattr(ensemble_exports, "ENSEMBLE_FILE_POSITIONS", 900)

    pieces = [
        read_file(motion, "ensemble.csv", piece=piece, **query).decode() for piece in (1, 2, 3)
    ]

    def remove_date(text: str) -> str:
        return re.sub("# made: .*", "", text)

    assert remove_date("".join(pieces)) == remove_date(whole)
    assert [len(piece.splitlines()) for piece in pieces[1:]] == [300, 291]


@pytest.mark.parametrize("name", FILES)
def test_file_has_at_most_two_million_positions(name: str) -> None:
    motion, _ = make_class(1_000)
    move(motion, 3_000)

    refusal = get_refusal(motion, name, first=1_000)

    assert refusal == (
        400,
        "The window must be at most 2,000 steps long: request it in pieces.",
    )


def test_file_is_computed_in_small_pieces() -> None:
    motion, whole = make_class(1_000)
    response: Any = Client().get(build_address(motion, "ensemble.npz", first=1, last=300))

    async def measure() -> list[int]:
        return [len(piece) async for piece in response.streaming_content]

    sizes = async_to_sync(measure)()

    assert sum(sizes) > whole.positions(1, 300).nbytes
    assert max(sizes) < 600_000


# --- refusals -------------------------------------------------------------------------------


def get_refusal(motion: Motion, name: str, **query: Any) -> tuple[int, str]:
    """The status and the sentence of a refusal, which is never kept."""
    response = Client().get(build_address(motion, name, **query))
    assert response["Cache-Control"] == NOT_KEPT
    if name in FILES:
        return response.status_code, response.content.decode().removesuffix("\n")
    assert response.json().keys() == {"message"}
    return response.status_code, response.json()["message"]


MALFORMED = [
    *(("ensemble.json", "points", text) for text in ("0", "513", "x", "")),
    *(("ensemble.json", "first", text) for text in ("901", "-1", "1&first=2")),
    *(("ensemble.json", "last", text) for text in ("901", "1099511627776")),
    *(("ensemble.json", "paths", text) for text in ("", "0", "41", "30-1", "1-", "-1", "1,,2")),
    *(("ensemble.json", "paths", text) for text in ("1-41", "9999", "1;2", "%D9%A1", "1&paths=2")),
    ("ensemble.json", "paths", ",".join(["1-9999"] * 2_000)),
    ("ensemble.json", "step", "1"),
    *(("slice.json", "step", text) for text in ("901", "-1", "", "1.5", "1&step=2")),
    ("slice.json", "last", "1"),
    *((name, "first", text) for name in FILES for text in ("901", "-1", "x")),
    *((name, "paths", "1") for name in FILES),
    ("ensemble.csv", "piece", "1"),
    ("ensemble.npz", "piece", "1"),
]


@pytest.mark.parametrize(("form", "name", "text"), MALFORMED)
def test_malformed_parameter_is_refused_in_a_sentence(form: str, name: str, text: str) -> None:
    motion, _ = make_class()

    status, sentence = get_refusal(motion, form, **{name: text})

    assert (status, sentence[:4], sentence[-1]) == (400, "The ", ".")


def test_window_has_at_most_200_paths() -> None:
    motion, _ = make_class(paths=201)

    assert get_refusal(motion, "ensemble.json", paths="1-201") == (
        400,
        "The paths must be at most 200 numbers, such as 7 or 1-30,45.",
    )
    assert len(get_json(motion, "ensemble.json", paths="2-201", points=3)["paths"]) == 200


@pytest.mark.parametrize("name", FORMATS)
def test_motion_without_ensemble_is_404_with_a_sentence(name: str) -> None:
    assert get_refusal(make_motion(), name) == (404, "This path has no ensemble.")


@pytest.mark.parametrize("name", FORMATS)
def test_unknown_epoch_is_404(name: str) -> None:
    motion, _ = make_class()

    assert get_refusal(motion, name, epoch=5) == (404, "There is no such epoch.")


@pytest.mark.parametrize("name", FORMATS)
def test_private_motion_looks_to_others_like_none(name: str) -> None:
    private = make_own_motion(make_user("owner"), step=40, visibility="private")
    give_ensemble(private, 3)

    hidden = Client().get(build_address(private, name, epoch=private.epoch))

    missing = Client().get(f"/motions/nothing-here/{name}")
    assert (hidden.status_code, hidden.content) == (404, missing.content)


# --- caching --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visibility", "named", "step", "expected"),
    [
        ("public", True, 899, KEPT),
        ("public", True, 900, REVALIDATED),
        ("public", True, None, REVALIDATED),
        ("public", False, 899, REVALIDATED),
        ("unlisted", True, 899, NOT_KEPT),
    ],
)
@pytest.mark.parametrize(
    ("form", "end"),
    [("ensemble.json", "last"), ("slice.json", "step"), *((name, "last") for name in FILES)],
)
def test_only_the_past_of_a_public_motion_is_kept(
    form: str, end: str, visibility: str, named: bool, step: int | None, expected: str
) -> None:
    motion, _ = make_class(paths=3, visibility=visibility)
    query = ({"epoch": motion.epoch} if named else {}) | ({end: step} if step else {})

    response = Client().get(build_address(motion, form, **query))

    assert response["Cache-Control"] == expected


@pytest.mark.parametrize("form", FORMATS)
def test_unchanged_response_is_304_until_a_step(form: str) -> None:
    motion, _ = make_class(paths=3)
    address = build_address(motion, form)
    etag = Client().get(address)["ETag"]

    again = Client().get(address, headers={"If-None-Match": etag})
    move(motion, 901)
    moved = Client().get(address, headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", REVALIDATED)
    assert moved.status_code == 200


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_ensemble_takes_no_commands(form: str, method: str) -> None:
    assert getattr(Client(), method)(f"/motions/any/{form}").status_code == 405
