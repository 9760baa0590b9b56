"""deploy/grafana.json and docs/operations.md name the metrics that there are, and no others."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.doc_pages import DOCS, Page
from tests.support.servers import ROOT

FROM_PROMETHEUS = {"up"}
LABELS = {
    *("le", "job", "instance", "by", "code", "operation", "route", "method", "status"),
    *("part", "state", "kind", "outcome", "call"),
}
PARTS = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}


def read_families() -> dict[str, str]:
    """The type of each metric, by name, of which a counter's ends in _total only in samples."""
    found = text_string_to_metric_families(generate_latest().decode())
    return {family.name: family.type for family in found}


def list_exposed() -> set[str]:
    """Every name that /metrics has samples of, or will have."""
    samples = {
        name + part for name, kind in read_families().items() for part in PARTS.get(kind, ("",))
    }
    return samples | FROM_PROMETHEUS


@pytest.fixture(scope="module")
def dashboard() -> Any:
    return json.loads((ROOT / "deploy" / "grafana.json").read_text())


def list_expressions(dashboard: Any) -> list[str]:
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def find_names(expression: str) -> set[str]:
    """What is named in front of a selector or a range."""
    return set(re.findall(r"([a-z_]+)\{", expression))


def test_dashboard_names_only_metrics_that_exist(dashboard: Any) -> None:
    named = {name for expression in list_expressions(dashboard) for name in find_names(expression)}

    assert named <= list_exposed()
    assert len(named) > 15


def test_dashboard_shows_every_metric_of_ours(dashboard: Any) -> None:
    shown = " ".join(list_expressions(dashboard))
    ours = {name for name in read_families() if name.startswith("brownian_")}

    assert {name for name in ours if name not in shown} == set()


def test_dashboard_selects_by_labels_that_exist(dashboard: Any) -> None:
    text = " ".join(list_expressions(dashboard))
    grouped = {
        label for labels in re.findall(r"by \(([^)]*)\)", text) for label in labels.split(", ")
    }

    assert grouped <= LABELS


def test_dashboard_answers_ten_questions_in_order(dashboard: Any) -> None:
    rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
    places = [panel["gridPos"]["y"] for panel in dashboard["panels"]]

    assert len(rows) == 10
    assert all(row["title"].endswith("?") for row in rows)
    assert places == sorted(places), "each panel belongs to the row above it"


def test_panels_do_not_overlap(dashboard: Any) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_docs_list_exactly_the_existing_metrics() -> None:
    rows = Page(DOCS / "operations.md").find_table("Monitoring", "figure, all brownian_…")
    names = [code.partition("{")[0] for figures, *_ in rows for code in figures.codes]
    named = {f"brownian_{name}".removesuffix("_total") for name in names}

    assert named == {name for name in read_families() if name.startswith("brownian_")}
