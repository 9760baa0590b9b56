"""The page that shows seeds: to the owner alone, and to nobody's cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from motion.core.timeline import AGREEMENT, Timeline
from motion.models import Change, Epoch, Motion
from motion.queries.ensembles import load_newest_ensemble
from motion.services import members, motions
from motion.views import reproduce
from tests.support.doc_pages import DOCS, Page
from tests.support.factories import make_motion, make_own_motion, make_user
from tests.support.markup import read_page
from tests.views.test_path import read_body

pytestmark = pytest.mark.django_db

PAGE = Page(DOCS / "reproduce.md")
SEED = 8_131_415_926_535_897


def make_client(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def get_page(client: Client, slug: str = "owned") -> Any:
    return client.get(f"/motions/{slug}/reproduce/")


@pytest.fixture
def owner() -> Any:
    return make_user("ada")


@pytest.fixture
def motion(owner: Any) -> Motion:
    motion = make_own_motion(owner, slug="owned", seed=SEED, step=400)
    motions.change_motion(motion.pk, values={"variance": 0.1})
    Motion.objects.filter(pk=motion.pk).update(step=700)
    motions.restart_motion(motion.pk)
    return Motion.objects.get(pk=motion.pk)


def test_owner_sees_the_seeds_of_all_paths(owner: Any, motion: Motion) -> None:
    response = get_page(make_client(owner))

    text = response.content.decode()
    assert [str(epoch.seed) in text for epoch in Epoch.objects.all()] == [True, True]
    assert "700 steps" in text
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("ordinal", "inline"), [(1, 100), (2, 100), (1, 1)])
def test_program_on_the_page_gives_the_path(
    owner: Any,
    motion: Motion,
    ordinal: int,
    inline: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(reproduce, "PROGRAM_CHANGES", inline)
    Motion.objects.filter(pk=motion.pk).update(step=3)
    epoch = Epoch.objects.get(ordinal=ordinal)
    query = f"?epoch={epoch.number}" if ordinal == 1 else ""
    page = read_page(make_client(owner).get(f"/motions/owned/reproduce/{query}"))
    (program,) = page.find("code", id="program").children
    assert isinstance(program, str)
    assert f"seed = {epoch.seed}\n" in program
    if inline == 1:
        file = make_client(owner).get(f"/motions/owned/reproduce/changes.csv?epoch={epoch.number}")
        name = file["Content-Disposition"].split('"')[1]
        (tmp_path / name).write_text(read_body(file))

    run = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    printed = [line.split() for line in run.stdout.splitlines()]
    first, last = (691, 700) if ordinal == 1 else (0, 3)
    regimes = tuple(change.regime for change in epoch.changes.all())
    timeline = Timeline(epoch.seed, regimes, epoch.algorithm)
    assert [int(step) for step, _ in printed] == list(range(first, last + 1))
    for step, position in printed:
        difference = abs(float(position) - timeline.position(int(step)))
        assert difference <= AGREEMENT * timeline.scale(int(step))


def test_program_of_a_path_with_a_class_gives_a_students_path(owner: Any) -> None:
    motion = make_own_motion(owner, slug="owned", seed=SEED, step=400, ensemble=3)
    motions.change_motion(motion.pk, values={"variance": 0.1, "drift": 2})
    Motion.objects.filter(pk=motion.pk).update(step=420)
    page = read_page(get_page(make_client(owner)))
    (program,) = page.find("code", id="program").children
    assert isinstance(program, str)

    run = subprocess.run(
        [sys.executable, "-I", "-c", program.replace("path = 1 ", "path = 3 ")],
        capture_output=True,
        text=True,
        check=True,
    )

    change = Change.objects.select_related("epoch").get(motion=motion, step=400)
    ensemble = load_newest_ensemble(change)
    assert ensemble is not None
    printed = [line.split() for line in run.stdout.splitlines()]
    assert [int(step) for step, *_ in printed] == list(range(411, 421))
    expected = ensemble.positions(411, 420)[2].tolist()
    assert [float(position) for *_, position in printed] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("query", ["epoch=5", "epoch=x", "epoch=-1"])
def test_reproduce_page_has_only_paths_of_its_motion(
    owner: Any, motion: Motion, query: str
) -> None:
    assert make_client(owner).get(f"/motions/owned/reproduce/?{query}").status_code == 404


def test_page_of_seeds_has_no_program_for_an_unknown_algorithm(owner: Any, motion: Motion) -> None:
    Epoch.objects.filter(ordinal=2).update(algorithm=2)

    text = get_page(make_client(owner)).content.decode()

    assert "algorithm version 2, which this server cannot compute" in text
    assert 'id="program"' not in text


@pytest.mark.parametrize("piece", [1, 2, 1_000])
def test_changes_are_a_file(
    owner: Any, motion: Motion, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduce, "PIECE", piece)
    first = Epoch.objects.get(ordinal=1)

    response = make_client(owner).get(f"/motions/owned/reproduce/changes.csv?epoch={first.number}")

    body = read_body(response)
    assert f"\n# seed: {SEED} (" in body
    (recipe,) = (block.text for block in PAGE.blocks if "np.loadtxt" in block.text)
    (tmp_path / "changes.csv").write_text(body)
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {"np": np}
    exec(recipe, found)
    assert found["changes"].tolist() == [
        [change.step, change.position, change.standard, change.variance, change.drift]
        for change in first.changes.all()
    ]
    assert response["Cache-Control"] == "private, no-store"
    assert '"owned-path-1-changes.csv"' in response["Content-Disposition"]


@pytest.mark.parametrize("address", ["", "changes.csv"])
@pytest.mark.parametrize("who", ["visitor", "stranger", "controller", "staff", "superuser"])
def test_reproduce_is_refused_to_others(motion: Motion, who: str, address: str) -> None:
    user = None if who == "visitor" else make_user(who)
    if who == "controller":
        members.set_role(motion.pk, user, "controller")
    if who == "staff":
        user.is_staff = True
        user.user_permissions.add(*Permission.objects.filter(codename__endswith="_motion"))
        user.save()
    if who == "superuser":
        user.is_staff = user.is_superuser = True
        user.save()

    response = make_client(user).get(f"/motions/owned/reproduce/{address}")

    assert response.status_code == (302 if who == "visitor" else 403)
    assert str(SEED) not in response.content.decode()


def test_superuser_sees_seeds_of_motions_without_owner() -> None:
    make_motion(slug="common", seed=SEED)
    root = make_user("root", is_staff=True, is_superuser=True)

    assert str(SEED) in get_page(make_client(root), "common").content.decode()
    assert get_page(make_client(make_user("ann")), "common").status_code == 403


@pytest.mark.parametrize(("query", "status"), [("epoch=5", 404), ("epoch=x", 400), ("a=1", 400)])
def test_wrong_queries_are_refused(owner: Any, motion: Motion, query: str, status: int) -> None:
    response = make_client(owner).get(f"/motions/owned/reproduce/changes.csv?{query}")

    assert response.status_code == status


def test_settings_link_to_the_seeds_for_people_with_permission(owner: Any, motion: Motion) -> None:
    assert (
        "/motions/owned/reproduce/"
        in make_client(owner).get("/motions/owned/settings/").content.decode()
    )
