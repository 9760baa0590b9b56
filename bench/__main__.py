"""Measure the peers and us in one run, and print the table in Markdown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from . import (
    crowd,
    ensemble,
    fanout,
    first_visit,
    follow,
    growth,
    machine,
    page,
    path,
    servers,
    statistics,
    table,
    viewer_second,
)
from .client import LostClientError
from .machine import Cores

PARTS = (
    *("fanout", "viewer-second", "crowd", "growth", "path"),
    *("page", "first-visit", "statistics", "ensemble", "follow"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, help="one part alone; otherwise all")
    part = parser.parse_args().part
    cores = machine.choose_cores()
    machine.pin(0, cores.client)
    print(f"{machine.description()}. {cores.note}\n", flush=True)
    if part in {"fanout", None}:
        measure_fanout(cores)
    if part in {"viewer-second", None}:
        measure_viewer_second(cores)
    if part in {"crowd", None}:
        machine.allow_open_files(3 * crowd.SOCKETS)
        machine.unpin(0)  # as on one machine: clients, servers, worker and databases share it
        print(table.crowd(crowd.measure()), "\n")
        print(table.front(crowd.measure_front()), "\n")
        machine.pin(0, cores.client)
    if part in {"growth", None}:
        machine.unpin(0)
        print(table.growth(list(growth.measure())), "\n")
        machine.pin(0, cores.client)
    if part in {"path", None}:
        print(table.path(path.measure()), "\n")
    if part in {"page", None}:
        machine.unpin(0)  # Chromium and the server share what there is, as on anybody's desk
        print(table.page(page.measure()), "\n")
    if part in {"first-visit", None}:
        machine.unpin(0)
        print(table.first_visit(first_visit.measure()), "\n")
    if part in {"ensemble", None}:
        machine.pin(0, cores.client)
        print(table.ensemble(list(ensemble.measure(cores=cores))), "\n")
    if part in {"follow", None}:
        machine.pin(0, cores.client)
        print(table.follow(follow.measure(cores=cores)), "\n")
    if part in {"statistics", None}:
        machine.unpin(0)
        measure_statistics()


def measure_statistics() -> None:
    with ProcessPoolExecutor() as pool:
        each = partial(pool.map, chunksize=10)
        print(table.statistics(list(statistics.measure(each=each))), "\n")
        print(table.sessions(list(statistics.measure_sessions(each=each))))


def measure_fanout(cores: Cores) -> None:
    machine.allow_open_files(2 * max(fanout.CLIENTS))
    rows = list(_fanout_rows(cores))
    print(table.fanout(rows), "\n")
    for line in (*table.ratios(rows, ours=servers.OURS.name), *table.disturbed(rows)):
        print(f"- {line}")
    print()


def measure_viewer_second(cores: Cores) -> None:
    machine.allow_open_files(2 * viewer_second.VIEWERS)
    node_ws = servers.find_node_ws()
    recipes = [servers.OURS, servers.WEBSOCKETS, *([node_ws] if node_ws else [])]
    print(table.viewer_second([viewer_second.measure(each, cores=cores) for each in recipes]), "\n")
    if node_ws is None:
        print("- Node's `ws` was not measured: it needs Node and `npm install --no-save ws`.\n")


def _fanout_rows(cores: Cores) -> Iterator[fanout.Figures]:
    for clients in fanout.CLIENTS:
        for recipe in servers.FANOUT:
            print(f"{recipe.name}, {clients:,} clients …", file=sys.stderr)
            yield fanout.measure(recipe, clients=clients, cores=cores)
    print(f"{servers.AS_SHIPPED.name} …", file=sys.stderr)
    yield fanout.measure_as_shipped(servers.AS_SHIPPED, clients=max(fanout.CLIENTS), cores=cores)


if __name__ == "__main__":
    try:
        main()
    except LostClientError as error:
        raise SystemExit(f"The benchmark stopped: {error}.") from None
