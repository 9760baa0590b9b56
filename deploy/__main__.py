"""python -m deploy: run the whole site on this machine, until Ctrl-C or SIGTERM."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from brownian_site import environment
from brownian_site.start_errors import describe_error

from .cluster import ROOT, Cluster
from .process import ClusterError


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    default = os.environ.get("FOLDER") or ROOT / "var" / "cluster"
    parser.add_argument("--folder", type=Path, default=default, help="default: FOLDER")
    parser.add_argument("--host", default=environment.read_host("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=environment.read_port("PORT", 8000))
    asked = parser.parse_args()

    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: stopping.set())
    run(Cluster(folder=asked.folder.resolve(), host=asked.host, port=asked.port), stopping)


def run(cluster: Cluster, stopping: threading.Event) -> None:
    """Start the cluster, print its processes, and end it once `stopping` is set."""
    try:
        show(cluster, cluster.start())
        cluster.supervise(stopping)
    except ClusterError as error:
        sys.exit(0 if stopping.is_set() else str(error))  # Ctrl-C reaches a set-up too
    except OSError as error:
        if sentence := describe_error(error):
            sys.exit(sentence)
        raise
    finally:
        if cluster.processes:
            print("Stopping …", flush=True)
        cluster.stop()


def show(cluster: Cluster, output: str) -> None:
    """Print the output of set-up, and the processes."""
    for line in output.splitlines():
        if not line.startswith("Administrator"):  # which was shown when it was made
            print(line)
    for process in cluster.processes.values():
        assert process.popen is not None
        print(f"  {process.name:<10}  process {process.popen.pid:>7}, log in {process.log}")
    print("Ctrl-C ends all of them.", flush=True)


if __name__ == "__main__":
    main()
