"""python -m deploy: run the whole site on this machine, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from .cluster import ROOT, Cluster
from .process import ClusterError


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "cluster")
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    asked = parser.parse_args()

    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: stopping.set())
    run(Cluster(folder=asked.folder.resolve(), host=asked.host, port=asked.port), stopping)


def run(cluster: Cluster, stopping: threading.Event) -> None:
    """Start it, say where it is, and end it once `stopping` is set."""
    try:
        tell(cluster, said=cluster.start())
        cluster.supervise(stopping)
    except ClusterError as error:
        sys.exit(str(error))
    finally:
        print("Stopping …", flush=True)
        cluster.stop()


def tell(cluster: Cluster, *, said: str) -> None:
    for line in said.splitlines():
        if line.startswith("Administrator"):
            print(line)
    print(f"Brownian motion is at {cluster.url}")
    for process in cluster.processes.values():
        assert process.popen is not None
        print(f"  {process.name:<10}  process {process.popen.pid:>7}, log in {process.log}")
    print("Ctrl-C ends all of them.", flush=True)


if __name__ == "__main__":
    main()
